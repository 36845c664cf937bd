/*
 * jws_hmac.h - verify a token with the shared secret (RFC 7518, section 3.2).
 */
#ifndef JWS_HMAC_H
#define JWS_HMAC_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"

struct jws;

/*
 * Return true if the token's `alg` is exactly alg and its HMAC under key is
 * correct.  The comparison takes constant time.  Return false for a key of less
 * than CONFIG_SECRET_MIN_BYTES.
 */
__attribute__((warn_unused_result)) bool jws_verify_hmac(const struct jws *jws,
							 enum config_alg alg,
							 const char *key,
							 size_t key_bytes);

#endif
