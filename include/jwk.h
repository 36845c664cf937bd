/*
 * jwk.h - a set of public keys (RFC 7517) and what they verify.
 *
 * Every key serves one algorithm, which follows from the key and never from a
 * token: Ed25519 EdDSA (RFC 8037); P-256, P-384, P-521 ES256, ES384, ES512;
 * RSA RS256, or PS256 where its `alg` says so (RFC 7518).  A key that is
 * unfit - symmetric, with private members, for another use, RSA under 2048
 * bits, not on its curve, its `kid` standing twice - is kept with the reason
 * and never used; its neighbours work.
 */
#ifndef JWK_H
#define JWK_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "jws.h"
#include "problem.h"

struct arena;

#define JWK_SET_MAX_BYTES 65536
#define JWK_SET_MAX_KEYS 64

/* What a key is by its kty and crv, and what that makes of it. */
struct jwk_kind {
	const char *kty;
	const char *crv;	 /* NULL: RSA */
	const char *alg;	 /* of the tokens it verifies */
	const char *group;	 /* OpenSSL's name of an EC curve, else NULL */
	const char *digest;	 /* OpenSSL's name; NULL: Ed25519 */
	size_t coordinate_bytes; /* of a point, and of r and of s; 0: RSA */
	int padding;		 /* of RSA signatures */
};

struct jwk {
	const char *kid;	     /* NULL: it has none */
	const struct jwk_kind *kind; /* its algorithm */
	EVP_PKEY *key;		     /* owned by the set; NULL when unfit */
	const char *fault;	     /* why it is unfit; NULL when it is fit */
};

struct jwk_set {
	struct jwk *keys; /* in the arena */
	size_t count;
	size_t usable;
};

/*
 * Read the key set in the file at path.  jwk_set_release() is due in any case.
 *
 * Errors, all as a fault of the setting JWKS_FILE (PROBLEM_INTERNAL): the file
 * cannot be read, is over JWK_SET_MAX_BYTES, is no JSON object with an array
 * `keys` of at most JWK_SET_MAX_KEYS, or has no usable key.
 */
__attribute__((warn_unused_result)) enum problem_code jwk_set_load(
	struct jwk_set *set, const char *path, struct arena *arena,
	struct problem *problem);

/*
 * The key for a token: by its `kid`; without one (NULL) the only usable key
 * of the set.  NULL when there is none.
 */
const struct jwk *jwk_set_select(const struct jwk_set *set, const char *kid);

/* True when the token says the key's algorithm and the key verifies it. */
__attribute__((warn_unused_result)) bool jwk_verify(const struct jwk *jwk,
						    const struct jws *jws);

/*
 * Ask for a newer key set, because a token named a key that is not in the one
 * at path: sets the time of the file PATH.wanted, where that exists and was
 * not set within the last 30 seconds.  Whoever keeps the set up to date
 * (jwks-refresh) makes the file and watches it.
 */
void jwk_set_want_newer(const char *path, struct arena *arena);

/* Release the keys; the set is empty afterwards. */
void jwk_set_release(struct jwk_set *set);

#endif
