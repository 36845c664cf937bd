#include "jwk.h"

#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "arena.h"
#include "base64url.h"
#include "ed25519.h"
#include "banned.h"

#define RSA_MIN_BITS 2048
#define RSA_MAX_BITS 8192
#define WANT_INTERVAL_S 30

static const struct jwk_kind kinds[] = {
	{"OKP", "Ed25519", "EdDSA", NULL, NULL, 32, 0},
	{"EC", "P-256", "ES256", "prime256v1", "SHA256", 32, 0},
	{"EC", "P-384", "ES384", "secp384r1", "SHA384", 48, 0},
	{"EC", "P-521", "ES512", "secp521r1", "SHA512", 66, 0},
	{"RSA", NULL, "RS256", NULL, "SHA256", 0, RSA_PKCS1_PADDING},
	{"RSA", NULL, "PS256", NULL, "SHA256", 0, RSA_PKCS1_PSS_PADDING},
};

static bool same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static const char *text_member(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/*
 * The kind of a key.  An RSA key serves what its `alg` says, RS256 when it
 * says nothing; elsewhere `alg` has been seen to be wrong and is not asked.
 */
static const struct jwk_kind *find_kind(const json_t *object)
{
	const char *kty = text_member(object, "kty");
	const char *crv = text_member(object, "crv");
	const json_t *alg = json_object_get(object, "alg");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct jwk_kind *kind = &kinds[i];

		if (same(kty, kind->kty) &&
		    (kind->crv != NULL
			     ? same(crv, kind->crv)
			     : alg == NULL ||
				       same(json_string_value(alg), kind->alg)))
			return kind;
	}
	return NULL;
}

/* The bytes of a base64url member; NULL when it is none. */
static const unsigned char *bytes_member(const json_t *object, const char *name,
					 struct arena *arena, size_t *length)
{
	const json_t *member = json_object_get(object, name);

	if (!json_is_string(member))
		return NULL;
	return base64url_decode(json_string_value(member),
				json_string_length(member), arena, length);
}

/* A key out of OpenSSL parameters; NULL when OpenSSL refuses them. */
static EVP_PKEY *key_from(const char *type, OSSL_PARAM *params)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
	    EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(context);
	return key;
}

static const char *make_ed25519(const json_t *object, struct arena *arena,
				struct jwk *jwk)
{
	size_t length = 0;
	const unsigned char *x = bytes_member(object, "x", arena, &length);

	if (x == NULL || length != jwk->kind->coordinate_bytes)
		return "x is not 32 bytes of base64url";
	if (!ed25519_is_public_key(x))
		return "the point is not on the curve, or of small order";
	jwk->key =
		EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x, length);
	return jwk->key != NULL ? NULL : "OpenSSL refuses it";
}

static const char *make_ec(const json_t *object, struct arena *arena,
			   struct jwk *jwk)
{
	const size_t size = jwk->kind->coordinate_bytes;
	size_t x_length = 0, y_length = 0;
	const unsigned char *x = bytes_member(object, "x", arena, &x_length);
	const unsigned char *y = bytes_member(object, "y", arena, &y_length);
	unsigned char point[1 + 2 * 66];

	/* RFC 7518, 6.2.1.2: the full size, leading zeros included. */
	if (x == NULL || y == NULL || x_length != size || y_length != size)
		return "x or y is not of the curve's size";
	point[0] = POINT_CONVERSION_UNCOMPRESSED;
	memcpy(point + 1, x, size);
	memcpy(point + 1 + size, y, size);
	/* OpenSSL checks that the point is on the curve. */
	jwk->key = key_from("EC",
			    (OSSL_PARAM[]){OSSL_PARAM_construct_utf8_string(
						   OSSL_PKEY_PARAM_GROUP_NAME,
						   (char *)jwk->kind->group, 0),
					   OSSL_PARAM_construct_octet_string(
						   OSSL_PKEY_PARAM_PUB_KEY,
						   point, 1 + 2 * size),
					   OSSL_PARAM_construct_end()});
	return jwk->key != NULL ? NULL : "the point is not on the curve";
}

/* A big-endian number in the machine's order, as OSSL_PARAM wants it. */
static unsigned char *reversed(const unsigned char *bytes, size_t length,
			       struct arena *arena)
{
	unsigned char *copy = arena_alloc(arena, length);

	for (size_t i = 0; copy != NULL && i < length; i++)
		copy[i] = bytes[length - 1 - i];
	return copy;
}

static const char rsa_too_large[] = "RSA over 8192 bits";

static const char *make_rsa(const json_t *object, struct arena *arena,
			    struct jwk *jwk)
{
	size_t n_length = 0, e_length = 0;
	const unsigned char *n = bytes_member(object, "n", arena, &n_length);
	const unsigned char *e = bytes_member(object, "e", arena, &e_length);
	uint64_t exponent = 0;
	int bits;

	if (n == NULL || e == NULL || e_length > sizeof(exponent))
		return "n or e is no base64url number of a usual size";
	for (size_t i = 0; i < e_length; i++)
		exponent = exponent << 8 | e[i];
	/* With e = 1 every message would be its own signature. */
	if (exponent < 3 || exponent % 2 == 0)
		return "e is even or 1";
	if (n_length > RSA_MAX_BITS / 8 + 1)
		return rsa_too_large;
	n = reversed(n, n_length, arena);
	e = reversed(e, e_length, arena);
	if (n == NULL || e == NULL)
		return "out of memory";
	jwk->key = key_from(
		"RSA",
		(OSSL_PARAM[]){
			OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N,
						(unsigned char *)n, n_length),
			OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E,
						(unsigned char *)e, e_length),
			OSSL_PARAM_construct_end()});
	bits = jwk->key != NULL ? EVP_PKEY_get_bits(jwk->key) : 0;
	if (jwk->key == NULL)
		return "OpenSSL refuses it";
	if (bits > RSA_MAX_BITS)
		return rsa_too_large;
	return bits >= RSA_MIN_BITS ? NULL : "RSA under 2048 bits";
}

