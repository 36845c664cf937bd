#include "app/task_reply.h"

#include "http/etag.h"
#include "http/prefer.h"
#include "base/hash.h"
#include "base/banned.h"

/* Parse one header's tags into an array; NULL if it was not sent. */
static enum problem_code read_condition(struct call *call, const char *value,
					enum etag_comparison comparison,
					const char *detail, const char **array)
{
	struct etag_list condition;

	*array = NULL;
	if (value == NULL)
		return PROBLEM_NONE;
	if (!etag_list_parse(value, &condition)) {
		call->problem.detail = detail;
		return problem_set(&call->problem, PROBLEM_BAD_REQUEST,
				   "task_reply.condition", NULL);
	}
	*array = etag_list_join(&condition, comparison, &call->arena);
	if (*array == NULL)
		return problem_set(&call->problem, PROBLEM_INTERNAL,
				   "task_reply.condition", "out of memory");
	return PROBLEM_NONE;
}

enum problem_code task_reply_conditions(struct call *call,
					struct task_conditions *conditions)
{
	enum problem_code code = read_condition(
		call, call->request.if_match, ETAG_STRONGLY,
		"If-Match is not a list of entity tags", &conditions->if_match);

	if (code == PROBLEM_NONE)
		code = read_condition(
			call, call->request.if_none_match, ETAG_WEAKLY,
			"If-None-Match is not a list of entity tags",
			&conditions->if_none_match);
	return code;
}

static void add_etag(struct call *call, const char *tag)
{
	const char *value = arena_printf(&call->arena, "\"%s\"", tag);

	/* If allocation fails, the endpoint replies 500. */
	if (value != NULL)
		response_header(&call->response, "ETag", value);
}

/* An invalid list of entity tags matches nothing: send the whole document. */
static bool is_known_to_client(struct call *call, const char *tag)
{
	struct etag_list condition;

	return call->request.if_none_match != NULL &&
	       etag_list_parse(call->request.if_none_match, &condition) &&
	       etag_list_matches_weakly(&condition, tag);
}

enum problem_code task_reply_read(struct call *call,
				  const struct task_document *document)
{
	const char *tag =
		document->etag != NULL
			? document->etag
			: hash_tag(config_mac_key(&call->settings->config),
				   document->json, document->length,
				   &call->arena);

	if (tag == NULL)
		return problem_set(&call->problem, PROBLEM_INTERNAL,
				   "task_reply.tag",
				   "the digest cannot be computed");
	add_etag(call, tag);
	if (is_known_to_client(call, tag))
		call->response.status = 304;
	else
		response_json(&call->response, 200, document->json,
			      document->length);
	return PROBLEM_NONE;
}

void task_reply_written(struct call *call, int status,
			const struct task_document *task)
{
	bool minimal = prefer_is_minimal(call->request.prefer);

	call->response.status = status;
	if (minimal)
		response_header(&call->response, "Preference-Applied",
				"return=minimal");
	if (task == NULL)
		return;
	add_etag(call, task->etag);
	if (!minimal)
		response_json(&call->response, status, task->json,
			      task->length);
}
