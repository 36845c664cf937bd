/*
 * task_sql.h - SQL text that the files of task_store share; for them alone.
 *
 * All of it speaks of a row called t, with the columns of public.tasks.
 */
#ifndef TASK_SQL_H
#define TASK_SQL_H

/* clang-format off */

/* A timestamp as the contract has it, whatever the session's time zone. */
#define TASK_SQL_UTC(column) \
	"to_char(t." column " AT TIME ZONE 'UTC'," \
	" 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS " column

/* The members of a task. */
#define TASK_SQL_MEMBERS \
	"t.id, t.user_id, t.title, t.description, t.status," \
	" t.status = 'completed' AS completed, t.priority, " \
	TASK_SQL_UTC("due_date") ", " \
	TASK_SQL_UTC("completed_at") ", " \
	TASK_SQL_UTC("created_at") ", " \
	TASK_SQL_UTC("updated_at")

/* clang-format on */

#endif
