#include "task/task_row.h"

#include <string.h>

#include "base/datetime.h"
#include "base/json_write.h"
#include "db/db.h"
#include "base/banned.h"

/* More than the names and the values of limited length need. */
#define FIXED_BYTES 480

static size_t text_bytes(const struct db *db, int row, int column)
{
	return json_write_length(db_value(db, row, column),
				 db_length(db, row, column));
}

size_t task_row_bytes(const struct db *db, int row)
{
	return FIXED_BYTES + text_bytes(db, row, TASK_ROW_USER_ID) +
	       text_bytes(db, row, TASK_ROW_TITLE) +
	       text_bytes(db, row, TASK_ROW_DESCRIPTION);
}

static void write_text(struct json_write *json, const char *name,
		       const struct db *db, int row, int column)
{
	json_write_bytes(json, name, db_value(db, row, column),
			 db_length(db, row, column));
}

static void write_instant(struct json_write *json, const char *name,
			  const struct db *db, int row, int column)
{
	char text[DATETIME_TEXT_BYTES];
	int64_t us;

	if (db_value(db, row, column) == NULL) {
		json_write_string(json, name, NULL);
		return;
	}
	if (!db_instant(db, row, column, &us)) {
		json->failed = true;
		return;
	}
	datetime_format(us, text);
	/* As to_char() does, write null for infinity. */
	json_write_string(json, name, db_is_infinite(us) ? NULL : text);
}

void task_row_write(struct json_write *json, const struct db *db, int row)
{
	const char *status = db_value(db, row, TASK_ROW_STATUS);
	char id[DB_UUID_TEXT_BYTES];

	if (status == NULL || !db_uuid(db, row, TASK_ROW_ID, id)) {
		json->failed = true;
		return;
	}
	json_write_object(json, NULL);
	json_write_string(json, "id", id);
	write_text(json, "user_id", db, row, TASK_ROW_USER_ID);
	write_text(json, "title", db, row, TASK_ROW_TITLE);
	write_text(json, "description", db, row, TASK_ROW_DESCRIPTION);
	write_text(json, "status", db, row, TASK_ROW_STATUS);
	json_write_bool(json, "completed", strcmp(status, "completed") == 0);
	write_text(json, "priority", db, row, TASK_ROW_PRIORITY);
	write_instant(json, "due_date", db, row, TASK_ROW_DUE_DATE);
	write_instant(json, "completed_at", db, row, TASK_ROW_COMPLETED_AT);
	write_instant(json, "created_at", db, row, TASK_ROW_CREATED_AT);
	write_instant(json, "updated_at", db, row, TASK_ROW_UPDATED_AT);
	json_write_close(json);
}
