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

/* A list of entity tags, as If-Match and If-None-Match have them. */
struct condition {
	bool any;	  /* "*" */
	const char *tags; /* if not any: the list, borrowed from the header */
};

enum condition_comparison {
	CONDITION_STRONGLY, /* If-Match: a weak tag is left out */
	CONDITION_WEAKLY,   /* If-None-Match */
};

/*
 * Read a header's value, which condition borrows.  False when it is neither
 * "*" nor a list of entity tags (8.8.3).
 */
__attribute__((warn_unused_result)) bool condition_parse(
	const char *value, struct condition *condition);

/* Weak comparison with our strong tag, given without quotes. */
bool condition_matches_weakly(const struct condition *condition,
			      const char *opaque);

/*
 * The tags that can be ours, as the text of a PostgreSQL text[]; "{*}" for
 * "*".  In the arena or constant; NULL when memory is short (arena->failed).
 */
const char *condition_array(const struct condition *condition,
			    enum condition_comparison comparison,
			    struct arena *arena);

/*
 * True when a Prefer header (NULL: not sent) asks for return=minimal.  The
 * first `return` counts; what is malformed is no preference (RFC 7240, 2).
 */
bool condition_prefers_minimal(const char *prefer);

#endif
