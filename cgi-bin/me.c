/* GET /api/me: the user of the verified token, without a database query. */
#include <string.h>

#include "base/datetime.h"
#include "app/endpoint.h"
#include "base/json_text.h"

static enum problem_code handle(struct call *call)
{
	const struct user *user = &call->user;
	char expires[DATETIME_TEXT_BYTES];
	const char *json;

	datetime_format(user->expires_us, expires);
	json = json_text(json_pack("{s:s,s:s?,s:s?,s:s}", "id", user->id,
				   "email", user->email, "name", user->name,
				   "expires_at", expires),
			 &call->arena);
	if (json == NULL)
		return problem_set(&call->problem, PROBLEM_INTERNAL, "me",
				   "out of memory");
	response_json(&call->response, 200, json, strlen(json));
	return PROBLEM_NONE;
}

int main(void)
{
	static const struct endpoint endpoint = {
		.program = "me",
		.auth = &auth_bearer,
		.handle = handle,
	};

	return endpoint_main(&endpoint);
}
