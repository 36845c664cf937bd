/*
 * etag.h - evaluate conditional requests (RFC 9110, section 13).
 *
 * Our entity tags are strong.  If-Match uses the strong comparison, so a weak
 * tag in it never matches.  If-None-Match uses the weak comparison.
 */
#ifndef ETAG_H
#define ETAG_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* The value of If-Match or If-None-Match. */
struct etag_list {
	bool any;	  /* "*" */
	const char *tags; /* unless any: the list, borrowed from the header */
};

enum etag_comparison {
	ETAG_STRONGLY, /* If-Match: skip weak tags */
	ETAG_WEAKLY,   /* If-None-Match */
};

/*
 * Parse the value of If-Match or If-None-Match, which list borrows.
 * Return false if it is neither "*" nor a list of entity tags (RFC 9110,
 * section 8.8.3).
 */
__attribute__((warn_unused_result)) bool etag_list_parse(
	const char *value, struct etag_list *list);

/*
 * Return true if the list matches our tag under the weak comparison.  opaque is
 * our tag without its quotes.
 */
bool etag_list_matches_weakly(const struct etag_list *list, const char *opaque);

/*
 * Return those tags of the list that have the form of ours (lower-case hex, not
 * empty), separated by commas.  "*" stays "*".  The text is in the arena or
 * constant.  If memory runs out, return NULL and set arena->failed.
 */
const char *etag_list_join(const struct etag_list *list,
			   enum etag_comparison comparison,
			   struct arena *arena);

#endif
