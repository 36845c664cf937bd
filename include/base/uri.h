/*
 * uri.h - parse query strings, and encode paths and query values (RFC 3986).
 * In a query string, "+" means a space, as in HTML forms.
 */
#ifndef URI_H
#define URI_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;

/*
 * A decoded parameter.  A name or value is NULL if it is malformed: it has an
 * invalid %XX or U+0000, or is not UTF-8.
 */
struct uri_param {
	const char *name;
	const char *value;
};

struct uri_query {
	size_t count;
	struct uri_param *params; /* in the arena, in the order received */
};

/*
 * Split a query string, then decode each part once.  Skip empty parts.  A
 * parameter without "=" has the value "".  Return false if memory runs out.
 */
__attribute__((warn_unused_result)) bool uri_parse_query(
	const char *text, struct arena *arena, struct uri_query *query);

/*
 * Append length bytes of a decoded path.  Percent-encode all but unreserved
 * characters and the slash.
 */
void uri_add_path(struct buf *buf, const char *path, size_t length);

#define URI_PREFIX_MAX_BYTES 255

/*
 * Return NULL if text is a valid prefix for the path of a URI, such as /backend
 * or /a/b.  Otherwise return a string literal that says what is wrong.
 *
 * A prefix begins with a slash, does not end with one, and has at most
 * URI_PREFIX_MAX_BYTES.  It has no empty segment, and no "." or "..", because
 * browsers resolve those.  Only bytes outside ASCII may be percent-encoded.
 */
const char *uri_prefix_fault(const char *text);

/*
 * Append a query name or value.  Percent-encode all but unreserved characters.
 */
void uri_add_value(struct buf *buf, const char *text);

#endif
