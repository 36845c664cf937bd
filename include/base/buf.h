/*
 * buf.h - build a string of limited length in an arena.
 *
 * If an addition would exceed max_bytes, or memory runs out, the buffer has
 * failed: later additions do nothing, and the text must not be used.  A caller
 * may therefore append without checks and call buf_failed() once at the end.
 */
#ifndef BUF_H
#define BUF_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct buf {
	struct arena *arena; /* borrowed; must outlive the buffer */
	char *data;	     /* NUL-terminated; NULL while empty */
	size_t length;	     /* without the NUL */
	size_t capacity;
	size_t max_bytes; /* upper limit of length */
	bool failed;
};

/* Initialise an empty buffer for at most max_bytes.  Allocate nothing. */
void buf_init(struct buf *buf, struct arena *arena, size_t max_bytes);

/* Append length bytes. */
void buf_add(struct buf *buf, const void *bytes, size_t length);

/* Append a NUL-terminated string. */
void buf_puts(struct buf *buf, const char *string);

/* Append formatted text as printf() does. */
__attribute__((format(printf, 2, 3))) void buf_printf(struct buf *buf,
						      const char *format, ...);

/*
 * Reserve at least want more bytes.  Return the address where the caller writes
 * them, or NULL if the buffer has failed.  The caller then calls buf_added()
 * with the number of bytes that it wrote.
 */
__attribute__((warn_unused_result)) char *buf_room(struct buf *buf,
						   size_t want);
void buf_added(struct buf *buf, size_t length);

/* Return true if an addition failed. */
bool buf_failed(const struct buf *buf);

/*
 * Return the NUL-terminated text, which the arena owns.  It is "" while the
 * buffer is empty, never NULL.
 */
const char *buf_text(const struct buf *buf);

#endif
