/*
 * test_uri.c - query strings, percent-encoding and PUBLIC_PREFIX.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "tap.h"
#include "base/uri.h"
#include "base/banned.h"

#define BAD "(malformed)"

/* Write the parsed query as name=value;name=value; */
static void show(const char *text, char out[2048])
{
	struct arena arena;
	struct uri_query query;
	size_t length = 0;

	arena_init(&arena, 1 << 20);
	if (!uri_parse_query(text, &arena, &query))
		snprintf(out, 2048, "(no memory)");
	else
		out[0] = '\0';
	for (size_t i = 0; !arena.failed && i < query.count; i++) {
		const struct uri_param *p = &query.params[i];

		length += (size_t)snprintf(out + length, 2048 - length,
					   "%s=%s;", p->name ? p->name : BAD,
					   p->value ? p->value : BAD);
	}
	arena_release(&arena);
}

static void test_query(void)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
		{"", ""},
		{"a=1", "a=1;"},
		{"a=1&b=2&a=3", "a=1;b=2;a=3;"},
		{"&&a=1&&&b=2&", "a=1;b=2;"},
		{"&", ""},
		{"a", "a=;"},
		{"a&b=", "a=;b=;"},
		{"=", "=;"},
		{"=1", "=1;"},
		{"a=b=c", "a=b=c;"},
		{"a==", "a==;"},
		{"a;b=1", "a;b=1;"},
		{"a=1;b=2", "a=1;b=2;"},
		{"a=x+y%20z%2B", "a=x y z+;"},
		{"a+b=1", "a b=1;"},
		{"%61=%62", "a=b;"},
		{"a%3Db=1", "a=b=1;"},
		{"a=1%26b%3D2", "a=1&b=2;"},
		{"a=%2520", "a=%20;"},
		{"a=%c3%a9%C3%A9\xc3\xa9", "a=\xc3\xa9\xc3\xa9\xc3\xa9;"},
		{"a=%F0%9F%98%80", "a=\xf0\x9f\x98\x80;"},
		{"a=%01%7f%0a%22%5c'", "a=\x01\x7f\n\"\\';"},
		{"a=#?/:@!$()*,[]{}|^`<>\"", "a=#?/:@!$()*,[]{}|^`<>\";"},
		{"a[]=1&a%5B%5D=2", "a[]=1;a[]=2;"},
	};
	char got[2048];

	for (size_t i = 0; i < COUNT(cases); i++) {
		char name[200];

		show(cases[i].text, got);
		snprintf(name, sizeof(name), "a query is taken apart: %s",
			 cases[i].text);
		is_text(got, cases[i].want, name);
	}
}

static void test_malformed(void)
{
	static const char *const bad[] = {
		"%",	     "%4",	  "%zz",
		"%4g",	     "%g4",	  "%-1",
		"% 1",	     "%+1",	  "%%",
		"%25%",	     "x%0",	  "%00",
		"a%00b",     "%ff",	  "%c3",
		"%c3%28",    "%a9",	  "%ed%a0%80",
		"%c0%80",    "%e0%80%80", "%f5%80%80%80",
		"%f0%9f%98", "\xff",	  "\xc3",
		"%u0041",
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		char text[100], want[100], got[2048];

		snprintf(text, sizeof(text), "q=%s&b=2", bad[i]);
		show(text, got);
		ok(strcmp(got, "q=" BAD ";b=2;") == 0,
		   "a malformed value is none, and its neighbour is there: %s",
		   bad[i]);
		snprintf(text, sizeof(text), "%s=1", bad[i]);
		snprintf(want, sizeof(want), BAD "=1;");
		show(text, got);
		ok(strcmp(got, want) == 0, "a malformed name is none: %s",
		   bad[i]);
	}
}

/* Allocate the exact size, so that ASan detects a read past the end. */
static void test_ends(void)
{
	static const char *const texts[] = {"a=%", "a=%4", "%", "a=", "a", "&"};

	for (size_t i = 0; i < COUNT(texts); i++) {
		char *text = strdup(texts[i]), got[2048];

		if (!text)
			exit(1);
		show(text, got);
		ok(strcmp(got, "(no memory)") != 0, "nothing is read past %s",
		   texts[i]);
		free(text);
	}
}

static void test_long(void)
{
	struct arena arena;
	struct uri_query query;
	char *text = malloc(65537);

	if (!text)
		exit(1);
	memset(text, 'x', 65536);
	text[65536] = '\0';
	arena_init(&arena, 16 << 20);
	ok(uri_parse_query(text, &arena, &query) && query.count == 1 &&
		   strlen(query.params[0].name) == 65536,
	   "a name of 64 KiB is read");
	text[0] = 'q';
	text[1] = '=';
	ok(uri_parse_query(text, &arena, &query) && query.count == 1 &&
		   strlen(query.params[0].value) == 65534,
	   "a value of 64 KiB is read");
	for (size_t i = 1; i < 65536; i += 2)
		text[i] = '&';
	ok(uri_parse_query(text, &arena, &query) && query.count == 32768,
	   "as many parameters as fit into 64 KiB are read");
	memset(text, '&', 65536);
	ok(uri_parse_query(text, &arena, &query) && query.count == 0,
	   "64 KiB of nothing are nothing");
	memset(text, '%', 65536);
	ok(uri_parse_query(text, &arena, &query) && query.count == 1 &&
		   !query.params[0].name,
	   "64 KiB of %% are malformed");
	arena_release(&arena);
	arena_init(&arena, 0);
	ok(!uri_parse_query("a=1", &arena, &query) && arena.failed,
	   "without memory there is no query");
	arena_release(&arena);
	free(text);
}

