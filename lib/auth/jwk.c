#include "auth/jwk.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/base64url.h"
#include "auth/ed25519.h"
#include "base/banned.h"

#define RSA_MIN_BITS 2048
#define RSA_MAX_BITS 8192

static const struct jwk_kind kinds[] = {
	{"OKP", "Ed25519", "EdDSA", "Ed25519", NULL, NULL, 32, 0},
	{"EC", "P-256", "ES256", NULL, "prime256v1", "SHA256", 32, 0},
	{"EC", "P-384", "ES384", NULL, "secp384r1", "SHA384", 48, 0},
	{"EC", "P-521", "ES512", NULL, "secp521r1", "SHA512", 66, 0},
	{"RSA", NULL, "RS256", NULL, NULL, "SHA256", 0, RSA_PKCS1_PADDING},
	{"RSA", NULL, "PS256", NULL, NULL, "SHA256", 0, RSA_PKCS1_PSS_PADDING},
};

static bool same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/*
 * Return a member, or NULL if it is absent or null, which some issuers write.
 */
static const json_t *member(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return json_is_null(value) ? NULL : value;
}

static const char *text_member(const json_t *object, const char *name)
{
	return json_string_value(member(object, name));
}

/*
 * Find the kind of a key.  For an RSA key, `alg` selects RS256 (the default) or
 * PS256.  For other keys `alg` is ignored, because some issuers set it wrongly.
 */
static const struct jwk_kind *find_kind(const json_t *object)
{
	const char *kty = text_member(object, "kty");
	const char *crv = text_member(object, "crv");
	const json_t *alg = member(object, "alg");

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

/* Decode a base64url member.  Return NULL if it is absent or invalid. */
static const unsigned char *bytes_member(const json_t *object, const char *name,
					 struct arena *arena, size_t *length)
{
	const json_t *text = member(object, name);

	if (!json_is_string(text))
		return NULL;
	return base64url_decode(json_string_value(text),
				json_string_length(text), arena, length);
}

/* Make a key from OpenSSL parameters.  Return NULL if OpenSSL rejects them. */
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
		return "x is missing or is not base64url of 32 bytes";
	if (!ed25519_is_public_key(x))
		return "the point is not on the curve or has a small order";
	jwk->key =
		EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x, length);
	return jwk->key != NULL ? NULL : "OpenSSL rejects the key";
}

static const char *make_ec(const json_t *object, struct arena *arena,
			   struct jwk *jwk)
{
	const size_t size = jwk->kind->coordinate_bytes;
	size_t x_length = 0, y_length = 0;
	const unsigned char *x = bytes_member(object, "x", arena, &x_length);
	const unsigned char *y = bytes_member(object, "y", arena, &y_length);
	unsigned char point[1 + 2 * 66];

	/* Leading zeros are required (RFC 7518, section 6.2.1.2). */
	if (x == NULL || y == NULL || x_length != size || y_length != size)
		return "x or y is missing or is not base64url of the curve's "
		       "size";
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

/* Reverse a big-endian number, because OSSL_PARAM needs native byte order. */
static unsigned char *reversed(const unsigned char *bytes, size_t length,
			       struct arena *arena)
{
	unsigned char *copy = arena_alloc(arena, length);

	for (size_t i = 0; copy != NULL && i < length; i++)
		copy[i] = bytes[length - 1 - i];
	return copy;
}

static const char rsa_too_large[] = "the RSA key has more than 8192 bits";

static const char *make_rsa(const json_t *object, struct arena *arena,
			    struct jwk *jwk)
{
	size_t n_length = 0, e_length = 0;
	const unsigned char *n = bytes_member(object, "n", arena, &n_length);
	const unsigned char *e = bytes_member(object, "e", arena, &e_length);
	uint64_t exponent = 0;
	int bits;

	if (n == NULL || e == NULL || e_length > sizeof(exponent))
		return "n or e is missing or is not base64url, or e is longer "
		       "than 8 bytes";
	for (size_t i = 0; i < e_length; i++)
		exponent = exponent << 8 | e[i];
	/* With e = 1, anyone can make a signature from the message itself. */
	if (exponent < 3 || exponent % 2 == 0)
		return "e is even or less than 3";
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
		return "OpenSSL rejects the key";
	if (bits > RSA_MAX_BITS)
		return rsa_too_large;
	return bits >= RSA_MIN_BITS ? NULL
				    : "the RSA key has fewer than 2048 bits";
}

static bool has_private_members(const json_t *object)
{
	static const char *const names[] = {"d",  "p",	"q",   "dp",
					    "dq", "qi", "oth", "k"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (member(object, names[i]) != NULL)
			return true;
	return false;
}

/* Return true if `use` is absent or "sig". */
static bool is_for_signatures(const json_t *object)
{
	const json_t *use = member(object, "use");

	return use == NULL || same(json_string_value(use), "sig");
}

/*
 * Return true if `key_ops` is absent or contains verify (RFC 7517, section
 * 4.3).  Reject a value that is not an array of strings.
 */
static bool may_verify(const json_t *object)
{
	const json_t *operations = member(object, "key_ops");
	const json_t *operation;
	bool found = false;
	size_t i;

	if (operations == NULL)
		return true;
	json_array_foreach(operations, i, operation) {
		if (!json_is_string(operation))
			return false;
		found = found || same(json_string_value(operation), "verify");
	}
	return found;
}

const char *jwk_read(struct jwk *jwk, const json_t *object, struct arena *arena)
{
	const json_t *kid = member(object, "kid");

	if (!json_is_object(object))
		return "the key is not a JSON object";
	if (kid != NULL && !json_is_string(kid))
		return "kid is not a string";
	if (same(text_member(object, "kty"), "oct"))
		return "the key is symmetric (kty oct)";
	if (has_private_members(object))
		return "the key has private members";
	if (!is_for_signatures(object))
		return "use is not sig";
	if (!may_verify(object))
		return "key_ops is not an array of strings that contains "
		       "verify";
	jwk->kind = find_kind(object);
	if (jwk->kind == NULL)
		return "kty, crv or alg is not supported";
	if (jwk->kind->crv == NULL)
		return make_rsa(object, arena, jwk);
	if (jwk->kind->group != NULL)
		return make_ec(object, arena, jwk);
	return make_ed25519(object, arena, jwk);
}
