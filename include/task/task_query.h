/*
 * task_query.h - the parameters of a list, validated, and its Link header.
 *
 * Unknown parameters are ignored and empty ones count as absent.  A known one
 * with a bad value, or twice under any of its names, is a fault; all faults of
 * a query are collected before it is refused.
 */
#ifndef TASK_QUERY_H
#define TASK_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/problem.h"

struct arena;
struct config;
struct uri_query;

#define TASK_QUERY_MAX_LIMIT 1000
#define TASK_QUERY_MAX_OFFSET 1000000000

enum task_sort {
	TASK_SORT_CREATED_AT,
	TASK_SORT_UPDATED_AT,
	TASK_SORT_DUE_DATE,
	TASK_SORT_PRIORITY,
	TASK_SORT_TITLE,
	TASK_SORT_STATUS,
	TASK_SORT_COUNT
};

/*
 * Which tasks, in which order.  Strings are in the form that the store sends
 * to PostgreSQL; NULL: no such condition.
 */
struct task_query {
	const char *status;    /* a status, or "active" */
	const char *completed; /* "true" or "false", as all that say so */
	const char *priority;
	const char *search;
	const char *due_after; /* canonical UTC, see datetime.h */
	const char *due_before;
	const char *has_due_date;
	const char *overdue;
	enum task_sort sort;
	bool descending;
	size_t limit; /* rows in a page, at least 1 */
	size_t offset;
	bool counted;	       /* the client wants to know how many in all */
	const char *after_key; /* from a cursor; NULL: from the start */
	const char *after_id;
};

/*
 * Read the parameters of query for user.
 * Errors: PROBLEM_INVALID with the fields; PROBLEM_INTERNAL (memory).
 */
__attribute__((warn_unused_result)) enum problem_code task_query_parse(
	const struct uri_query *params, const struct config *config,
	const char *user, struct arena *arena, struct task_query *query,
	struct problem *problem);

/* PROBLEM_INVALID, and the words for a cursor that is none. */
enum problem_code task_query_bad_cursor(struct problem *problem);

/*
 * The Link header (RFC 8288) to the page after the row with this key and id:
 * path and the same parameters but unknown ones, with a cursor in the place
 * of any offset.
 * NULL: memory or OpenSSL.
 */
__attribute__((warn_unused_result)) const char *task_query_next_link(
	const struct task_query *query, const struct uri_query *params,
	const struct config *config, const char *user, const char *path,
	const char *key, const char *id, struct arena *arena);

#endif
