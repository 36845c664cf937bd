/*
 * fuzz_jwks.c - any reply of a key server: no crash, no leak, and each key is
 * either usable or has a reason why not.
 */
#include <openssl/evp.h>
#include <string.h>

#include "base/arena.h"
#include "auth/jwk.h"
#include "fuzz.h"
#include "base/banned.h"

#define MOST_VERIFIED 4

/* A signature of the correct size with arbitrary content must be refused. */
static void try_key(struct jwk_set *set, const struct jwk *jwk, const char *kid)
{
	static unsigned char signature[2048];
	struct jws jws = {
		.token = "e30.e30",
		.signed_length = 7,
		.signature = signature,
		.alg = jwk->kind->alg,
	};

	memset(signature, 0x42, sizeof(signature));
	must(jwk_set_select(set, kid) == jwk ||
	     (kid == NULL && jwk_set_usable(set) > 1));
	jws.signature_length = jwk->kind->coordinate_bytes != 0
				       ? jwk->kind->coordinate_bytes * 2
				       : (size_t)EVP_PKEY_get_size(jwk->key);
	must(jws.signature_length <= sizeof(signature));
	must(!jwk_verify(jwk, &jws));
}

/* If jansson can parse the text, the scan must have found the same keys. */
static void compare(const struct jwk_set *set, const uint8_t *data, size_t size)
{
	const size_t mark =
		size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	json_t *root = json_loadb(
		(const char *)data + mark, size - mark,
		JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, NULL);
	const json_t *keys = json_object_get(root, "keys");
	const json_t *object;
	size_t i;

	must(root == NULL || set->count == 0 ||
	     set->count == json_array_size(keys));
	if (set->count == 0)
		keys = NULL;
	json_array_foreach(keys, i, object) {
		const json_t *kid = json_object_get(object, "kid");
		const struct jwk *jwk = &set->keys[i];

		must(json_is_string(kid) == (jwk->kid != NULL));
		must(jwk->kid == NULL ||
		     (jwk->kid_length == json_string_length(kid) &&
		      memcmp(jwk->kid, json_string_value(kid),
			     jwk->kid_length) == 0));
	}
	json_decref(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[FUZZ_PATH_BYTES];
	struct arena arena;
	struct jwk_set set;
	struct problem problem = {0};
	enum problem_code code;
	size_t usable = 0, fit;
	int fd = fuzz_file(data, size, path);

	arena_init(&arena, JWK_SET_ARENA_BYTES);
	code = jwk_set_load(&set, path, &arena, &problem);
	must(!arena.failed);
	compare(&set, data, size);
	fit = jwk_set_usable(&set);
	must(size <= JWK_SET_MAX_BYTES || code == PROBLEM_INTERNAL);
	for (size_t i = 0; i < set.count; i++) {
		const struct jwk *jwk = &set.keys[i];

		must((jwk->key == NULL) == (jwk->fault != NULL));
		must(jwk->key == NULL || jwk->kind != NULL);
		usable += jwk->key != NULL;
		if (jwk->key != NULL && usable <= MOST_VERIFIED)
			try_key(&set, jwk,
				jwk->kid != NULL
					? arena_strndup(&arena, jwk->kid,
							jwk->kid_length)
					: NULL);
	}
	must(usable == fit);
	must((code == PROBLEM_NONE) == (usable > 0));
	must(code == PROBLEM_NONE ||
	     (code == PROBLEM_INTERNAL && problem.reason != NULL &&
	      strcmp(problem.setting, "JWKS_FILE") == 0));
	jwk_set_release(&set);
	must(set.count == 0);
	arena_release(&arena);
	close(fd);
	return 0;
}
