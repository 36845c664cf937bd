/*
 * auth_keys.h - load the keys that verify tokens, and keep them between
 * requests.
 */
#ifndef AUTH_KEYS_H
#define AUTH_KEYS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/problem.h"
#include "auth/jwk.h"
#include "config/config.h"

/*
 * The keys that verify tokens: the secret of the settings, or the key set of
 * JWKS_FILE.  Initialise it with {0}.
 */
struct auth_keys {
	struct jwk_set set; /* empty in shared-secret mode */
	struct arena arena; /* memory of the set */
	struct stat file;   /* the file from which the set was read */
	bool fresh;	    /* the last auth_keys_load() read the set */
};

/*
 * Load the keys for a request at the instant now_us.  Keep a key set that is
 * already loaded unless its file has changed, but check its age for each
 * request.  Call auth_keys_release() in the end, even after an error.
 *
 * Errors (all PROBLEM_INTERNAL):
 * - No key is configured, or memory ran out.
 * - JWKS_MAX_AGE is set, and the file is older than that or more than five
 *   minutes in the future.
 * - jwk_set_load() failed.
 */
__attribute__((warn_unused_result)) enum problem_code auth_keys_load(
	struct auth_keys *keys, const struct config *config, int64_t now_us,
	struct problem *problem);
/* Release the set and its memory.  keys is then empty. */
void auth_keys_release(struct auth_keys *keys);

#endif
