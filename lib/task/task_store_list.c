#include "task/task_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/datetime.h"
#include "base/json_write.h"
#include "task/task_row.h"
#include "base/banned.h"

/* clang-format off */

#define PRIORITY \
	"(CASE t.priority WHEN 'low' THEN 1 WHEN 'medium' THEN 2 ELSE 3 END)"
/*
 * Tasks without a due date are last in both directions.  CASE is used instead
 * of coalesce(), because under row-level security a comparison with coalesce()
 * does not use the index.
 */
#define DUE_FIRST \
	"(CASE WHEN t.due_date IS NULL THEN 'infinity'::timestamptz" \
	" ELSE t.due_date END)"
#define DUE_LAST \
	"(CASE WHEN t.due_date IS NULL THEN '-infinity'::timestamptz" \
	" ELSE t.due_date END)"

/* clang-format on */

/*
 * The sort keys, ascending and descending.  Each has an index in
 * sql/01-schema.sql.  They are never NULL, so that a row comparison can start
 * in the middle of the index.
 */
static const struct key {
	const char *sql[2];
	const char *type;
	int column; /* enum task_row_column */
} keys[TASK_SORT_COUNT] = {
	[TASK_SORT_CREATED_AT] = {{"t.created_at", "t.created_at"},
				  "timestamptz",
				  TASK_ROW_CREATED_AT},
	[TASK_SORT_UPDATED_AT] = {{"t.updated_at", "t.updated_at"},
				  "timestamptz",
				  TASK_ROW_UPDATED_AT},
	[TASK_SORT_DUE_DATE] = {{DUE_FIRST, DUE_LAST},
				"timestamptz",
				TASK_ROW_DUE_DATE},
	[TASK_SORT_PRIORITY] = {{PRIORITY, PRIORITY},
				"integer",
				TASK_ROW_PRIORITY},
	[TASK_SORT_TITLE] = {{"t.title", "t.title"}, "text", TASK_ROW_TITLE},
	[TASK_SORT_STATUS] = {{"t.status", "t.status"},
			      "text",
			      TASK_ROW_STATUS},
};

/* The statement of a page or a count, under construction. */
struct draft {
	struct arena *arena;
	struct db_statement statement;
	const char *matches; /* all conditions but the search */
	int match_params;    /* number of parameters in matches */
	char limit[24], offset[24];
};

/* Bind value to the next parameter.  Return the parameter's name. */
static const char *bind(struct draft *draft, const char *value)
{
	struct db_statement *statement = &draft->statement;

	statement->params[statement->param_count++] = value;
	return arena_printf(draft->arena, "$%d", statement->param_count);
}

/*
 * Add only the conditions that the query has.  Fewer conditions take less time
 * to plan, and the plan does not depend on the values.
 */
static void draft_matches(struct draft *draft, const struct user *user,
			  const struct task_query *query)
{
	struct arena *arena = draft->arena;
	const char *sql = "t.user_id = $1";
	const char *name;

	(void)bind(draft, user->id);
	if (query->status != NULL) {
		name = bind(draft, query->status);
		sql = arena_printf(arena,
				   "%s AND (t.status = %s::text OR"
				   " (%s::text = 'active'"
				   " AND t.status <> 'completed'))",
				   sql, name, name);
	}
	if (query->completed != NULL)
		sql = arena_printf(
			arena, "%s AND (t.status = 'completed') = %s::boolean",
			sql, bind(draft, query->completed));
	if (query->priority != NULL)
		sql = arena_printf(arena, "%s AND t.priority = %s::text", sql,
				   bind(draft, query->priority));
	if (query->due_after != NULL)
		sql = arena_printf(arena,
				   "%s AND t.due_date >= %s::timestamptz", sql,
				   bind(draft, query->due_after));
	if (query->due_before != NULL)
		sql = arena_printf(arena,
				   "%s AND t.due_date <= %s::timestamptz", sql,
				   bind(draft, query->due_before));
	if (query->has_due_date != NULL)
		sql = arena_printf(
			arena, "%s AND (t.due_date IS NOT NULL) = %s::boolean",
			sql, bind(draft, query->has_due_date));
	if (query->overdue != NULL)
		sql = arena_printf(arena,
				   "%s AND coalesce(t.due_date < now()"
				   " AND t.status <> 'completed', false)"
				   " = %s::boolean",
				   sql, bind(draft, query->overdue));
	(void)snprintf(draft->limit, sizeof(draft->limit), "%zu", query->limit);
	(void)snprintf(draft->offset, sizeof(draft->offset), "%zu",
		       query->offset);
	draft->matches = sql;
	draft->match_params = draft->statement.param_count;
}

