/* GET /api/me: the user of the verified token, without a database query. */
#include "base/datetime.h"
#include "app/endpoint.h"
#include "auth/jws.h"
#include "base/buf.h"
#include "base/json_write.h"

/* The user comes from the token, and each byte needs at most six. */
#define MAX_BYTES (6 * JWS_MAX_BYTES)

static enum problem_code handle(struct call *call)
{
	const struct user *user = &call->user;
	char expires[DATETIME_TEXT_BYTES];
	struct json_write json;
	struct buf text;

	datetime_format(user->expires_us, expires);
	buf_init(&text, &call->arena, MAX_BYTES);
	json_write_begin(&json, &text);
	json_write_object(&json, NULL);
	json_write_string(&json, "id", user->id);
	json_write_string(&json, "email", user->email);
	json_write_string(&json, "name", user->name);
	json_write_string(&json, "expires_at", expires);
	json_write_close(&json);
	if (json_write_text(&json) == NULL)
		return problem_set(&call->problem, PROBLEM_INTERNAL, "me",
				   "out of memory");
	response_json(&call->response, 200, text.data, text.length);
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
