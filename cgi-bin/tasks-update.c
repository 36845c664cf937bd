/* PUT, PATCH BASE/ID: change the members that were sent; both do the same. */
#include "app/endpoint.h"
#include "app/task_reply.h"
#include "task/task_store.h"

static enum problem_code handle(struct call *call)
{
	struct task_input input;
	struct task_document task;
	struct task_conditions conditions;
	enum problem_code code =
		task_input_change(call->request.body, call->request.body_length,
				  &call->arena, &input, &call->problem);

	if (code == PROBLEM_NONE)
		code = task_reply_conditions(call, &conditions);
	if (code == PROBLEM_NONE)
		code = task_store_update(call->db, &call->user, call->task_id,
					 &input, &conditions, &call->arena,
					 &task, &call->problem);
	if (code == PROBLEM_NONE)
		task_reply_written(call, 200, &task);
	return code;
}

int main(void)
{
	static const struct endpoint endpoint = {
		.program = "tasks-update",
		.takes_body = true,
		.auth = &auth_bearer,
		.db = &db_libpq,
		.handle = handle,
	};

	return endpoint_main(&endpoint);
}
