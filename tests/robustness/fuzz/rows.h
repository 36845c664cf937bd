/*
 * rows.h - replaces lib/db/db.c: a database that returns made-up rows and
 * checks the statements and their parameters.
 */
#ifndef ROWS_H
#define ROWS_H

#include "base/datetime.h"
#include "db/db.h"
#include "task/task_row.h"
#include "base/text.h"
#include "fuzz.h"

#define ROWS_ID "7b2e8f0a-1c3d-4e5f-8a9b-0c1d2e3f4a5b"
#define ROWS_USER "alice"

/* The kind of reply that the database gives. */
enum rows_mood {
	ROWS_MANY,    /* the maximum number of rows */
	ROWS_NONE,    /* no row */
	ROWS_FOREIGN, /* the task of another user */
	ROWS_CHANGED, /* a precondition fails, or the key has another body */
	ROWS_AWAY,    /* the database is unreachable */
	ROWS_MOODS
};

static enum rows_mood rows_mood;
static const char
	*rows_sql;	 /* the last statement; NULL: none in this request */
static bool rows_binary; /* it asks for rows of tasks in binary format */
static unsigned rows_asked, rows_written;

static bool rows_about(const char *part)
{
	return strstr(rows_sql, part) != NULL;
}

/*
 * Check a parameter: PostgreSQL refuses invalid UTF-8 and values that do not
 * fit the type.
 */
static void rows_check_param(const char *sql, int number, const char *value)
{
	char cast[32];
	int64_t us;

	must(fuzz_is_utf8(value, strlen(value)));
	snprintf(cast, sizeof(cast), "$%d::uuid", number);
	if (strstr(sql, cast) != NULL)
		must(text_is_uuid(value, strlen(value)));
	snprintf(cast, sizeof(cast), "$%d::boolean", number);
	if (strstr(sql, cast) != NULL)
		must(strcmp(value, "true") == 0 || strcmp(value, "false") == 0);
	snprintf(cast, sizeof(cast), "$%d::bigint", number);
	if (strstr(sql, cast) != NULL)
		must(*value != '\0' && strlen(value) <= 10 &&
		     strspn(value, "0123456789") == strlen(value));
	snprintf(cast, sizeof(cast), "$%d::timestamptz", number);
	/* A cursor's key was made by the program and is protected by a MAC. */
	if (strstr(sql, cast) != NULL && strstr(sql, "t.id)") == NULL)
		must(datetime_parse(value, strlen(value), &us));
	snprintf(cast, sizeof(cast), "string_to_array($%d,", number);
	if (strstr(sql, cast) != NULL)
		must(strcmp(value, "*") == 0 ||
		     strspn(value, ",0123456789abcdef") == strlen(value));
}

enum problem_code db_query(struct db *db, const char *user,
			   enum db_access access,
			   const struct db_statement *statement,
			   struct problem *problem)
{
	const bool writes = access == DB_WRITE || access == DB_WRITE_KEYED;

	(void)db;
	rows_sql = statement->sql;
	rows_binary = statement->is_binary;
	rows_asked++;
	must(statement->param_count >= 1 &&
	     statement->param_count <= DB_MAX_PARAMS);
	must(strcmp(statement->params[0], user) == 0);
	must(strcmp(user, ROWS_USER) == 0 || *user == '\0');
	must(rows_about("user_id = $1") || rows_about("VALUES ($1,"));
	must(writes || (!rows_about("INSERT") && !rows_about("UPDATE") &&
			!rows_about("DELETE")));
	must((access == DB_WRITE_KEYED) == rows_about("idempotency_keys"));
	for (int i = 0; i < statement->param_count; i++)
		if (statement->params[i] != NULL)
			rows_check_param(statement->sql, i + 1,
					 statement->params[i]);
	if (rows_mood == ROWS_AWAY)
		return problem_set(problem, PROBLEM_NO_DATABASE, "rows", NULL);
	rows_written += writes;
	return PROBLEM_NONE;
}

int db_rows(const struct db *db)
{
	(void)db;
	if (rows_about("tasks_needle")) /* always a row, also without tasks */
		return rows_mood == ROWS_MANY ? 1001 : 1;
	if (!rows_binary || rows_about("INSERT"))
		return 1;
	if (rows_mood != ROWS_MANY)
		return 0;
	return rows_about("bigint + 1") ? 1001 : 1;
}

/* A value of a task.  The text of the others is not read. */
static const char *rows_task(int column)
{
	static const char *const values[TASK_ROW_COUNT] = {
		[TASK_ROW_ID] = "binary",
		[TASK_ROW_USER_ID] = ROWS_USER,
		[TASK_ROW_TITLE] = "a \"title\"\n",
		[TASK_ROW_STATUS] = "completed",
		[TASK_ROW_PRIORITY] = "high",
		[TASK_ROW_COMPLETED_AT] = "binary",
		[TASK_ROW_CREATED_AT] = "binary",
		[TASK_ROW_UPDATED_AT] = "binary",
	};
	const bool none = rows_about("tasks_needle") && rows_mood != ROWS_MANY;

	if (column < TASK_ROW_COUNT)
		return none ? NULL : values[column];
	/* The count is binary; then comes whose turn it is. */
	return column == TASK_ROW_COUNT || rows_mood != ROWS_CHANGED ? "\1"
								     : "\0";
}

const char *db_value(const struct db *db, int row, int column)
{
	(void)db;
	must(row >= 0 && row < db_rows(db));
	if (rows_binary)
		return rows_task(column);
	if (rows_about("task_exists")) /* own; any user's */
		return rows_mood == ROWS_CHANGED || (column == 1 &&
						     rows_mood == ROWS_FOREIGN)
			       ? "t"
			       : "f";
	if (rows_about("SELECT count("))
		return "0";
	return (const char *[]){ROWS_ID, "{\"title\":\"a\"}", "647f5e3a0c400",
				rows_mood == ROWS_CHANGED ? "f" : "t"}[column];
}

size_t db_length(const struct db *db, int row, int column)
{
	const char *value = db_value(db, row, column);

	if (rows_binary && column > TASK_ROW_COUNT)
		return 1;
	return value != NULL ? strlen(value) : 0;
}

bool db_int64(const struct db *db, int row, int column, int64_t *value)
{
	*value = 1767960000000000;
	return db_value(db, row, column) != NULL;
}

bool db_is_infinite(int64_t us)
{
	(void)us;
	return false;
}

bool db_instant(const struct db *db, int row, int column, int64_t *us)
{
	return db_int64(db, row, column, us);
}

bool db_uuid(const struct db *db, int row, int column,
	     char text[DB_UUID_TEXT_BYTES])
{
	memcpy(text, ROWS_ID, DB_UUID_TEXT_BYTES);
	return db_value(db, row, column) != NULL;
}

static enum problem_code rows_begin(struct db *db, const struct config *config,
				    const char *trace_id,
				    struct problem *problem)
{
	(void)db;
	(void)config;
	(void)trace_id;
	(void)problem;
	return PROBLEM_NONE;
}

static void rows_nothing(struct db *db)
{
	(void)db;
}

const struct db_driver db_libpq = {rows_begin, rows_nothing, rows_nothing};

#endif
