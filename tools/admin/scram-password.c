/*
 * scram-password: create a random password for a PostgreSQL role.
 *
 * Prints two lines: the password, 32 random bytes in base64url, and its
 * verifier (SCRAM-SHA-256, RFC 5803), which the server stores and from which
 * the password cannot be computed.  Exit status 1, with a line on standard
 * error, after a failure.
 */
#include <libpq-fe.h>
#include <stdio.h>
#include <sys/random.h>

#include "base/arena.h"
#include "base/base64url.h"
#include "base/buf.h"
#include "base/banned.h"

#define PASSWORD_BYTES 32
#define ARENA_LIMIT_BYTES (64 * 1024)

static const char *new_password(struct arena *arena)
{
	unsigned char bytes[PASSWORD_BYTES];
	struct buf text;

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return NULL;
	buf_init(&text, arena, ARENA_LIMIT_BYTES / 4);
	base64url_add(&text, bytes, sizeof(bytes));
	return buf_failed(&text) ? NULL : buf_text(&text);
}

int main(void)
{
	/*
	 * PQencryptPasswordConn() needs a connection for its error message.
	 * This one never connects.
	 */
	PGconn *none = PQconnectStart("host=/dev/null");
	struct arena arena;
	const char *password;
	char *verifier = NULL;
	bool done = false;

	arena_init(&arena, ARENA_LIMIT_BYTES);
	password = new_password(&arena);
	if (none != NULL && password != NULL)
		verifier = PQencryptPasswordConn(none, password, "tasks_app",
						 "scram-sha-256");
	if (verifier != NULL)
		done = printf("%s\n%s\n", password, verifier) > 0 &&
		       fflush(stdout) == 0;
	if (!done)
		(void)fputs("scram-password: cannot create a password\n",
			    stderr);
	PQfreemem(verifier);
	PQfinish(none);
	arena_release(&arena);
	return done ? 0 : 1;
}
