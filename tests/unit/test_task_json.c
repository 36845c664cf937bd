/*
 * test_task_json.c - JSON bodies of tasks: ambiguous and malformed bodies are
 * refused, and no body causes a 500.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "task/task_input.h"
#include "tap.h"
#include "base/banned.h"

#define NOT_500 99 /* any result except PROBLEM_INTERNAL */

struct body_case {
	const char *name;
	const char *body;
	size_t length;
	int code;
};

#define OKAY PROBLEM_NONE
#define MALFORMED PROBLEM_BAD_JSON
#define INVALID PROBLEM_INVALID

/* For task_input_change(), which does not require a title. */
static const struct body_case bodies[] = {
	{"an object", LIT("{}"), OKAY},
	{"white space around", LIT("\r\n\t {} \n"), OKAY},
	{"same names in two objects", LIT("{\"a\":{\"b\":1},\"c\":{\"b\":1}}"),
	 OKAY},
	{"nested a little", LIT("{\"a\":[[[[[[[[{\"b\":[]}]]]]]]]]}"), OKAY},
	{"an integer of 40 digits",
	 LIT("{\"x\":1111111111111111111111111111111111111111}"), OKAY},
	{"a negative one of 40 digits",
	 LIT("{\"x\":-1111111111111111111111111111111111111111}"), OKAY},
	{"INT64_MAX + 1", LIT("{\"x\":9223372036854775808}"), OKAY},
	{"a tiny number", LIT("{\"x\":1e-400}"), NOT_500},
	{"a huge number", LIT("{\"x\":1e400}"), NOT_500},
	{"a huge negative number", LIT("{\"x\":[-1e400]}"), NOT_500},
	{"NUL in an unknown member", LIT("{\"x\":\"\\u0000\"}"), NOT_500},
	{"a huge number as title", LIT("{\"title\":1e400}"), NOT_500},
	/* JSON, but not an object */
	{"array", LIT("[]"), INVALID},
	{"array of tasks", LIT("[{\"title\":\"a\"}]"), INVALID},
	{"string", LIT("\"title\""), INVALID},
	{"number", LIT("1"), INVALID},
	{"null", LIT("null"), INVALID},
	{"true", LIT("true"), INVALID},
	/* not JSON */
	{"empty", LIT(""), MALFORMED},
	{"white space alone", LIT("  \n"), MALFORMED},
	{"a NUL", LIT("\0"), MALFORMED},
	{"open object", LIT("{"), MALFORMED},
	{"open string", LIT("{\"title\":\"a"), MALFORMED},
	{"cut after a colon", LIT("{\"title\":"), MALFORMED},
	{"trailing comma", LIT("{\"title\":\"a\",}"), MALFORMED},
	{"single quotes", LIT("{'title':'a'}"), MALFORMED},
	{"bare name", LIT("{title:\"a\"}"), MALFORMED},
	{"comment", LIT("{/* a */}"), MALFORMED},
	{"form", LIT("title=a&status=pending"), MALFORMED},
	{"NaN", LIT("{\"x\":NaN}"), MALFORMED},
	{"Infinity", LIT("{\"x\":Infinity}"), MALFORMED},
	{"leading zero", LIT("{\"x\":01}"), MALFORMED},
	{"plus", LIT("{\"x\":+1}"), MALFORMED},
	{"bare point", LIT("{\"x\":1.}"), MALFORMED},
	{"hexadecimal", LIT("{\"x\":0x1}"), MALFORMED},
	{"word", LIT("{\"x\":nul}"), MALFORMED},
	{"bad escape", LIT("{\"x\":\"\\x41\"}"), MALFORMED},
	{"cut escape", LIT("{\"x\":\"\\u00\"}"), MALFORMED},
	{"raw newline", LIT("{\"x\":\"a\nb\"}"), MALFORMED},
	{"trailing brace", LIT("{}}"), MALFORMED},
	{"trailing text", LIT("{} x"), MALFORMED},
	{"two objects", LIT("{}{}"), MALFORMED},
	{"trailing NUL", LIT("{}\0"), MALFORMED},
	{"trailing NUL and more", LIT("{}\0{\"title\":5}"), MALFORMED},
	{"raw NUL in a string", LIT("{\"title\":\"a\0b\"}"), MALFORMED},
	{"raw NUL in a name", LIT("{\"ti\0tle\":\"a\"}"), MALFORMED},
	{"raw NUL after a number", LIT("{\"x\":1\0}"), MALFORMED},
	{"number and raw NUL", LIT("1\0"), MALFORMED},
	{"raw NUL in a number",
	 LIT("{\"x\":1\0"
	     "2}"),
	 MALFORMED},
	{"raw NUL between", LIT("{\"title\":\0\"a\"}"), MALFORMED},
	/* duplicates */
	{"same twice", LIT("{\"title\":\"a\",\"title\":\"a\"}"), MALFORMED},
	{"two titles", LIT("{\"title\":\"a\",\"title\":\"b\"}"), MALFORMED},
	{"an escaped one", LIT("{\"title\":\"a\",\"t\\u0069tle\":\"b\"}"),
	 MALFORMED},
	{"in an unknown member", LIT("{\"x\":{\"y\":1,\"y\":2}}"), MALFORMED},
	{"in an array", LIT("{\"x\":[[{\"y\":1,\"y\":2}]]}"), MALFORMED},
	{"of the empty name", LIT("{\"\":1,\"\":2}"), MALFORMED},
	/* encodings */
	{"byte-order mark", LIT("\xef\xbb\xbf{}"), MALFORMED},
	{"UTF-16", LIT("{\0}\0"), MALFORMED},
	{"UTF-16 with a mark", LIT("\xff\xfe{\0}\0"), MALFORMED},
	{"Latin-1", LIT("{\"title\":\"caf\xe9\"}"), MALFORMED},
	{"Latin-1 in a name", LIT("{\"caf\xe9\":1}"), MALFORMED},
	{"overlong", LIT("{\"title\":\"\xc0\xaf\"}"), MALFORMED},
	{"raw surrogate", LIT("{\"title\":\"\xed\xa0\x80\"}"), MALFORMED},
	{"past U+10FFFF", LIT("{\"title\":\"\xf4\x90\x80\x80\"}"), MALFORMED},
	{"cut character", LIT("{\"title\":\"\xe2\x82\"}"), MALFORMED},
	{"lone high surrogate", LIT("{\"title\":\"\\ud800\"}"), MALFORMED},
	{"lone low surrogate", LIT("{\"title\":\"\\udc00\"}"), MALFORMED},
	{"high and a letter", LIT("{\"title\":\"\\ud800x\"}"), MALFORMED},
	{"two high ones", LIT("{\"title\":\"\\ud800\\ud800\"}"), MALFORMED},
	{"a lone one in an unknown member", LIT("{\"x\":\"\\udfff\"}"),
	 MALFORMED},
};

