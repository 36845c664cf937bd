/* POST BASE: create a task; reply 201 with its Location. */
#include "base/buf.h"
#include "base/hash.h"
#include "app/endpoint.h"
#include "app/task_reply.h"
#include "task/task_store.h"
#include "base/uri.h"

/* The longest user in a path: 255 characters of up to four %XX each. */
#define LOCATION_MAX_BYTES 4096

/* Add Location: public_prefix, BASE as the request has it, and the new id. */
static void add_location(struct call *call, const char *id)
{
	struct buf location;

	buf_init(&location, &call->arena, LOCATION_MAX_BYTES);
	if (call->settings->config.public_prefix != NULL)
		buf_puts(&location, call->settings->config.public_prefix);
	uri_add_path(&location, call->request.path, call->route.base_length);
	buf_printf(&location, "/%s", id);
	response_header(&call->response, "Location", buf_text(&location));
}

/* Whether key is 1 to 255 visible ASCII characters. */
static bool is_key(const char *key)
{
	size_t length = 0;

	while (key[length] > 0x20 && key[length] < 0x7f)
		length++;
	return key[length] == '\0' && length >= 1 && length <= 255;
}

/* Read the idempotency key.  The body's faults are added to the key's. */
static enum problem_code read_key(struct call *call, struct task_once *once)
{
	const struct request *request = &call->request;

	*once = (struct task_once){.key = request->idempotency_key};
	if (once->key == NULL)
		return PROBLEM_NONE;
	if (!is_key(once->key))
		problem_add_field(&call->problem, "header", "Idempotency-Key",
				  "string_pattern_mismatch",
				  "Input should be 1 to 255 visible ASCII "
				  "characters");
	once->digest =
		hash_text(request->body, request->body_length, &call->arena);
	if (once->digest == NULL)
		return problem_set(&call->problem, PROBLEM_INTERNAL,
				   "create.digest",
				   "the digest cannot be computed");
	return PROBLEM_NONE;
}

static enum problem_code handle(struct call *call)
{
	struct task_input input;
	struct task_once once;
	struct task_document task;
	enum problem_code code = read_key(call, &once);

	if (code == PROBLEM_NONE)
		code = task_input_new(call->request.body,
				      call->request.body_length, &call->arena,
				      &input, &call->problem);
	if (code == PROBLEM_NONE)
		code = task_store_create(call->db, &call->user, &input, &once,
					 &call->arena, &task, &call->problem);
	if (code == PROBLEM_NONE) {
		task_reply_written(call, 201, &task);
		add_location(call, task.id);
	}
	return code;
}

int main(void)
{
	static const struct endpoint endpoint = {
		.program = "tasks-create",
		.takes_body = true,
		.auth = &auth_bearer,
		.db = &db_libpq,
		.handle = handle,
	};

	return endpoint_main(&endpoint);
}
