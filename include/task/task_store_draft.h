/*
 * task_store_draft.h - the SQL text of a list; only for task_store_list.c.
 *
 * A draft joins constant text.  Values become parameters.  If memory runs out,
 * arena->failed is set, and the text must not be used.
 */
#ifndef TASK_STORE_DRAFT_H
#define TASK_STORE_DRAFT_H

#include "auth/user.h"
#include "db/db.h"
#include "task/task_query.h"
#include "task/task_row.h"

struct arena;

/* The statement of a page or a count, under construction. */
struct draft {
	struct arena *arena;
	struct db_statement statement;
	const char *matches; /* all conditions but the search */
	int match_params;    /* number of parameters in matches */
	char limit[24], offset[24];
};

/* The columns of a page after those of task_row.h. */
enum draft_column {
	DRAFT_TOTAL = TASK_ROW_COUNT, /* NULL if the query is not counted */
	DRAFT_TURN,		      /* only in a search */
};

/*
 * Begin: add the conditions of the query, except the search.  draft has only
 * its arena; user and query are borrowed.
 */
void draft_matches(struct draft *draft, const struct user *user,
		   const struct task_query *query);

/* Draft a page and one further row, which shows whether a page follows. */
void draft_page(struct draft *draft, const struct task_query *query);

/*
 * Draft a page of a search.  The result always has a row; if no task matches,
 * its id is NULL.  DRAFT_TURN is false if another search of the user runs.
 */
void draft_search(struct draft *draft, const struct task_query *query);

/* Add the search as a condition, for a schema before sql/01-search.sql. */
void draft_old_search(struct draft *draft, const struct task_query *query);

/* Return the statement that counts the matches; its parameters come first. */
const char *draft_count(const struct draft *draft);

#endif
