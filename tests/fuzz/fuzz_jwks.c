/*
 * fuzz_jwks.c - whatever a key server answers: no crash, no leak, and every
 * key is either usable or says why not.
 */
#include <openssl/evp.h>
#include <string.h>

#include "arena.h"
#include "jwk.h"
#include "fuzz.h"
#include "banned.h"

#define MOST_VERIFIED 4

/* A signature of the right size and nothing else: never verified. */
static void try_key(const struct jwk_set *set, const struct jwk *jwk)
{
	static unsigned char signature[2048];
	struct jws jws = {
		.token = "e30.e30",
		.signed_length = 7,
		.signature = signature,
		.alg = jwk->kind->alg,
	};

	memset(signature, 0x42, sizeof(signature));
	must(jwk_set_select(set, jwk->kid) == jwk ||
	     (jwk->kid == NULL && set->usable > 1));
	jws.signature_length = jwk->kind->coordinate_bytes != 0
				       ? jwk->kind->coordinate_bytes * 2
				       : (size_t)EVP_PKEY_get_size(jwk->key);
	must(jws.signature_length <= sizeof(signature));
	must(!jwk_verify(jwk, &jws));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[FUZZ_PATH_BYTES];
	struct arena arena;
	struct jwk_set set;
	struct problem problem = {0};
	enum problem_code code;
	size_t usable = 0;
	int fd = fuzz_file(data, size, path);

	arena_init(&arena, 1 << 20);
	code = jwk_set_load(&set, path, &arena, &problem);
	must(!arena.failed && set.count <= JWK_SET_MAX_KEYS);
	must(size <= JWK_SET_MAX_BYTES || code == PROBLEM_INTERNAL);
	for (size_t i = 0; i < set.count; i++) {
		const struct jwk *jwk = &set.keys[i];

		must((jwk->key == NULL) == (jwk->fault != NULL));
		must(jwk->key == NULL || jwk->kind != NULL);
		usable += jwk->key != NULL;
		if (jwk->key != NULL && usable <= MOST_VERIFIED)
			try_key(&set, jwk);
	}
	must(usable == set.usable);
	must((code == PROBLEM_NONE) == (usable > 0));
	must(code == PROBLEM_NONE ||
	     (code == PROBLEM_INTERNAL && problem.reason != NULL &&
	      strcmp(problem.setting, "JWKS_FILE") == 0));
	jwk_set_release(&set);
	must(set.count == 0 && set.usable == 0);
	arena_release(&arena);
	close(fd);
	return 0;
}
