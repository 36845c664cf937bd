/*
 * task_store.h - the tasks in PostgreSQL; the only module that knows SQL.
 *
 * Every statement says user_id = $1 and runs under row-level security, either
 * of which alone keeps users apart.  Replies are JSON as PostgreSQL writes
 * it, borrowed from the connection's last result until the next call.
 *
 * A task's entity tag is the instant of its last change, which moves on by at
 * least a microsecond with every change.  A change looks at the request's
 * conditions in the same statement.
 *
 * Errors, all functions: what db_query() returns.  Those that name a task
 * also PROBLEM_TASK_NOT_FOUND (no such task) and PROBLEM_FORBIDDEN (somebody
 * else's), told apart by a second query only after a miss, and with
 * conditions PROBLEM_PRECONDITION: the task is there, and one does not hold.
 * id is a UUID.
 */
#ifndef TASK_STORE_H
#define TASK_STORE_H

#include <stddef.h>

#include "auth/user.h"
#include "db/db.h"
#include "task/task.h"
#include "task/task_query.h"

struct task_document {
	const char *json;
	size_t length;
	const char *id;	  /* of the task; NULL in a list */
	const char *etag; /* of the task, without quotes; NULL in a list */
};

/* A page of a list. */
struct task_page {
	struct task_document list; /* a JSON array, in the arena */
	const char *total;	   /* how many match in all; NULL: not asked */
	const char *last_key;	   /* of the last task, if there are more */
	const char *last_id;	   /* NULL: there are no more */
};

/* The tasks of the user that query asks for. */
__attribute__((warn_unused_result)) enum problem_code task_store_list(
	struct db *db, const struct user *user, const struct task_query *query,
	struct arena *arena, struct task_page *out, struct problem *problem);

__attribute__((warn_unused_result)) enum problem_code task_store_get(
	struct db *db, const struct user *user, const char *id,
	struct task_document *out, struct problem *problem);

/*
 * What makes a create happen once: the client's key and a digest of the body
 * that it came with.  Kept for TASK_STORE_KEY_HOURS.
 */
struct task_once {
	const char *key;    /* 1-255 visible ASCII; NULL: no key was sent */
	const char *digest; /* not NULL when key is not */
};

#define TASK_STORE_KEY_HOURS "24"

/*
 * Make a task, and on the first one note the user's e-mail and name.  With a
 * key that the user has sent before, out is the first answer again and nothing
 * is made; with another digest, PROBLEM_INVALID.
 */
__attribute__((warn_unused_result)) enum problem_code task_store_create(
	struct db *db, const struct user *user, const struct task_input *input,
	const struct task_once *once, struct task_document *out,
	struct problem *problem);

/*
 * The entity tags that a change's conditions name, as condition_array() makes
 * them; NULL: no such condition.  Both must hold (RFC 9110, 13.2.2).
 */
struct task_conditions {
	const char *if_match;	   /* the task must have one of them */
	const char *if_none_match; /* the task must have none of them */
};

/*
 * Change the members that were sent.  Where status and completed contradict
 * each other, the one that differs from the stored task wins, and status if
 * both do.  updated_at moves only if something changed.
 */
__attribute__((warn_unused_result)) enum problem_code task_store_update(
	struct db *db, const struct user *user, const char *id,
	const struct task_input *input,
	const struct task_conditions *conditions, struct task_document *out,
	struct problem *problem);

/* Complete (TASK_TRUE), reopen (TASK_FALSE) or toggle (TASK_UNSET). */
__attribute__((warn_unused_result)) enum problem_code task_store_complete(
	struct db *db, const struct user *user, const char *id,
	enum task_bool completed, const struct task_conditions *conditions,
	struct task_document *out, struct problem *problem);

__attribute__((warn_unused_result)) enum problem_code task_store_delete(
	struct db *db, const struct user *user, const char *id,
	const struct task_conditions *conditions, struct problem *problem);

/* Whether the database answers and has the schema. */
__attribute__((warn_unused_result)) enum problem_code task_store_check(
	struct db *db, struct problem *problem);

#endif
