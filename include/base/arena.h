/*
 * arena.h - the memory of one request.
 *
 * Everything that is parsed or built for a request lives in one arena and
 * dies with it, so nothing is freed one by one and nothing leaks.  An arena
 * has a ceiling: past it, as when malloc() fails, an allocation answers NULL
 * and the request ends as PROBLEM_INTERNAL.  A parser may therefore allocate
 * without looking and ask for `failed` once, before it believes its results.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks; /* newest first */
	size_t total_bytes;	    /* allocated from malloc so far */
	size_t limit_bytes;	    /* never more than this */
	bool failed;		    /* an allocation was refused; stays so */
};

/* Make an empty arena that may grow to limit_bytes.  Allocates nothing. */
void arena_init(struct arena *arena, size_t limit_bytes);

/*
 * Return size bytes, aligned for any object, zeroed, valid until
 * arena_release(); NULL when the ceiling is reached or memory is short.
 */
__attribute__((warn_unused_result, malloc)) void *arena_alloc(
	struct arena *arena, size_t size);

/* Copy length bytes of text and end them with a NUL; NULL as above. */
__attribute__((warn_unused_result)) char *arena_strndup(struct arena *arena,
							const char *text,
							size_t length);

/* printf() into new arena memory; NULL as above. */
__attribute__((warn_unused_result, format(printf, 2, 3))) char *arena_printf(
	struct arena *arena, const char *format, ...);

/* Free all of it.  The arena is empty and usable again. */
void arena_release(struct arena *arena);

#endif
