#include "base/uri.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/hex.h"
#include "base/utf8.h"
#include "base/banned.h"

/*
 * Decode one name or value.  Return NULL if it is malformed or memory runs out.
 */
static const char *decode(const char *text, size_t length, struct arena *arena)
{
	char *decoded = arena_alloc(arena, length + 1);
	size_t count = 0;

	if (decoded == NULL)
		return NULL;
	for (size_t i = 0; i < length; i++) {
		char c = text[i];

		if (c == '+')
			c = ' ';
		if (c == '%') {
			bool whole = length - i > 2;
			int high = whole ? hex_value(text[i + 1]) : -1;
			int low = whole ? hex_value(text[i + 2]) : -1;

			if (high < 0 || low < 0)
				return NULL;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (c == '\0')
			return NULL;
		decoded[count++] = c;
	}
	return utf8_is_valid(decoded, count) ? decoded : NULL;
}

bool uri_parse_query(const char *text, struct arena *arena,
		     struct uri_query *query)
{
	size_t most = 1;

	for (const char *p = text; *p != '\0'; p++)
		most += *p == '&';
	*query = (struct uri_query){
		.params = arena_alloc(arena, most * sizeof(*query->params))};
	if (query->params == NULL)
		return false;
	while (*text != '\0') {
		size_t length = strcspn(text, "&");
		const char *equals = memchr(text, '=', length);
		size_t name = equals != NULL ? (size_t)(equals - text) : length;
		size_t value = equals != NULL ? length - name - 1 : 0;

		if (length > 0)
			query->params[query->count++] = (struct uri_param){
				decode(text, name, arena),
				decode(text + length - value, value, arena)};
		text += length;
		text += *text == '&';
	}
	return !arena->failed;
}

/* Append text, and percent-encode all characters that are not in kept. */
static void add_encoded(struct buf *buf, const char *text, size_t length,
			const char *kept)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] != '\0' && strchr(kept, text[i]) != NULL)
			buf_add(buf, &text[i], 1);
		else
			buf_printf(buf, "%%%02X",
				   (unsigned)(unsigned char)text[i]);
	}
}

/* RFC 3986, section 2.3. */
#define UNRESERVED \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"

void uri_add_path(struct buf *buf, const char *path, size_t length)
{
	add_encoded(buf, path, length, UNRESERVED "/");
}

void uri_add_value(struct buf *buf, const char *text)
{
	add_encoded(buf, text, strlen(text), UNRESERVED);
}

/*
 * Return the length of the path character at text, or 0 if it is invalid (pchar
 * of RFC 3986, section 3.3).  Accept an escape only for a byte outside ASCII.
 */
static size_t path_char_length(const char *text)
{
	int high;

	if (*text != '\0' && strchr(UNRESERVED "!$&'()*+,;=:@", *text) != NULL)
		return 1;
	high = *text == '%' ? hex_value(text[1]) : -1;
	return high >= 8 && hex_value(text[2]) >= 0 ? 3 : 0;
}

const char *uri_prefix_fault(const char *text)
{
	if (*text != '/')
		return "does not begin with a slash: write only the path, for "
		       "example /backend";
	if (strlen(text) > URI_PREFIX_MAX_BYTES)
		return "is longer than 255 bytes";
	while (*text == '/') {
		const char *segment = ++text;
		size_t length;

		while ((length = path_char_length(text)) > 0)
			text += length;
		length = (size_t)(text - segment);
		if (*text != '\0' && *text != '/')
			return "has a character that is not allowed in a path, "
			       "for example ? or #; write a non-ASCII "
			       "character as %XX";
		if (length == 0)
			return "ends with a slash or has two slashes in a row: "
			       "remove the extra slash";
		if ((length == 1 && *segment == '.') ||
		    (length == 2 && segment[0] == '.' && segment[1] == '.'))
			return "has a segment . or ..: write the path without "
			       "such segments";
	}
	return NULL;
}
