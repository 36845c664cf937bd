/*
 * condition.h - conditional requests (RFC 9110, section 13) and preferences
 * (RFC 7240).
 *
 * Entity tags of ours are strong.  If-Match compares strongly, so a weak tag
 * in it never matches; If-None-Match compares weakly.
 */
#ifndef CONDITION_H
#define CONDITION_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

#define CONDITION_MAX_TAGS 64

/* A list of entity tags, as If-Match and If-None-Match have them. */
struct condition {
	bool any; /* "*" */
	size_t count;
	struct condition_tag {
		bool weak;
		const char *opaque; /* without quotes; in the arena */
	} tags[CONDITION_MAX_TAGS];
};

/*
 * Read a header's value.  False when it is neither "*" nor a list of at most
 * CONDITION_MAX_TAGS entity tags (8.8.3), or memory is short.
 */
__attribute__((warn_unused_result)) bool condition_parse(
	const char *value, struct arena *arena, struct condition *condition);

/* Weak comparison with our strong tag, given without quotes. */
bool condition_matches_weakly(const struct condition *condition,
			      const char *opaque);

/*
 * The strong tags as the text of a PostgreSQL array, for `= ANY($n::text[])`;
 * NULL for "*" (any will do) and when memory is short (arena->failed).
 */
const char *condition_strong_array(const struct condition *condition,
				   struct arena *arena);

/*
 * True when a Prefer header (NULL: not sent) asks for return=minimal.  The
 * first `return` counts; what is malformed is no preference (RFC 7240, 2).
 */
bool condition_prefers_minimal(const char *prefer);

#endif
