/*
 * jwk.h - read a set of public keys (RFC 7517) and verify signatures with them.
 *
 * Each key serves one algorithm.  The key determines it, never the token:
 * - Ed25519: EdDSA, which a token may also call Ed25519 (RFC 8037, RFC 9864).
 * - P-256, P-384 and P-521: ES256, ES384 and ES512 (RFC 7518).
 * - RSA: RS256, or PS256 if the key's `alg` says so (RFC 7518).
 *
 * A key member that is null counts as absent.
 *
 * An unusable key is kept with the reason and never used, but the other keys of
 * the set work.  A key is unusable if one of these is true:
 * - It is symmetric, has private members, or has no algorithm of this list.
 * - It has a `use` other than sig, or `key_ops` without verify.
 * - It is an RSA key of less than 2048 or more than 8192 bits, or its exponent
 *   is even or 1.
 * - Its point is not on its curve, or is an Ed25519 point of small order.
 * - A member that is read is malformed, or another key has the same `kid`.
 *
 * Loading a set only locates its keys.  A key is parsed when it is first
 * needed, so that a request does not pay for the keys that it does not use.
 * Only the file's size limits the number of keys.
 */
#ifndef JWK_H
#define JWK_H

#include <jansson.h>
#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/jws.h"
#include "base/problem.h"

struct arena;

#define JWK_SET_MAX_BYTES 65536
/* The arena size that suffices for the largest set. */
#define JWK_SET_ARENA_BYTES (8 * 1024 * 1024)

/* An algorithm, and the kty and crv of the keys that serve it. */
struct jwk_kind {
	const char *kty;
	const char *crv;	 /* NULL: RSA */
	const char *alg;	 /* the `alg` of its tokens */
	const char *alg_too;	 /* a second name of alg, or NULL */
	const char *group;	 /* OpenSSL's name of the EC curve, or NULL */
	const char *digest;	 /* OpenSSL's name of it; NULL: Ed25519 */
	size_t coordinate_bytes; /* of a point and of r and s; 0: RSA */
	int padding;		 /* for RSA signatures */
};

/* A key.  While both key and fault are NULL, it has not been parsed. */
struct jwk {
	const char *text; /* its JSON, in the arena */
	size_t length;
	const char *kid; /* not NUL-terminated; NULL: none */
	size_t kid_length;
	const struct jwk_kind *kind; /* its algorithm */
	EVP_PKEY *key;		     /* owned by the set; NULL if unusable */
	const char *fault;	     /* why it is unusable; NULL if usable */
};

struct jwk_set {
	struct arena *arena; /* borrowed */
	struct jwk *keys;    /* in the arena, in the file's order */
	size_t count;
	size_t room; /* capacity of keys */
	/* A hash table by kid: the index in keys plus 1, or 0. */
	uint32_t *slots;
	uint32_t slot_mask;
};

/*
 * Load the key set from the file at path.  Ignore a byte-order mark.  The set
 * uses arena until jwk_set_release(), which must be called even after an error.
 *
 * All errors are PROBLEM_INTERNAL for the setting JWKS_FILE:
 * - file_read() refuses the file, for example over JWK_SET_MAX_BYTES.
 * - It is not a JSON object with an array `keys`, or has no usable key.
 * - Memory ran out.
 */
__attribute__((warn_unused_result)) enum problem_code jwk_set_load(
	struct jwk_set *set, const char *path, struct arena *arena,
	struct problem *problem);

/*
 * Return the key for a token with this `kid`.  If kid is NULL, return the only
 * usable key of the set.  Return NULL if there is no such usable key.  The key
 * is borrowed from the set.
 */
const struct jwk *jwk_set_select(struct jwk_set *set, const char *kid);

/*
 * Return why jwk_set_select() found the key named kid unusable.  Return NULL if
 * it is usable or does not exist.
 */
const char *jwk_set_fault(const struct jwk_set *set, const char *kid);

/* Parse all keys of the set and return the number of usable ones. */
size_t jwk_set_usable(struct jwk_set *set);

/*
 * Fill kind and key of jwk from its JSON object.  Return NULL on success, else
 * why the key is unusable.  Even then jwk->key may be set, and the caller must
 * release it.
 */
const char *jwk_read(struct jwk *jwk, const json_t *object,
		     struct arena *arena);

/*
 * Return true if the token's `alg` is the algorithm of the key and the key
 * verifies the signature.
 */
__attribute__((warn_unused_result)) bool jwk_verify(const struct jwk *jwk,
						    const struct jws *jws);

/*
 * Request a newer key set, because a token names a key that the set at path
 * lacks or cannot use.  The request sets the time of the file PATH.wanted.
 *
 * Do nothing if that file does not exist, or if its time is within 30 seconds
 * of now.  The job that refreshes the key set (jwks-refresh) creates the file
 * and watches it.  Ignore errors.
 */
void jwk_set_want_newer(const char *path, struct arena *arena);

/* Release the keys.  The set is then empty. */
void jwk_set_release(struct jwk_set *set);

#endif
