/*
 * condition.h - evaluate conditional requests (RFC 9110, section 13) and the
 * Prefer header (RFC 7240).
 *
 * Our entity tags are strong.  If-Match uses the strong comparison, so a weak
 * tag in it never matches.  If-None-Match uses the weak comparison.
 */
#ifndef CONDITION_H
#define CONDITION_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* The value of If-Match or If-None-Match. */
struct condition {
	bool any;	  /* "*" */
	const char *tags; /* unless any: the list, borrowed from the header */
};

enum condition_comparison {
	CONDITION_STRONGLY, /* If-Match: skip weak tags */
	CONDITION_WEAKLY,   /* If-None-Match */
};

/*
 * Parse the value of If-Match or If-None-Match, which condition borrows.
 * Return false if it is neither "*" nor a list of entity tags (RFC 9110,
 * section 8.8.3).
 */
__attribute__((warn_unused_result)) bool condition_parse(
	const char *value, struct condition *condition);

/*
 * Return true if the condition matches our tag under the weak comparison.
 * opaque is our tag without its quotes.
 */
bool condition_matches_weakly(const struct condition *condition,
			      const char *opaque);

/*
 * Return the tags that can be ours, non-empty lower-case hex, as a PostgreSQL
 * text[] literal.  "*" becomes "{*}".  The text is in the arena or constant.
 * If memory runs out, return NULL and set arena->failed.
 */
const char *condition_array(const struct condition *condition,
			    enum condition_comparison comparison,
			    struct arena *arena);

/*
 * Return true if the Prefer header asks for return=minimal.  prefer is NULL if
 * the header was not sent.  The first `return` decides.  Ignore a malformed
 * preference (RFC 7240, section 2).
 */
bool condition_prefers_minimal(const char *prefer);

#endif
