/*
 * jws.h - a signed token, taken apart strictly (RFC 7515, compact form).
 *
 * Refused before any cryptography: more than JWS_MAX_BYTES, anything but
 * three non-empty base64url segments in canonical form, header or payload
 * that is not one JSON object in UTF-8, duplicate members at any depth,
 * U+0000 in any string, `crit`, a `typ` that is neither JWT nor at+jwt, an
 * `alg` that is no string.
 */
#ifndef JWS_H
#define JWS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"

struct arena;

#define JWS_MAX_BYTES 8192

struct jws {
	const char *token;		/* borrowed from the caller */
	size_t signed_length;		/* of "header.payload" in token */
	const unsigned char *signature; /* in the arena */
	size_t signature_length;
	json_t *header;	 /* new; jws_release() */
	json_t *payload; /* new; jws_release() */
	const char *alg; /* in header */
	bool for_libjwt; /* libjwt 1.10 can read it: its type is JWT or none,
			    its integers have 64 bits */
};

/*
 * Take token apart into jws.  False when it is refused or memory is short;
 * jws is then empty.  Either way jws_release() may be called.
 */
__attribute__((warn_unused_result)) bool jws_parse(struct jws *jws,
						   const char *token,
						   struct arena *arena);

/*
 * True when the token was signed with HMAC under key by alg, and says so:
 * its own `alg` must be that one, letter for letter.  key has at least
 * CONFIG_SECRET_MIN_BYTES; fewer are never a match.
 */
__attribute__((warn_unused_result)) bool jws_verify_hmac(const struct jws *jws,
							 enum config_alg alg,
							 const char *key,
							 size_t key_bytes);

/* Release header and payload; NULL-safe, and twice is harmless. */
void jws_release(struct jws *jws);

#endif
