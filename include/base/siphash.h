/*
 * siphash.h - compute SipHash-2-4 with a result of 128 bits (Aumasson and
 * Bernstein, "SipHash: a fast short-input PRF").
 *
 * It is a MAC: without the key, an attacker cannot find two inputs with equal
 * results.  Where the CPU has no SHA instructions, it is several times as fast
 * as SHA-256.  OpenSSL's SIPHASH gives the same results, but a CGI process
 * would spend more on EVP_MAC_fetch() than on the hash of a list.
 */
#ifndef SIPHASH_H
#define SIPHASH_H

#include <stddef.h>

#define SIPHASH_KEY_BYTES 16
#define SIPHASH_BYTES 16

/* Write the result for length bytes, which may be 0, to result. */
void siphash(const unsigned char key[SIPHASH_KEY_BYTES], const void *bytes,
	     size_t length, unsigned char result[SIPHASH_BYTES]);

#endif
