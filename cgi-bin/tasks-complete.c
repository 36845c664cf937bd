/* PATCH, PUT BASE/ID/complete: toggle completed, or set it as the body says. */
#include "app/endpoint.h"
#include "app/task_reply.h"
#include "task/task_store.h"

static enum problem_code handle(struct call *call)
{
	enum task_bool completed;
	struct task_document task;
	struct task_conditions conditions;
	enum problem_code code = task_input_completion(
		call->request.body, call->request.body_length, &call->arena,
		&completed, &call->problem);

	if (code == PROBLEM_NONE)
		code = task_reply_conditions(call, &conditions);
	if (code == PROBLEM_NONE)
		code = task_store_complete(call->db, &call->user, call->task_id,
					   completed, &conditions, &call->arena,
					   &task, &call->problem);
	if (code == PROBLEM_NONE)
		task_reply_written(call, 200, &task);
	return code;
}

int main(void)
{
	static const struct endpoint endpoint = {
		.program = "tasks-complete",
		.takes_body = true,
		.auth = &auth_bearer,
		.db = &db_libpq,
		.handle = handle,
	};

	return endpoint_main(&endpoint);
}
