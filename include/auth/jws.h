/*
 * jws.h - parse a signed token in compact form (RFC 7515), strictly.
 *
 * The parser rejects a token before any cryptography if one of these is true:
 * - It is longer than JWS_MAX_BYTES.
 * - It is not three non-empty segments in canonical base64url.
 * - Its header or payload is not one JSON object in UTF-8, has duplicate
 *   members at any depth, or has U+0000 in a string.
 * - Its header has `crit`, or an `alg` that is absent or not a string.
 * - Its `typ` is neither JWT nor at+jwt.  A media type of these is accepted
 *   too, and case is ignored.
 */
#ifndef JWS_H
#define JWS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;

#define JWS_MAX_BYTES 8192

struct jws {
	const char *token;		/* borrowed from the caller */
	size_t signed_length;		/* of "header.payload" */
	const unsigned char *signature; /* in the arena */
	size_t signature_length;
	json_t *header;	 /* new; jws_release() */
	json_t *payload; /* new; jws_release() */
	const char *alg; /* in header */
};

/*
 * Parse token into jws.  If the token is rejected or memory runs out, return
 * false and make jws empty.  jws_release() may be called in both cases.
 */
__attribute__((warn_unused_result)) bool jws_parse(struct jws *jws,
						   const char *token,
						   struct arena *arena);

/* Release header and payload.  A second call is harmless. */
void jws_release(struct jws *jws);

#endif
