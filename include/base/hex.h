/*
 * hex.h - hexadecimal digits (RFC 4648, section 8).  Encode in lower case, and
 * decode any case.
 */
#ifndef HEX_H
#define HEX_H

#include <stddef.h>

/* The digits that hex_encode() writes, in the order of their values. */
#define HEX_DIGITS "0123456789abcdef"

/* The size of the text for a number of bytes, with its NUL. */
#define HEX_TEXT_BYTES(bytes) (2 * (bytes) + 1)

/* Write HEX_TEXT_BYTES(length) to text: two digits a byte, and a NUL. */
void hex_encode(const void *bytes, size_t length, char *text);

/* Return the value of a digit, or -1 if c is not a digit. */
int hex_value(char c);

#endif
