/*
 * task_row.h - the columns of a task in a result, and its JSON; only for the
 * files of task_store.
 *
 * A statement selects TASK_ROW_COLUMNS first and asks for binary format, which
 * costs PostgreSQL a third of what JSON costs.
 */
#ifndef TASK_ROW_H
#define TASK_ROW_H

#include <stddef.h>

struct db;
struct json_write;

/* The columns are those of a row of public.tasks named t. */
#define TASK_ROW_COLUMNS                           \
	"t.id, t.user_id, t.title, t.description," \
	" t.status, t.priority, t.due_date,"       \
	" t.completed_at, t.created_at, t.updated_at"

enum task_row_column {
	TASK_ROW_ID,
	TASK_ROW_USER_ID,
	TASK_ROW_TITLE,
	TASK_ROW_DESCRIPTION,
	TASK_ROW_STATUS,
	TASK_ROW_PRIORITY,
	TASK_ROW_DUE_DATE,
	TASK_ROW_COMPLETED_AT,
	TASK_ROW_CREATED_AT,
	TASK_ROW_UPDATED_AT,
	TASK_ROW_COUNT /* the index of the first further column */
};

/* Return an upper limit of the number of bytes that task_row_write() writes. */
size_t task_row_bytes(const struct db *db, int row);

/*
 * Write a row as a JSON object.  The bytes are those of row_to_json() in
 * sql_create_once (task_store.c).  Fail json if a value has an unexpected type.
 */
void task_row_write(struct json_write *json, const struct db *db, int row);

#endif
