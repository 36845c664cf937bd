/*
 * test_jwk_file.c - the file of a key set: a malformed or too large file is an
 * error of JWKS_FILE, never an empty or partial set.
 */
#include "keys.h"
#include "base/banned.h"

/* Test that the error names JWKS_FILE and does not repeat its value. */
static void expect_refused(struct loaded *loaded, const char *name)
{
	const struct problem *p = &loaded->problem;

	if (!ok(loaded->code == PROBLEM_INTERNAL && p->setting &&
			strcmp(p->setting, "JWKS_FILE") == 0 && p->reason &&
			!strstr(p->reason, "/proc") && !p->detail,
		"a fault of JWKS_FILE for the log: %s", name))
		diag("code %d, reason %s", (int)loaded->code,
		     p->reason ? p->reason : "none");
	ok(!loaded->usable && !jwk_set_select(&loaded->set, NULL),
	   "nobody is let in by it: %s", name);
	unload(loaded);
}

static void test_texts(void)
{
	const char *key = key_named(EDDSA, 0, "k");
	const struct {
		const char *name, *text;
		bool good;
	} cases[] = {
		{"as Better Auth has it", text_of("{\"keys\":[%s]}", key),
		 true},
		{"white space around it",
		 text_of(" \r\n\t{\"keys\" : [ %s ] }\n\n", key), true},
		{"a byte-order mark before it",
		 text_of("\xef\xbb\xbf{\"keys\":[%s]}", key), true},
		{"a byte-order mark and white space",
		 text_of("\xef\xbb\xbf\r\n {\"keys\":[%s]}", key), true},
		{"other members", text_of("{\"a\":{},\"keys\":[%s]}", key),
		 true},
		/* bad input */
		{"empty", "", false},
		{"blank", " \n", false},
		{"no keys", "{\"keys\":[]}", false},
		{"an empty object", "{}", false},
		{"keys null", "{\"keys\":null}", false},
		{"keys a string", "{\"keys\":\"x\"}", false},
		{"keys a number", "{\"keys\":1}", false},
		{"keys an object", text_of("{\"keys\":{\"0\":%s}}", key),
		 false},
		{"keys a key", text_of("{\"keys\":%s}", key), false},
		{"Keys", text_of("{\"Keys\":[%s]}", key), false},
		{"keys deeper", text_of("{\"a\":{\"keys\":[%s]}}", key), false},
		{"keys in keys", text_of("{\"keys\":[[%s]]}", key), false},
		{"an array", text_of("[%s]", key), false},
		{"a key alone", key, false},
		{"a string", "\"keys\"", false},
		{"null", "null", false},
		{"HTML", "<!DOCTYPE html><title>Sign in</title>", false},
		{"a PEM", "-----BEGIN PUBLIC KEY-----\nAAAA\n", false},
		{"only unfit keys", "{\"keys\":[{\"kty\":\"oct\"},1]}", false},
		{"two sets", text_of("{\"keys\":[%s]}{\"keys\":[]}", key),
		 false},
		{"something after it", text_of("{\"keys\":[%s]} x", key),
		 false},
		{"a bracket after it", text_of("{\"keys\":[%s]}]", key), false},
		{"cut short", text_of("{\"keys\":[%s]", key), false},
		{"cut in a key", text_of("{\"keys\":[%.40s", key), false},
		{"two byte-order marks",
		 text_of("\xef\xbb\xbf\xef\xbb\xbf{\"keys\":[%s]}", key),
		 false},
		{"half a byte-order mark",
		 text_of("\xef\xbb{\"keys\":[%s]}", key), false},
		{"a byte-order mark after a blank",
		 text_of(" \xef\xbb\xbf{\"keys\":[%s]}", key), false},
		{"a byte-order mark behind",
		 text_of("{\"keys\":[%s]}\xef\xbb\xbf", key), false},
		{"nothing but a byte-order mark", "\xef\xbb\xbf", false},
		{"an empty member", text_of("{\"keys\":[,%s]}", key), false},
		{"no comma", text_of("{\"keys\":[%s %s]}", key, key), false},
		{"no colon", text_of("{\"keys\" [%s]}", key), false},
		{"a bare name", text_of("{keys:[%s]}", key), false},
		{"brackets that cross", text_of("{\"keys\":[%s}]", key), false},
		{"a string that does not end",
		 text_of("{\"keys\":[%s,\"x]}", key), false},
		{"a line break in a string",
		 text_of("{\"keys\":[%s,\"x\ny\"]}", key), false},
		{"a backslash at the end", text_of("{\"keys\":[%s,\"x\\", key),
		 false},
		{"keys by an escape", text_of("{\"\\u006beys\":[%s]}", key),
		 false},
		{"a comment", text_of("{\"keys\":[%s]} // ours", key), false},
		{"a comma too many", text_of("{\"keys\":[%s,]}", key), false},
		{"single quotes", "{'keys':[]}", false},
		{"keys twice", text_of("{\"keys\":[%s],\"keys\":[]}", key),
		 false},
		{"keys twice, by an escape",
		 text_of("{\"keys\":[%s],\"\\u006beys\":[]}", key), false},
		{"x twice in a key",
		 text_of("{\"keys\":[{\"x\":\"AA\",%s]}", key + 1), false},
		{"twice, deep",
		 text_of("{\"keys\":[%s,{\"a\":[{\"b\":1,"
			 "\"b\":1}]}]}",
			 key),
		 true},
		{"twice, deep outside of the keys",
		 text_of("{\"a\":[{\"b\":1,\"b\":1}],\"keys\":[%s]}", key),
		 false},
		{"not UTF-8", text_of("{\"keys\":[%s],\"a\":\"\xff\"}", key),
		 false},
		{"an escaped NUL",
		 text_of("{\"keys\":[%s],\"a\":\"\\u0000\"}", key), false},
		{"half a surrogate",
		 text_of("{\"keys\":[%s],\"a\":\"\\ud83d\"}", key), false},
		{"a number of more digits than any type holds",
		 text_of("{\"keys\":[%s],\"a\":99999999999999999999}", key),
		 true},
		{"a number without end",
		 text_of("{\"keys\":[%s],\"a\":1e999}", key), false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct loaded loaded;

		load_bytes(&loaded, cases[i].text, strlen(cases[i].text));
		if (!cases[i].good) {
			expect_refused(&loaded, cases[i].name);
			continue;
		}
		ok(!loaded.code && loaded.usable == 1 &&
			   jwk_set_select(&loaded.set, "k"),
		   "read: %s", cases[i].name);
		unload(&loaded);
	}
}

static void test_nul_and_depth(void)
{
	const char *key = key_named(EDDSA, 0, "k");
	char *text = text_of("{\"keys\":[%s]}#", key);
	char deep[2 * 4096 + 64];
	struct loaded loaded;
	size_t length = strlen(text);

	text[length - 1] = '\0';
	load_bytes(&loaded, text, length);
	expect_refused(&loaded, "a NUL byte after it");
	memset(deep, '[', 4096);
	memset(deep + 4096, ']', 4096);
	deep[2 * 4096] = '\0';
	text = text_of("{\"keys\":[%s],\"a\":%s}", key, deep);
	load_bytes(&loaded, text, strlen(text));
	expect_refused(&loaded, "4096 arrays in each other");
}

/* Test sizes around the limit, padded with white space after the set. */
static void test_bytes(void)
{
	const char *text = text_of("{\"keys\":[%s]}", key_named(EDDSA, 0, "k"));
	static const struct {
		size_t bytes;
		bool good;
	} cases[] = {
		{JWK_SET_MAX_BYTES - 1, true},	{JWK_SET_MAX_BYTES, true},
		{JWK_SET_MAX_BYTES + 1, false}, {JWK_SET_MAX_BYTES * 2, false},
		{12 * 1024 * 1024, false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char *file = token_alloc(cases[i].bytes);
		struct loaded loaded;

		memset(file, ' ', cases[i].bytes);
		memcpy(file, text, strlen(text));
		load_bytes(&loaded, file, cases[i].bytes);
		if (cases[i].good) {
			ok(!loaded.code, "%zu bytes are read", cases[i].bytes);
			unload(&loaded);
		} else {
			expect_refused(&loaded,
				       text_of("%zu bytes", cases[i].bytes));
		}
	}
}

/* As many items as fit: all are read, and the only key is found. */
static void test_least_keys(const char *key)
{
	static const char begin[] = "{\"keys\":[";
	const char *end = text_of("%s]}", key);
	char *text = token_alloc(JWK_SET_MAX_BYTES);
	size_t length = strlen(begin);
	struct loaded loaded;

	memcpy(text, begin, length);
	for (; length + 2 + strlen(end) <= JWK_SET_MAX_BYTES; length += 2)
		memcpy(text + length, "0,", 2);
	memcpy(text + length, end, strlen(end));
	length += strlen(end);
	load_bytes(&loaded, text, length);
	ok(!loaded.code && loaded.usable == 1 && loaded.set.count > 32000 &&
		   jwk_set_select(&loaded.set, "k") ==
			   &loaded.set.keys[loaded.set.count - 1] &&
		   jwk_set_select(&loaded.set, NULL),
	   "%zu items are read to the end", loaded.set.count);
	unload(&loaded);
}

/* Various numbers of keys, up to as many as 64 KiB can hold. */
static void test_count(void)
{
	static const size_t counts[] = {1, 63, 64, 65, 128, 600};
	const char *key = key_named(EDDSA, 0, "k");

	for (size_t i = 0; i < COUNT(counts); i++) {
		char *keys = text_of("%s", key_named(EDDSA, 0, "k0"));
		struct loaded loaded;
		const char *last = text_of("k%zu", counts[i] - 1);

		for (size_t j = 1; j < counts[i]; j++)
			keys = text_of("%s,%s", keys,
				       key_named(EDDSA, 0, text_of("k%zu", j)));
		load_keys(&loaded, keys);
		ok(!loaded.code && loaded.usable == counts[i] &&
			   loaded.set.count == counts[i] &&
			   jwk_set_select(&loaded.set, last) ==
				   &loaded.set.keys[counts[i] - 1],
		   "a set of %zu keys is read to its end", counts[i]);
		unload(&loaded);
	}
	test_least_keys(key);
}

static void test_files(void)
{
	static const struct {
		const char *name, *path;
	} cases[] = {
		{"no such file", "/proc/self/fd/no/such/file"},
		{"no name", ""},
		{"a directory", "/proc/self/fd"},
		{"a device without end", "/dev/zero"},
		{"an empty device", "/dev/null"},
		{"one that may not be opened", "/proc/self/attr/no"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct loaded loaded;

		load_file(&loaded, cases[i].path);
		expect_refused(&loaded, cases[i].name);
	}
}

/* With each memory limit the result is a whole set or an error. */
static void test_memory(void)
{
	const char *text =
		text_of("{\"keys\":[%s,%s,%s]}", key_named(EDDSA, 0, "a"),
			key_named(ES512, 0, "b"), key_named(RS256, 0, "c"));
	char *path;
	int fd = memory_file(text, strlen(text), &path);
	size_t refused = 0, read = 0, other = 0;

	for (size_t limit = 0; limit < 160 * 1024; limit += 256) {
		struct arena arena;
		struct jwk_set set;
		struct problem problem = {0};
		enum problem_code code;

		need(lseek(fd, 0, SEEK_SET) == 0, "seek");
		arena_init(&arena, limit);
		code = jwk_set_load(&set, path, &arena, &problem);
		if (code == PROBLEM_INTERNAL && problem.setting)
			refused++;
		else if (!code && jwk_set_usable(&set) == 3)
			read++;
		else if (code || !arena.failed)
			other++;
		jwk_set_release(&set);
		jwk_set_release(&set);
		arena_release(&arena);
	}
	ok(refused > 0 && read > 0 && !other,
	   "short memory is a fault, never a crash or a wrong key");
	close(fd);
}

int main(void)
{
	test_texts();
	test_nul_and_depth();
	test_bytes();
	test_count();
	test_files();
	test_memory();
	keys_release();
	return tap_done();
}
