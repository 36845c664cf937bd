/*
 * GET /health, /health/ready: check the settings, the keys and, by a query, the
 * database schema.  GET /health/live: only show that programs run.
 */
#include "base/datetime.h"
#include "app/endpoint.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "task/task_store.h"

#define MAX_BYTES 512

static enum problem_code reply(struct call *call, int status,
			       const char *health, const char *database)
{
	char now[DATETIME_TEXT_BYTES];
	struct json_write json;
	struct buf text;

	datetime_format(call->now_us, now);
	buf_init(&text, &call->arena, MAX_BYTES);
	json_write_begin(&json, &text);
	json_write_object(&json, NULL);
	json_write_string(&json, "status", health);
	if (database != NULL)
		json_write_string(&json, "database", database);
	json_write_string(&json, "timestamp", now);
	json_write_string(&json, "version", TASKS_VERSION);
	json_write_close(&json);
	if (json_write_text(&json) == NULL)
		return problem_set(&call->problem, PROBLEM_INTERNAL, "health",
				   "out of memory");
	response_json(&call->response, status, text.data, text.length);
	return PROBLEM_NONE;
}

static enum problem_code handle(struct call *call)
{
	if (call->route.kind == ROUTE_LIVE)
		return reply(call, 200, "healthy", NULL);
	if (task_store_check(call->db, &call->problem) == PROBLEM_NONE)
		return reply(call, 200, "healthy", "connected");
	/* A database without our schema counts as unreachable. */
	call->logged = PROBLEM_NO_DATABASE;
	response_header(&call->response, "Retry-After", RESPONSE_RETRY_AFTER_S);
	return reply(call, 503, "unhealthy", "disconnected");
}

int main(void)
{
	static const struct endpoint endpoint = {
		.program = "health",
		.is_for_everyone = true,
		.auth = &auth_bearer,
		.db = &db_libpq,
		.handle = handle,
	};

	return endpoint_main(&endpoint);
}