static void test_out(void)
{
	static const struct {
		const char *text;
		const char *path;
		const char *value;
	} cases[] = {
		{"", "", ""},
		{"aZ09-_.~", "aZ09-_.~", "aZ09-_.~"},
		{"/api/a b", "/api/a%20b", "%2Fapi%2Fa%20b"},
		{"a&b=c+d", NULL, "a%26b%3Dc%2Bd"},
		{"%2F", "%252F", "%252F"},
		{"?#", "%3F%23", "%3F%23"},
		{"<>\"", "%3C%3E%22", "%3C%3E%22"},
		{"\r\n", "%0D%0A", "%0D%0A"},
		{"\xc3\xa9\xff", "%C3%A9%FF", "%C3%A9%FF"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena arena;
		struct buf path, value;

		arena_init(&arena, 1 << 16);
		buf_init(&path, &arena, 1000);
		buf_init(&value, &arena, 1000);
		uri_add_path(&path, cases[i].text, strlen(cases[i].text));
		uri_add_value(&value, cases[i].text);
		if (cases[i].path)
			is_text(buf_text(&path), cases[i].path, "a path");
		is_text(buf_text(&value), cases[i].value, "a value");
		arena_release(&arena);
	}
}

/* Encode each valid byte and parse the result. */
static void test_round_trip(void)
{
	unsigned same = 0;

	for (unsigned byte = 1; byte < 128; byte++) {
		const char text[] = {'x', (char)byte, 'y', '\0'};
		struct arena arena;
		struct buf buf;
		struct uri_query query;

		arena_init(&arena, 1 << 16);
		buf_init(&buf, &arena, 1000);
		uri_add_value(&buf, text);
		buf_puts(&buf, "=");
		uri_add_value(&buf, text);
		same += uri_parse_query(buf_text(&buf), &arena, &query) &&
			query.count == 1 &&
			strcmp(query.params[0].name, text) == 0 &&
			strcmp(query.params[0].value, text) == 0;
		arena_release(&arena);
	}
	ok(same == 127, "what is written is read again: %u of 127", same);
}

/* Refuse prefixes that browsers normalise or interpret as a host. */
static void test_prefix(void)
{
	static char longest[URI_PREFIX_MAX_BYTES + 2] = "/";
	static const char *const good[] = {
		"/backend",
		"/a/b/c",
		"/v1.0",
		"/...",
		"/.hidden",
		"/a..b",
		"/~me",
		"/-_.~!$&'()*+,;=:@",
		"/caf%C3%A9/%e6%97%a5",
	};
	static const struct {
		const char *prefix, *words;
	} bad[] = {
		{"", "slash"},
		{"backend", "begin with a slash"},
		{"https://a.example/backend", "begin with a slash"},
		{" /backend", "begin with a slash"},
		{"?x", "begin with a slash"},
		{"\\backend", "begin with a slash"},
		{"/", "ends with a slash"},
		{"/backend/", "ends with a slash"},
		{"//evil.example", "two slashes in a row"},
		{"/a//b", "two slashes in a row"},
		{"/.", "a segment . or .."},
		{"/..", "a segment . or .."},
		{"/a/./b", "a segment . or .."},
		{"/a/../b", "a segment . or .."},
		{"/a/..", "a segment . or .."},
		{"/%2e%2e/a", "a character that"},
		{"/a%2Fb", "a character that"},
		{"/a%00", "a character that"},
		{"/a%0d%0aX", "a character that"},
		{"/a%7f", "a character that"},
		{"/a%", "a character that"},
		{"/a%C", "a character that"},
		{"/a%CX", "a character that"},
		{"/a?x=1", "a character that"},
		{"/a#x", "a character that"},
		{"/a b", "a character that"},
		{"/a ", "a character that"},
		{"/a\\b", "a character that"},
		{"/a\"b", "a character that"},
		{"/a<b>", "a character that"},
		{"/{user}", "a character that"},
		{"/a\r\nX: y", "a character that"},
		{"/a\x01", "a character that"},
		{"/a\x7f", "a character that"},
		{"/caf\xc3\xa9", "a character that"},
	};

	for (size_t i = 0; i < COUNT(good); i++)
		is_text(uri_prefix_fault(good[i]), NULL, good[i]);
	for (size_t i = 0; i < COUNT(bad); i++) {
		const char *fault = uri_prefix_fault(bad[i].prefix);

		if (!ok(fault && strstr(fault, bad[i].words),
			"a prefix that leads elsewhere is refused: %s",
			bad[i].prefix))
			diag("told \"%s\"", fault ? fault : "(nothing)");
	}
	memset(longest + 1, 'a', URI_PREFIX_MAX_BYTES - 1);
	is_text(uri_prefix_fault(longest), NULL, "a prefix of 255 bytes");
	longest[URI_PREFIX_MAX_BYTES] = 'a';
	is_text(uri_prefix_fault(longest), "is longer than 255 bytes",
		"one byte more is refused");
}

int main(void)
{
	test_query();
	test_malformed();
	test_ends();
	test_long();
	test_out();
	test_round_trip();
	test_prefix();
	return tap_done();
}
