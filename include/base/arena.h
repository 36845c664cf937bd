/*
 * arena.h - allocate the memory of one request and free it at once.
 *
 * Everything that is parsed or built for a request is allocated from one arena.
 * The arena is released at the end of the request, so there is no free() for a
 * single object.
 *
 * An arena has a size limit.  If an allocation exceeds the limit, or malloc()
 * fails, the allocation returns NULL and sets `failed`.  A parser may therefore
 * ignore single failures, as long as it checks `failed` before it uses its
 * results.  The request then ends with PROBLEM_INTERNAL.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks; /* newest first */
	size_t total_bytes;	    /* obtained from malloc() so far */
	size_t limit_bytes;	    /* upper limit of total_bytes */
	bool failed;		    /* an allocation failed */
};

/* Initialise an empty arena that may grow to limit_bytes.  Allocate nothing. */
void arena_init(struct arena *arena, size_t limit_bytes);

/*
 * Allocate size zeroed bytes, aligned for any type.  They are valid until
 * arena_release().  Return NULL if the limit is reached or malloc() fails.
 */
__attribute__((warn_unused_result, malloc)) void *arena_alloc(
	struct arena *arena, size_t size);

/* Copy length bytes of text and add a NUL.  Return NULL as above. */
__attribute__((warn_unused_result)) char *arena_strndup(struct arena *arena,
							const char *text,
							size_t length);

/* Format into new memory as printf() does.  Return NULL as above. */
__attribute__((warn_unused_result, format(printf, 2, 3))) char *arena_printf(
	struct arena *arena, const char *format, ...);

/* Free all memory.  The arena is then empty, and usable with the same limit. */
void arena_release(struct arena *arena);

#endif
