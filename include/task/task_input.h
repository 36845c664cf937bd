/*
 * task_input.h - parse and validate the tasks that clients send.
 *
 * jansson parses the JSON.  Unknown members are ignored.  All faults of the
 * members are collected, so that one reply lists them.
 */
#ifndef TASK_INPUT_H
#define TASK_INPUT_H

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

/* The input of a client, in the arena.  NULL or TASK_UNSET: not sent. */
struct task_input {
	const char *title;
	bool has_description;
	const char *description; /* NULL with has_description: clear it */
	const char *status;
	enum task_bool completed;
	const char *priority;
	bool has_due_date;
	const char *due_date; /* canonical UTC (datetime.h); NULL as above */
};

/*
 * Parse body, which has length bytes, as a new task or as a change.  A new task
 * needs a title, and its status and completed must agree.  A change needs no
 * member.  If its status and completed disagree, task_store_update() decides.
 *
 * Errors: PROBLEM_BAD_JSON (problem->detail says what is wrong and where);
 * PROBLEM_INVALID (problem->fields lists the faults); PROBLEM_INTERNAL
 * (allocation failed).
 */
__attribute__((warn_unused_result)) enum problem_code task_input_new(
	const char *body, size_t length, struct arena *arena,
	struct task_input *input, struct problem *problem);
__attribute__((warn_unused_result)) enum problem_code task_input_change(
	const char *body, size_t length, struct arena *arena,
	struct task_input *input, struct problem *problem);

/*
 * Parse the body of a completion.  The result is TASK_UNSET (toggle) for no
 * body, null, "" and an object with neither `completed` nor `complete`.
 * Errors: as above.
 */
__attribute__((warn_unused_result)) enum problem_code task_input_completion(
	const char *body, size_t length, struct arena *arena,
	enum task_bool *completed, struct problem *problem);

#endif
