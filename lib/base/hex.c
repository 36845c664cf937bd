#include "base/hex.h"

#include "base/banned.h"

void hex_encode(const void *bytes, size_t length, char *text)
{
	const unsigned char *from = bytes;

	for (size_t i = 0; i < length; i++) {
		*text++ = HEX_DIGITS[from[i] >> 4];
		*text++ = HEX_DIGITS[from[i] & 15];
	}
	*text = '\0';
}

int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}
