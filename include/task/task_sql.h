/*
 * task_sql.h - SQL text that the files of task_store share; only for them.
 *
 * The macros refer to a row named t with the columns of public.tasks.
 */
#ifndef TASK_SQL_H
#define TASK_SQL_H

/* clang-format off */

/* A timestamp in the contract's format, in UTC for any session time zone. */
#define TASK_SQL_UTC(column) \
	"to_char(t." column " AT TIME ZONE 'UTC'," \
	" 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS " column

/* The columns of a task that become its JSON members. */
#define TASK_SQL_MEMBERS \
	"t.id, t.user_id, t.title, t.description, t.status," \
	" t.status = 'completed' AS completed, t.priority, " \
	TASK_SQL_UTC("due_date") ", " \
	TASK_SQL_UTC("completed_at") ", " \
	TASK_SQL_UTC("created_at") ", " \
	TASK_SQL_UTC("updated_at")

/* clang-format on */

#endif