static void check(const char *name, const char *body, size_t length, int want)
{
	struct arena arena;
	struct task_input input;
	struct problem problem = {0};
	int code;

	arena_init(&arena, 1 << 20);
	code = (int)task_input_change(body, length, &arena, &input, &problem);
	if (!ok(want == NOT_500 ? code != PROBLEM_INTERNAL : code == want,
		"a body has one meaning or none: %s", name))
		diag("code %d, wanted %d", code, want);
	if (code == PROBLEM_BAD_JSON)
		ok(problem.detail && *problem.detail &&
			   !strstr(problem.detail, "caf"),
		   "and the client is told what is wrong: %s", name);
	if (code == PROBLEM_INVALID && want == INVALID)
		ok(problem.field_count == 1 && !problem.fields[0].name &&
			   strcmp(problem.fields[0].in, "body") == 0,
		   "and that it is all of the body: %s", name);
	if (want == MALFORMED) {
		problem = (struct problem){0};
		ok(task_input_new(body, length, &arena, &input, &problem) ==
			   MALFORMED,
		   "the same for a new task: %s", name);
	}
	arena_release(&arena);
}

/* "title\u0000x" is not the member "title". */
static void test_nul_name(void)
{
	static const char body[] = "{\"title\\u0000x\":\"a\"}";
	struct arena arena;
	struct task_input input;
	struct problem problem = {0};
	enum problem_code code;

	arena_init(&arena, 1 << 20);
	code = task_input_new(body, strlen(body), &arena, &input, &problem);
	ok(code == PROBLEM_INVALID || code == PROBLEM_BAD_JSON,
	   "a NUL in a name is a fault of the client's");
	problem = (struct problem){0};
	code = task_input_change(body, strlen(body), &arena, &input, &problem);
	ok(code != PROBLEM_INTERNAL && (code || !input.title),
	   "a name with a NUL is not the name before it");
	arena_release(&arena);
}

static void test_deep(void)
{
	static const size_t depths[] = {100, 1000, 5000, 100000};
	static const char *const units[] = {"[", "{\"a\":"};

	for (size_t u = 0; u < COUNT(units); u++)
		for (size_t d = 0; d < COUNT(depths); d++) {
			size_t unit = strlen(units[u]), n = depths[d];
			size_t length = 5 + n * unit + 1 + n + 1;
			char *body = malloc(length), *p = body;
			char name[64];

			if (!body)
				return;
			memcpy(p, "{\"x\":", 5);
			p += 5;
			for (size_t i = 0; i < n; i++, p += unit)
				memcpy(p, units[u], unit);
			*p++ = '1';
			memset(p, u ? '}' : ']', n);
			p[n] = '}';
			snprintf(name, sizeof(name), "%zu deep in %s", n,
				 units[u]);
			check(name, body, length, n <= 1000 ? OKAY : MALFORMED);
			snprintf(name, sizeof(name), "%zu open %s", n,
				 units[u]);
			check(name, body, 5 + n * unit, MALFORMED);
			free(body);
		}
}

