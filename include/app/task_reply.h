/*
 * task_reply.h - what the tasks' programs have in common: conditions before
 * the store is asked, entity tags and preferences in the reply.
 */
#ifndef TASK_REPLY_H
#define TASK_REPLY_H

#include "app/endpoint.h"
#include "task/task_store.h"

/*
 * The conditions of a write, If-Match and If-None-Match, for the store.
 * Errors: PROBLEM_BAD_REQUEST (not a list of entity tags), PROBLEM_INTERNAL.
 */
__attribute__((warn_unused_result)) enum problem_code task_reply_conditions(
	struct call *call, struct task_conditions *conditions);

/*
 * Reply to GET or HEAD with document and its entity tag; 304 without a body
 * when If-None-Match has it (RFC 9110, 13.1.2).  The tag of a list is made of
 * its bytes.  Errors: PROBLEM_INTERNAL.
 */
__attribute__((warn_unused_result)) enum problem_code task_reply_read(
	struct call *call, const struct task_document *document);

/*
 * Reply to a write: status, the task with its entity tag (NULL: deleted), or
 * nothing but headers where Prefer: return=minimal asks for it (RFC 7240).
 */
void task_reply_written(struct call *call, int status,
			const struct task_document *task);

#endif
