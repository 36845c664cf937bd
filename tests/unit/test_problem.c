/*
 * test_problem.c - error responses: status, code and text of each problem, and
 * nothing that belongs in the log only.
 */
#include <jansson.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/problem.h"
#include "tap.h"
#include "base/banned.h"

/* The contract's table.  NULL: not specified.  All slugs must differ. */
static const struct {
	enum problem_code code;
	int status;
	const char *slug;
	const char *text;
} table[] = {
	{PROBLEM_BAD_REQUEST, 400, NULL, NULL},
	{PROBLEM_BAD_JSON, 400, NULL, NULL},
	{PROBLEM_NO_TOKEN, 401, NULL, "Missing authentication token"},
	{PROBLEM_TOKEN_EXPIRED, 401, NULL, "Token expired"},
	{PROBLEM_BAD_TOKEN, 401, NULL, "Invalid token"},
	{PROBLEM_FORBIDDEN, 403, NULL,
	 "Not authorized to access this resource"},
	{PROBLEM_TASK_NOT_FOUND, 404, "task_not_found", "Task not found"},
	{PROBLEM_NOT_FOUND, 404, NULL, "Not found"},
	{PROBLEM_METHOD_NOT_ALLOWED, 405, NULL, NULL},
	{PROBLEM_NO_LENGTH, 411, "length_required", NULL},
	{PROBLEM_PRECONDITION, 412, NULL, NULL},
	{PROBLEM_TOO_LARGE, 413, NULL, NULL},
	{PROBLEM_URI_TOO_LONG, 414, "uri_too_long", "URI too long"},
	{PROBLEM_NOT_JSON_TYPE, 415, NULL, NULL},
	{PROBLEM_EXPECTATION, 417, "expectation_failed", "Expectation failed"},
	{PROBLEM_INVALID, 422, "validation_error", NULL},
	{PROBLEM_TOO_MANY, 429, "too_many_requests", "Too many requests"},
	{PROBLEM_HEADERS_TOO_LARGE, 431, "header_fields_too_large",
	 "Request header fields too large"},
	{PROBLEM_INTERNAL, 500, NULL, "Internal server error"},
	{PROBLEM_NOT_IMPLEMENTED, 501, "not_implemented", "Not implemented"},
	{PROBLEM_NO_DATABASE, 503, "database_unavailable",
	 "Database unavailable"},
	{PROBLEM_UNAVAILABLE, 503, "service_unavailable",
	 "Service unavailable"},
	{PROBLEM_TIMEOUT, 504, NULL, NULL},
};

static void test_table(void)
{
	ok(COUNT(table) == PROBLEM_COUNT - 1, "every problem is in this test");
	for (size_t i = 0; i < COUNT(table); i++) {
		enum problem_code code = table[i].code;
		const char *slug = problem_slug(code);
		const char *text = problem_text(code);
		bool alone = true;

		ok(problem_status(code) == table[i].status,
		   "problem %d has its status %d", (int)code, table[i].status);
		for (size_t j = 0; j < i; j++)
			alone &= strcmp(problem_slug(table[j].code), slug) != 0;
		ok(alone && *slug &&
			   strspn(slug, "abcdefghijklmnopqrstuvwxyz_") ==
				   strlen(slug),
		   "a client can tell problem %d by its code", (int)code);
		if (table[i].slug)
			is_text(slug, table[i].slug, "its code is this");
		if (table[i].text)
			is_text(text, table[i].text, "its detail is this");
		ok(text && *text, "it has a text");
	}
}

static void test_from_status(void)
{
	static const struct {
		unsigned long status;
		int want;
	} cases[] = {
		{400, 400}, {403, 404}, {404, 404}, {405, 405}, {411, 411},
		{413, 413}, {414, 414}, {417, 417}, {429, 429}, {431, 431},
		{500, 500}, {501, 501}, {503, 503}, {504, 504}, {505, 400},
	};
	static const unsigned long client_faults[] = {402, 408, 416, 426};

	for (size_t i = 0; i < COUNT(cases); i++) {
		enum problem_code code = problem_from_status(cases[i].status);
		int got = problem_status(code);

		if (!ok(got == cases[i].want,
			"the web server's own %lu stays what it is",
			cases[i].status))
			diag("got %d, wanted %d", got, cases[i].want);
	}
	for (size_t i = 0; i < COUNT(client_faults); i++) {
		enum problem_code code = problem_from_status(client_faults[i]);
		int got = problem_status(code);

		if (!ok(got >= 400 && got < 500,
			"a client's %lu is not called a fault of ours",
			client_faults[i]))
			diag("got %d", got);
	}
	ok(problem_status(problem_from_status(599)) >= 500 &&
		   problem_status(problem_from_status(502)) >= 500,
	   "an unknown 5xx is a fault of ours");
}

static json_t *render(enum problem_code code, const struct problem *problem,
		      const char *id)
{
	struct arena arena;
	const char *text;
	json_t *json = NULL;

	arena_init(&arena, 1 << 20);
	text = problem_json(code, problem, id, &arena);
	if (text)
		json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	arena_release(&arena);
	return json;
}

static const char *member(const json_t *json, const char *name)
{
	return json_string_value(json_object_get(json, name));
}

