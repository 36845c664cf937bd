/*
 * test_etag.c - lists of entity tags in If-Match and If-None-Match, and their
 * strong and weak comparison.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "http/etag.h"
#include "http/prefer.h"
#include "tap.h"
#include "base/banned.h"

/* Write the tags of a value that can match, "(bad)" if the value is invalid. */
static void show(const char *value, enum etag_comparison comparison,
		 char out[4096])
{
	/* the exact size, so that ASan detects a read past the end */
	char *text = strdup(value);
	struct arena arena;
	struct etag_list list;

	if (!text)
		exit(1);
	arena_init(&arena, 1 << 20);
	snprintf(out, 4096, "%s",
		 etag_list_parse(text, &list)
			 ? etag_list_join(&list, comparison, &arena)
			 : "(bad)");
	arena_release(&arena);
	free(text);
}

static void test_strong(void)
{
	static const struct {
		const char *value;
		const char *want;
	} cases[] = {
		{"*", "*"},
		{" \t* ", "*"},
		{"\"5a\"", "5a"},
		{"  \"5a\"\t", "5a"},
		{"\"5a\",\"6b\"", "5a,6b"},
		{"\"5a\" , \t\"6b\"", "5a,6b"},
		{",,\"5a\",, ,\"6b\",", "5a,6b"},
		{"\"5a\",\"5a\"", "5a,5a"},
		/* Weak tags do not match, and do not end the list. */
		{"W/\"5a\"", ""},
		{"W/\"5a\", \"6b\"", "6b"},
		{"\"6b\",W/\"5a\"", "6b"},
		{"W/\"*\"", ""},
		/* Foreign tags, some with special characters of SQL arrays. */
		{"\"\"", ""},
		{"\"5A\"", ""},
		{"\"5,a\"", ""},
		{"\"*\"", ""},
		{"\"{5a}\"", ""},
		{"\"5a}\"", ""},
		{"\"\\\"", ""},
		{"\"'\"", ""},
		{"\"NULL\"", ""},
		{"\"W/5a\"", ""},
		{"\"\xc3\xa9\"", ""},
		{"\"\xff\x80\"", ""},
		{"\"!#$%&()*+-./:;<=>?@[]^_`{|}~\"", ""},
		{"\"x\", \"5a\"", "5a"},
	};
	char got[4096], name[200];

	for (size_t i = 0; i < COUNT(cases); i++) {
		show(cases[i].value, ETAG_STRONGLY, got);
		snprintf(name, sizeof(name), "If-Match: %s", cases[i].value);
		is_text(got, cases[i].want, name);
	}
}

static void test_bad(void)
{
	static const char *const bad[] = {
		"",
		" ",
		",",
		", ,\t,",
		"5a",
		"'5a'",
		"\"",
		"\"5a",
		"5a\"",
		"\"5a\"\"",
		"\"5a\"\"6b\"",
		"\"5a\" \"6b\"",
		"\"5a\";\"6b\"",
		"w/\"5a\"",
		"W\"5a\"",
		"W /\"5a\"",
		"W/ \"5a\"",
		"W/",
		"W",
		"W/5a",
		"W/*",
		"*,",
		"*,\"5a\"",
		"\"5a\",*",
		"**",
		"* *",
		"*x",
		"\"5 a\"",
		"\"5\ta\"",
		"\"5\na\"",
		"\"5\x7f\"",
		"\"5\x01\"",
		"\"5a\"x",
		"x\"5a\"",
		"\"5a\", x",
		"\"a\\\"b\"",
		"null",
		"0",
		"\"5a\" W/",
	};
	char got[4096];

	for (size_t i = 0; i < COUNT(bad); i++) {
		show(bad[i], ETAG_WEAKLY, got);
		if (!ok(strcmp(got, "(bad)") == 0, "no list of tags: %s",
			bad[i]))
			diag("got %s", got);
	}
}

