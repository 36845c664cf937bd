/*
 * buf.h - a growing string with a ceiling and a sticky failure.
 *
 * A buffer lives in an arena.  Once an addition would pass max_bytes, or
 * memory is short, the buffer has failed: later additions do nothing and the
 * text so far is not to be used.  So a builder adds without looking and asks
 * buf_failed() once, at the end.
 */
#ifndef BUF_H
#define BUF_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct buf {
	struct arena *arena; /* borrowed; outlives the buffer */
	char *data;	     /* NUL-terminated; NULL while empty */
	size_t length;	     /* without the NUL */
	size_t capacity;
	size_t max_bytes; /* ceiling of length */
	bool failed;
};

/* Make an empty buffer in arena, of at most max_bytes.  Allocates nothing. */
void buf_init(struct buf *buf, struct arena *arena, size_t max_bytes);

/* Add length bytes. */
void buf_add(struct buf *buf, const void *bytes, size_t length);

/* Add a string. */
void buf_puts(struct buf *buf, const char *string);

/* Add as printf() does. */
__attribute__((format(printf, 2, 3))) void buf_printf(struct buf *buf,
						      const char *format, ...);

/*
 * Make room for at least want more bytes and return where they go; the
 * caller writes there and says how many with buf_added().  NULL on failure.
 */
__attribute__((warn_unused_result)) char *buf_room(struct buf *buf,
						   size_t want);
void buf_added(struct buf *buf, size_t length);

/* True when an addition did not fit. */
bool buf_failed(const struct buf *buf);

/* The text, never NULL: "" while empty.  Borrowed from the arena. */
const char *buf_text(const struct buf *buf);

#endif