/* created_at is never NULL.  It lets the planner use index tasks_created. */
static const char *draft_count(const struct draft *draft)
{
	return arena_printf(
		draft->arena,
		"SELECT count(t.created_at) FROM public.tasks AS t WHERE %s",
		draft->matches);
}

/* Return the condition for the rows after the cursor. */
static const char *draft_start(struct draft *draft,
			       const struct task_query *query, const char *key)
{
	const char *after;

	if (query->after_id == NULL)
		return "";
	after = bind(draft, query->after_key);
	return arena_printf(
		draft->arena, " AND (%s, t.id) %s (%s::%s, %s::uuid)", key,
		query->descending ? "<" : ">", after, keys[query->sort].type,
		bind(draft, query->after_id));
}

/*
 * Draft a page and one further row, which shows whether there is a next page.
 */
static void draft_page(struct draft *draft, const struct task_query *query)
{
	const char *key = keys[query->sort].sql[query->descending];
	const char *direction = query->descending ? "DESC" : "ASC";
	const char *start = draft_start(draft, query, key);
	const char *skip = "", *count = "NULL";

	if (query->offset > 0)
		skip = arena_printf(draft->arena, " OFFSET %s::bigint",
				    bind(draft, draft->offset));
	if (query->counted)
		count = arena_printf(draft->arena, "(%s)", draft_count(draft));
	draft->statement.is_binary = true;
	draft->statement.sql =
		arena_printf(draft->arena,
			     "SELECT " TASK_ROW_COLUMNS ", %s"
			     " FROM public.tasks AS t WHERE %s%s"
			     " ORDER BY %s %s, t.id %s%s LIMIT %s::bigint + 1",
			     count, draft->matches, start, key, direction,
			     direction, skip, bind(draft, draft->limit));
}

/*
 * Whether a task matches n, which tasks_needle() returns for the search.  A
 * task matches if its search_text contains both ends of the needle and the
 * whole needle.  It also matches if its title or description contains the text
 * exactly as it was sent.
 */
#define SEARCH_MATCHES                                                \
	"(strpos(t.search_text, n.head) > 0"                          \
	" AND strpos(t.search_text, n.tail) > 0"                      \
	" AND (n.expression IS NULL OR t.search_text ~ n.expression)" \
	" OR t.title ~ n.exact OR t.description ~ n.exact)"

/*
 * Draft a page of a search.  The matching tasks (m) are read once, for the page
 * and the count.  If the index finds few ids, only these tasks are read,
 * otherwise all tasks of the user.
 *
 * A user can run only one search at a time.  turn.mine is false if another one
 * is running, and then no task is read.  The result always has a row.  If no
 * task matches, the id of this row is NULL.
 */
