#include "app/endpoint_checks.h"

#include <string.h>

#include "app/endpoint.h"
#include "base/text.h"
#include "base/banned.h"

enum problem_code endpoint_check_body(const struct endpoint *endpoint,
				      struct call *call)
{
	const struct request *request = &call->request;
	struct problem *problem = &call->problem;

	if (!endpoint->takes_body)
		return PROBLEM_NONE;
	if (request->body_state == REQUEST_BODY_TOO_LARGE)
		return problem_set(problem, PROBLEM_TOO_LARGE, "endpoint.body",
				   NULL);
	if (request->body_state == REQUEST_BODY_CHUNKED)
		return problem_set(
			problem, PROBLEM_NO_LENGTH, "endpoint.body",
			"the web server does not decode chunked bodies");
	if (request->body_state == REQUEST_BODY_WHOLE &&
	    request->body_length == 0)
		return PROBLEM_NONE;
	if (!request_is_unencoded(request->content_encoding)) {
		problem->detail = "Content-Encoding is not supported";
		return problem_set(problem, PROBLEM_NOT_JSON_TYPE,
				   "endpoint.encoding", NULL);
	}
	if (!request_is_json_type(request->content_type))
		return problem_set(problem, PROBLEM_NOT_JSON_TYPE,
				   "endpoint.body", NULL);
	if (request->body_state == REQUEST_BODY_SHORT) {
		problem->detail =
			"Request body is shorter than its Content-Length";
		return problem_set(problem, PROBLEM_BAD_REQUEST,
				   "endpoint.body", NULL);
	}
	return PROBLEM_NONE;
}

enum problem_code endpoint_check_task_id(struct call *call)
{
	const struct route *route = &call->route;

	if (route->id == NULL)
		return PROBLEM_NONE;
	if (!text_is_uuid(route->id, route->id_length)) {
		problem_add_field(&call->problem, "path", "id", "uuid_parsing",
				  "Input should be a UUID");
		return PROBLEM_INVALID;
	}
	call->task_id =
		arena_strndup(&call->arena, route->id, route->id_length);
	if (call->task_id == NULL)
		return problem_set(&call->problem, PROBLEM_INTERNAL,
				   "endpoint.id", "out of memory");
	return PROBLEM_NONE;
}

enum problem_code endpoint_check_user(const struct endpoint *endpoint,
				      struct call *call)
{
	const struct route *route = &call->route;
	enum problem_code code;

	if (endpoint->auth == NULL || endpoint->is_for_everyone)
		return PROBLEM_NONE;
	code = endpoint->auth->user(call->keys, &call->settings->config,
				    call->request.authorization, call->now_us,
				    &call->arena, &call->user, &call->problem);
	if (code != PROBLEM_NONE) { /* call->user may be set in part */
		call->user = (struct user){0};
		return code;
	}
	if (route->user != NULL &&
	    (strlen(call->user.id) != route->user_length ||
	     memcmp(call->user.id, route->user, route->user_length) != 0))
		return problem_set(
			&call->problem, PROBLEM_FORBIDDEN, "endpoint.user",
			"the user in the path is not the token's user");
	return PROBLEM_NONE;
}

unsigned endpoint_methods(const struct endpoint *endpoint,
			  const struct call *call)
{
	return route_methods(call->route.kind,
			     endpoint->is_fallback ? NULL : endpoint->program);
}

enum problem_code endpoint_check_route(const struct endpoint *endpoint,
				       struct call *call)
{
	const unsigned methods = endpoint_methods(endpoint, call);
	const struct request *request = &call->request;
	enum problem_code code = PROBLEM_NONE;

	if (endpoint->is_fallback && request->server_status != 0)
		code = problem_from_status(request->server_status);
	/* Return the server's error, except a 405 for an unknown path. */
	if (code != PROBLEM_NONE &&
	    (code != PROBLEM_METHOD_NOT_ALLOWED || methods != 0))
		return problem_set(&call->problem, code, "server",
				   "the web server reported this status");
	if (methods == 0)
		return problem_set(&call->problem, PROBLEM_NOT_FOUND,
				   "endpoint.route", NULL);
	if ((methods & request->method) == 0)
		return problem_set(&call->problem, PROBLEM_METHOD_NOT_ALLOWED,
				   "endpoint.method", NULL);
	return PROBLEM_NONE;
}
