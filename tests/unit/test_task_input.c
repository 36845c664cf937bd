/*
 * test_task_input.c - the members of a task in a request body: values, defaults
 * and limits.  All errors of a body are reported at once.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "task/task_input.h"
#include "tap.h"
#include "base/banned.h"

typedef enum problem_code parser(const char *body, size_t length,
				 struct arena *arena, struct task_input *input,
				 struct problem *problem);

static const struct {
	const char *name;
	parser *parse;
} parsers[] = {{"create", task_input_new}, {"change", task_input_change}};

static const char *or_dash(const char *text)
{
	return text ? text : "-";
}

/* Write a task as text: "-" for an absent member, "null" for a cleared one. */
static void show(const struct task_input *t, char *text, size_t size)
{
	snprintf(text, size, "%s|%s|%s|%s|%s|%s", or_dash(t->title),
		 t->has_description && !t->description
			 ? "null"
			 : or_dash(t->description),
		 or_dash(t->status),
		 t->completed == TASK_UNSET  ? "-"
		 : t->completed == TASK_TRUE ? "true"
					     : "false",
		 or_dash(t->priority),
		 t->has_due_date && !t->due_date ? "null"
						 : or_dash(t->due_date));
}

/* Valid bodies, and the output of show().  NULL: invalid for a create. */
static const struct {
	const char *body;
	const char *create; /* with the defaults of status and priority */
	const char *change;
} good[] = {
	{"{\"title\":\"a\"}", "a|-|pending|-|medium|-", "a|-|-|-|-|-"},
	{"{}", NULL, "-|-|-|-|-|-"},
	{"{\"title\":\" a \"}", " a |-|pending|-|medium|-", " a |-|-|-|-|-"},
	{"{\"title\":\"a\",\"description\":\"\"}", "a||pending|-|medium|-",
	 "a||-|-|-|-"},
	{"{\"title\":\"a\",\"description\":null,\"due_date\":null}",
	 "a|null|pending|-|medium|null", "a|null|-|-|-|null"},
	{"{\"title\":\"a\",\"description\":null,\"due_date\":\"\"}",
	 "a|null|pending|-|medium|null", "a|null|-|-|-|null"},
	{"{\"title\":\"a\",\"status\":\"in_progress\",\"priority\":\"low\"}",
	 "a|-|in_progress|-|low|-", "a|-|in_progress|-|low|-"},
	{"{\"title\":\"a\",\"priority\":\"high\"}", "a|-|pending|-|high|-",
	 "a|-|-|-|high|-"},
	{"{\"title\":\"a\",\"completed\":true}", "a|-|completed|true|medium|-",
	 "a|-|-|true|-|-"},
	{"{\"title\":\"a\",\"completed\":false}", "a|-|pending|false|medium|-",
	 "a|-|-|false|-|-"},
	{"{\"title\":\"a\",\"status\":\"completed\",\"completed\":true}",
	 "a|-|completed|true|medium|-", "a|-|completed|true|-|-"},
	{"{\"title\":\"a\",\"status\":\"in_progress\",\"completed\":false}",
	 "a|-|in_progress|false|medium|-", "a|-|in_progress|false|-|-"},
	/* contradictions: in a change the store resolves them */
	{"{\"status\":\"completed\",\"completed\":false}", NULL,
	 "-|-|completed|false|-|-"},
	{"{\"status\":\"pending\",\"completed\":true}", NULL,
	 "-|-|pending|true|-|-"},
	/* due dates are converted to canonical UTC */
	{"{\"title\":\"a\",\"due_date\":\"2026-01-09\"}",
	 "a|-|pending|-|medium|2026-01-09T00:00:00.000000Z",
	 "a|-|-|-|-|2026-01-09T00:00:00.000000Z"},
	{"{\"title\":\"a\",\"due_date\":\"2026-01-10T01:30:00.1234567+13:30\"}",
	 "a|-|pending|-|medium|2026-01-09T12:00:00.123456Z",
	 "a|-|-|-|-|2026-01-09T12:00:00.123456Z"},
	/* members that the server sets are ignored, and so are unknown ones */
	{"{\"title\":\"a\",\"id\":1,\"user_id\":[\"bob\"],\"created_at\":{},"
	 "\"updated_at\":true,\"completed_at\":\"x\",\"tags\":[1,null],"
	 "\"Title\":5,\"titl\":6}",
	 "a|-|pending|-|medium|-", "a|-|-|-|-|-"},
	/* escapes */
	{"{\"title\":\"\\u0041\\n\\\"\\ud83d\\ude00\"}",
	 "A\n\"\xf0\x9f\x98\x80|-|pending|-|medium|-",
	 "A\n\"\xf0\x9f\x98\x80|-|-|-|-|-"},
	{"{\"t\\u0069tle\":\"a\"}", "a|-|pending|-|medium|-", "a|-|-|-|-|-"},
	{" \t\r\n{ \"title\" : \"a\" }\r\n", "a|-|pending|-|medium|-",
	 "a|-|-|-|-|-"},
	/* zero width space is not white space, so it can be a title */
	{"{\"title\":\"\\u200b\"}", "\xe2\x80\x8b|-|pending|-|medium|-",
	 "\xe2\x80\x8b|-|-|-|-|-"},
};

