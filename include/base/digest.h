/*
 * digest.h - a short name for bytes: SHA-256 cut to 128 bits, which no two
 * different ones share.
 */
#ifndef DIGEST_H
#define DIGEST_H

#include <stddef.h>

struct arena;

/* 32 lower-case hex digits in the arena; NULL when OpenSSL or memory fails. */
__attribute__((warn_unused_result)) const char *digest_text(
	const void *bytes, size_t length, struct arena *arena);

#endif