/* A list as long as the largest header. */
static void test_many(void)
{
	static char value[100001], *joined;
	struct arena arena;
	struct etag_list list;
	char got[4096];

	for (size_t i = 0; i < sizeof(value) / 4; i++)
		memcpy(value + 4 * i, "\"a\",", 5);
	memcpy(value + sizeof(value) - 5, "\"5a\"", 5);
	arena_init(&arena, 1 << 20);
	joined = etag_list_parse(value, &list)
			 ? (char *)etag_list_join(&list, ETAG_STRONGLY, &arena)
			 : NULL;
	ok(joined && strlen(joined) > 49000 && strstr(joined, ",5a"),
	   "all tags of a long header are read");
	ok(etag_list_matches_weakly(&list, "5a"),
	   "the last of many tags matches");
	arena_release(&arena);
	memset(value, ',', 999);
	memcpy(value + 900, "\"5a\"", 5);
	show(value, ETAG_STRONGLY, got);
	is_text(got, "5a", "empty elements do not count");
}

static void test_weak(void)
{
	static const struct {
		const char *value;
		bool match;
	} cases[] = {
		{"*", true},
		{"\"5a\"", true},
		{"W/\"5a\"", true},
		{"\"x\",\"5a\"", true},
		{"W/\"x\",,W/\"5a\"", true},
		{"\"5a\",\"x\"", true},
		{"\"5\"", false},
		{"\"5ab\"", false},
		{"\"5A\"", false},
		{"\"\"", false},
		{"W/\"\"", false},
		{"\"W/5a\"", false},
		{"\"*\"", false},
		{"\"5a,x\"", false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct etag_list list;
		char got[4096];

		ok(etag_list_parse(cases[i].value, &list) &&
			   etag_list_matches_weakly(&list, "5a") ==
				   cases[i].match,
		   "If-None-Match: %s %s", cases[i].value,
		   cases[i].match ? "has it" : "has it not");
		show(cases[i].value, ETAG_WEAKLY, got);
		ok((strcmp(got, "*") == 0 || strcmp(got, "5a") == 0) ==
			   cases[i].match,
		   "as the database is told: %s", got);
	}
}

static void test_memory(void)
{
	struct arena arena;
	struct etag_list list;

	arena_init(&arena, 0);
	ok(etag_list_parse("\"5a\"", &list) &&
		   !etag_list_join(&list, ETAG_WEAKLY, &arena) && arena.failed,
	   "without memory there is no joined, and the arena says so");
	arena_release(&arena);
}

static void test_prefer(void)
{
	static const struct {
		const char *value;
		bool minimal;
	} cases[] = {
		{NULL, false},
		{"", false},
		{"return=minimal", true},
		{"Return=MINIMAL", true},
		{"return = minimal", true},
		{"return=\"minimal\"", true},
		{"  return=minimal  ", true},
		{"return=minimal;x=y", true},
		{"return=minimal, return=representation", true},
		{"return=representation, return=minimal", false},
		{"respond-async, wait=5, return=minimal", true},
		{"respond-async,return=minimal,wait=5", true},
		{",, return=minimal", true},
		{"x=\"a, return=representation\", return=minimal", true},
		{"x=\"return=minimal\"", false},
		{"x=\"a, return=minimal\"", false},
		{"x; return=minimal", false},
		{"x=y; return=minimal", false},
		{"x=y; z=\"a;b,c\"; return=minimal", false},
		{"return", false},
		{"return=", false},
		{"return=\"\"", false},
		{"return minimal", false},
		{"return=minimal x", false},
		{"return=\"minimal", false},
		{"return=minimal\"", false},
		{"; return=minimal", false},
		{"x=\"a\\\", return=minimal, b\"", false},
		{"x=\"a\\\"\", return=minimal", true},
		{"return=minimal;", true},
		{"return=minimal ; x", true},
		{"return=minimally", false},
		{"return=minimal-x", false},
		{"return=min", false},
		{"returns=minimal", false},
		{"xreturn=minimal", false},
		{"minimal", false},
		{"=minimal", false},
		{"\"return=minimal", false},
		{"return, return=minimal", false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char *text = cases[i].value ? strdup(cases[i].value) : NULL;

		ok(prefer_is_minimal(text) == cases[i].minimal,
		   "Prefer: %s asks for %s",
		   cases[i].value ? cases[i].value : "(none)",
		   cases[i].minimal ? "return=minimal" : "nothing");
		free(text);
	}
}

int main(void)
{
	test_strong();
	test_bad();
	test_many();
	test_weak();
	test_memory();
	test_prefer();
	return tap_done();
}
