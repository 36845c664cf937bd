#include "task/task_store.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "task/task_row.h"
#include "base/banned.h"

/* The entity tag: the time of the last change, unique in microseconds. */
#define ETAG "to_hex((extract(epoch FROM t.updated_at) * 1000000)::bigint)"

/* Whether tags has "*" or the task's tag.  The result is NULL without tags. */
#define HAS_TAG(tags) "(ARRAY['*', " ETAG "] && string_to_array(" tags ", ','))"

/* Whether If-Match and If-None-Match both hold. */
#define CONDITIONS_HOLD(if_match, if_none_match) \
	HAS_TAG(if_match)                        \
	" IS NOT FALSE AND " HAS_TAG(if_none_match) " IS NOT TRUE"

static const char sql_get[] =
	"SELECT " TASK_ROW_COLUMNS " FROM public.tasks AS t"
	" WHERE t.user_id = $1 AND t.id = $2::uuid";

#define EXPIRED_AT_ONCE "100"
#define KEY_EXPIRY "now() - interval '" TASK_STORE_KEY_HOURS " hours'"

static const char sql_create[] =
	"WITH seen AS (INSERT INTO public.users (id, email, name)"
	" VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING)"
	" INSERT INTO public.tasks AS t (user_id, title, description, status,"
	" priority, due_date, completed_at)"
	" VALUES ($1, $4, $5, $6::text, $7, $8::timestamptz,"
	" CASE WHEN $6::text = 'completed' THEN now() END)"
	" RETURNING " TASK_ROW_COLUMNS;

/* clang-format off */

/* A timestamp in the contract's format, in UTC for any session time zone. */
#define UTC(column) \
	"to_char(t." column " AT TIME ZONE 'UTC'," \
	" 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS " column

/*
 * A new task as JSON, which is stored for repetitions of the request.  It has
 * the same bytes as task_row_write().
 */
#define DOCUMENT \
	"(SELECT row_to_json(d) FROM (SELECT t.id, t.user_id, t.title," \
	" t.description, t.status, t.status = 'completed' AS completed," \
	" t.priority, " UTC("due_date") ", " UTC("completed_at") ", " \
	UTC("created_at") ", " UTC("updated_at") ") AS d)"

/* clang-format on */

/*
 * Do the same as sql_create, but only once for a key ($9).  $10 is the digest
 * of the body.
 *
 * The task (t) and its JSON are made first.  Then the key's row (k) is
 * inserted, or it is the row of an earlier request.  If that request is still
 * running, the statement waits for its commit.  The task is inserted only if
 * the key's row is new or had expired.
 *
 * The oldest expired keys are deleted, except those that another request has
 * locked.  Their number is limited, because deleting all of them could exceed
 * the statement timeout.  They are deleted by ctid: for any other condition the
 * planner may read all of the user's keys, because it has no statistics per
 * user.
 */
