#include "auth/jws_hmac.h"

#include <openssl/crypto.h>
#include <string.h>

#include "auth/jws.h"
#include "base/sha2.h"
#include "base/banned.h"

bool jws_verify_hmac(const struct jws *jws, enum config_alg alg,
		     const char *key, size_t key_bytes)
{
	static const struct {
		const char *name;
		enum sha2 hash;
	} algs[] = {
		[CONFIG_HS256] = {"HS256", SHA2_256},
		[CONFIG_HS384] = {"HS384", SHA2_384},
		[CONFIG_HS512] = {"HS512", SHA2_512},
	};
	unsigned char mac[SHA2_MAX_BYTES];
	size_t length;

	if (key == NULL || key_bytes < CONFIG_SECRET_MIN_BYTES ||
	    strcmp(jws->alg, algs[alg].name) != 0)
		return false;
	length = sha2_hmac(algs[alg].hash, key, key_bytes, jws->token,
			   jws->signed_length, mac);
	return length > 0 && length == jws->signature_length &&
	       CRYPTO_memcmp(mac, jws->signature, length) == 0;
}
