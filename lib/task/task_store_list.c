#include "task/task_store.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/datetime.h"
#include "base/json_write.h"
#include "task/task_row.h"
#include "task/task_store_draft.h"
#include "base/banned.h"

/* Write the first count rows as a JSON array.  Return false on a failure. */
static bool write_list(const struct db *db, int count, struct arena *arena,
		       struct task_document *list)
{
	size_t most = sizeof("[]");
	struct json_write json;
	struct buf text;

	for (int row = 0; row < count; row++)
		most += task_row_bytes(db, row) + sizeof(",");
	buf_init(&text, arena, most);
	/* Reserve it at once, so that nothing is copied. */
	if (buf_room(&text, most) == NULL)
		return false;
	json_write_begin(&json, &text);
	json_write_array(&json, NULL);
	for (int row = 0; row < count; row++)
		task_row_write(&json, db, row);
	json_write_close(&json);
	*list = (struct task_document){.json = json_write_text(&json),
				       .length = text.length};
	return list->json != NULL;
}

/* Return an instant as a sort key, or NULL if it is of another type. */
static const char *instant_key(const struct db *db, int row, int column,
			       struct arena *arena)
{
	char text[DATETIME_TEXT_BYTES];
	int64_t us;

	if (!db_instant(db, row, column, &us))
		return NULL;
	if (db_is_infinite(us))
		return us > 0 ? "infinity" : "-infinity";
	datetime_format(us, text);
	return arena_strndup(arena, text, sizeof(text) - 1);
}

/* The number that PRIORITY gives in SQL. */
static const char *priority_key(const char *priority)
{
	if (priority == NULL || strcmp(priority, "high") == 0)
		return "3";
	return strcmp(priority, "low") == 0 ? "1" : "2";
}

/* Return a row's sort key as text for a cursor, or NULL. */
static const char *key_of(const struct db *db, int row,
			  const struct task_query *query, struct arena *arena)
{
	switch (query->sort) {
	case TASK_SORT_TITLE:
		return db_value(db, row, TASK_ROW_TITLE);
	case TASK_SORT_STATUS:
		return db_value(db, row, TASK_ROW_STATUS);
	case TASK_SORT_PRIORITY:
		return priority_key(db_value(db, row, TASK_ROW_PRIORITY));
	case TASK_SORT_DUE_DATE:
		if (db_value(db, row, TASK_ROW_DUE_DATE) == NULL)
			return query->descending ? "-infinity" : "infinity";
		return instant_key(db, row, TASK_ROW_DUE_DATE, arena);
	case TASK_SORT_UPDATED_AT:
		return instant_key(db, row, TASK_ROW_UPDATED_AT, arena);
	default:
		return instant_key(db, row, TASK_ROW_CREATED_AT, arena);
	}
}

/* Count the matches, because a page without rows contains no count. */
static enum problem_code count(struct db *db, const struct user *user,
			       struct draft *draft, struct task_page *out,
			       struct problem *problem)
{
	enum problem_code code;

	draft->statement.is_binary = false;
	draft->statement.sql = draft_count(draft);
	draft->statement.param_count = draft->match_params;
	if (draft->arena->failed)
		return problem_set(problem, PROBLEM_INTERNAL, "list.count",
				   "out of memory");
	code = db_query(db, user->id, DB_LIST, &draft->statement, problem);
	if (code == PROBLEM_NONE)
		out->total = db_value(db, 0, 0);
	return code;
}

/* Write the page's rows.  A row above the limit means that a page follows. */
static enum problem_code take_page(const struct db *db,
				   const struct task_query *query,
				   struct arena *arena, struct task_page *out,
				   struct problem *problem)
{
	char id[DB_UUID_TEXT_BYTES];
	int rows = db_rows(db);
	int64_t total;

	*out = (struct task_page){0};
	if (rows > 0 && query->counted && db_int64(db, 0, DRAFT_TOTAL, &total))
		out->total = arena_printf(arena, "%" PRId64, total);
	/* A search without a match returns one row. */
	if (rows > 0 && db_value(db, 0, TASK_ROW_ID) == NULL)
		rows = 0;
	if ((size_t)rows > query->limit) {
		rows = (int)query->limit;
		out->last_key = key_of(db, rows - 1, query, arena);
		if (db_uuid(db, rows - 1, TASK_ROW_ID, id))
			out->last_id = arena_strndup(arena, id, sizeof(id) - 1);
		if (out->last_key == NULL || out->last_id == NULL)
			return problem_set(problem, PROBLEM_INTERNAL,
					   "list.cursor",
					   "the last row has no sort key");
	}
	if (!write_list(db, rows, arena, &out->list))
		return problem_set(problem, PROBLEM_INTERNAL, "list.write",
				   "the rows could not be written as JSON");
	return PROBLEM_NONE;
}

/* undefined_function: the schema does not have sql/01-search.sql yet. */
#define SQLSTATE_UNDEFINED_FUNCTION "42883"

/* Read a page without a search.  If it is empty, a second statement counts. */
static enum problem_code list(struct db *db, const struct user *user,
			      const struct task_query *query,
			      struct draft *draft, struct task_page *out,
			      struct problem *problem)
{
	enum problem_code code;

	draft_page(draft, query);
	if (draft->arena->failed)
		return problem_set(problem, PROBLEM_INTERNAL, "list.draft",
				   "out of memory");
	code = db_query(db, user->id, DB_LIST, &draft->statement, problem);
	if (code == PROBLEM_NONE)
		code = take_page(db, query, draft->arena, out, problem);
	if (code == PROBLEM_NONE && query->counted && db_rows(db) == 0)
		code = count(db, user, draft, out, problem);
	return code;
}

static enum problem_code search(struct db *db, const struct user *user,
				const struct task_query *query,
				struct draft *draft, struct task_page *out,
				struct problem *problem)
{
	enum problem_code code;

	draft_search(draft, query);
	if (draft->arena->failed)
		return problem_set(problem, PROBLEM_INTERNAL, "list.draft",
				   "out of memory");
	code = db_query(db, user->id, DB_SEARCH, &draft->statement, problem);
	if (code == PROBLEM_NONE && (db_length(db, 0, DRAFT_TURN) != 1 ||
				     *db_value(db, 0, DRAFT_TURN) == '\0'))
		return problem_set(
			problem, PROBLEM_TOO_MANY, "list.search",
			"another search of the same user is running");
	return code == PROBLEM_NONE
		       ? take_page(db, query, draft->arena, out, problem)
		       : code;
}

enum problem_code task_store_list(struct db *db, const struct user *user,
				  const struct task_query *query,
				  struct arena *arena, struct task_page *out,
				  struct problem *problem)
{
	struct draft draft = {.arena = arena};
	enum problem_code code;

	draft_matches(&draft, user, query);
	if (query->search != NULL) {
		code = search(db, user, query, &draft, out, problem);
		if (code != PROBLEM_INTERNAL ||
		    strcmp(problem->sqlstate, SQLSTATE_UNDEFINED_FUNCTION) != 0)
			return code;
		*problem = (struct problem){0};
		draft = (struct draft){.arena = arena};
		draft_matches(&draft, user, query);
		draft_old_search(&draft, query);
	}
	return list(db, user, query, &draft, out, problem);
}
