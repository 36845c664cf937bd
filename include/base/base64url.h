/*
 * base64url.h - base64url without padding (RFC 7515, section 2).
 */
#ifndef BASE64URL_H
#define BASE64URL_H

#include <stddef.h>

struct arena;
struct buf;

/*
 * Decode length bytes of text into new arena memory, and set *decoded_length.
 *
 * Return NULL if the text is not canonical, because a value must have only one
 * encoding:
 * - The text is empty, or its length is 1 modulo 4.
 * - A byte is outside the alphabet, such as padding or white space.
 * - The unused bits of the last character are not zero.
 *
 * Also return NULL if memory runs out.
 */
__attribute__((warn_unused_result)) unsigned char *base64url_decode(
	const char *text, size_t length, struct arena *arena,
	size_t *decoded_length);

/* Encode length bytes and append the text to buf. */
void base64url_add(struct buf *buf, const void *bytes, size_t length);

#endif
