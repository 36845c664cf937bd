/*
 * jwk.h - a set of public keys (RFC 7517) and what they verify.
 *
 * Every key serves one algorithm, which follows from the key and never from a
 * token: Ed25519 EdDSA, which a token may also call Ed25519 (RFC 8037, RFC
 * 9864); P-256, P-384, P-521 ES256, ES384, ES512; RSA RS256, or PS256 where
 * its `alg` says so (RFC 7518).  A member that is null counts as absent.  A
 * key that is unfit - symmetric, with private members, for another use or
 * without verify in its `key_ops`, RSA under 2048 bits, not on its curve, its
 * `kid` standing twice - is kept with the reason and never used; its
 * neighbours work.
 *
 * A set may have as many keys as its bytes hold.  Loading only finds where
 * they are: a key is parsed when it is asked for the first time, so that a
 * request pays for the key that its token names and not for the others.
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
/* What an arena must be able to hold for the largest set. */
#define JWK_SET_ARENA_BYTES (8 * 1024 * 1024)

/* What a key is by its kty and crv, and what that makes of it. */
struct jwk_kind {
	const char *kty;
	const char *crv;	 /* NULL: RSA */
	const char *alg;	 /* of the tokens it verifies */
	const char *alg_too;	 /* the same by another name, or NULL */
	const char *group;	 /* OpenSSL's name of an EC curve, else NULL */
	const char *digest;	 /* OpenSSL's name; NULL: Ed25519 */
	size_t coordinate_bytes; /* of a point, and of r and of s; 0: RSA */
	int padding;		 /* of RSA signatures */
};

/* A key; without key and fault it has not been asked for yet. */
struct jwk {
	const char *text; /* its JSON, in the arena */
	size_t length;
	const char *kid; /* not terminated; NULL: it has none */
	size_t kid_length;
	const struct jwk_kind *kind; /* its algorithm */
	EVP_PKEY *key;		     /* owned by the set; NULL when unfit */
	const char *fault;	     /* why it is unfit; NULL when it is fit */
};

struct jwk_set {
	struct arena *arena; /* borrowed */
	struct jwk *keys;    /* in the arena, in the file's order */
	size_t count;
	size_t room;	 /* in keys */
	uint32_t *slots; /* a hash table: a kid's place in keys, from 1 on */
	uint32_t slot_mask;
};

/*
 * Read the key set in the file at path, with or without a byte-order mark.
 * The set keeps arena until jwk_set_release(), which is due in any case.
 *
 * Errors, all as a fault of the setting JWKS_FILE (PROBLEM_INTERNAL): the file
 * cannot be read, is over JWK_SET_MAX_BYTES, is no JSON object with an array
 * `keys`, or has no usable key.
 */
__attribute__((warn_unused_result)) enum problem_code jwk_set_load(
	struct jwk_set *set, const char *path, struct arena *arena,
	struct problem *problem);

/*
 * The key for a token: by its `kid`; without one (NULL) the only usable key
 * of the set.  NULL when there is none.
 */
const struct jwk *jwk_set_select(struct jwk_set *set, const char *kid);

/*
 * Why jwk_set_select() did not take the key of that name; NULL when it did,
 * or there is no such key.
 */
const char *jwk_set_fault(const struct jwk_set *set, const char *kid);

/* Look at every key of the set; how many are usable. */
size_t jwk_set_usable(struct jwk_set *set);

/*
 * Fill kind and key of a jwk from its JSON.  NULL, or why it is unfit; jwk may
 * have a key nevertheless, which the caller releases.
 */
const char *jwk_read(struct jwk *jwk, const json_t *object,
		     struct arena *arena);

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
