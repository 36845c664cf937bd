/*
 * hash.h - compute a short identifier of some bytes, and MACs of them.
 *
 * The key of a MAC is a NUL-terminated string, which all programs of one
 * deployment share: config_mac_key().
 */
#ifndef HASH_H
#define HASH_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/*
 * Return SHA-256 truncated to 128 bits, as 32 lower-case hex digits in the
 * arena.  Callers treat inputs with equal hashes as equal.  The result is
 * stored in the database, so it must not change between releases.  Return NULL
 * if OpenSSL fails or memory runs out.
 */
__attribute__((warn_unused_result)) const char *hash_text(const void *bytes,
							  size_t length,
							  struct arena *arena);

/*
 * Return a MAC of 128 bits, in the form of hash_text(), for entity tags.  Callers
 * treat texts with equal tags as equal: without the key, an attacker cannot
 * find two such texts.  Return NULL if key is NULL, OpenSSL fails or memory runs
 * out.
 */
__attribute__((warn_unused_result)) const char *hash_tag(const char *key,
							 const void *bytes,
							 size_t length,
							 struct arena *arena);

#define HASH_MAC_BYTES 32

/*
 * Write HMAC-SHA256 (RFC 2104) of length bytes.  Begin the bytes with the
 * purpose of the MAC and a NUL, so that a MAC for one purpose is not valid for
 * another.  Return false if key is NULL or OpenSSL fails.
 */
__attribute__((warn_unused_result)) bool hash_mac(
	const char *key, const void *bytes, size_t length,
	unsigned char mac[HASH_MAC_BYTES]);

#endif
