#include "auth/auth_keys.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/oom.h"
#include "base/openssl.h"
#include "base/banned.h"

/* The clock of a file server may be ahead of ours by this much. */
#define FUTURE_S 300

/*
 * Return NULL if the file is recent enough, else the reason.  Without an age
 * limit, withdrawn keys stay valid while the refresh job fails.
 */
static const char *age_fault(const struct stat *file, int64_t max_age_s,
			     int64_t now_us)
{
	int64_t age_s = now_us / 1000000 - file->st_mtim.tv_sec;

	if (max_age_s == 0)
		return NULL;
	if (age_s < -FUTURE_S)
		return "has a modification time in the future, and "
		       "JWKS_MAX_AGE is set";
	return age_s > max_age_s ? "is older than JWKS_MAX_AGE allows" : NULL;
}

/* Load the key set unless it was already loaded from the same file. */
static enum problem_code load_set(struct auth_keys *keys,
				  const struct config *config, int64_t now_us,
				  struct problem *problem)
{
	const char *path = config->jwks_file;
	struct stat file = {0};
	enum problem_code code;
	bool found, settled;
	const char *fault;

	/* Call stat() first: a change during the read then causes a new read. */
	found = stat(path, &file) == 0;
	settled = file_is_settled(&file, now_us);
	fault = found ? age_fault(&file, config->jwks_max_age_s, now_us) : NULL;
	if (fault != NULL)
		return problem_setting(problem, "JWKS_FILE", fault);
	if (found && keys->set.count > 0 && file_is_same(&file, &keys->file))
		return PROBLEM_NONE;
	auth_keys_release(keys);
	arena_init(&keys->arena, JWK_SET_ARENA_BYTES);
	keys->file = file;
	keys->fresh = true;
	code = jwk_set_load(&keys->set, path, &keys->arena, problem);
	/*
	 * A key lost to an allocation failure can look unusable, so send 500.
	 */
	if (keys->arena.failed || oom_happened())
		code = problem_set(problem, PROBLEM_INTERNAL, "auth.keys",
				   "out of memory");
	if (code != PROBLEM_NONE || !settled)
		keys->file = (struct stat){0};
	return code;
}

enum problem_code auth_keys_load(struct auth_keys *keys,
				 const struct config *config, int64_t now_us,
				 struct problem *problem)
{
	keys->fresh = false;
	if (config->jwks_file == NULL)
		return config_require_key(config, problem);
	if (!openssl_load())
		return problem_set(problem, PROBLEM_INTERNAL, "auth.openssl",
				   "OpenSSL cannot be loaded");
	return load_set(keys, config, now_us, problem);
}

void auth_keys_release(struct auth_keys *keys)
{
	jwk_set_release(&keys->set);
	arena_release(&keys->arena);
	*keys = (struct auth_keys){0};
}