static void test_good(void)
{
	for (size_t i = 0; i < COUNT(good); i++)
		for (size_t p = 0; p < COUNT(parsers); p++) {
			const char *want = p ? good[i].change : good[i].create;
			struct arena arena;
			struct task_input input;
			struct problem problem = {0};
			enum problem_code code;
			char got[512] = "";

			arena_init(&arena, 1 << 20);
			code = parsers[p].parse(good[i].body,
						strlen(good[i].body), &arena,
						&input, &problem);
			if (!want) {
				ok(code == PROBLEM_INVALID, "%s refuses %s",
				   parsers[p].name, good[i].body);
			} else {
				if (!code)
					show(&input, got, sizeof(got));
				if (!ok(!code && strcmp(got, want) == 0,
					"%s keeps %s as sent", parsers[p].name,
					good[i].body))
					diag("code %d, %s", (int)code, got);
			}
			arena_release(&arena);
		}
}

/* Return true if the errors are exactly those of list, in any order. */
static bool are_faults(const struct problem *problem, const char *list)
{
	size_t length = 0;

	for (size_t i = 0; i < problem->field_count; i++) {
		const struct problem_field *field = &problem->fields[i];
		char entry[128];

		snprintf(entry, sizeof(entry), "%s:%s,", or_dash(field->name),
			 field->type);
		length += strlen(entry);
		if (!strstr(list, entry) || strcmp(field->in, "body") != 0 ||
		    !field->message || !*field->message)
			return false;
	}
	return length == strlen(list);
}

static void refused(parser *parse, const char *name, const char *body,
		    size_t length, const char *list)
{
	struct arena arena;
	struct task_input input;
	struct problem problem = {0};
	enum problem_code code;

	arena_init(&arena, 1 << 20);
	code = parse(body, length, &arena, &input, &problem);
	if (!ok(code == PROBLEM_INVALID && are_faults(&problem, list),
		"a mistake is told, not stored: %s %.*s", name,
		length < 100 ? (int)length : 100, body)) {
		diag("code %d, wanted %s", (int)code, list);
		for (size_t i = 0; i < problem.field_count; i++)
			diag("got %s:%s", or_dash(problem.fields[i].name),
			     problem.fields[i].type);
	}
	arena_release(&arena);
}

/* Test each member with each JSON type that is wrong for it. */
static void test_kinds(void)
{
	static const struct {
		const char *name;
		const char *type;
		const char *own; /* valid types, of those below */
	} members[] = {
		{"title", "string_type", "s"},
		{"description", "string_type", "sn"},
		{"status", "enum", ""},
		{"completed", "bool_type", "b"},
		{"priority", "enum", ""},
		{"due_date", "datetime_parsing", "n"},
	};
	static const struct {
		char kind;
		const char *json;
	} kinds[] = {
		{'n', "null"},	   {'b', "true"},
		{'b', "false"},	   {'i', "0"},
		{'i', "1"},	   {'i', "-1"},
		{'r', "1.5"},	   {'r', "1e3"},
		{'s', "\"text\""}, {'s', "\"true\""},
		{'a', "[]"},	   {'a', "[\"pending\"]"},
		{'o', "{}"},	   {'o', "{\"title\":\"a\"}"},
	};

	for (size_t m = 0; m < COUNT(members); m++)
		for (size_t k = 0; k < COUNT(kinds); k++) {
			char body[256], list[128];

			if (strchr(members[m].own, kinds[k].kind))
				continue;
			snprintf(list, sizeof(list), "%s:%s,", members[m].name,
				 members[m].type);
			snprintf(body, sizeof(body), "{\"%s\":%s}",
				 members[m].name, kinds[k].json);
			refused(task_input_change, "change", body, strlen(body),
				list);
			snprintf(body, sizeof(body), "{%s\"%s\":%s}",
				 m ? "\"title\":\"a\"," : "", members[m].name,
				 kinds[k].json);
			refused(task_input_new, "create", body, strlen(body),
				list);
		}
}

