#include "base/utf8.h"

#include <stdint.h>

#include "base/banned.h"

/*
 * Decode one code point from at most length bytes.  Return its number of bytes,
 * or 0 if they are not UTF-8.  The bounds of each row exclude overlong forms,
 * surrogates and values past U+10FFFF (RFC 3629, section 4).
 */
static size_t decode(const unsigned char *s, size_t length, uint32_t *point)
{
	static const struct {
		unsigned char lead_min, lead_max; /* of the first byte */
		unsigned char next_min, next_max; /* of the second byte */
		unsigned char bytes, lead_mask;
	} rows[] = {
		{0x00, 0x7f, 0x00, 0x00, 1, 0x7f},
		{0xc2, 0xdf, 0x80, 0xbf, 2, 0x1f},
		{0xe0, 0xe0, 0xa0, 0xbf, 3, 0x0f},
		{0xe1, 0xec, 0x80, 0xbf, 3, 0x0f},
		{0xed, 0xed, 0x80, 0x9f, 3, 0x0f},
		{0xee, 0xef, 0x80, 0xbf, 3, 0x0f},
		{0xf0, 0xf0, 0x90, 0xbf, 4, 0x07},
		{0xf1, 0xf3, 0x80, 0xbf, 4, 0x07},
		{0xf4, 0xf4, 0x80, 0x8f, 4, 0x07},
	};
	size_t row = 0;

	while (row < sizeof(rows) / sizeof(rows[0]) &&
	       (s[0] < rows[row].lead_min || s[0] > rows[row].lead_max))
		row++;
	if (row == sizeof(rows) / sizeof(rows[0]) || rows[row].bytes > length)
		return 0;
	*point = s[0] & rows[row].lead_mask;
	for (size_t i = 1; i < rows[row].bytes; i++) {
		unsigned char min = i == 1 ? rows[row].next_min : 0x80;
		unsigned char max = i == 1 ? rows[row].next_max : 0xbf;

		if (s[i] < min || s[i] > max)
			return 0;
		*point = *point << 6 | (s[i] & 0x3f);
	}
	return rows[row].bytes;
}

bool utf8_is_valid(const char *text, size_t length)
{
	uint32_t point;

	for (size_t i = 0; i < length;) {
		size_t bytes = 1;

		if ((unsigned char)text[i] >= 0x80) /* not ASCII */
			bytes = decode((const unsigned char *)text + i,
				       length - i, &point);
		if (bytes == 0)
			return false;
		i += bytes;
	}
	return true;
}

size_t utf8_code_points(const char *text, size_t length)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++)
		count += ((unsigned char)text[i] & 0xc0) != 0x80;
	return count;
}

static bool is_white_space(uint32_t point)
{
	return (point >= 0x09 && point <= 0x0d) || point == 0x20 ||
	       point == 0x85 || point == 0xa0 || point == 0x1680 ||
	       (point >= 0x2000 && point <= 0x200a) || point == 0x2028 ||
	       point == 0x2029 || point == 0x202f || point == 0x205f ||
	       point == 0x3000;
}

bool utf8_is_blank(const char *text, size_t length)
{
	uint32_t point;

	for (size_t i = 0; i < length;) {
		size_t bytes = decode((const unsigned char *)text + i,
				      length - i, &point);

		if (bytes == 0 || !is_white_space(point))
			return false;
		i += bytes;
	}
	return true;
}