static const char sql_create_once[] =
	"WITH seen AS (INSERT INTO public.users (id, email, name)"
	" VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING),"
	" old AS (SELECT t.ctid AS place FROM public.idempotency_keys AS t"
	" WHERE t.user_id = $1 AND t.key <> $9::text"
	" AND t.created_at < " KEY_EXPIRY " ORDER BY t.created_at"
	" LIMIT " EXPIRED_AT_ONCE " FOR UPDATE SKIP LOCKED),"
	" expired AS (DELETE FROM public.idempotency_keys AS t USING old"
	" WHERE t.user_id = $1 AND t.ctid = old.place),"
	" t AS (SELECT $1::text AS user_id, gen_random_uuid() AS id,"
	" $4::text AS title, $5::text AS description, $6::text AS status,"
	" $7::text AS priority, $8::timestamptz AS due_date,"
	" CASE WHEN $6::text = 'completed' THEN now() END AS completed_at,"
	" now() AS created_at, now() AS updated_at),"
	" k AS (INSERT INTO public.idempotency_keys AS k"
	" (user_id, key, digest, task_id, answer, etag)"
	" SELECT t.user_id, $9::text, $10::text, t.id, " DOCUMENT
	"::text, " ETAG " FROM t ON CONFLICT (user_id, key) DO UPDATE"
	" SET (digest, task_id, answer, etag, created_at) = (SELECT"
	" n.digest, n.task_id, n.answer, n.etag, n.created_at"
	" FROM (VALUES (false, k.digest, k.task_id, k.answer, k.etag,"
	" k.created_at), (true, excluded.digest, excluded.task_id,"
	" excluded.answer, excluded.etag, excluded.created_at))"
	" AS n (fresh, digest, task_id, answer, etag, created_at)"
	" WHERE n.fresh = (k.created_at < " KEY_EXPIRY "))"
	" RETURNING k.*),"
	" made AS (INSERT INTO public.tasks (user_id, id, title, description,"
	" status, priority, due_date, completed_at, created_at, updated_at)"
	" SELECT t.user_id, t.id, t.title, t.description, t.status, t.priority,"
	" t.due_date, t.completed_at, t.created_at, t.updated_at"
	" FROM t JOIN k ON k.task_id = t.id)"
	" SELECT k.task_id, k.answer, k.etag, k.digest = $10::text FROM k";

/*
 * All new values are computed from the stored row in one place (n).  So each of
 * two concurrent updates is correct for the row that it finds.
 *
 * $3 title; $4, $5 description sent and its value; $6 status; $7 completed;
 * $8 priority; $9, $10 due date sent and its value; $11 toggle; $12 If-Match;
 * $13 If-None-Match.
 */
static const char sql_update[] =
	"UPDATE public.tasks AS t SET (title, description, status, priority,"
	" due_date, completed_at, updated_at) = (SELECT"
	" n.title, n.description, n.status, n.priority, n.due_date,"
	" CASE WHEN n.status <> 'completed' THEN NULL"
	" WHEN t.status = 'completed' THEN t.completed_at ELSE c.at END,"
	" CASE WHEN (n.title, n.description, n.status, n.priority, n.due_date)"
	" IS DISTINCT FROM"
	" (t.title, t.description, t.status, t.priority, t.due_date)"
	" THEN c.at ELSE t.updated_at END"
	" FROM (SELECT greatest(clock_timestamp(),"
	" t.updated_at + interval '1 microsecond') AS at) AS c, (SELECT"
	" coalesce($3::text, t.title) AS title,"
	" CASE WHEN $4::boolean THEN $5::text ELSE t.description END"
	" AS description,"
	" CASE WHEN $11::boolean AND t.status = 'completed' THEN 'pending'"
	" WHEN $11::boolean THEN 'completed'"
	/* Use $6 if $7 is not sent or $6 differs from the stored status. */
	" WHEN $6::text <> t.status OR $7::boolean IS NULL"
	" THEN coalesce($6::text, t.status)"
	" WHEN $7::boolean THEN 'completed'"
	" WHEN t.status = 'in_progress' THEN 'in_progress'"
	" ELSE 'pending' END AS status,"
	" coalesce($8::text, t.priority) AS priority,"
	" CASE WHEN $9::boolean THEN $10::timestamptz ELSE t.due_date END"
	" AS due_date) AS n)"
	" WHERE t.user_id = $1 AND t.id = $2::uuid"
	" AND " CONDITIONS_HOLD("$12", "$13") " RETURNING " TASK_ROW_COLUMNS;

static const char sql_delete[] =
	"DELETE FROM public.tasks AS t"
	" WHERE t.user_id = $1 AND t.id = $2::uuid"
	" AND " CONDITIONS_HOLD("$3", "$4") " RETURNING t.id";

static const char sql_miss[] = "SELECT EXISTS (SELECT FROM public.tasks AS t"
			       " WHERE t.user_id = $1 AND t.id = $2::uuid),"
			       " public.task_exists($2::uuid)";

static const char sql_check[] = "SELECT t.id FROM public.tasks AS t"
				" WHERE t.user_id = $1 LIMIT 0";

