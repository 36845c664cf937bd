/*
 * user.h - the user whom a valid token identifies.
 */
#ifndef USER_H
#define USER_H

#include <stdint.h>

/* A verified user.  Its strings are in the arena. */
struct user {
	const char *id;
	const char *email; /* NULL when the token has none */
	const char *name;  /* NULL when the token has none */
	int64_t expires_us;
};

#endif
