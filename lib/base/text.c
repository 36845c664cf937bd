#include "base/text.h"

#include <string.h>

#include "base/hex.h"
#include "base/banned.h"

bool text_is_uuid(const char *text, size_t length)
{
	if (length != 36)
		return false;
	for (size_t i = 0; i < length; i++) {
		bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;

		if (hyphen ? text[i] != '-' : hex_value(text[i]) < 0)
			return false;
	}
	return true;
}

bool text_to_number(const char *text, size_t length, unsigned long max,
		    unsigned long *out)
{
	unsigned long value = 0;

	if (length == 0)
		return false;
	for (size_t i = 0; i < length; i++) {
		unsigned long digit = (unsigned long)(text[i] - '0');

		if (text[i] < '0' || text[i] > '9' || digit > max ||
		    value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool text_equal_nocase(const char *a, const char *b)
{
	while (*a != '\0' && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return lower(*a) == lower(*b);
}

bool text_is_word(const char *text, size_t length, const char *word)
{
	size_t i = 0;

	while (i < length && word[i] != '\0' &&
	       lower(text[i]) == lower(word[i]))
		i++;
	return i == length && word[i] == '\0';
}

/* Return the length of the token at text (tchar of RFC 9110, section 5.6.2). */
static size_t token_length(const char *text)
{
	return strspn(text, "!#$%&'*+-.^_`|~0123456789"
			    "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

const char *text_read_pair(const char *text, struct text_pair *pair)
{
	const char *p = text + token_length(text), *after;

	*pair = (struct text_pair){.name = text, .value = ""};
	pair->name_length = (size_t)(p - text);
	after = p + strspn(p, " \t");
	if (p == text || *after != '=')
		return p != text ? p : NULL;
	p = after + 1 + strspn(after + 1, " \t");
	pair->value = p;
	if (*p != '"') {
		pair->value_length = token_length(p);
		return pair->value_length > 0 ? p + pair->value_length : NULL;
	}
	pair->value = ++p;
	while (*p != '"' && *p != '\0')
		p += *p == '\\' && p[1] != '\0' ? 2 : 1;
	pair->value_length = (size_t)(p - pair->value);
	return *p == '"' ? p + 1 : NULL;
}
