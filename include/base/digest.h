/*
 * digest.h - compute a short identifier of some bytes: SHA-256 truncated to 128
 * bits.  Callers treat inputs with equal digests as equal.
 */
#ifndef DIGEST_H
#define DIGEST_H

#include <stddef.h>

struct arena;

/*
 * Return the digest as 32 lower-case hex digits in the arena.  Return NULL if
 * OpenSSL fails or memory runs out.
 */
__attribute__((warn_unused_result)) const char *digest_text(
	const void *bytes, size_t length, struct arena *arena);

#endif
