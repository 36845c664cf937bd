/*
 * test_cursor.c - cursors: forged ones are refused, and so are those of another
 * user, order or deployment.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "config/config.h"
#include "task/cursor.h"
#include "tap.h"
#include "token.h"
#include "base/banned.h"

#define ID "7b0c2b1e-4f5a-4c3d-9e8f-0123456789ab"

static const struct cursor_scope ours = {KEY, "alice", "title:asc"};

static char *make(const struct cursor_scope *scope, const char *key)
{
	struct arena arena;
	const char *cursor;
	char *copy;

	arena_init(&arena, 1 << 20);
	cursor = cursor_make(scope, key, ID, &arena);
	copy = cursor ? strdup(cursor) : NULL;
	arena_release(&arena);
	if (!copy)
		exit(1);
	return copy;
}

/* Return true if the cursor is valid and has this key (NULL: any key). */
static bool reads(const struct cursor_scope *scope, const char *cursor,
		  const char *key)
{
	struct arena arena;
	const char *got_key = NULL, *got_id = NULL;
	bool read;

	arena_init(&arena, 1 << 20);
	read = cursor_read(scope, cursor, &arena, &got_key, &got_id) &&
	       strcmp(got_id, ID) == 0 && (!key || strcmp(got_key, key) == 0);
	arena_release(&arena);
	return read;
}

static void test_round_trip(void)
{
	static char emoji[255 * 4 + 1];
	const char *const keys[] = {
		"",
		"x",
		" ",
		"'",
		"\"",
		"\\",
		"%",
		"\n",
		"\r\n",
		"&=?#",
		"NULL",
		"{}",
		ID,
		"3",
		"infinity",
		"-infinity",
		"\xc3\xa9",
		emoji,
		"2026-01-09 12:00:00.123456+00",
	};

	for (size_t i = 0; i < 255; i++)
		memcpy(emoji + 4 * i, "\xf0\x9f\x98\x80", 4);
	for (size_t i = 0; i < COUNT(keys); i++) {
		char *cursor = make(&ours, keys[i]);

		ok(reads(&ours, cursor, keys[i]), "a key comes back: %.40s",
		   keys[i]);
		ok(strspn(cursor, "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
			   strlen(cursor),
		   "and a cursor needs no escapes in a query");
		free(cursor);
	}
}

static void test_scope(void)
{
	static const struct {
		const char *name;
		struct cursor_scope scope;
	} others[] = {
		{"another user's", {KEY, "bob", "title:asc"}},
		{"a user's whose name begins so", {KEY, "alic", "title:asc"}},
		{"a user's whose name goes on", {KEY, "alicet", "title:asc"}},
		{"a user's in capitals", {KEY, "Alice", "title:asc"}},
		{"a user's of an empty name", {KEY, "", "title:asc"}},
		{"another sort's", {KEY, "alice", "status:asc"}},
		{"another direction's", {KEY, "alice", "title:desc"}},
		{"no sort's", {KEY, "alice", ""}},
		{"one whose parts run together", {KEY, "alicetitle:asc", ""}},
		{"another secret's", {OTHER_KEY, "alice", "title:asc"}},
		{"no secret's", {"postgresql://a/b", "alice", "title:asc"}},
	};
	const struct cursor_scope keyset = {"postgresql://a/b", "alice",
					    "title:asc"};
	const struct cursor_scope elsewhere = {"postgresql://a/c", "alice",
					       "title:asc"};
	char *cursor = make(&ours, "key"), *theirs;

	ok(reads(&ours, cursor, "key"), "its own scope takes a cursor");
	for (size_t i = 0; i < COUNT(others); i++) {
		ok(!reads(&others[i].scope, cursor, NULL),
		   "a cursor is refused as %s", others[i].name);
		theirs = make(&others[i].scope, "key");
		ok(reads(&others[i].scope, theirs, "key") &&
			   !reads(&ours, theirs, NULL),
		   "and ours refuses %s", others[i].name);
		free(theirs);
	}
	free(cursor);
	cursor = make(&keyset, "key");
	ok(reads(&keyset, cursor, "key") && !reads(&elsewhere, cursor, NULL),
	   "beside a key set a cursor is the database's");
	free(cursor);
}

/*
 * Replace each digit by each other one.  The replacements of the last digit
 * include those that decode to the same bytes.
 */
static void test_edited(void)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789-_=+/%. ";
	char *cursor = make(&ours, "key");
	unsigned tried = 0, taken = 0;

	for (size_t i = 0; cursor[i]; i++) {
		const char was = cursor[i];

		for (const char *d = digits; *d; d++) {
			if (*d == was)
				continue;
			cursor[i] = *d;
			tried++;
			taken += reads(&ours, cursor, NULL);
		}
		cursor[i] = was;
	}
	ok(taken == 0 && tried > 4000,
	   "no edit of one digit is taken: %u of %u", taken, tried);
	ok(reads(&ours, cursor, "key"), "(control: the cursor itself is)");
	free(cursor);
}

static void test_length(void)
{
	char *cursor = make(&ours, "key");
	size_t length = strlen(cursor);
	unsigned taken = 0;
	char *longer = malloc(70000);

	if (!longer)
		exit(1);
	for (size_t i = 0; i < length; i++) {
		char *cut = strndup(cursor, i);

		taken += cut && reads(&ours, cut, NULL);
		free(cut);
		taken += i && reads(&ours, cursor + i, NULL);
	}
	ok(taken == 0, "no part of a cursor is one: %u", taken);
	taken = 0;
	for (size_t more = 1; more < 12; more++) {
		snprintf(longer, 70000, "%s%.*s", cursor, (int)more,
			 "AAAAAAAAAAAA");
		taken += reads(&ours, longer, NULL);
	}
	snprintf(longer, 70000, "%s%s", cursor, cursor);
	taken += reads(&ours, longer, NULL);
	memset(longer, 'A', 65536);
	longer[65536] = '\0';
	taken += reads(&ours, longer, NULL);
	longer[100] = '\0';
	taken += reads(&ours, longer, NULL);
	taken += reads(&ours, "", NULL);
	ok(taken == 0, "nothing longer is one: %u", taken);
	free(longer);
	free(cursor);
}

static void test_memory(void)
{
	struct arena arena;
	const char *key, *id;
	char *cursor = make(&ours, "key");

	arena_init(&arena, 0);
	ok(!cursor_make(&ours, "key", ID, &arena),
	   "without memory no cursor is made");
	ok(!cursor_read(&ours, cursor, &arena, &key, &id), "nor read");
	arena_release(&arena);
	free(cursor);
}

int main(void)
{
	test_round_trip();
	test_scope();
	test_edited();
	test_length();
	test_memory();
	return tap_done();
}
