/*
 * test_jwk_many.c - large key sets: each kid selects its key, and unusual keys
 * do not hide valid ones.
 */
#include "keys.h"
#include "base/banned.h"

#define PAYLOAD "{\"sub\":\"alice\",\"exp\":4102444800}"

/* Return a set of count Ed25519 keys, of which the last is ours. */
static char *set_of(size_t count)
{
	const char *stranger = key_jwk(&schemes[EDDSA], key_of(EDDSA, 1), "");
	const char *ours = key_jwk(&schemes[EDDSA], key_of(EDDSA, 0), "");
	char *text = token_alloc(count * (strlen(stranger) + 32) + 32);
	size_t length = strlen("{\"keys\":[");

	memcpy(text, "{\"keys\":[", length);
	for (size_t i = 0; i < count; i++) {
		const char *key =
			text_of("%s{\"kid\":\"k%zu\",%s", i ? "," : "", i,
				(i + 1 < count ? stranger : ours) + 1);

		memcpy(text + length, key, strlen(key));
		length += strlen(key);
	}
	memcpy(text + length, "]}", 3);
	return text;
}

/* Load a set like a program does, without parsing each key. */
static void load_only(struct loaded *loaded, const char *text)
{
	char *path;
	int fd = memory_file(text, strlen(text), &path);

	*loaded = (struct loaded){.code = PROBLEM_NONE};
	arena_init(&loaded->arena, JWK_SET_ARENA_BYTES);
	loaded->code = jwk_set_load(&loaded->set, path, &loaded->arena,
				    &loaded->problem);
	close(fd);
}

static size_t keys_read(const struct jwk_set *set)
{
	size_t count = 0;

	for (size_t i = 0; i < set->count; i++)
		count += set->keys[i].key || set->keys[i].fault;
	return count;
}

static void test_cost(void)
{
	static const size_t counts[] = {1, 2, 64, 65, 400, 600};
	const char *token = token_signed(&schemes[EDDSA], key_of(EDDSA, 0),
					 "{\"alg\":\"EdDSA\"}", PAYLOAD);

	for (size_t i = 0; i < COUNT(counts); i++) {
		const char *last = text_of("k%zu", counts[i] - 1);
		const struct jwk *jwk;
		struct loaded loaded;

		load_only(&loaded, set_of(counts[i]));
		ok(!loaded.code && loaded.set.count == counts[i] &&
			   keys_read(&loaded.set) == 1,
		   "of %zu keys one is read, which shows that one is usable",
		   counts[i]);
		jwk = jwk_set_select(&loaded.set, last);
		ok(jwk && takes(jwk, token) && keys_read(&loaded.set) <= 2,
		   "of %zu keys the token's is read, and no other", counts[i]);
		for (int n = 0; n < 1000; n++)
			(void)!jwk_set_select(&loaded.set, "unknown");
		ok(!jwk_set_select(&loaded.set, "unknown") &&
			   keys_read(&loaded.set) <= 2,
		   "of %zu keys none is read for a name that none has",
		   counts[i]);
		ok(!!jwk_set_select(&loaded.set, NULL) == (counts[i] == 1) &&
			   keys_read(&loaded.set) <= 3,
		   "of %zu keys two are read to see that no kid is too little",
		   counts[i]);
		unload(&loaded);
	}
}

/* Each kid of a large set selects its own key. */
static void test_names(void)
{
	struct loaded loaded;
	size_t right = 0;

	load_only(&loaded, set_of(600));
	for (size_t i = 600; i-- > 0;)
		right += jwk_set_select(&loaded.set, text_of("k%zu", i)) ==
			 &loaded.set.keys[i];
	ok(right == 600, "each of 600 names finds its own key");
	ok(!jwk_set_select(&loaded.set, "k600") &&
		   !jwk_set_select(&loaded.set, "k") &&
		   !jwk_set_select(&loaded.set, "") &&
		   !jwk_set_select(&loaded.set, "k10 "),
	   "a name that is like another finds none");
	unload(&loaded);
}

