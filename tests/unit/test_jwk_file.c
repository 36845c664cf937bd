/*
 * test_jwk_file.c - without these a broken key set could pass for an empty one,
 * or half of it for all, and the log would not say which setting is at fault.
 */
#include "keys.h"
#include "banned.h"

/* JWKS_FILE is at fault, and nothing of it is repeated. */
static void expect_refused(struct loaded *loaded, const char *name)
{
	const struct problem *p = &loaded->problem;

	if (!ok(loaded->code == PROBLEM_INTERNAL && p->setting &&
			strcmp(p->setting, "JWKS_FILE") == 0 && p->reason &&
			!strstr(p->reason, "/proc") && !p->detail,
		"a fault of JWKS_FILE for the log: %s", name))
		diag("code %d, reason %s", (int)loaded->code,
		     p->reason ? p->reason : "none");
	ok(!loaded->set.usable && !jwk_set_select(&loaded->set, NULL),
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
		{"a byte-order mark",
		 text_of("\xef\xbb\xbf{\"keys\":[%s]}", key), false},
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
		ok(!loaded.code && loaded.set.usable == 1 &&
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

/* So many bytes, with white space after the set. */
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

static void test_count(void)
{
	char *keys = text_of("%s", key_named(EDDSA, 0, "k0"));
	struct loaded loaded;

	for (int i = 1; i < JWK_SET_MAX_KEYS; i++)
		keys = text_of("%s,%s", keys,
			       key_named(EDDSA, 0, text_of("k%d", i)));
	load_keys(&loaded, keys);
	ok(!loaded.code && loaded.set.usable == JWK_SET_MAX_KEYS &&
		   jwk_set_select(&loaded.set, "k63") == &loaded.set.keys[63],
	   "a set of 64 keys is read to its end");
	unload(&loaded);
	load_keys(&loaded, text_of("%s,%s", keys, key_named(ES256, 0, "last")));
	expect_refused(&loaded, "65 keys");
	load_keys(&loaded, text_of("%s,null", keys));
	expect_refused(&loaded, "64 keys and something");
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

/* Every ceiling from nothing to enough: a set, or a fault; never a part. */
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
		else if (!code && set.usable == 3)
			read++;
		else if (code || set.usable == 0 || !arena.failed)
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