static void test_completion(void)
{
	static const struct {
		const char *body;
		size_t length;
		enum problem_code code;
		enum task_bool completed;
	} cases[] = {
		{LIT(""), OKAY, TASK_UNSET},
		{LIT("{}"), OKAY, TASK_UNSET},
		{LIT("null"), OKAY, TASK_UNSET},
		{LIT("\"\""), OKAY, TASK_UNSET},
		{LIT(" null\r\n"), OKAY, TASK_UNSET},
		{LIT("{\"completed\":true}"), OKAY, TASK_TRUE},
		{LIT("{\"completed\":false}"), OKAY, TASK_FALSE},
		{LIT("{\"complete\":true}"), OKAY, TASK_TRUE},
		{LIT("{\"complete\":false}"), OKAY, TASK_FALSE},
		{LIT("{\"complete\":true,\"completed\":true}"), OKAY,
		 TASK_TRUE},
		{LIT("{\"title\":5,\"status\":\"x\"}"), OKAY, TASK_UNSET},
		{LIT("{\"Completed\":true}"), OKAY, TASK_UNSET},
		{LIT("{\"x\":[1],\"completed\":true}"), OKAY, TASK_TRUE},
		/* bad input */
		{LIT("{\"complete\":true,\"completed\":false}"), INVALID, 0},
		{LIT("{\"completed\":\"true\"}"), INVALID, 0},
		{LIT("{\"completed\":1}"), INVALID, 0},
		{LIT("{\"completed\":0}"), INVALID, 0},
		{LIT("{\"completed\":null}"), INVALID, 0},
		{LIT("{\"completed\":[]}"), INVALID, 0},
		{LIT("{\"complete\":{}}"), INVALID, 0},
		{LIT("{\"completed\":true,\"complete\":\"x\"}"), INVALID, 0},
		{LIT("[]"), INVALID, 0},
		{LIT("true"), INVALID, 0},
		{LIT("false"), INVALID, 0},
		{LIT("0"), INVALID, 0},
		{LIT("\" \""), INVALID, 0},
		{LIT("\"\\u0000\""), INVALID, 0},
		{LIT("\"null\""), INVALID, 0},
		{LIT(" "), MALFORMED, 0},
		{LIT("NULL"), MALFORMED, 0},
		{LIT("undefined"), MALFORMED, 0},
		{LIT("null\0"), MALFORMED, 0},
		{LIT("\"\"\"\""), MALFORMED, 0},
		{LIT("{"), MALFORMED, 0},
		{LIT("completed"), MALFORMED, 0},
		{LIT("{}\0"), MALFORMED, 0},
		{LIT("{\"completed\":true,\"completed\":false}"), MALFORMED, 0},
		{LIT("\xef\xbb\xbf{}"), MALFORMED, 0},
		{LIT("{\"x\":\"\xff\"}"), MALFORMED, 0},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena arena;
		struct problem problem = {0};
		enum task_bool completed = TASK_TRUE;
		enum problem_code code;

		arena_init(&arena, 1 << 20);
		code = task_input_completion(cases[i].body, cases[i].length,
					     &arena, &completed, &problem);
		if (!ok(code == cases[i].code &&
				(code || completed == cases[i].completed),
			"a task is toggled or set, never by accident: %s",
			cases[i].body))
			diag("code %d, completed %d", (int)code,
			     (int)completed);
		arena_release(&arena);
	}
}

/* An allocation failure is a 500.  It never drops a member. */
static void test_memory(void)
{
	static const char body[] = "{\"title\":\"a\",\"description\":\"b\","
				   "\"due_date\":\"2026-01-09\"}";
	struct arena arena;
	struct task_input input;
	struct problem problem = {0};
	enum problem_code code;

	arena_init(&arena, 0);
	code = task_input_new(body, strlen(body), &arena, &input, &problem);
	ok(code == PROBLEM_INTERNAL, "no task is stored by halves");
	arena_release(&arena);
}

int main(void)
{
	for (size_t i = 0; i < COUNT(bodies); i++)
		check(bodies[i].name, bodies[i].body, bodies[i].length,
		      bodies[i].code);
	test_nul_name();
	test_deep();
	test_completion();
	test_memory();
	return tap_done();
}