static bool has_private_members(const json_t *object)
{
	static const char *const names[] = {"d",  "p",	"q",   "dp",
					    "dq", "qi", "oth", "k"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (json_object_get(object, names[i]) != NULL)
			return true;
	return false;
}

/* Absent, or "sig": a key that is not for something else. */
static bool is_for_signatures(const json_t *object)
{
	const json_t *use = json_object_get(object, "use");

	return use == NULL || same(json_string_value(use), "sig");
}

/* Fill jwk from its JSON.  NULL, or why it is unfit. */
static const char *read_key(const json_t *object, struct arena *arena,
			    struct jwk *jwk)
{
	const json_t *kid = json_object_get(object, "kid");

	if (!json_is_object(object))
		return "no JSON object";
	if (kid != NULL && !json_is_string(kid))
		return "kid is no string";
	if (kid != NULL) {
		jwk->kid = arena_strndup(arena, json_string_value(kid),
					 json_string_length(kid));
		if (jwk->kid == NULL)
			return "out of memory";
	}
	if (same(text_member(object, "kty"), "oct"))
		return "a symmetric key";
	if (has_private_members(object))
		return "has private members";
	if (!is_for_signatures(object))
		return "use is not sig";
	jwk->kind = find_kind(object);
	if (jwk->kind == NULL)
		return "of a kty, crv or alg that is not served";
	if (jwk->kind->crv == NULL)
		return make_rsa(object, arena, jwk);
	if (jwk->kind->group != NULL)
		return make_ec(object, arena, jwk);
	return make_ed25519(object, arena, jwk);
}

static void make_unfit(struct jwk *jwk, const char *fault)
{
	jwk->fault = fault;
	EVP_PKEY_free(jwk->key);
	jwk->key = NULL;
}

/* One name for two keys leaves open which one is meant: neither. */
static void refuse_twins(struct jwk_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		for (size_t j = 0; j < i; j++)
			if (same(set->keys[i].kid, set->keys[j].kid)) {
				make_unfit(&set->keys[i], "kid stands twice");
				make_unfit(&set->keys[j], "kid stands twice");
			}
}

/* The file as JSON; new reference, NULL when it cannot be had. */
static json_t *read_json(const char *path, struct arena *arena)
{
	/* Opening a pipe would wait for its other end. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text = arena_alloc(arena, JWK_SET_MAX_BYTES + 1);
	size_t length = 0;
	ssize_t got = 1;

	if (fd < 0 || text == NULL)
		got = -1;
	while (got > 0 && length <= JWK_SET_MAX_BYTES) {
		got = read(fd, text + length, JWK_SET_MAX_BYTES + 1 - length);
		if (got > 0)
			length += (size_t)got;
	}
	if (fd >= 0)
		(void)close(fd);
	if (got < 0 || length > JWK_SET_MAX_BYTES)
		return NULL;
	/* Of a long number no key is told, and none is to be lost. */
	return json_loadb(text, length,
			  JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL,
			  NULL);
}

static const char *read_set(struct jwk_set *set, const json_t *root,
			    struct arena *arena)
{
	const json_t *keys = json_object_get(root, "keys");
	const json_t *object;
	size_t i;

	if (!json_is_array(keys) || json_array_size(keys) > JWK_SET_MAX_KEYS)
		return "names no JSON key set of at most 64 keys and 64 KiB";
	set->keys = arena_alloc(arena, (json_array_size(keys) + 1) *
					       sizeof(*set->keys));
	if (set->keys == NULL)
		return "is too large for memory";
	json_array_foreach(keys, i, object)
	{
		struct jwk *jwk = &set->keys[set->count++];
		const char *fault = read_key(object, arena, jwk);

		if (fault != NULL)
			make_unfit(jwk, fault);
	}
	refuse_twins(set);
	for (i = 0; i < set->count; i++)
		set->usable += set->keys[i].key != NULL;
	return set->usable > 0 ? NULL : "names a key set without a usable key";
}

enum problem_code jwk_set_load(struct jwk_set *set, const char *path,
			       struct arena *arena, struct problem *problem)
{
	json_t *root = read_json(path, arena);
	const char *fault;

	*set = (struct jwk_set){0};
	fault = read_set(set, root, arena);
	json_decref(root);
	if (fault != NULL)
		return problem_setting(problem, "JWKS_FILE", fault);
	return PROBLEM_NONE;
}

const struct jwk *jwk_set_select(const struct jwk_set *set, const char *kid)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct jwk *jwk = &set->keys[i];

		if (jwk->key != NULL &&
		    (kid != NULL ? same(jwk->kid, kid) : set->usable == 1))
			return jwk;
	}
	return NULL;
}

void jwk_set_want_newer(const char *path, struct arena *arena)
{
	const char *flag = arena_printf(arena, "%s.wanted", path);
	struct stat status;

	if (flag == NULL || stat(flag, &status) != 0 ||
	    !S_ISREG(status.st_mode) ||
	    llabs(time(NULL) - status.st_mtime) < WANT_INTERVAL_S)
		return;
	/* Without opening it, which the sandbox would refuse; failing is no
	   matter. */
	(void)utimensat(AT_FDCWD, flag, NULL, AT_SYMLINK_NOFOLLOW);
}

void jwk_set_release(struct jwk_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		EVP_PKEY_free(set->keys[i].key);
	*set = (struct jwk_set){0};
}
