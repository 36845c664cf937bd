/*
 * task_reply.h - functions that the task programs share: read the request's
 * conditions, and reply with a task and its entity tag.
 */
#ifndef TASK_REPLY_H
#define TASK_REPLY_H

#include "app/endpoint.h"
#include "task/task_store.h"

/*
 * Parse If-Match and If-None-Match of a write.  The result is in the call's
 * arena.
 * Errors: PROBLEM_BAD_REQUEST (not a list of entity tags), PROBLEM_INTERNAL
 * (allocation failed).
 */
__attribute__((warn_unused_result)) enum problem_code task_reply_conditions(
	struct call *call, struct task_conditions *conditions);

/*
 * Reply to GET or HEAD with document and its entity tag.  For a list, which has
 * no tag in document, the tag is hash_tag() of the document's bytes.  If
 * If-None-Match has the tag, reply 304 without a body (RFC 9110, 13.1.2).
 * Errors: PROBLEM_INTERNAL.
 */
__attribute__((warn_unused_result)) enum problem_code task_reply_read(
	struct call *call, const struct task_document *document);

/*
 * Reply to a write with status and task, which is NULL after a delete.  With
 * Prefer: return=minimal (RFC 7240) the reply has no body.  The entity tag is
 * sent if there is a task.
 */
void task_reply_written(struct call *call, int status,
			const struct task_document *task);

#endif
