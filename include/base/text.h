/*
 * text.h - what strings are, before anybody trusts them.
 *
 * UTF-8 is checked by RFC 3629 (no surrogates, no overlong forms, nothing
 * past U+10FFFF); white space is Unicode's property White_Space.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* True when the length bytes are UTF-8. */
bool text_is_utf8(const char *text, size_t length);

/* The number of code points in length bytes of valid UTF-8. */
size_t text_code_points(const char *text, size_t length);

/* True when the valid UTF-8 is empty or white space alone. */
bool text_is_blank(const char *text, size_t length);

/* True for a UUID of RFC 4122, 36 characters, any version, either case. */
bool text_is_uuid(const char *text, size_t length);

/*
 * Read a decimal number: digits alone, no sign, no white space, at least one
 * and at most max.  False when it is none, *out untouched.
 */
__attribute__((warn_unused_result)) bool text_to_number(const char *text,
							size_t length,
							unsigned long max,
							unsigned long *out);

/* ASCII-only comparison without case, independent of any locale. */
bool text_equal_nocase(const char *a, const char *b);

/* The same of length bytes that end nowhere by themselves. */
bool text_is_word(const char *text, size_t length, const char *word);

/* name, name=value or name="value" in a header; the text is borrowed. */
struct text_pair {
	const char *name, *value; /* without quotes, backslashes left in */
	size_t name_length, value_length;
};

/*
 * Read one (RFC 9110, 5.6.6; spaces about = as RFC 7240 has them).  Where it ends, or
 * NULL when it is none: no token for a name, none and no whole quoted string after =.
 * Without = the value is "".
 */
const char *text_read_pair(const char *text, struct text_pair *pair);

#endif
