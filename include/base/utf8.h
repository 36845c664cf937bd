/*
 * utf8.h - validate and measure UTF-8 text that a client sent.
 *
 * UTF-8 is checked by RFC 3629: no surrogates, no overlong forms, nothing past
 * U+10FFFF.  White space is the Unicode property White_Space.
 */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Return true if the length bytes are valid UTF-8. */
bool utf8_is_valid(const char *text, size_t length);

/* Return the number of code points in length bytes of valid UTF-8. */
size_t utf8_code_points(const char *text, size_t length);

/* Return true if the valid UTF-8 text is empty or only white space. */
bool utf8_is_blank(const char *text, size_t length);

#endif
