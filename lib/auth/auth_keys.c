#include "auth/auth_keys.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "base/oom.h"
#include "base/banned.h"

/*
 * File timestamps are coarse: a file changed within the last second may change
 * again without a new timestamp, so do not cache it.
 */
#define FILE_SETTLES_US 1000000

/* The clock of a file server may be ahead of ours by this much. */
#define FUTURE_S 300

static void *openssl_alloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return oom_malloc(size);
}

static void *openssl_realloc(void *memory, size_t size, const char *file,
			     int line)
{
	(void)file;
	(void)line;
	if (size > 0)
		return oom_realloc(memory, size);
	free(memory);
	return NULL;
}

static void openssl_free(void *memory, const char *file, int line)
{
	(void)file;
	(void)line;
	free(memory);
}

/*
 * Initialise OpenSSL without what a short process does not use.  Full
 * initialisation would triple the start-up time.  OpenSSL honours these options
 * only at its first initialisation, so call this before any other OpenSSL
 * function.
 *
 * Of the digests, add those that sign certificates, because libpq verifies the
 * database's certificate with them.  OpenSSL rejects SHA-1 there anyway.
 */
static void start_openssl(void)
{
	(void)CRYPTO_set_mem_functions(openssl_alloc, openssl_realloc,
				       openssl_free);
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG |
					  OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS |
					  OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
					  OPENSSL_INIT_NO_ADD_ALL_DIGESTS |
					  OPENSSL_INIT_NO_ATEXIT,
				  NULL);
	/* Check this here, because later OpenSSL calls do not check it. */
	if (OSSL_LIB_CTX_get0_global_default() == NULL)
		oom_note();
	(void)EVP_add_digest(EVP_sha256());
	(void)EVP_add_digest(EVP_sha384());
	(void)EVP_add_digest(EVP_sha512());
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Return true if any later change of the file changes its timestamps. */
static bool is_settled(const struct stat *file, int64_t now_us)
{
	int64_t changed_us =
		file->st_ctim.tv_sec * 1000000 + file->st_ctim.tv_nsec / 1000;

	return now_us - changed_us > FILE_SETTLES_US;
}

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
	settled = is_settled(&file, now_us);
	fault = found ? age_fault(&file, config->jwks_max_age_s, now_us) : NULL;
	if (fault != NULL)
		return problem_setting(problem, "JWKS_FILE", fault);
	if (found && keys->set.count > 0 && is_same_file(&file, &keys->file))
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
	start_openssl();
	keys->fresh = false;
	if (oom_happened())
		return problem_set(problem, PROBLEM_INTERNAL, "auth.openssl",
				   "out of memory");
	if (config->jwks_file != NULL)
		return load_set(keys, config, now_us, problem);
	return config_require_key(config, problem);
}

void auth_keys_release(struct auth_keys *keys)
{
	jwk_set_release(&keys->set);
	arena_release(&keys->arena);
	*keys = (struct auth_keys){0};
}
