/* DELETE BASE/ID: delete a task; reply 204. */
#include "app/endpoint.h"
#include "app/task_reply.h"
#include "task/task_store.h"

static enum problem_code handle(struct call *call)
{
	struct task_conditions conditions;
	enum problem_code code = task_reply_conditions(call, &conditions);

	if (code == PROBLEM_NONE)
		code = task_store_delete(call->db, &call->user, call->task_id,
					 &conditions, &call->problem);
	if (code == PROBLEM_NONE)
		task_reply_written(call, 204, NULL);
	return code;
}

int main(void)
{
	static const struct endpoint endpoint = {
		.program = "tasks-delete",
		.auth = &auth_bearer,
		.db = &db_libpq,
		.handle = handle,
	};

	return endpoint_main(&endpoint);
}
