/*
 * test_json.c - the JSON parser: malformed documents are refused, well-formed
 * ones are accepted, and neither causes a 500.
 *
 * Each document of tests/unit/json/documents is parsed as a whole body, as an
 * unknown member of a task, and within an array in such a member.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "task/task_input.h"
#include "tap.h"
#include "base/banned.h"

#define LINE_BYTES 32768

/* Decode ~xx in text, in place.  Return the new length. */
static size_t resolve(char *text)
{
	char *to = text;

	for (const char *p = text; *p; p++) {
		if (*p == '~' && p[1] && p[2]) {
			const char hex[] = {p[1], p[2], '\0'};

			*to++ = (char)strtoul(hex, NULL, 16);
			p += 2;
		} else {
			*to++ = *p;
		}
	}
	return (size_t)(to - text);
}

/* Return the result for a body of before, text and after. */
static enum problem_code ask(const char *before, const char *text,
			     size_t length, const char *after)
{
	static char body[LINE_BYTES + 64];
	size_t start = strlen(before), end = strlen(after);
	struct arena arena;
	struct task_input input;
	struct problem problem = {0};
	enum problem_code code;

	memcpy(body, before, start);
	memcpy(body + start, text, length);
	memcpy(body + start + length, after, end);
	arena_init(&arena, 1 << 20);
	code = task_input_new(body, start + length + end, &arena, &input,
			      &problem);
	arena_release(&arena);
	return code;
}

static void check(char kind, const char *name, const char *text, size_t length)
{
	const bool good = kind == 'y' || kind == '+';
	enum problem_code whole = ask("", text, length, "");
	enum problem_code member =
		ask("{\"title\":\"x\",\"a\":", text, length, "}");
	enum problem_code element =
		ask("{\"title\":\"x\",\"a\":[0,", text, length, "]}");

	if (good)
		ok(whole == PROBLEM_INVALID && member == PROBLEM_NONE &&
			   element == PROBLEM_NONE,
		   "JSON is read: %s", name);
	else
		ok(whole == PROBLEM_BAD_JSON && member == PROBLEM_BAD_JSON &&
			   element == PROBLEM_BAD_JSON,
		   "what is no JSON is a 400: %s", name);
}

int main(void)
{
	static char line[LINE_BYTES];
	FILE *file = fopen("tests/unit/json/documents", "r");
	int good = 0, bad = 0;

	while (file && fgets(line, sizeof(line), file)) {
		char *rest = line, *kind, *name;

		line[strcspn(line, "\n")] = '\0';
		if (*line == '#')
			continue;
		kind = strsep(&rest, "\t");
		name = strsep(&rest, "\t");
		if (!ok(rest && strlen(kind) == 1 && strchr("yn+-", *kind),
			"a line of the table is one"))
			continue;
		if (*kind == 'y' || *kind == '+')
			good++;
		else
			bad++;
		check(*kind, name, rest, resolve(rest));
	}
	if (file)
		(void)fclose(file);
	ok(good > 80 && bad > 200, "%d are taken, %d refused", good, bad);
	return tap_done();
}
