/*
 * task_query.h - parse the parameters of a list, and make its Link header.
 *
 * Unknown and empty parameters are ignored.  A known parameter is a fault if
 * its value is invalid, or if it is repeated, also under another of its names.
 * All faults are collected, so that one reply lists them.
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
 * The conditions and the order of a list.  Strings have the form that is sent
 * to PostgreSQL; NULL: no such condition.
 */
struct task_query {
	const char *status;    /* a status, or "active" */
	const char *completed; /* "true" or "false", as all booleans here */
	const char *priority;
	const char *search;
	const char *due_after; /* canonical UTC (datetime.h) */
	const char *due_before;
	const char *has_due_date;
	const char *overdue;
	enum task_sort sort;
	bool descending;
	size_t limit; /* rows per page, at least 1 */
	size_t offset;
	bool counted;	       /* count all matches for X-Total-Count */
	const char *after_key; /* from the cursor; NULL: first page */
	const char *after_id;
};

/*
 * Read params, the parameters of a request by user.
 * Errors: PROBLEM_INVALID (problem->fields lists the faults), PROBLEM_INTERNAL
 * (allocation failed).
 */
__attribute__((warn_unused_result)) enum problem_code task_query_parse(
	const struct uri_query *params, const struct config *config,
	const char *user, struct arena *arena, struct task_query *query,
	struct problem *problem);

/* Add the fault of an invalid cursor to problem; return PROBLEM_INVALID. */
enum problem_code task_query_bad_cursor(struct problem *problem);

/*
 * Return the value of the Link header (RFC 8288) for the page after the row
 * with key and id, in arena.  Its URL is path with the known parameters of
 * params; a cursor replaces offset and page.  Return NULL if OpenSSL or an
 * allocation failed.
 */
__attribute__((warn_unused_result)) const char *task_query_next_link(
	const struct task_query *query, const struct uri_query *params,
	const struct config *config, const char *user, const char *path,
	const char *key, const char *id, struct arena *arena);

#endif