static void test_faults(void)
{
	static const struct {
		const char *body;
		const char *create;
		const char *change; /* NULL: valid in a change */
	} cases[] = {
		{"{}", "title:missing,", NULL},
		{"{\"Title\":\"a\"}", "title:missing,", NULL},
		{"{\"title\":\"\"}", "title:string_too_short,",
		 "title:string_too_short,"},
		{"{\"title\":\" \\t\\n\\u00a0\\u2003\\u3000\\u0085\"}",
		 "title:string_too_short,", "title:string_too_short,"},
		{"{\"title\":\"\\u0000\"}", "title:string_nul,",
		 "title:string_nul,"},
		{"{\"title\":\"a\\u0000b\"}", "title:string_nul,",
		 "title:string_nul,"},
		{"{\"title\":\"a\",\"description\":\"\\u0000\"}",
		 "description:string_nul,", "description:string_nul,"},
		{"{\"title\":\"a\",\"status\":\"pending\\u0000\"}",
		 "status:enum,", "status:enum,"},
		{"{\"title\":\"a\",\"status\":\"Pending\"}", "status:enum,",
		 "status:enum,"},
		{"{\"title\":\"a\",\"status\":\"\"}", "status:enum,",
		 "status:enum,"},
		{"{\"title\":\"a\",\"status\":\"done\"}", "status:enum,",
		 "status:enum,"},
		{"{\"title\":\"a\",\"priority\":\"urgent\"}", "priority:enum,",
		 "priority:enum,"},
		{"{\"title\":\"a\",\"priority\":\"low \"}", "priority:enum,",
		 "priority:enum,"},
		{"{\"title\":\"a\",\"due_date\":\" \"}",
		 "due_date:datetime_parsing,", "due_date:datetime_parsing,"},
		{"{\"title\":\"a\",\"due_date\":\"\\u0000\"}",
		 "due_date:datetime_parsing,", "due_date:datetime_parsing,"},
		{"{\"title\":\"a\",\"due_date\":[]}",
		 "due_date:datetime_parsing,", "due_date:datetime_parsing,"},
		{"{\"title\":\"a\",\"due_date\":\"2026-01-09T12:00 05\"}",
		 "due_date:datetime_parsing,", "due_date:datetime_parsing,"},
		{"{\"title\":\"a\",\"due_date\":\"tomorrow\"}",
		 "due_date:datetime_parsing,", "due_date:datetime_parsing,"},
		{"{\"title\":\"a\",\"due_date\":\"2026-02-30\"}",
		 "due_date:datetime_parsing,", "due_date:datetime_parsing,"},
		{"{\"title\":\"a\",\"due_date\":\"2026-01-09\\u0000\"}",
		 "due_date:datetime_parsing,", "due_date:datetime_parsing,"},
		{"{\"title\":\"a\",\"status\":\"completed\","
		 "\"completed\":false}",
		 "completed:value_error,", NULL},
		{"{\"title\":\"a\",\"status\":\"pending\",\"completed\":true}",
		 "completed:value_error,", NULL},
		{"{\"title\":\"a\",\"status\":\"in_progress\","
		 "\"completed\":true}",
		 "completed:value_error,", NULL},
		/* several errors */
		{"{\"title\":5,\"description\":5,\"status\":\"x\","
		 "\"completed\":\"x\",\"priority\":\"x\",\"due_date\":\"x\"}",
		 "title:string_type,description:string_type,status:enum,"
		 "completed:bool_type,priority:enum,due_date:datetime_parsing,",
		 "title:string_type,description:string_type,status:enum,"
		 "completed:bool_type,priority:enum,due_date:datetime_"
		 "parsing,"},
		{"{\"description\":5,\"priority\":null}",
		 "title:missing,description:string_type,priority:enum,",
		 "description:string_type,priority:enum,"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *body = cases[i].body;

		refused(task_input_new, "create", body, strlen(body),
			cases[i].create);
		if (cases[i].change)
			refused(task_input_change, "change", body, strlen(body),
				cases[i].change);
	}
}

/* Limits count code points, not bytes. */
static void test_limits(void)
{
	static const struct {
		const char *member;
		const char *unit;
		size_t count;
		bool fits;
	} cases[] = {
		{"title", "a", 255, true},
		{"title", "\xf0\x9f\x98\x80", 255, true},
		{"title", "\\ud83d\\ude00", 255, true},
		{"title", "e\xcc\x81", 127, true},
		{"description", "a", 2000, true},
		{"description", "\xf0\x9f\x98\x80", 2000, true},
		{"description", " ", 2000, true},
		/* one too many */
		{"title", "a", 256, false},
		{"title", "\xf0\x9f\x98\x80", 256, false},
		{"title", "\\ud83d\\ude00", 256, false},
		{"title", "e\xcc\x81", 128, false},
		{"description", "a", 2001, false},
		{"description", "\xf0\x9f\x98\x80", 2001, false},
		{"description", "a", 60000, false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena arena;
		struct buf body;
		struct task_input input;
		struct problem problem = {0};
		enum problem_code code;
		char list[64];

		arena_init(&arena, 1 << 20);
		buf_init(&body, &arena, 1 << 18);
		buf_printf(&body, "{\"title\":\"t\",\"%s\":\"",
			   cases[i].member);
		if (strcmp(cases[i].member, "title") == 0) {
			buf_init(&body, &arena, 1 << 18);
			buf_puts(&body, "{\"title\":\"");
		}
		for (size_t n = 0; n < cases[i].count; n++)
			buf_puts(&body, cases[i].unit);
		buf_puts(&body, "\"}");
		snprintf(list, sizeof(list), "%s:string_too_long,",
			 cases[i].member);
		code = task_input_new(buf_text(&body), body.length, &arena,
				      &input, &problem);
		ok(cases[i].fits ? !code
				 : code == PROBLEM_INVALID &&
					   are_faults(&problem, list),
		   "%zu of %s as %s %s", cases[i].count, cases[i].unit,
		   cases[i].member, cases[i].fits ? "fit" : "are too long");
		arena_release(&arena);
	}
}

int main(void)
{
	test_good();
	test_kinds();
	test_faults();
	test_limits();
	return tap_done();
}
