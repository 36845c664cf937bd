#include "base/json_write.h"

#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/hex.h"
#include "base/utf8.h"
#include "base/banned.h"

/* The longest escape, \u001f. */
#define ESCAPE_BYTES 6

void json_write_begin(struct json_write *json, struct buf *out)
{
	*json = (struct json_write){.out = out};
}

/*
 * Check that a value may follow here.  Write what comes before it, and reserve
 * its bytes, which the caller writes.  Return their address, or NULL after a
 * failure.
 */
static char *begin_value(struct json_write *json, const char *name,
			 size_t bytes)
{
	const bool in_object =
		json->depth > 0 && !json->is_array[json->depth - 1];
	const size_t name_length = name != NULL ? strlen(name) : 0;
	const size_t before = (json->needs_comma ? 1 : 0) +
			      (name != NULL ? name_length + 3 : 0);
	char *p;

	if (in_object != (name != NULL) ||
	    (json->depth == 0 && json->needs_comma))
		json->failed = true;
	p = json->failed ? NULL : buf_room(json->out, before + bytes);
	if (p == NULL)
		return NULL;
	buf_added(json->out, before + bytes);
	if (json->needs_comma)
		*p++ = ',';
	if (name != NULL) {
		*p++ = '"';
		memcpy(p, name, name_length + 1); /* with a NUL */
		p += name_length;
		*p++ = '"';
		*p++ = ':';
	}
	json->needs_comma = true;
	return p;
}

/* Write a value that needs no checks. */
static void put_value(struct json_write *json, const char *name,
		      const char *value, size_t length)
{
	char *p = begin_value(json, name, length);

	if (p != NULL)
		memcpy(p, value, length);
}

static void open_scope(struct json_write *json, const char *name, bool is_array)
{
	if (json->depth == JSON_WRITE_MAX_DEPTH)
		json->failed = true;
	put_value(json, name, is_array ? "[" : "{", 1);
	if (json->failed || buf_failed(json->out))
		return;
	json->is_array[json->depth++] = is_array;
	json->needs_comma = false;
}

void json_write_object(struct json_write *json, const char *name)
{
	open_scope(json, name, false);
}

void json_write_array(struct json_write *json, const char *name)
{
	open_scope(json, name, true);
}

void json_write_close(struct json_write *json)
{
	if (json->depth == 0)
		json->failed = true;
	if (json->failed)
		return;
	buf_add(json->out, json->is_array[--json->depth] ? "]" : "}", 1);
	json->needs_comma = true;
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c != '"' && c != '\\';
}

/* The letters of the short escapes; only for a character that is not plain. */
static const char letters[] = {
	['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
	['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\'};

/* Write the escape of c at out.  Return its length. */
static size_t escape(unsigned char c, char *out)
{
	out[0] = '\\';
	if (letters[c] != '\0') {
		out[1] = letters[c];
		return 2;
	}
	out[1] = 'u';
	out[2] = out[3] = '0';
	out[4] = HEX_DIGITS[c >> 4];
	out[5] = HEX_DIGITS[c & 0x0f];
	return ESCAPE_BYTES;
}

/* Eight times this byte. */
#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/*
 * Return the number of bytes before the first character that is not ASCII or
 * needs an escape, rounded down to a multiple of eight, or length.
 */
static size_t plain_prefix(const char *text, size_t length)
{
	size_t i = 0;

	for (; length - i >= 8; i += 8) {
		uint64_t word, quote, backslash;

		memcpy(&word, text + i, sizeof(word));
		quote = word ^ EACH('"');
		backslash = word ^ EACH('\\');
		/* x - 1 & ~x has the high bit of the lowest byte that is 0. */
		if (((word | ((word - EACH(0x20)) & ~word) |
		      ((quote - EACH(1)) & ~quote) |
		      ((backslash - EACH(1)) & ~backslash)) &
		     EACH(0x80)) != 0)
			return i;
	}
	for (size_t j = i; j < length; j++)
		if ((unsigned char)text[j] >= 0x80 ||
		    !is_plain((unsigned char)text[j]))
			return i;
	return length;
}

/* Return the number of bytes that text needs with its escapes. */
static size_t escaped_length(const char *text, size_t length)
{
	size_t bytes = length;

	for (size_t i = 0; i < length; i++)
		if (!is_plain((unsigned char)text[i]))
			bytes += letters[(unsigned char)text[i]] != '\0'
					 ? 1
					 : ESCAPE_BYTES - 1;
	return bytes;
}

size_t json_write_length(const char *text, size_t length)
{
	size_t plain;

	if (text == NULL)
		return sizeof("null") - 1;
	plain = plain_prefix(text, length);
	return sizeof("\"\"") - 1 + plain +
	       escaped_length(text + plain, length - plain);
}

void json_write_bytes(struct json_write *json, const char *name,
		      const char *text, size_t length)
{
	size_t plain;
	char *p;

	if (text == NULL) {
		put_value(json, name, "null", 4);
		return;
	}
	/* ASCII is valid UTF-8, so check the rest only. */
	plain = plain_prefix(text, length);
	if (!utf8_is_valid(text + plain, length - plain))
		json->failed = true;
	p = begin_value(json, name,
			plain + escaped_length(text + plain, length - plain) +
				2);
	if (p == NULL)
		return;
	*p++ = '"';
	if (plain > 0)
		memcpy(p, text, plain);
	p += plain;
	for (size_t i = plain; i < length; i++)
		if (is_plain((unsigned char)text[i]))
			*p++ = text[i];
		else
			p += escape((unsigned char)text[i], p);
	*p = '"';
}

void json_write_string(struct json_write *json, const char *name,
		       const char *text)
{
	json_write_bytes(json, name, text, text != NULL ? strlen(text) : 0);
}

void json_write_bool(struct json_write *json, const char *name, bool value)
{
	put_value(json, name, value ? "true" : "false", value ? 4 : 5);
}

const char *json_write_text(const struct json_write *json)
{
	if (json->failed || json->depth > 0 || !json->needs_comma ||
	    buf_failed(json->out))
		return NULL;
	return buf_text(json->out);
}
