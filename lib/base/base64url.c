#include "base/base64url.h"

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/banned.h"

/* Return the value of a base64url character (RFC 4648, section 5), or -1. */
static int digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '-')
		return 62;
	return c == '_' ? 63 : -1;
}

unsigned char *base64url_decode(const char *text, size_t length,
				struct arena *arena, size_t *decoded_length)
{
	unsigned char *bytes;
	size_t count = 0;
	uint32_t bits = 0;
	unsigned held = 0; /* number of bits not yet written */

	if (length == 0 || length % 4 == 1)
		return NULL;
	bytes = arena_alloc(arena, length / 4 * 3 + 3);
	if (bytes == NULL)
		return NULL;
	for (size_t i = 0; i < length; i++) {
		int value = digit_value(text[i]);

		if (value < 0)
			return NULL;
		bits = bits << 6 | (uint32_t)value;
		held += 6;
		if (held >= 8) {
			held -= 8;
			bytes[count++] = (unsigned char)(bits >> held);
			bits &= (1U << held) - 1;
		}
	}
	if (bits != 0)
		return NULL;
	*decoded_length = count;
	return bytes;
}

void base64url_add(struct buf *buf, const void *bytes, size_t length)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789-_";
	const unsigned char *p = bytes;

	for (size_t i = 0; i < length; i += 3) {
		unsigned long bits = (unsigned long)p[i] << 16;
		size_t count = length - i >= 3 ? 4 : length - i + 1;

		if (i + 1 < length)
			bits |= (unsigned long)p[i + 1] << 8;
		if (i + 2 < length)
			bits |= p[i + 2];
		for (size_t d = 0; d < count; d++)
			buf_add(buf, &digits[bits >> (18 - 6 * d) & 63], 1);
	}
}
