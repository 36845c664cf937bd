/*
 * task.h - what a client may say of a task, validated.
 *
 * The JSON comes from jansson; unknown members are ignored.  All faults of a
 * body are collected before it is refused.
 */
#ifndef TASK_H
#define TASK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/problem.h"

struct arena;

#define TASK_TITLE_MAX_CHARACTERS 255
#define TASK_DESCRIPTION_MAX_CHARACTERS 2000

enum task_bool {
	TASK_UNSET,
	TASK_FALSE,
	TASK_TRUE,
};

/* NULL or TASK_UNSET: not sent.  Strings are in the arena. */
struct task_input {
	const char *title;
	bool has_description;
	const char *description; /* NULL with has_description: clear it */
	const char *status;
	enum task_bool completed;
	const char *priority;
	bool has_due_date;
	const char *due_date; /* canonical UTC, see datetime.h; NULL as above */
};

/*
 * Read the length bytes of body as a new task (title required; status and
 * completed may not contradict each other) or as a change (nothing is
 * required, the store settles a contradiction).
 *
 * Errors: PROBLEM_BAD_JSON with a detail that says what and where;
 * PROBLEM_INVALID with the fields; PROBLEM_INTERNAL.
 */
__attribute__((warn_unused_result)) enum problem_code task_parse_new(
	const char *body, size_t length, struct arena *arena,
	struct task_input *input, struct problem *problem);
__attribute__((warn_unused_result)) enum problem_code task_parse_change(
	const char *body, size_t length, struct arena *arena,
	struct task_input *input, struct problem *problem);

/*
 * Read the body of a completion: an empty body, or an object without
 * `completed` and `complete`, is TASK_UNSET (toggle).  Errors as above.
 */
__attribute__((warn_unused_result)) enum problem_code task_parse_completion(
	const char *body, size_t length, struct arena *arena,
	enum task_bool *completed, struct problem *problem);

#endif
