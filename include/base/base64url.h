/*
 * base64url.h - base64url without padding (RFC 7515, section 2), strictly.
 */
#ifndef BASE64URL_H
#define BASE64URL_H

#include <stddef.h>

struct arena;
struct buf;

/*
 * Decode length bytes of text into new arena memory and tell how many bytes
 * came out.  NULL for an empty text, a byte outside the alphabet (padding and
 * white space too), a length that no encoder makes, left-over bits that are
 * not zero - so one value has one spelling - and when memory is short.
 */
__attribute__((warn_unused_result)) unsigned char *base64url_decode(
	const char *text, size_t length, struct arena *arena,
	size_t *decoded_length);

/* Add length bytes to buf, encoded. */
void base64url_add(struct buf *buf, const void *bytes, size_t length);

#endif
