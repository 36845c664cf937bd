/*
 * test_json_write.c - json_write.h: what it writes, and that it never writes
 * ill-formed JSON.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "tap.h"

static struct arena arena;
static struct buf out;
static struct json_write json;

static void begin(size_t max_bytes)
{
	arena_release(&arena);
	arena_init(&arena, 1 << 20);
	buf_init(&out, &arena, max_bytes);
	json_write_begin(&json, &out);
}

static void is_json(const char *want, const char *name)
{
	const char *got = json_write_text(&json);

	if (!ok(got != NULL && strcmp(got, want) == 0, "%s", name))
		printf("# got %s\n", got != NULL ? got : "(failed)");
}

static void test_values(void)
{
	begin(1000);
	json_write_object(&json, NULL);
	json_write_string(&json, "a", "x");
	json_write_string(&json, "b", NULL);
	json_write_bool(&json, "c", true);
	json_write_bool(&json, "d", false);
	json_write_array(&json, "e");
	json_write_string(&json, NULL, "1");
	json_write_object(&json, NULL);
	json_write_close(&json);
	json_write_array(&json, NULL);
	json_write_close(&json);
	json_write_close(&json);
	json_write_object(&json, "f");
	json_write_string(&json, "g", "");
	json_write_close(&json);
	json_write_close(&json);
	is_json("{\"a\":\"x\",\"b\":null,\"c\":true,\"d\":false,"
		"\"e\":[\"1\",{},[]],\"f\":{\"g\":\"\"}}",
		"every kind of value in both kinds of scope");
	begin(1000);
	json_write_array(&json, NULL);
	json_write_close(&json);
	is_json("[]", "an empty array");
	begin(1000);
	json_write_string(&json, NULL, "alone");
	is_json("\"alone\"", "a string alone");
	begin(1000);
	json_write_bool(&json, NULL, true);
	is_json("true", "a boolean alone");
}

/* The escapes of PostgreSQL's row_to_json(). */
static void test_escapes(void)
{
	static const struct {
		const char *text;
		size_t length;
		const char *want;
	} cases[] = {
		{LIT(""), "\"\""},
		{LIT("\""), "\"\\\"\""},
		{LIT("\\"), "\"\\\\\""},
		{LIT("/"), "\"/\""},
		{LIT("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\""},
		{LIT("\x01\x1f"), "\"\\u0001\\u001f\""},
		{LIT("\x0b\x0e"), "\"\\u000b\\u000e\""},
		{LIT("a\0b"), "\"a\\u0000b\""},
		{LIT("\x7f"), "\"\x7f\""},
		{LIT("\xc3\xa9"), "\"\xc3\xa9\""},
		{LIT("\xe2\x80\xa8"), "\"\xe2\x80\xa8\""},
		{LIT("\xf0\x9f\x98\x80"), "\"\xf0\x9f\x98\x80\""},
		{LIT("</script>"), "\"</script>\""},
		{LIT("a\"b\\c\nd"), "\"a\\\"b\\\\c\\nd\""},
		{LIT("\n\n"), "\"\\n\\n\""},
	};
	char name[64];

	for (size_t i = 0; i < COUNT(cases); i++) {
		begin(1000);
		json_write_bytes(&json, NULL, cases[i].text, cases[i].length);
		snprintf(name, sizeof(name), "escapes %zu", i);
		is_json(cases[i].want, name);
		ok(json_write_length(cases[i].text, cases[i].length) ==
			   strlen(cases[i].want),
		   "the length of escapes %zu", i);
	}
	ok(json_write_length(NULL, 0) == strlen("null"), "the length of null");
}

/* jansson reads back every byte below 0x80. */
static void test_read_back(void)
{
	char text[128];
	json_t *value;

	for (int i = 0; i < 128; i++)
		text[i] = (char)i;
	begin(2000);
	json_write_bytes(&json, NULL, text, sizeof(text));
	value = json_loads(json_write_text(&json),
			   JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	ok(value != NULL && json_string_length(value) == sizeof(text) &&
		   memcmp(json_string_value(value), text, sizeof(text)) == 0,
	   "a parser reads every ASCII character back");
	json_decref(value);
}

static void fails(const char *name)
{
	ok(json_write_text(&json) == NULL, "%s", name);
	/* It stays so, whatever comes. */
	json_write_close(&json);
	json_write_string(&json, NULL, "x");
	ok(json_write_text(&json) == NULL, "%s, then more", name);
}

static void test_bad(void)
{
	static const char *const bad[] = {"\xff",	  "\xc3",
					  "a\xc0\x80",	  "\x80",
					  "\xed\xa0\x80", "\xf4\x90\x80\x80"};

	begin(1000);
	ok(json_write_text(&json) == NULL, "nothing was written");
	begin(1000);
	json_write_object(&json, NULL);
	ok(json_write_text(&json) == NULL, "an object is open");
	begin(1000);
	json_write_close(&json);
	fails("nothing is open");
	begin(1000);
	json_write_object(&json, NULL);
	json_write_string(&json, NULL, "x");
	fails("a member without a name");
	begin(1000);
	json_write_array(&json, NULL);
	json_write_string(&json, "a", "x");
	fails("an element with a name");
	begin(1000);
	json_write_bool(&json, "a", true);
	fails("an outermost value with a name");
	begin(1000);
	json_write_string(&json, NULL, "x");
	json_write_string(&json, NULL, "y");
	fails("two outermost values");
	for (size_t i = 0; i < COUNT(bad); i++) {
		begin(1000);
		json_write_string(&json, NULL, bad[i]);
		fails("text that is not UTF-8");
	}
	begin(1000);
	for (int i = 0; i <= JSON_WRITE_MAX_DEPTH; i++)
		json_write_array(&json, NULL);
	for (int i = 0; i <= JSON_WRITE_MAX_DEPTH; i++)
		json_write_close(&json);
	fails("too deep");
	begin(1000);
	for (int i = 0; i < JSON_WRITE_MAX_DEPTH; i++)
		json_write_array(&json, NULL);
	for (int i = 0; i < JSON_WRITE_MAX_DEPTH; i++)
		json_write_close(&json);
	is_json("[[[[[[[[]]]]]]]]", "as deep as allowed");
}

/* For each smaller limit of the buffer nothing is returned. */
static void test_short(void)
{
	static const char want[] = "{\"a\":\"x\\n\",\"b\":[true]}";

	for (size_t max = 0; max < sizeof(want); max++) {
		begin(max);
		json_write_object(&json, NULL);
		json_write_string(&json, "a", "x\n");
		json_write_array(&json, "b");
		json_write_bool(&json, NULL, true);
		json_write_close(&json);
		json_write_close(&json);
		if (max == sizeof(want) - 1)
			is_json(want, "just enough room");
		else
			ok(json_write_text(&json) == NULL, "room for %zu", max);
	}
}

/*
 * The writer examines eight bytes at a time.  A character that needs an escape,
 * or is not ASCII, is found at each place.
 */
static void test_places(void)
{
	static const char *const accents[] = {"\xc3\xa9", "\xc2\x80",
					      "\xf4\x8f\xbf\xbf"};
	unsigned wrong = 0, taken = 0;

	for (size_t place = 0; place < 20; place++)
		for (int c = 0; c < 0x80 + 3 + 1; c++) {
			char text[32];
			size_t length = 20;
			json_t *read;

			memset(text, 'a', sizeof(text));
			text[place] = (char)c;
			if (c > 0x80) {
				const char *accent = accents[c - 0x81];

				length = place + strlen(accent) + place % 9;
				memcpy(text + place, accent, strlen(accent));
			}
			begin(1000);
			json_write_bytes(&json, NULL, text, length);
			if (c == 0x80) { /* alone it is not UTF-8 */
				taken += json_write_text(&json) != NULL;
				continue;
			}
			read = json_write_text(&json) == NULL
				       ? NULL
				       : json_loadb(out.data, out.length,
						    JSON_DECODE_ANY |
							    JSON_ALLOW_NUL,
						    NULL);
			wrong += json_string_length(read) != length ||
				 memcmp(json_string_value(read), text,
					length) != 0 ||
				 json_write_length(text, length) != out.length;
			json_decref(read);
		}
	ok(wrong == 0, "a character is escaped at each place");
	ok(taken == 0, "a byte that is not UTF-8 is found at each place");
}

int main(void)
{
	test_values();
	test_escapes();
	test_read_back();
	test_bad();
	test_short();
	test_places();
	arena_release(&arena);
	return tap_done();
}
