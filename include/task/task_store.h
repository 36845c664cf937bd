/*
 * task_store.h - read and write tasks in PostgreSQL; only this module queries
 * the tables.
 *
 * Every statement on stored rows has user_id = $1, and every statement runs
 * under row-level security.  Each of the two alone separates the users.
 *
 * Strings in the results are in the arena, or are borrowed from db->result until
 * the next query.
 *
 * A task's entity tag is the time of its last change.  Each change increases it
 * by at least a microsecond.  The statement that changes a task also checks the
 * request's conditions.
 *
 * All functions return the errors of db_query().  Functions that take an id,
 * which must be a UUID, also return:
 *   - PROBLEM_TASK_NOT_FOUND: there is no such task.
 *   - PROBLEM_FORBIDDEN: the task belongs to another user.
 *   - PROBLEM_PRECONDITION: the task exists, but a condition does not hold.
 * If the first query finds no row, a second one distinguishes these errors.
 */
#ifndef TASK_STORE_H
#define TASK_STORE_H

#include <stddef.h>

#include "auth/user.h"
#include "db/db.h"
#include "task/task_input.h"
#include "task/task_query.h"

struct task_document {
	const char *json;
	size_t length;
	const char *id;	  /* of the task; NULL in a list */
	const char *etag; /* of the task, without quotes; NULL in a list */
};

/* One page of a list. */
struct task_page {
	struct task_document list; /* a JSON array, in the arena */
	const char *total;	   /* count of all matches; NULL: not asked */
	const char *last_key;	   /* sort key of the last task */
	const char *last_id;	   /* its id; both are NULL on the last page */
};

/*
 * Find the page of the user's tasks that query asks for.  Further errors:
 * PROBLEM_TOO_MANY (another search of this user is running), PROBLEM_INTERNAL
 * (allocation failed).
 */
__attribute__((warn_unused_result)) enum problem_code task_store_list(
	struct db *db, const struct user *user, const struct task_query *query,
	struct arena *arena, struct task_page *out, struct problem *problem);

__attribute__((warn_unused_result)) enum problem_code task_store_get(
	struct db *db, const struct user *user, const char *id,
	struct arena *arena, struct task_document *out,
	struct problem *problem);

/*
 * The idempotency key of a create, and a digest of the request's body.  Keys
 * are kept for TASK_STORE_KEY_HOURS.
 */
struct task_once {
	const char *key;    /* 1-255 visible ASCII characters; NULL: not sent */
	const char *digest; /* not NULL if key is not NULL */
};

#define TASK_STORE_KEY_HOURS "24"

/*
 * Create a task.  With the user's first task, store the user's e-mail and
 * name.  If the user has sent the key before, create nothing and return the
 * first reply in out.  If that request had another digest, return
 * PROBLEM_INVALID.
 */
__attribute__((warn_unused_result)) enum problem_code task_store_create(
	struct db *db, const struct user *user, const struct task_input *input,
	const struct task_once *once, struct arena *arena,
	struct task_document *out, struct problem *problem);

/*
 * The entity tags of a change's conditions, from etag_list_join(); NULL: no
 * such condition.  Both must hold (RFC 9110, 13.2.2).
 */
struct task_conditions {
	const char *if_match;	   /* the task must have one of these */
	const char *if_none_match; /* the task must have none of these */
};

/*
 * Change the members that were sent.  If status and completed disagree, use the
 * member that differs from the stored task, or status if both differ.  Change
 * updated_at only if another column changes.
 */
__attribute__((warn_unused_result)) enum problem_code task_store_update(
	struct db *db, const struct user *user, const char *id,
	const struct task_input *input,
	const struct task_conditions *conditions, struct arena *arena,
	struct task_document *out, struct problem *problem);

/* Complete (TASK_TRUE), reopen (TASK_FALSE) or toggle (TASK_UNSET) a task. */
__attribute__((warn_unused_result)) enum problem_code task_store_complete(
	struct db *db, const struct user *user, const char *id,
	enum task_bool completed, const struct task_conditions *conditions,
	struct arena *arena, struct task_document *out,
	struct problem *problem);

__attribute__((warn_unused_result)) enum problem_code task_store_delete(
	struct db *db, const struct user *user, const char *id,
	const struct task_conditions *conditions, struct problem *problem);

/* Check that the database answers and has the table of tasks. */
__attribute__((warn_unused_result)) enum problem_code task_store_check(
	struct db *db, struct problem *problem);

#endif
