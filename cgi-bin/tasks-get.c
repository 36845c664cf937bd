/* GET, HEAD BASE/ID: reply with one task. */
#include "app/endpoint.h"
#include "app/task_reply.h"
#include "task/task_store.h"

static enum problem_code handle(struct call *call)
{
	struct task_document task;
	enum problem_code code =
		task_store_get(call->db, &call->user, call->task_id,
			       &call->arena, &task, &call->problem);

	if (code == PROBLEM_NONE)
		code = task_reply_read(call, &task);
	return code;
}

int main(void)
{
	static const struct endpoint endpoint = {
		.program = "tasks-get",
		.auth = &auth_bearer,
		.db = &db_libpq,
		.handle = handle,
	};

	return endpoint_main(&endpoint);
}