/* Test which kid selects an unusual key between two valid ones. */
static void test_odd(void)
{
	static const struct {
		const char *name;
		const char *members; /* before those of a valid key */
		const char *kid;     /* selects the key; NULL: none does */
		const char *fault;   /* NULL: the key is usable */
	} cases[] = {
		{"plain", "\"kid\":\"m\"", "m", NULL},
		{"an escape in its kid", "\"kid\":\"\\u006d\"", "m", NULL},
		{"a quote in its kid", "\"kid\":\"a\\\"b\"", "a\"b", NULL},
		{"a backslash in its kid", "\"kid\":\"a\\\\\"", "a\\", NULL},
		{"a slash in its kid", "\"kid\":\"a\\/b\"", "a/b", NULL},
		{"not only ASCII in its kid", "\"kid\":\"\xc3\xa9\"",
		 "\xc3\xa9", NULL},
		{"the same by an escape", "\"kid\":\"\\u00e9\"", "\xc3\xa9",
		 NULL},
		{"a pair of surrogates", "\"kid\":\"\\ud83d\\udd11\"",
		 "\xf0\x9f\x94\x91", NULL},
		{"kid by an escape", "\"\\u006bid\":\"m\"", "m", NULL},
		{"an empty kid", "\"kid\":\"\"", "", NULL},
		{"white space around it", "\n\"kid\" :\t\"m\" ", "m", NULL},
		{"a kid deeper", "\"a\":{\"kid\":\"m\"},\"kid\":\"n\"", "n",
		 NULL},
		{"a kid in a list", "\"a\":[\"kid\",\"m\"],\"kid\":\"n\"", "n",
		 NULL},
		{"a kid in a text",
		 "\"a\":\"\\\"kid\\\":\\\"m\\\"\","
		 "\"kid\":\"n\"",
		 "n", NULL},
		{"brackets in a text", "\"a\":\"}]}\",\"kid\":\"m\"", "m",
		 NULL},
		{"a number that no type holds",
		 "\"a\":99999999999999999999,"
		 "\"kid\":\"m\"",
		 "m", NULL},
		/* bad input */
		{"a kid twice", "\"kid\":\"m\",\"kid\":\"m\"", NULL,
		 "duplicate member"},
		{"two kids", "\"kid\":\"m\",\"kid\":\"n\"", NULL,
		 "duplicate member"},
		{"a kid twice, by an escape",
		 "\"kid\":\"m\",\"\\u006bid\":\"m\"", NULL, "duplicate member"},
		{"a kid and a number", "\"kid\":\"m\",\"kid\":1", NULL,
		 "duplicate member"},
		{"kty twice", "\"kty\":\"OKP\",\"kid\":\"m\"", NULL,
		 "duplicate member"},
		{"a member twice, deep",
		 "\"a\":{\"b\":1,\"b\":1},"
		 "\"kid\":\"m\"",
		 NULL, "duplicate member"},
		{"no UTF-8 in its kid", "\"kid\":\"\xff\"", NULL,
		 "not valid JSON"},
		{"no UTF-8", "\"a\":\"\xff\",\"kid\":\"m\"", NULL,
		 "not valid JSON"},
		{"an escaped NUL", "\"a\":\"\\u0000\",\"kid\":\"m\"", NULL,
		 "not valid JSON"},
		{"an escaped NUL in its kid", "\"kid\":\"m\\u0000\"", NULL,
		 "not valid JSON"},
		{"no such escape", "\"a\":\"\\x\",\"kid\":\"m\"", NULL,
		 "not valid JSON"},
		{"no such word", "\"a\":nil,\"kid\":\"m\"", NULL,
		 "not valid JSON"},
		{"no such number", "\"a\":01,\"kid\":\"m\"", NULL,
		 "not valid JSON"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *kid = cases[i].kid ? cases[i].kid : "m";
		const char *key = key_jwk(&schemes[EDDSA], key_of(EDDSA, 0),
					  cases[i].members);
		const struct jwk *jwk, *before, *after;
		struct loaded loaded;

		load_only(&loaded, text_of("{\"keys\":[%s,%s,%s]}",
					   key_named(ES256, 0, "before"), key,
					   key_named(ES384, 0, "after")));
		jwk = jwk_set_select(&loaded.set, kid);
		before = jwk_set_select(&loaded.set, "before");
		after = jwk_set_select(&loaded.set, "after");
		ok(!loaded.code && loaded.set.count == 3 &&
			   before == &loaded.set.keys[0] &&
			   after == &loaded.set.keys[2],
		   "its neighbours are found: a key with %s", cases[i].name);
		ok(cases[i].kid ? jwk == &loaded.set.keys[1] : !jwk,
		   "it is %s: a key with %s",
		   cases[i].kid ? "found by its kid" : "found by no name",
		   cases[i].name);
		ok(jwk_set_usable(&loaded.set) == (cases[i].fault ? 2 : 3) &&
			   (cases[i].fault
				    ? loaded.set.keys[1].fault &&
					      strstr(loaded.set.keys[1].fault,
						     cases[i].fault)
				    : !loaded.set.keys[1].fault),
		   "it is %s: a key with %s",
		   cases[i].fault ? "not used, and says why" : "usable",
		   cases[i].name);
		unload(&loaded);
	}
}

/* Test the logged reason if a token names an unusable key. */
static void test_fault(void)
{
	struct loaded loaded;

	load_only(&loaded, text_of("{\"keys\":[%s,%s,%s,%s]}",
				   key_named(EDDSA, 0, "good"),
				   key_jwk(&schemes[ES256], key_of(ES256, 0),
					   "\"kid\":\"enc\",\"use\":\"enc\""),
				   key_named(ES384, 0, "twin"),
				   key_named(ES512, 0, "twin")));
	ok(!jwk_set_select(&loaded.set, "enc") &&
		   jwk_set_fault(&loaded.set, "enc") &&
		   strcmp(jwk_set_fault(&loaded.set, "enc"),
			  "use is not sig") == 0,
	   "the log says why a token's key is not used");
	ok(!jwk_set_select(&loaded.set, "twin") &&
		   strcmp(jwk_set_fault(&loaded.set, "twin"),
			  "another key has the same kid") == 0,
	   "the log says that two keys have the token's kid");
	ok(jwk_set_select(&loaded.set, "good") &&
		   !jwk_set_fault(&loaded.set, "good") &&
		   !jwk_set_fault(&loaded.set, "unknown"),
	   "there is nothing to say of a good key, or of none");
	unload(&loaded);
}

int main(void)
{
	test_cost();
	test_names();
	test_odd();
	test_fault();
	keys_release();
	return tap_done();
}
