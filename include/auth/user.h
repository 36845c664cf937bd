/*
 * user.h - the user that a valid token names.
 */
#ifndef USER_H
#define USER_H

#include <stdint.h>

/* A verified user; strings in the arena. */
struct user {
	const char *id;
	const char *email; /* NULL when the token has none */
	const char *name;  /* NULL when the token has none */
	int64_t expires_us;
};

#endif
