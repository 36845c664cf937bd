/*
 * env.h - variables of an environment that is passed in, as CGI and FastCGI give
 * one per request.
 */
#ifndef ENV_H
#define ENV_H

/* The value of name in envp, borrowed.  NULL if the variable is unset. */
const char *env_raw(char *const envp[], const char *name);

/* The same, but NULL for an empty value, too. */
const char *env_get(char *const envp[], const char *name);

#endif
