#include "base/json_write.h"

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

/* Check that a value may follow here.  Write what comes before it. */
static bool begin_value(struct json_write *json, const char *name)
{
	const bool in_object =
		json->depth > 0 && !json->is_array[json->depth - 1];

	if (in_object != (name != NULL) ||
	    (json->depth == 0 && json->needs_comma))
		json->failed = true;
	if (json->failed)
		return false;
	if (json->needs_comma)
		buf_add(json->out, ",", 1);
	if (name != NULL) {
		buf_add(json->out, "\"", 1);
		buf_puts(json->out, name);
		buf_add(json->out, "\":", 2);
	}
	json->needs_comma = true;
	return true;
}

static void open_scope(struct json_write *json, const char *name, bool is_array)
{
	if (json->depth == JSON_WRITE_MAX_DEPTH)
		json->failed = true;
	if (!begin_value(json, name))
		return;
	buf_add(json->out, is_array ? "[" : "{", 1);
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
static size_t escape(unsigned char c, char out[ESCAPE_BYTES])
{
	out[0] = '\\';
	if (letters[c] != '\0') {
		out[1] = letters[c];
		return 2;
	}
	memcpy(out + 1, "u00", 3);
	out[4] = HEX_DIGITS[c >> 4];
	out[5] = HEX_DIGITS[c & 0x0f];
	return ESCAPE_BYTES;
}

size_t json_write_length(const char *text, size_t length)
{
	size_t bytes = length + sizeof("\"\"") - 1;
	char scratch[ESCAPE_BYTES];

	if (text == NULL)
		return sizeof("null") - 1;
	for (size_t i = 0; i < length; i++)
		if (!is_plain((unsigned char)text[i]))
			bytes += escape((unsigned char)text[i], scratch) - 1;
	return bytes;
}

void json_write_bytes(struct json_write *json, const char *name,
		      const char *text, size_t length)
{
	size_t end = 0, start = 0;
	char escaped[ESCAPE_BYTES];

	if (text != NULL && !utf8_is_valid(text, length))
		json->failed = true;
	if (!begin_value(json, name))
		return;
	if (text == NULL) {
		buf_add(json->out, "null", 4);
		return;
	}
	buf_add(json->out, "\"", 1);
	while (end < length) {
		if (is_plain((unsigned char)text[end])) {
			end++;
			continue;
		}
		buf_add(json->out, text + start, end - start);
		buf_add(json->out, escaped,
			escape((unsigned char)text[end], escaped));
		start = ++end;
	}
	buf_add(json->out, text + start, end - start);
	buf_add(json->out, "\"", 1);
}

void json_write_string(struct json_write *json, const char *name,
		       const char *text)
{
	json_write_bytes(json, name, text, text != NULL ? strlen(text) : 0);
}

void json_write_bool(struct json_write *json, const char *name, bool value)
{
	if (begin_value(json, name))
		buf_puts(json->out, value ? "true" : "false");
}

const char *json_write_text(const struct json_write *json)
{
	if (json->failed || json->depth > 0 || !json->needs_comma ||
	    buf_failed(json->out))
		return NULL;
	return buf_text(json->out);
}
