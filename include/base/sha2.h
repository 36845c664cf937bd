/*
 * sha2.h - compute SHA-256, and HMAC (RFC 2104) with SHA-256, SHA-384 or
 * SHA-512.
 *
 * The hash functions are OpenSSL's.  They are called directly and not through
 * EVP, because the first EVP_MAC_fetch() of a process takes a quarter of all
 * instructions of a CGI request, and each later use allocates.  These calls
 * need no initialisation of OpenSSL, allocate nothing, and keep no copy of the
 * key.
 */
#ifndef SHA2_H
#define SHA2_H

#include <stdbool.h>
#include <stddef.h>

enum sha2 {
	SHA2_256,
	SHA2_384,
	SHA2_512
};

#define SHA2_256_BYTES 32
#define SHA2_MAX_BYTES 64

/* Write the SHA-256 of length bytes.  Return false if OpenSSL fails. */
__attribute__((warn_unused_result)) bool sha2_256(
	const void *bytes, size_t length, unsigned char digest[SHA2_256_BYTES]);

/*
 * Write the HMAC of length bytes under the key to mac.  Return its size: 32, 48
 * or 64.  Return 0 if OpenSSL fails.
 */
size_t sha2_hmac(enum sha2 hash, const void *key, size_t key_bytes,
		 const void *bytes, size_t length,
		 unsigned char mac[SHA2_MAX_BYTES])
	__attribute__((warn_unused_result));

#endif
