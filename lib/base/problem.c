#include "base/problem.h"

#include "base/buf.h"
#include "base/json_write.h"
#include "base/banned.h"

/* More than the texts of PROBLEM_MAX_FIELDS faults need. */
#define JSON_MAX_BYTES (64 * 1024)

static const struct {
	int status;
	const char *slug;
	const char *text;
} table[PROBLEM_COUNT] = {
	[PROBLEM_BAD_REQUEST] = {400, "bad_request", "Bad request"},
	[PROBLEM_BAD_JSON] = {400, "malformed_json", "Malformed JSON"},
	[PROBLEM_NO_TOKEN] = {401, "missing_token",
			      "Missing authentication token"},
	[PROBLEM_TOKEN_EXPIRED] = {401, "token_expired", "Token expired"},
	[PROBLEM_BAD_TOKEN] = {401, "invalid_token", "Invalid token"},
	[PROBLEM_FORBIDDEN] = {403, "forbidden",
			       "Not authorized to access this resource"},
	[PROBLEM_TASK_NOT_FOUND] = {404, "task_not_found", "Task not found"},
	[PROBLEM_NOT_FOUND] = {404, "not_found", "Not found"},
	[PROBLEM_METHOD_NOT_ALLOWED] = {405, "method_not_allowed",
					"Method not allowed"},
	[PROBLEM_NO_LENGTH] = {411, "length_required", "Length required"},
	[PROBLEM_PRECONDITION] = {412, "precondition_failed",
				  "The task has changed in the meantime"},
	[PROBLEM_TOO_LARGE] = {413, "body_too_large", "Request body too large"},
	[PROBLEM_URI_TOO_LONG] = {414, "uri_too_long", "URI too long"},
	[PROBLEM_NOT_JSON_TYPE] = {415, "unsupported_media_type",
				   "Content-Type must be application/json"},
	[PROBLEM_EXPECTATION] = {417, "expectation_failed",
				 "Expectation failed"},
	[PROBLEM_INVALID] = {422, "validation_error", "Validation error"},
	[PROBLEM_TOO_MANY] = {429, "too_many_requests", "Too many requests"},
	[PROBLEM_HEADERS_TOO_LARGE] = {431, "header_fields_too_large",
				       "Request header fields too large"},
	[PROBLEM_INTERNAL] = {500, "internal_error", "Internal server error"},
	[PROBLEM_NOT_IMPLEMENTED] = {501, "not_implemented", "Not implemented"},
	[PROBLEM_NO_DATABASE] = {503, "database_unavailable",
				 "Database unavailable"},
	[PROBLEM_UNAVAILABLE] = {503, "service_unavailable",
				 "Service unavailable"},
	[PROBLEM_TIMEOUT] = {504, "timeout", "The server took too long"},
};

int problem_status(enum problem_code code)
{
	return table[code].status;
}

const char *problem_slug(enum problem_code code)
{
	return table[code].slug;
}

const char *problem_text(enum problem_code code)
{
	return table[code].text;
}

enum problem_code problem_from_status(unsigned long status)
{
	switch (status) {
	case 400:
	case 505: /* HTTP Version Not Supported */
		return PROBLEM_BAD_REQUEST;
	case 403: /* from Apache, for a path that is not a route */
	case 404:
		return PROBLEM_NOT_FOUND;
	case 405:
		return PROBLEM_METHOD_NOT_ALLOWED;
	case 411:
		return PROBLEM_NO_LENGTH;
	case 413:
		return PROBLEM_TOO_LARGE;
	case 414:
		return PROBLEM_URI_TOO_LONG;
	case 417:
		return PROBLEM_EXPECTATION;
	case 429:
		return PROBLEM_TOO_MANY;
	case 431:
		return PROBLEM_HEADERS_TOO_LARGE;
	case 501:
		return PROBLEM_NOT_IMPLEMENTED;
	case 503:
		return PROBLEM_UNAVAILABLE;
	case 504:
		return PROBLEM_TIMEOUT;
	default:
		return status < 500 ? PROBLEM_BAD_REQUEST : PROBLEM_INTERNAL;
	}
}

enum problem_code problem_set(struct problem *problem, enum problem_code code,
			      const char *site, const char *reason)
{
	problem->site = site;
	problem->reason = reason;
	return code;
}

enum problem_code problem_setting(struct problem *problem, const char *variable,
				  const char *reason)
{
	problem->setting = variable;
	return problem_set(problem, PROBLEM_INTERNAL, "config", reason);
}

void problem_add_field(struct problem *problem, const char *in,
		       const char *name, const char *type, const char *message)
{
	problem->site = in;
	if (problem->field_count == PROBLEM_MAX_FIELDS)
		return;
	problem->fields[problem->field_count++] =
		(struct problem_field){in, name, type, message};
}

/* Write `detail`: a list for a 422, else a sentence. */
static void write_detail(struct json_write *json, enum problem_code code,
			 const struct problem *problem)
{
	if (code != PROBLEM_INVALID) {
		json_write_string(json, "detail",
				  problem->detail != NULL ? problem->detail
							  : problem_text(code));
		return;
	}
	json_write_array(json, "detail");
	for (size_t i = 0; i < problem->field_count; i++) {
		const struct problem_field *field = &problem->fields[i];

		json_write_object(json, NULL);
		json_write_array(json, "loc");
		json_write_string(json, NULL, field->in);
		if (field->name != NULL)
			json_write_string(json, NULL, field->name);
		json_write_close(json);
		json_write_string(json, "msg", field->message);
		json_write_string(json, "type", field->type);
		json_write_close(json);
	}
	json_write_close(json);
}

const char *problem_json(enum problem_code code, const struct problem *problem,
			 const char *request_id, struct arena *arena)
{
	struct json_write json;
	struct buf text;

	buf_init(&text, arena, JSON_MAX_BYTES);
	json_write_begin(&json, &text);
	json_write_object(&json, NULL);
	write_detail(&json, code, problem);
	json_write_string(&json, "code", problem_slug(code));
	json_write_string(&json, "request_id", request_id);
	json_write_close(&json);
	return json_write_text(&json);
}
