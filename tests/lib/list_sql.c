/*
 * list_sql - print the statements of the list as prepared statements, exactly
 * as the programs send them, for tests/db/sql and tests/bench.  Print also
 * `context`, which precedes each of them in its transaction.
 *
 * The names have the form list_SORT_DIRECTION_FILTERS_PARTS.  FILTERS has a
 * digit for each of the eight filters, and PARTS one for cursor, offset and
 * count: 1 if the statement has it, otherwise 0.  At most one filter is set.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "task/task_store_draft.h"

/* The text of the context is static. */
#include "../../lib/db/db.c" /* NOLINT(bugprone-suspicious-include) */

#define FILTERS 8

/* Print one statement.  The bits are cursor (4), offset (2) and count (1). */
static void print(const char *name, enum task_sort sort, int descending,
		  int filter, int bits)
{
	const char *set[FILTERS] = {NULL};
	char mask[] = "00000000";
	struct arena arena;
	struct draft draft = {.arena = &arena};
	struct user user = {.id = ""};
	struct task_query query = {.sort = sort,
				   .descending = descending != 0,
				   .limit = 1,
				   .offset = (bits >> 1) & 1,
				   .counted = (bits & 1) != 0};

	if (filter < FILTERS) {
		set[filter] = "";
		mask[filter] = '1';
	}
	query.status = set[0];
	query.completed = set[1];
	query.priority = set[2];
	query.search = set[3];
	query.due_after = set[4];
	query.due_before = set[5];
	query.has_due_date = set[6];
	query.overdue = set[7];
	if ((bits & 4) != 0)
		query.after_key = query.after_id = "";
	arena_init(&arena, 1 << 20);
	draft_matches(&draft, &user, &query);
	if (query.search != NULL)
		draft_search(&draft, &query);
	else
		draft_page(&draft, &query);
	if (arena.failed)
		exit(1);
	printf("PREPARE list_%s_%s_%s_%d%d%d AS %s;\n", name,
	       descending ? "desc" : "asc", mask, bits >> 2, (bits >> 1) & 1,
	       bits & 1, draft.statement.sql);
	arena_release(&arena);
}

int main(void)
{
	static const char *const names[TASK_SORT_COUNT] = {
		[TASK_SORT_CREATED_AT] = "created_at",
		[TASK_SORT_UPDATED_AT] = "updated_at",
		[TASK_SORT_DUE_DATE] = "due_date",
		[TASK_SORT_PRIORITY] = "priority",
		[TASK_SORT_TITLE] = "title",
		[TASK_SORT_STATUS] = "status",
	};

	printf("PREPARE context AS %s;\n", contexts[DB_LIST][0]);
	for (int sort = 0; sort < TASK_SORT_COUNT; sort++)
		for (int descending = 0; descending < 2; descending++)
			for (int filter = 0; filter <= FILTERS; filter++)
				for (int bits = 0; bits < 8; bits++)
					print(names[sort], (enum task_sort)sort,
					      descending, filter, bits);
	return 0;
}
