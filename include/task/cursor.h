/*
 * cursor.h - cursors, which tell a client where the next page of a list starts.
 *
 * A cursor holds the sort key and the id of a page's last row, signed by a MAC
 * (hash.h).  The MAC also covers the user and the order.  A cursor is invalid
 * if it was changed, or if another user sends it or it is sent for another
 * order.  Row-level security applies to every list, also with a cursor.
 */
#ifndef CURSOR_H
#define CURSOR_H

#include <stdbool.h>

struct arena;

/* The use that a cursor is restricted to. */
struct cursor_scope {
	const char *mac_key; /* see config_mac_key() */
	const char *user;
	const char *order; /* a text that identifies sort key and direction */
};

/*
 * Return the cursor for the rows after the row with key and id, in arena.
 * Return NULL if OpenSSL or an allocation failed.
 */
__attribute__((warn_unused_result)) const char *cursor_make(
	const struct cursor_scope *scope, const char *key, const char *id,
	struct arena *arena);

/*
 * Read cursor.  On success key and id are in arena.  Return false if the cursor
 * is not valid for scope, or if OpenSSL or an allocation failed.
 */
__attribute__((warn_unused_result)) bool cursor_read(
	const struct cursor_scope *scope, const char *cursor,
	struct arena *arena, const char **key, const char **id);

#endif