static void test_shape(void)
{
	for (size_t i = 0; i < COUNT(table); i++) {
		struct problem problem = {0};
		enum problem_code code = table[i].code;
		json_t *json, *detail;

		problem_set(&problem, code, "hidden.site", "hidden reason");
		problem.setting = "HIDDEN_SETTING";
		memcpy(problem.sqlstate, "HI123", 6);
		problem_add_field(&problem, "body", "title", "missing", "m");
		json = render(code, &problem, "r-1");
		detail = json_object_get(json, "detail");
		ok(json_object_size(json) == 3 && member(json, "request_id") &&
			   strcmp(member(json, "request_id"), "r-1") == 0 &&
			   member(json, "code") &&
			   strcmp(member(json, "code"), problem_slug(code)) ==
				   0,
		   "problem %d has detail, code, request_id and no more",
		   (int)code);
		ok(code == PROBLEM_INVALID
			   ? json_is_array(detail)
			   : json_is_string(detail) &&
				     strcmp(json_string_value(detail),
					    problem_text(code)) == 0,
		   "its detail is what the family's clients read");
		json_decref(json);
	}
}

static void test_hostile(void)
{
	static const char *const texts[] = {
		"\"",
		"\\",
		"\",\"code\":\"ok",
		"</script>",
		"\x01\x1f\x7f\r\n",
		"\xf0\x9f\x98\x80",
		"\xe2\x80\xa8",
		"%s%n%d",
		"",
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct problem problem = {.detail = texts[i]};
		json_t *json = render(PROBLEM_BAD_JSON, &problem, texts[i]);

		ok(json_object_size(json) == 3, "hostile text stays text: %zu",
		   i);
		is_text(member(json, "detail"), texts[i], "in a detail");
		is_text(member(json, "request_id"), texts[i], "in an id");
		json_decref(json);

		problem = (struct problem){0};
		problem_add_field(&problem, "body", texts[i], "t", texts[i]);
		json = render(PROBLEM_INVALID, &problem, "r");
		is_text(member(json_array_get(json_object_get(json, "detail"),
					      0),
			       "msg"),
			texts[i], "in a field");
		json_decref(json);
	}
}

static void test_list(void)
{
	struct problem problem = {0};
	const json_t *list, *entry, *loc;
	json_t *json;

	problem_add_field(&problem, "body", "title", "string_too_long", "Long");
	problem_add_field(&problem, "body", NULL, "object_type", "Object");
	problem_add_field(&problem, "query", "limit", "int_parsing", "Int");
	json = render(PROBLEM_INVALID, &problem, "r");
	list = json_object_get(json, "detail");
	ok(json_array_size(list) == 3, "all faults are told at once");
	entry = json_array_get(list, 0);
	loc = json_object_get(entry, "loc");
	ok(json_object_size(entry) == 3 && json_array_size(loc) == 2,
	   "a fault is loc, msg and type");
	is_text(json_string_value(json_array_get(loc, 0)), "body", "where");
	is_text(json_string_value(json_array_get(loc, 1)), "title", "what");
	is_text(member(entry, "msg"), "Long", "for a reader");
	is_text(member(entry, "type"), "string_too_long", "for a program");
	loc = json_object_get(json_array_get(list, 1), "loc");
	ok(json_array_size(loc) == 1, "the whole body is [\"body\"]");
	loc = json_object_get(json_array_get(list, 2), "loc");
	is_text(json_string_value(json_array_get(loc, 0)), "query",
		"a parameter is in the query");
	json_decref(json);

	problem = (struct problem){0};
	for (int i = 0; i < 100; i++)
		problem_add_field(&problem, "body", i < 16 ? "in" : "out", "t",
				  "m");
	ok(problem.field_count == PROBLEM_MAX_FIELDS &&
		   strcmp(problem.fields[15].name, "in") == 0,
	   "a full list stays as it is");
	json = render(PROBLEM_INVALID, &problem, "r");
	ok(json_array_size(json_object_get(json, "detail")) == 16,
	   "and is sent whole");
	json_decref(json);
}

static void test_set(void)
{
	struct problem problem = {0};
	struct arena arena;

	ok(problem_set(&problem, PROBLEM_FORBIDDEN, "a.b", NULL) ==
		   PROBLEM_FORBIDDEN,
	   "a problem is noted and returned at once");
	is_text(problem.site, "a.b", "its place is for the log");
	ok(!problem.reason, "a reason may be missing");
	ok(problem_setting(&problem, "JWT_SECRET", "is short") ==
		   PROBLEM_INTERNAL,
	   "a wrong setting is a fault of ours");
	is_text(problem.setting, "JWT_SECRET", "the variable is for the log");
	is_text(problem.reason, "is short", "and so is the reason");
	ok(problem.site && *problem.site, "it has a place");
	arena_init(&arena, 0);
	ok(!problem_json(PROBLEM_INTERNAL, &problem, "r", &arena),
	   "without memory there is no half reply");
	arena_release(&arena);
}

int main(void)
{
	test_table();
	test_from_status();
	test_shape();
	test_hostile();
	test_list();
	test_set();
	return tap_done();
}
