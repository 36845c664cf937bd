#include "http/prefer.h"

#include <string.h>

#include "base/text.h"
#include "base/banned.h"

/*
 * Read a preference and its parameters (RFC 7240, section 2).  Return the
 * position after them, or NULL if they are malformed.
 */
static const char *read_preference(const char *p, struct text_pair *preference)
{
	struct text_pair parameter;

	p = text_read_pair(p, preference);
	while (p != NULL && *(p += strspn(p, " \t")) == ';') {
		p += 1 + strspn(p + 1, " \t");
		if (*p != ';' && *p != ',' && *p != '\0')
			p = text_read_pair(p, &parameter);
	}
	return p != NULL && (*p == ',' || *p == '\0') ? p : NULL;
}

bool prefer_is_minimal(const char *prefer)
{
	const char *p = prefer != NULL ? prefer : "";

	while (p != NULL && *(p += strspn(p, " \t,")) != '\0') {
		struct text_pair pair;

		p = read_preference(p, &pair);
		/* The first of several `return` preferences decides. */
		if (p != NULL &&
		    text_is_word(pair.name, pair.name_length, "return"))
			return text_is_word(pair.value, pair.value_length,
					    "minimal");
	}
	return false;
}
