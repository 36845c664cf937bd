/*
 * GET /health, /health/ready: check the settings, the keys and, by a query, the
 * database schema.  GET /health/live: only show that programs run.
 */
#include <string.h>

#include "base/datetime.h"
#include "app/endpoint.h"
#include "base/json_text.h"
#include "task/task_store.h"

static enum problem_code reply(struct call *call, int status,
			       const char *health, const char *database)
{
	char now[DATETIME_TEXT_BYTES];
	const char *json;

	datetime_format(call->now_us, now);
	/* json_pack() omits "database" if it is NULL. */
	json = json_text(json_pack("{s:s,s:s*,s:s,s:s}", "status", health,
				   "database", database, "timestamp", now,
				   "version", TASKS_VERSION),
			 &call->arena);
	if (json == NULL)
		return problem_set(&call->problem, PROBLEM_INTERNAL, "health",
				   "out of memory");
	response_json(&call->response, status, json, strlen(json));
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