static void draft_search(struct draft *draft, const struct task_query *query)
{
	struct arena *arena = draft->arena;
	const char *key = keys[query->sort].sql[query->descending];
	const char *direction = query->descending ? "DESC" : "ASC";
	const char *search = bind(draft, query->search);
	const char *start = "", *skip = "", *found;

	found = arena_printf(
		arena,
		"SELECT t.id, %s AS sort_key FROM n, public.tasks AS t"
		" WHERE %s AND " SEARCH_MATCHES,
		key, draft->matches);
	if (query->after_id != NULL)
		start = arena_printf(
			arena,
			" WHERE (m.sort_key, m.id) %s (%s::%s, %s::uuid)",
			query->descending ? "<" : ">",
			bind(draft, query->after_key), keys[query->sort].type,
			bind(draft, query->after_id));
	if (query->offset > 0)
		skip = arena_printf(arena, " OFFSET %s::bigint",
				    bind(draft, draft->offset));
	draft->statement.is_binary = true;
	draft->statement.sql = arena_printf(
		arena,
		"WITH turn AS MATERIALIZED (SELECT pg_try_advisory_xact_lock("
		"hashtextextended('tasks-cgi search ' || $1::text, 0)) AS "
		"mine),"
		" n AS MATERIALIZED (SELECT n.*,"
		" public.tasks_candidates(%s::text) AS ids"
		" FROM turn, public.tasks_needle(%s::text) AS n WHERE "
		"turn.mine),"
		" m AS MATERIALIZED (%s AND t.id = ANY (n.ids)"
		" UNION ALL %s AND n.ids IS NULL)"
		" SELECT " TASK_ROW_COLUMNS
		", (SELECT count(*) FROM m), turn.mine"
		" FROM turn LEFT JOIN (SELECT t.*, m.sort_key FROM"
		" (SELECT m.sort_key, m.id FROM m%s ORDER BY m.sort_key %s, "
		"m.id %s%s LIMIT %s::bigint + 1) AS m"
		" JOIN public.tasks AS t ON t.user_id = $1 AND t.id = m.id) AS "
		"t ON true"
		" ORDER BY t.sort_key %s, t.id %s",
		search, search, found, found, start, direction, direction, skip,
		bind(draft, draft->limit), direction, direction);
}

/* The further columns. */
enum column {
	COLUMN_TOTAL = TASK_ROW_COUNT,
	COLUMN_TURN, /* only in a search */
};

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

/* Return a row's sort key as text for a cursor, or NULL. */
static const char *key_of(const struct db *db, int row,
			  const struct task_query *query, struct arena *arena)
{
	const int column = keys[query->sort].column;
	const char *value = db_value(db, row, column);
	char text[DATETIME_TEXT_BYTES];
	int64_t us;

	switch (column) {
	case TASK_ROW_TITLE:
	case TASK_ROW_STATUS:
		return value;
	case TASK_ROW_PRIORITY: /* as PRIORITY says */
		return value == NULL		      ? NULL
		       : strcmp(value, "low") == 0    ? "1"
		       : strcmp(value, "medium") == 0 ? "2"
						      : "3";
	default:
		if (value == NULL) /* as DUE_FIRST and DUE_LAST say */
			return query->descending ? "-infinity" : "infinity";
		if (!db_instant(db, row, column, &us))
			return NULL;
		if (db_is_infinite(us))
			return us > 0 ? "infinity" : "-infinity";
		datetime_format(us, text);
		return arena_strndup(arena, text, sizeof(text) - 1);
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
	code = db_query(db, user->id, DB_READ, &draft->statement, problem);
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
	if (rows > 0 && query->counted && db_int64(db, 0, COLUMN_TOTAL, &total))
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

/* Add the search condition for a schema without sql/01-search.sql. */
static void draft_old_search(struct draft *draft,
			     const struct task_query *query)
{
	const char *name = bind(draft, query->search);

	draft->matches = arena_printf(
		draft->arena,
		"%s AND (strpos(lower(t.title), lower(%s::text)) > 0 OR"
		" strpos(lower(t.description), lower(%s::text)) > 0)",
		draft->matches, name, name);
	draft->match_params = draft->statement.param_count;
}

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
	code = db_query(db, user->id, DB_READ, &draft->statement, problem);
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
	if (code == PROBLEM_NONE && (db_length(db, 0, COLUMN_TURN) != 1 ||
				     *db_value(db, 0, COLUMN_TURN) == '\0'))
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
