/*
 * env.h - look up variables in a given environment.  CGI and FastCGI supply one
 * environment per request.
 */
#ifndef ENV_H
#define ENV_H

/* Return the value of name, borrowed from envp, or NULL if it is unset. */
const char *env_raw(char *const envp[], const char *name);

/* Return the same, but NULL if the value is empty. */
const char *env_get(char *const envp[], const char *name);

#endif
