#include "auth/jws_hmac.h"

#include <jwt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <string.h>

#include "auth/jws.h"
#include "base/oom.h"
#include "base/banned.h"

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
	 * After an allocation failure libjwt also rejects a valid token,
	 * without reporting the failure.  If OpenSSL accepts the token, record
	 * an allocation failure, so that the reply is a 500.
	 */
	if (!oom_happened() && openssl_accepts(jws, wanted, key, key_bytes))
		oom_note();
	return false;
}
