/*
 * list_sql - the statements of the list, as the programs send them, as
 * prepared statements for tests/sql and tests/bench: list_SORT_DIRECTION, and
 * context, which comes before each of them in its transaction.
 */
#include <stdio.h>

#include "../../lib/db.c"
#include "../../lib/task_store_list.c"

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

	printf("PREPARE context AS %s;\n", context_read);
	for (size_t i = 0; i < TASK_SORT_COUNT; i++)
		for (size_t d = 0; d < 2; d++)
			printf("PREPARE list_%s_%s AS %s;\n", names[i],
			       d ? "desc" : "asc", sql_list[i][d]);
	return 0;
}