static bool is_true(const struct db *db, int column)
{
	return db_rows(db) == 1 && strcmp(db_value(db, 0, column), "t") == 0;
}

static bool has_condition(const struct task_conditions *conditions)
{
	return conditions->if_match != NULL ||
	       conditions->if_none_match != NULL;
}

/*
 * Return the error for a statement that found no row.  A condition does not
 * hold (412), the task belongs to another user (403), or it does not exist
 * (404).
 */
static enum problem_code miss(struct db *db, const char *user, const char *id,
			      const struct task_conditions *conditions,
			      struct problem *problem)
{
	const struct db_statement statement = {sql_miss, 2, {user, id}, false};
	enum problem_code code =
		db_query(db, user, DB_READ, &statement, problem);

	if (code != PROBLEM_NONE)
		return code;
	if (is_true(db, 0) && has_condition(conditions)) {
		if (conditions->if_none_match != NULL)
			problem->detail =
				"A condition of the request does not hold";
		return problem_set(problem, PROBLEM_PRECONDITION, "task_store",
				   NULL);
	}
	if (!is_true(db, 0) && is_true(db, 1))
		return problem_set(problem, PROBLEM_FORBIDDEN, "task_store",
				   "the task belongs to another user");
	return problem_set(problem, PROBLEM_TASK_NOT_FOUND, "task_store", NULL);
}

/*
 * Run a statement on one task.  The statement's first two parameters are the
 * user and the task's id.  If it returns no row, return the reason as an error.
 */
static enum problem_code one_task(struct db *db, enum db_access access,
				  const struct db_statement *statement,
				  const struct task_conditions *conditions,
				  struct problem *problem)
{
	const char *user = statement->params[0], *id = statement->params[1];
	enum problem_code code = db_query(db, user, access, statement, problem);

	if (code != PROBLEM_NONE || db_rows(db) == 1)
		return code;
	return miss(db, user, id, conditions, problem);
}

/* Make the document of the only row, which is in binary format. */
static enum problem_code document_of(const struct db *db, struct arena *arena,
				     struct task_document *out,
				     struct problem *problem)
{
	char id[DB_UUID_TEXT_BYTES];
	struct json_write json;
	struct buf text;
	int64_t updated_us;

	buf_init(&text, arena, task_row_bytes(db, 0));
	json_write_begin(&json, &text);
	task_row_write(&json, db, 0);
	*out = (struct task_document){.json = json_write_text(&json),
				      .length = text.length};
	if (db_uuid(db, 0, TASK_ROW_ID, id) &&
	    db_instant(db, 0, TASK_ROW_UPDATED_AT, &updated_us)) {
		out->id = arena_strndup(arena, id, sizeof(id) - 1);
		/* The same text as ETAG in SQL. */
		out->etag =
			arena_printf(arena, "%" PRIx64, (uint64_t)updated_us);
	}
	if (out->json == NULL || out->id == NULL || out->etag == NULL)
		return problem_set(problem, PROBLEM_INTERNAL, "task_store",
				   "the row could not be written as JSON");
	return PROBLEM_NONE;
}

enum problem_code task_store_get(struct db *db, const struct user *user,
				 const char *id, struct arena *arena,
				 struct task_document *out,
				 struct problem *problem)
{
	const struct db_statement statement = {
		sql_get, 2, {user->id, id}, .is_binary = true};
	enum problem_code code = one_task(
		db, DB_READ, &statement, &(struct task_conditions){0}, problem);

	return code == PROBLEM_NONE ? document_of(db, arena, out, problem)
				    : code;
}

/* Run the INSERT of a new task, which returns one row. */
static enum problem_code insert(struct db *db, enum db_access access,
				const struct db_statement *statement,
				struct problem *problem)
{
	enum problem_code code =
		db_query(db, statement->params[0], access, statement, problem);

	if (code == PROBLEM_NONE && db_rows(db) != 1)
		return problem_set(problem, PROBLEM_INTERNAL, "task_store",
				   "the INSERT returned no row");
	return code;
}

