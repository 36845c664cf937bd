/*
 * json_write.h - write JSON (RFC 8259) that is well-formed by construction.
 *
 * The writer keeps track of the open objects and arrays.  After a call that
 * would make the text ill-formed, or text that is not UTF-8, or a failure of
 * the buffer, the writer has failed: later calls do nothing, and
 * json_write_text() returns NULL.  A caller may therefore write without checks
 * and test the end result.
 *
 * A member of an object needs a name: a literal without characters that need
 * escaping.  In an array and for the outermost value the name is NULL.  There
 * is no white space between tokens.
 */
#ifndef JSON_WRITE_H
#define JSON_WRITE_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

#define JSON_WRITE_MAX_DEPTH 8

struct json_write {
	struct buf *out; /* borrowed */
	unsigned depth;	 /* number of open objects and arrays */
	bool is_array[JSON_WRITE_MAX_DEPTH];
	bool needs_comma; /* a value ended just before */
	bool failed;
};

/* Begin one JSON text at the end of out. */
void json_write_begin(struct json_write *json, struct buf *out);

/* Open an object or array, and close the innermost open one. */
void json_write_object(struct json_write *json, const char *name);
void json_write_array(struct json_write *json, const char *name);
void json_write_close(struct json_write *json);

/*
 * Write length bytes of UTF-8 as a string.  Escape the quote, the backslash and
 * the control characters below U+0020, as PostgreSQL does.  If text is NULL,
 * write null.
 */
void json_write_bytes(struct json_write *json, const char *name,
		      const char *text, size_t length);

/* Return the number of bytes that json_write_bytes() writes without a name. */
size_t json_write_length(const char *text, size_t length);

/* Write a NUL-terminated string as above. */
void json_write_string(struct json_write *json, const char *name,
		       const char *text);

void json_write_bool(struct json_write *json, const char *name, bool value);

/*
 * Return the text of the buffer, which ends with this JSON text.  Return NULL
 * if the writer has failed or the JSON text is incomplete.
 */
__attribute__((warn_unused_result)) const char *json_write_text(
	const struct json_write *json);

#endif
