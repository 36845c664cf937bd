/*
 * auth.h - authenticate the user of a request from its Authorization header
 * (RFC 6750, RFC 7519).
 *
 * The signature is verified before the claims are read, so a token that is both
 * forged and expired is reported as forged.  The caller passes the current
 * time.
 */
#ifndef AUTH_H
#define AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "base/problem.h"
#include "auth/auth_keys.h"
#include "auth/user.h"

#define AUTH_USER_MAX_CHARACTERS 255
/* Each character has up to 4 bytes, and each byte becomes %XX. */
#define AUTH_LOG_NAME_BYTES ((size_t)12 * AUTH_USER_MAX_CHARACTERS)

/*
 * Verify the bearer token at the instant now_us.  authorization is the value of
 * the header Authorization, or NULL if it was not sent.  keys were loaded with
 * this config.  Fill user, whose strings are in the arena.
 *
 * If the token names a key that the set lacks or cannot use, call
 * jwk_set_want_newer().
 *
 * Errors:
 * - PROBLEM_NO_TOKEN: there is no header, another scheme, or no token after it.
 * - PROBLEM_TOKEN_EXPIRED
 * - PROBLEM_BAD_TOKEN: anything else is wrong with the token.
 * - PROBLEM_INTERNAL: memory ran out.
 */
__attribute__((warn_unused_result)) enum problem_code auth_user(
	struct auth_keys *keys, const struct config *config,
	const char *authorization, int64_t now_us, struct arena *arena,
	struct user *user, struct problem *problem);

/*
 * Return the name of user for the log, as TASKS_LOG_USER says:
 * - whole: the user's id, percent-encoded so that it is one word of logfmt.
 * - hash: 16 hex digits of a MAC, which are constant for a user and do not
 *   reveal the id.
 * - none: NULL.
 *
 * The text is in the arena.  Also return NULL if memory runs out or no key for
 * MACs is set.
 */
const char *auth_log_name(const struct config *config, const struct user *user,
			  struct arena *arena);

/*
 * The functions of this module, as struct endpoint refers to them.  A program
 * without authentication does not refer to them, so it is linked without
 * OpenSSL.
 */
struct auth_scheme {
	enum problem_code (*load)(struct auth_keys *keys,
				  const struct config *config, int64_t now_us,
				  struct problem *problem);
	enum problem_code (*user)(struct auth_keys *keys,
				  const struct config *config,
				  const char *authorization, int64_t now_us,
				  struct arena *arena, struct user *user,
				  struct problem *problem);
	const char *(*log_name)(const struct config *config,
				const struct user *user, struct arena *arena);
	void (*release)(struct auth_keys *keys);
};
extern const struct auth_scheme auth_bearer;

#endif
