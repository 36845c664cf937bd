/*
 * uri.h - query strings in, and paths and queries out again (RFC 3986; the
 * query as forms write it: + is a space).
 */
#ifndef URI_H
#define URI_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;

/* Decoded; NULL where it is malformed: a bad %XX, U+0000, not UTF-8. */
struct uri_param {
	const char *name;
	const char *value;
};

struct uri_query {
	size_t count;
	struct uri_param *params; /* in the arena, in the order sent */
};

/*
 * Take a query string apart; it is decoded once, after splitting.  A
 * parameter without `=` has the value "".  False when memory is short.
 */
__attribute__((warn_unused_result)) bool uri_parse_query(
	const char *text, struct arena *arena, struct uri_query *query);

/* Add length bytes of a decoded path; what needs it becomes %XX. */
void uri_add_path(struct buf *buf, const char *path, size_t length);

#define URI_PREFIX_MAX_BYTES 255

/*
 * NULL when text can stand before the path of a URI: /backend, /a/b.  It is not
 * empty, ends with no slash, and has neither an empty segment nor . or .., which
 * a browser would resolve.  Escapes are for bytes outside ASCII alone.  Else a
 * literal that says what is wrong.
 */
const char *uri_prefix_fault(const char *text);

/* Add a name or value of a query; what is not unreserved becomes %XX. */
void uri_add_value(struct buf *buf, const char *text);

#endif
