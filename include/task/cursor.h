/*
 * cursor.h - where a page of a list ended, for a client to hand back.
 *
 * A cursor holds the sort key and id of the last row, under a MAC (mac.h) that
 * also covers user and order: one that was edited, belongs to somebody else or
 * to another order is no cursor.  Row security holds whatever a cursor says.
 */
#ifndef CURSOR_H
#define CURSOR_H

#include <stdbool.h>

struct arena;

/* What a cursor is good for. */
struct cursor_scope {
	const char *mac_key; /* see config_mac_key() */
	const char *user;
	const char *order; /* any text that names sort and direction */
};

/* The cursor after the row with this key and id; NULL: OpenSSL or memory. */
__attribute__((warn_unused_result)) const char *cursor_make(
	const struct cursor_scope *scope, const char *key, const char *id,
	struct arena *arena);

/* Key and id out of a cursor.  False when it is none for this scope. */
__attribute__((warn_unused_result)) bool cursor_read(
	const struct cursor_scope *scope, const char *cursor,
	struct arena *arena, const char **key, const char **id);

#endif
