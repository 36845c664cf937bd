#include "task_store.h"

#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "task_sql.h"
#include "banned.h"

/* clang-format off */

/*
 * The conditions.  A parameter that is NULL is folded away by the planner,
 * which sees its value; $2 status, $3 completed, $4 priority, $5 search,
 * $6 and $7 due between, $8 has a due date, $9 overdue.
 */
#define MATCHES \
	"t.user_id = $1" \
	" AND ($2::text IS NULL OR t.status = $2::text" \
	" OR ($2::text = 'active' AND t.status <> 'completed'))" \
	" AND ($3::boolean IS NULL OR (t.status = 'completed') = $3::boolean)" \
	" AND ($4::text IS NULL OR t.priority = $4::text)" \
	" AND ($5::text IS NULL OR strpos(lower(t.title), lower($5::text)) > 0" \
	" OR strpos(lower(t.description), lower($5::text)) > 0)" \
	" AND ($6::timestamptz IS NULL OR t.due_date >= $6::timestamptz)" \
	" AND ($7::timestamptz IS NULL OR t.due_date <= $7::timestamptz)" \
	" AND ($8::boolean IS NULL OR (t.due_date IS NOT NULL) = $8::boolean)" \
	" AND ($9::boolean IS NULL OR" \
	" coalesce(t.due_date < now() AND t.status <> 'completed', false)" \
	" = $9::boolean)"

#define MATCH_PARAMS 9
#define COUNT "SELECT count(t.created_at) FROM public.tasks AS t WHERE " MATCHES

/*
 * A page of at most $12 rows, and one more to see whether there is more, from
 * the $13th on or after the row with key $11 and id $10; $14 whether to count.
 * The key is never NULL, so that a comparison of rows can start in the middle
 * of an index.  The rows are ordered before they become JSON, which keeps their
 * order and is done for no others.  What is counted is never NULL either; it
 * names the index that should be read for it.
 */
#define PAGE(key, type, after, direction) \
	"SELECT row_to_json(d), t.sort_key, t.id," \
	" CASE WHEN $14::boolean THEN (" COUNT ") END" \
	" FROM (SELECT t.*, (" key ")::text AS sort_key" \
	" FROM public.tasks AS t WHERE " MATCHES \
	" AND ($10::uuid IS NULL OR (" key ", t.id) " after \
	" ($11::" type ", $10::uuid))" \
	" ORDER BY " key " " direction ", t.id " direction \
	" OFFSET $13::bigint LIMIT $12::bigint + 1) AS t" \
	" CROSS JOIN LATERAL (SELECT " TASK_SQL_MEMBERS ") AS d"

#define ASCENDING(key, type) PAGE(key, type, ">", "ASC")
#define DESCENDING(key, type) PAGE(key, type, "<", "DESC")

#define PRIORITY \
	"(CASE t.priority WHEN 'low' THEN 1 WHEN 'medium' THEN 2 ELSE 3 END)"
/*
 * Tasks without a due date come last either way.  CASE and not coalesce(),
 * which under row security keeps a comparison out of the index.
 */
#define DUE_FIRST \
	"(CASE WHEN t.due_date IS NULL THEN 'infinity'::timestamptz" \
	" ELSE t.due_date END)"
#define DUE_LAST \
	"(CASE WHEN t.due_date IS NULL THEN '-infinity'::timestamptz" \
	" ELSE t.due_date END)"

/* Each has its index in sql/01-schema.sql. */
static const char *const sql_list[TASK_SORT_COUNT][2] = {
	[TASK_SORT_CREATED_AT] = {ASCENDING("t.created_at", "timestamptz"),
				  DESCENDING("t.created_at", "timestamptz")},
	[TASK_SORT_UPDATED_AT] = {ASCENDING("t.updated_at", "timestamptz"),
				  DESCENDING("t.updated_at", "timestamptz")},
	[TASK_SORT_DUE_DATE] = {ASCENDING(DUE_FIRST, "timestamptz"),
				DESCENDING(DUE_LAST, "timestamptz")},
	[TASK_SORT_PRIORITY] = {ASCENDING(PRIORITY, "integer"),
				DESCENDING(PRIORITY, "integer")},
	[TASK_SORT_TITLE] = {ASCENDING("t.title", "text"),
			     DESCENDING("t.title", "text")},
	[TASK_SORT_STATUS] = {ASCENDING("t.status", "text"),
			      DESCENDING("t.status", "text")},
};

/* clang-format on */

enum column {
	COLUMN_JSON,
	COLUMN_KEY,
	COLUMN_ID,
	COLUMN_TOTAL,
};

/* The first count rows as one JSON array.  False without memory. */
static bool join(const struct db *db, int count, struct arena *arena,
		 struct task_document *list)
{
	size_t length = sizeof("[]") - 1;
	char *json;

	for (int i = 0; i < count; i++)
		length += db_length(db, i, COLUMN_JSON) + (i > 0);
	json = arena_alloc(arena, length + 1);
	if (json == NULL)
		return false;
	*list = (struct task_document){.json = json, .length = length};
	*json++ = '[';
	for (int i = 0; i < count; i++) {
		if (i > 0)
			*json++ = ',';
		memcpy(json, db_value(db, i, COLUMN_JSON),
		       db_length(db, i, COLUMN_JSON));
		json += db_length(db, i, COLUMN_JSON);
	}
	*json = ']';
	return true;
}

/* A page without a row says nothing about those before it. */
static enum problem_code count(struct db *db, const struct user *user,
			       const struct db_statement *page,
			       struct task_page *out, struct problem *problem)
{
	struct db_statement statement = *page;
	enum problem_code code;

	statement.sql = COUNT;
	statement.param_count = MATCH_PARAMS;
	code = db_query(db, user->id, DB_READ, &statement, problem);
	if (code == PROBLEM_NONE)
		out->total = db_value(db, 0, 0);
	return code;
}

enum problem_code task_store_list(struct db *db, const struct user *user,
				  const struct task_query *query,
				  struct arena *arena, struct task_page *out,
				  struct problem *problem)
{
	char limit[24], offset[24];
	const struct db_statement statement = {
		sql_list[query->sort][query->descending],
		14,
		{user->id, query->status, query->completed, query->priority,
		 query->search, query->due_after, query->due_before,
		 query->has_due_date, query->overdue, query->after_id,
		 query->after_key, limit, offset,
		 query->counted ? "true" : "false"}};
	enum problem_code code;
	int rows;

	(void)snprintf(limit, sizeof(limit), "%zu", query->limit);
	(void)snprintf(offset, sizeof(offset), "%zu", query->offset);
	code = db_query(db, user->id, DB_READ, &statement, problem);
	if (code != PROBLEM_NONE)
		return code;
	*out = (struct task_page){0};
	rows = db_rows(db);
	if (rows > 0)
		out->total = db_value(db, 0, COLUMN_TOTAL);
	if ((size_t)rows > query->limit) {
		rows = (int)query->limit;
		out->last_key = db_value(db, rows - 1, COLUMN_KEY);
		out->last_id = db_value(db, rows - 1, COLUMN_ID);
	}
	if (!join(db, rows, arena, &out->list))
		return problem_set(problem, PROBLEM_INTERNAL, "list.join",
				   "out of memory");
	if (rows == 0 && query->counted)
		code = count(db, user, &statement, out, problem);
	return code;
}
