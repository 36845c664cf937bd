#include "task/task_store_draft.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
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
} keys[TASK_SORT_COUNT] = {
	[TASK_SORT_CREATED_AT] = {{"t.created_at", "t.created_at"},
				  "timestamptz"},
	[TASK_SORT_UPDATED_AT] = {{"t.updated_at", "t.updated_at"},
				  "timestamptz"},
	[TASK_SORT_DUE_DATE] = {{DUE_FIRST, DUE_LAST}, "timestamptz"},
	[TASK_SORT_PRIORITY] = {{PRIORITY, PRIORITY}, "integer"},
	[TASK_SORT_TITLE] = {{"t.title", "t.title"}, "text"},
	[TASK_SORT_STATUS] = {{"t.status", "t.status"}, "text"},
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
void draft_matches(struct draft *draft, const struct user *user,
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
const char *draft_count(const struct draft *draft)
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
void draft_page(struct draft *draft, const struct task_query *query)
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
void draft_search(struct draft *draft, const struct task_query *query)
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

/* Add the search condition for a schema without sql/01-search.sql. */
void draft_old_search(struct draft *draft, const struct task_query *query)
{
	const char *name = bind(draft, query->search);

	draft->matches = arena_printf(
		draft->arena,
		"%s AND (strpos(lower(t.title), lower(%s::text)) > 0 OR"
		" strpos(lower(t.description), lower(%s::text)) > 0)",
		draft->matches, name, name);
	draft->match_params = draft->statement.param_count;
}
