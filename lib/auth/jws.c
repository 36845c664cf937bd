#include "auth/jws.h"

#include <jwt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/base64url.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/banned.h"

/*
 * Decode a segment that contains exactly one JSON object.  Return a new
 * reference, or NULL.  If an integer exceeds 64 bits, read integers as reals
 * and set *wide.
 */
static json_t *decode_object(const char *text, size_t length,
			     struct arena *arena, bool *wide)
{
	size_t bytes;
	const unsigned char *json =
		base64url_decode(text, length, arena, &bytes);
	/* Without JSON_ALLOW_NUL, jansson rejects U+0000 in strings. */
	size_t flags = JSON_REJECT_DUPLICATES;
	json_error_t error;
	json_t *object;

	/* jansson does not detect a NUL byte after a number. */
	if (json == NULL || memchr(json, '\0', bytes) != NULL)
		return NULL;
	object = json_loadb((const char *)json, bytes, flags, &error);
	if (object == NULL &&
	    json_error_code(&error) == json_error_numeric_overflow) {
		*wide = true;
		object = json_loadb((const char *)json, bytes,
				    flags | JSON_DECODE_INT_AS_REAL, NULL);
	}
	if (!json_is_object(object)) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static bool is_plain_type(const json_t *type)
{
	return type == NULL ||
	       (json_is_string(type) &&
		text_equal_nocase(json_string_value(type), "JWT"));
}

/* JWT (RFC 7519) or at+jwt (RFC 9068, section 2.1), also as a media type. */
static bool is_known_type(const json_t *type)
{
	static const char *const names[] = {"JWT", "at+jwt", "application/JWT",
					    "application/at+jwt"};
	const char *name = json_string_value(type);

	if (type == NULL)
		return true;
	for (size_t i = 0; name != NULL && i < 4; i++)
		if (text_equal_nocase(name, names[i]))
			return true;
	return false;
}

bool jws_parse(struct jws *jws, const char *token, struct arena *arena)
{
	const char *dot1, *dot2 = NULL;
	const json_t *type;
	bool wide = false;

	*jws = (struct jws){.token = token};
	if (strnlen(token, JWS_MAX_BYTES + 1) > JWS_MAX_BYTES)
		return false;
	dot1 = strchr(token, '.');
	if (dot1 != NULL)
		dot2 = strchr(dot1 + 1, '.');
	if (dot2 == NULL)
		return false;
	jws->signed_length = (size_t)(dot2 - token);
	/* A fourth segment is rejected here, because "." is not base64url. */
	jws->signature = base64url_decode(dot2 + 1, strlen(dot2 + 1), arena,
					  &jws->signature_length);
	jws->header =
		decode_object(token, (size_t)(dot1 - token), arena, &wide);
	jws->payload = decode_object(dot1 + 1, (size_t)(dot2 - dot1 - 1), arena,
				     &wide);
	jws->alg = json_string_value(json_object_get(jws->header, "alg"));
	type = json_object_get(jws->header, "typ");
	jws->for_libjwt = is_plain_type(type) && !wide;
	if (jws->signature != NULL && jws->header != NULL &&
	    jws->payload != NULL && jws->alg != NULL &&
	    json_object_get(jws->header, "crit") == NULL && is_known_type(type))
		return true;
	jws_release(jws);
	return false;
}

struct hmac_alg {
	const char *name;
	jwt_alg_t libjwt;
	const char *digest;
	size_t bytes;
};

/*
 * Verify with libjwt.  It chooses the algorithm from the token, so compare that
 * with alg again.
 */
static bool libjwt_accepts(const struct jws *jws, const struct hmac_alg *alg,
			   const char *key, int key_bytes)
{
	jwt_t *jwt = NULL;
	bool accepted = jwt_decode(&jwt, jws->token, (const unsigned char *)key,
				   key_bytes) == 0 &&
			jwt_get_alg(jwt) == alg->libjwt;

	jwt_free(jwt);
	return accepted;
}

/* Verify with OpenSSL the tokens that libjwt 1.10 cannot read. */
static bool openssl_accepts(const struct jws *jws, const struct hmac_alg *alg,
			    const char *key, size_t key_bytes)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	size_t length = 0;

	return EVP_Q_mac(NULL, "HMAC", NULL, alg->digest, NULL, key, key_bytes,
			 (const unsigned char *)jws->token, jws->signed_length,
			 mac, sizeof(mac), &length) != NULL &&
	       length == jws->signature_length &&
	       CRYPTO_memcmp(mac, jws->signature, length) == 0;
}

bool jws_verify_hmac(const struct jws *jws, enum config_alg alg,
		     const char *key, size_t key_bytes)
{
	static const struct hmac_alg algs[] = {
		[CONFIG_HS256] = {"HS256", JWT_ALG_HS256, "SHA256", 32},
		[CONFIG_HS384] = {"HS384", JWT_ALG_HS384, "SHA384", 48},
		[CONFIG_HS512] = {"HS512", JWT_ALG_HS512, "SHA512", 64},
	};
	const struct hmac_alg *wanted = &algs[alg];

	if (key == NULL || key_bytes < CONFIG_SECRET_MIN_BYTES ||
	    key_bytes > INT32_MAX || strcmp(jws->alg, wanted->name) != 0 ||
	    jws->signature_length != wanted->bytes)
		return false;
	if (!jws->for_libjwt)
		return openssl_accepts(jws, wanted, key, key_bytes);
	if (libjwt_accepts(jws, wanted, key, (int)key_bytes))
		return true;
	/*
	 * libjwt also rejects a valid token after an allocation failure,
	 * without reporting that.  If OpenSSL accepts it, record the failure:
	 * send 500.
	 */
	if (!memory_was_refused() &&
	    openssl_accepts(jws, wanted, key, key_bytes))
		memory_note_refusal();
	return false;
}

void jws_release(struct jws *jws)
{
	json_decref(jws->header);
	json_decref(jws->payload);
	*jws = (struct jws){0};
}
