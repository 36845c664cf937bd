/*
 * text.h - read ASCII forms in strings that a client or operator sent: UUIDs,
 * numbers, words without regard to case, header parameters.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Return true for a UUID (RFC 4122): 36 characters, any version, any case. */
bool text_is_uuid(const char *text, size_t length);

/*
 * Read a decimal number of at least one digit, without sign or white space.  If
 * it has another form or exceeds max, return false and leave *out unchanged.
 */
__attribute__((warn_unused_result)) bool text_to_number(const char *text,
							size_t length,
							unsigned long max,
							unsigned long *out);

/* Return true if a equals b without regard to ASCII case, in any locale. */
bool text_equal_nocase(const char *a, const char *b);

/* Do the same for text of length bytes, which need not end with a NUL. */
bool text_is_word(const char *text, size_t length, const char *word);

/* A header parameter: name, name=value or name="value".  Text is borrowed. */
struct text_pair {
	const char *name, *value; /* without quotes; backslashes are kept */
	size_t name_length, value_length;
};

/*
 * Read one parameter (RFC 9110, section 5.6.6).  White space around "=" is
 * allowed, as in RFC 7240.  Without "=", the value is "".
 *
 * Return the position after the parameter.  Return NULL if the name is not a
 * token, or if "=" is followed by neither a token nor a complete quoted string.
 */
const char *text_read_pair(const char *text, struct text_pair *pair);

#endif