/* Create a task with an idempotency key, or return the first reply to it. */
static enum problem_code create_once(struct db *db, const struct user *user,
				     const struct task_input *input,
				     const struct task_once *once,
				     struct task_document *out,
				     struct problem *problem)
{
	const struct db_statement statement = {
		sql_create_once,
		10,
		{user->id, user->email, user->name, input->title,
		 input->description, input->status, input->priority,
		 input->due_date, once->key, once->digest},
		false};
	enum problem_code code =
		insert(db, DB_WRITE_KEYED, &statement, problem);

	if (code != PROBLEM_NONE)
		return code;
	if (!is_true(db, 3)) {
		problem_add_field(problem, "header", "Idempotency-Key",
				  "value_error",
				  "This key came with another body before");
		return PROBLEM_INVALID;
	}
	*out = (struct task_document){.id = db_value(db, 0, 0),
				      .json = db_value(db, 0, 1),
				      .length = db_length(db, 0, 1),
				      .etag = db_value(db, 0, 2)};
	return PROBLEM_NONE;
}

enum problem_code task_store_create(struct db *db, const struct user *user,
				    const struct task_input *input,
				    const struct task_once *once,
				    struct arena *arena,
				    struct task_document *out,
				    struct problem *problem)
{
	const struct db_statement statement = {
		sql_create,
		8,
		{user->id, user->email, user->name, input->title,
		 input->description, input->status, input->priority,
		 input->due_date},
		.is_binary = true};
	enum problem_code code;

	if (once->key != NULL)
		return create_once(db, user, input, once, out, problem);
	code = insert(db, DB_WRITE, &statement, problem);
	return code == PROBLEM_NONE ? document_of(db, arena, out, problem)
				    : code;
}

static const char *sql_bool(bool value)
{
	return value ? "true" : "false";
}

static enum problem_code update(struct db *db, const struct user *user,
				const char *id, const struct task_input *input,
				bool toggle,
				const struct task_conditions *conditions,
				struct arena *arena, struct task_document *out,
				struct problem *problem)
{
	const char *completed =
		input->completed == TASK_UNSET
			? NULL
			: sql_bool(input->completed == TASK_TRUE);
	const struct db_statement statement = {
		sql_update,
		13,
		{user->id, id, input->title, sql_bool(input->has_description),
		 input->description, input->status, completed, input->priority,
		 sql_bool(input->has_due_date), input->due_date,
		 sql_bool(toggle), conditions->if_match,
		 conditions->if_none_match},
		.is_binary = true};
	enum problem_code code =
		one_task(db, DB_WRITE, &statement, conditions, problem);

	return code == PROBLEM_NONE ? document_of(db, arena, out, problem)
				    : code;
}

enum problem_code task_store_update(struct db *db, const struct user *user,
				    const char *id,
				    const struct task_input *input,
				    const struct task_conditions *conditions,
				    struct arena *arena,
				    struct task_document *out,
				    struct problem *problem)
{
	return update(db, user, id, input, false, conditions, arena, out,
		      problem);
}

enum problem_code task_store_complete(struct db *db, const struct user *user,
				      const char *id, enum task_bool completed,
				      const struct task_conditions *conditions,
				      struct arena *arena,
				      struct task_document *out,
				      struct problem *problem)
{
	const struct task_input input = {.completed = completed};

	return update(db, user, id, &input, completed == TASK_UNSET, conditions,
		      arena, out, problem);
}

enum problem_code task_store_delete(struct db *db, const struct user *user,
				    const char *id,
				    const struct task_conditions *conditions,
				    struct problem *problem)
{
	const struct db_statement statement = {
		sql_delete,
		4,
		{user->id, id, conditions->if_match, conditions->if_none_match},
		false};

	return one_task(db, DB_WRITE, &statement, conditions, problem);
}

enum problem_code task_store_check(struct db *db, struct problem *problem)
{
	const struct db_statement statement = {sql_check, 1, {""}, false};

	return db_query(db, "", DB_READ, &statement, problem);
}
