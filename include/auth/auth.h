/*
 * auth.h - from an Authorization header to a user (RFC 6750, RFC 7519).
 *
 * The signature is checked first and the claims afterwards, so a forged and
 * expired token is a forged one.  The clock is a parameter.
 */
#ifndef AUTH_H
#define AUTH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "config/config.h"
#include "auth/jwk.h"
#include "base/problem.h"
#include "auth/user.h"

#define AUTH_USER_MAX_CHARACTERS 255
/* Of four bytes each, of which each becomes %XX. */
#define AUTH_LOG_NAME_BYTES ((size_t)12 * AUTH_USER_MAX_CHARACTERS)

/*
 * The keys that tokens are checked with: the secret of the settings, or the
 * key set of JWKS_FILE.  Begins as {0}.
 */
struct auth_keys {
	const struct config *config; /* borrowed, of the present request */
	struct jwk_set set;	     /* empty in shared-secret mode */
	struct arena arena;	     /* of the set */
	struct stat file;	     /* that it was read from */
	bool fresh; /* the set was read by the last auth_keys_load() */
};

/*
 * Get the keys ready for a request at the instant now_us.  A key set that was
 * loaded before is kept as long as its file is the same; its age counts at
 * each request.  auth_keys_release() is due in any case.
 * Errors: PROBLEM_INTERNAL (no key is configured; memory; the key set's file is
 * older than its limit, or more than five minutes in the future where it has
 * one; jwk_set_load()'s).
 */
__attribute__((warn_unused_result)) enum problem_code auth_keys_load(
	struct auth_keys *keys, const struct config *config, int64_t now_us,
	struct problem *problem);
void auth_keys_release(struct auth_keys *keys);

/*
 * Find the user that authorization (the header's value, NULL: not sent)
 * stands for at the instant now_us.
 *
 * Errors: PROBLEM_NO_TOKEN (no header, another scheme, nothing after it),
 * PROBLEM_TOKEN_EXPIRED, PROBLEM_BAD_TOKEN, PROBLEM_INTERNAL (memory).  A token that names a key which
 * is not in the set asks for a newer one (jwk_set_want_newer()).
 */
__attribute__((warn_unused_result)) enum problem_code auth_user(
	struct auth_keys *keys, const char *authorization, int64_t now_us,
	struct arena *arena, struct user *user, struct problem *problem);

/*
 * What the server's log calls user, as the settings have it: the id, escaped so
 * that it is one word of logfmt, or 16 hex digits that are always the same for
 * one user and tell nobody who it is.  In the arena; NULL: nothing, by choice or
 * for want of memory or of a secret.
 */
const char *auth_log_name(const struct config *config, const struct user *user,
			  struct arena *arena);

/*
 * The four of them, for a program to name in its struct endpoint; one that
 * serves everybody does not, and is linked without OpenSSL.
 */
struct auth_scheme {
	enum problem_code (*load)(struct auth_keys *keys,
				  const struct config *config, int64_t now_us,
				  struct problem *problem);
	enum problem_code (*user)(struct auth_keys *keys,
				  const char *authorization, int64_t now_us,
				  struct arena *arena, struct user *user,
				  struct problem *problem);
	const char *(*log_name)(const struct config *config,
				const struct user *user, struct arena *arena);
	void (*release)(struct auth_keys *keys);
};
extern const struct auth_scheme auth_bearer;

#endif
