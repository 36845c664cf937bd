/*
 * test_jwk.c - keys of a key set: keys that are broken, weak or for another
 * purpose are skipped, and the other keys of the set still work.
 */
#include "keys.h"
#include "base/banned.h"

#define PAYLOAD "{\"sub\":\"alice\",\"exp\":4102444800}"

static bool contains(const char *text, const char *part)
{
	return text && strstr(text, part);
}

/* Return a valid token, signed with our key, with this kid. */
static const char *token_by(size_t scheme, const char *kid)
{
	return token_signed(&schemes[scheme], key_of(scheme, 0),
			    text_of("{\"alg\":\"%s\",\"kid\":\"%s\"}",
				    schemes[scheme].alg, kid),
			    PAYLOAD);
}

/*
 * Test that the key is skipped for this reason, and that the valid keys before
 * and after it still work.
 */
static void expect_unfit(const char *key, const char *fault, const char *name)
{
	static const char *before, *after, *first, *last;
	struct loaded loaded;
	const struct jwk *jwk;

	if (!before) {
		before = key_named(EDDSA, 0, "before");
		after = key_named(ES256, 0, "after");
		first = token_by(EDDSA, "before");
		last = token_by(ES256, "after");
	}
	load_keys(&loaded, text_of("%s,%s,%s", before, key, after));
	jwk = loaded.set.keys ? &loaded.set.keys[1] : NULL;
	if (!ok(!loaded.code && loaded.set.count == 3 && !jwk->key &&
			contains(jwk->fault, fault) && loaded.usable == 2,
		"skipped, and the log says why: %s", name))
		diag("count %zu, usable %zu, fault %s", loaded.set.count,
		     loaded.usable, jwk && jwk->fault ? jwk->fault : "none");
	ok(!loaded.code && takes(&loaded.set.keys[0], first) &&
		   takes(&loaded.set.keys[2], last) &&
		   jwk_set_select(&loaded.set, "before") ==
			   &loaded.set.keys[0] &&
		   jwk_set_select(&loaded.set, "after") == &loaded.set.keys[2],
	   "the users of its neighbours are still let in: %s", name);
	unload(&loaded);
}

static void expect_fit(const char *key, const char *alg, const char *name)
{
	struct loaded loaded;
	const struct jwk *jwk;

	load_keys(&loaded, key);
	jwk = loaded.set.keys;
	if (!ok(!loaded.code && loaded.usable == 1 && jwk->key && !jwk->fault &&
			strcmp(jwk->kind->alg, alg) == 0,
		"usable for %s: %s", alg, name))
		diag("fault %s", jwk && jwk->fault ? jwk->fault : "none");
	unload(&loaded);
}

/* Return our key as a JWK that begins with these members. */
static const char *with(size_t scheme, const char *members)
{
	return key_jwk(&schemes[scheme], key_of(scheme, 0), members);
}

static void test_purpose(void)
{
	static const size_t kinds[] = {EDDSA, ES256, RS256};
	static const char *const secrets[] = {"d",  "p",  "q",	 "dp",
					      "dq", "qi", "oth", "k"};
	static const char *const uses[] = {"\"enc\"",	"\"\"",	   "1",	  "{}",
					   "[\"sig\"]", "\"SIG\"", "true"};
	static const char *const kids[] = {"1", "[]", "{}", "true"};

	expect_unfit("{\"kty\":\"oct\",\"k\":\"AAAA\",\"alg\":\"HS256\"}",
		     "the key is symmetric", "oct");
	expect_unfit("{\"kty\":\"oct\"}", "the key is symmetric",
		     "oct without k");
	for (size_t i = 0; i < COUNT(kinds) * COUNT(secrets); i++) {
		size_t kind = kinds[i / COUNT(secrets)];
		const char *secret = secrets[i % COUNT(secrets)];

		expect_unfit(with(kind, text_of("\"%s\":\"AQAB\"", secret)),
			     "has private members",
			     text_of("%s with %s", schemes[kind].alg, secret));
	}
	expect_unfit(with(RS256, "\"oth\":[]"), "has private members",
		     "oth empty");
	for (size_t i = 0; i < COUNT(kinds) * COUNT(uses); i++) {
		size_t kind = kinds[i / COUNT(uses)];
		const char *use = uses[i % COUNT(uses)];

		expect_unfit(with(kind, text_of("\"use\":%s", use)),
			     "use is not sig",
			     text_of("%s with use %s", schemes[kind].alg, use));
	}
	for (size_t i = 0; i < COUNT(kids); i++)
		expect_unfit(with(EDDSA, text_of("\"kid\":%s", kids[i])),
			     "kid is not a string", text_of("kid %s", kids[i]));
	expect_fit(with(EDDSA, "\"use\":\"sig\""), "EdDSA", "use sig");
	expect_fit(with(EDDSA, "\"x5c\":[],\"key_ops\":[\"verify\"],\"a\":{}"),
		   "EdDSA", "members that nobody knows");
}

/* Test values of key_ops (RFC 7517, section 4.3) for each kind of key. */
static void test_operations(void)
{
	static const struct {
		const char *operations; /* NULL: the member is absent */
		bool fit;
	} cases[] = {
		{NULL, true},
		{"null", true},
		{"[\"verify\"]", true},
		{"[\"sign\",\"verify\"]", true},
		{"[\"verify\",\"encrypt\"]", true},
		{"[\"verify\",\"of-ours\"]", true},
		{"[\"\\u0076erify\"]", true},
		/* bad input */
		{"[]", false},
		{"[\"sign\"]", false},
		{"[\"encrypt\"]", false},
		{"[\"decrypt\"]", false},
		{"[\"wrapKey\",\"unwrapKey\"]", false},
		{"[\"deriveKey\",\"deriveBits\"]", false},
		{"[\"Verify\"]", false},
		{"[\"VERIFY\"]", false},
		{"[\"verify \"]", false},
		{"[\"sign verify\"]", false},
		{"[\"sign,verify\"]", false},
		{"[\"\"]", false},
		{"\"verify\"", false},
		{"\"\"", false},
		{"{\"verify\":true}", false},
		{"{}", false},
		{"true", false},
		{"1", false},
		{"[[\"verify\"]]", false},
		{"[null]", false},
		{"[\"verify\",null]", false},
		{"[\"verify\",1]", false},
		{"[1,\"verify\"]", false},
		{"[{},\"verify\"]", false},
	};

	for (size_t i = 0; i < COUNT(cases) * SCHEMES; i++) {
		size_t kind = i / COUNT(cases);
		const char *operations = cases[i % COUNT(cases)].operations;
		const char *alg =
			kind == PS256 ? "\"alg\":\"PS256\"" : "\"ext\":true";
		const char *key =
			with(kind, operations ? text_of("%s,\"key_ops\":%s",
							alg, operations)
					      : alg);
		const char *name =
			text_of("%s with key_ops %s", schemes[kind].alg,
				operations ? operations : "absent");

		if (cases[i % COUNT(cases)].fit)
			expect_fit(key, schemes[kind].alg, name);
		else
			expect_unfit(key, "key_ops", name);
	}
	expect_unfit(with(ES256, "\"use\":\"enc\",\"key_ops\":[\"verify\"]"),
		     "use is not sig", "use enc beside verify");
	expect_unfit(with(ES256, "\"use\":\"sig\",\"key_ops\":[\"sign\"]"),
		     "key_ops", "use sig beside sign");
	expect_fit(with(ES256, "\"use\":\"sig\",\"key_ops\":[\"verify\"]"),
		   "ES256", "use sig beside verify");
}

/* Some issuers write unused members as null. */
static void test_null(void)
{
	static const size_t kinds[] = {EDDSA, ES256, RS256};
	static const char *const optional[] = {
		"use", "alg", "kid", "key_ops", "x5c", "x5t", "x5u", "exp",
		"d",   "p",   "q",   "dp",	"dq",  "qi",  "oth", "k"};
	const char *all = "\"use\":null";

	for (size_t i = 1; i < COUNT(optional); i++)
		all = text_of("%s,\"%s\":null", all, optional[i]);
	for (size_t i = 0; i < COUNT(kinds) * COUNT(optional); i++) {
		size_t kind = kinds[i / COUNT(optional)];
		const char *name = optional[i % COUNT(optional)];

		expect_fit(with(kind, text_of("\"%s\":null", name)),
			   schemes[kind].alg,
			   text_of("%s with %s null", schemes[kind].alg, name));
	}
	for (size_t i = 0; i < COUNT(kinds); i++)
		expect_fit(with(kinds[i], all), schemes[kinds[i]].alg,
			   text_of("%s with all of them null",
				   schemes[kinds[i]].alg));
	expect_fit(with(RS256, "\"crv\":null,\"x\":null,\"y\":null"), "RS256",
		   "RSA with what only others have null");
	expect_fit(with(ES256, "\"n\":null,\"e\":null"), "ES256",
		   "EC with what only RSA has null");
	/* bad input: required members */
	expect_unfit("{\"kty\":null}", "not supported", "kty null");
	expect_unfit("{\"kty\":\"OKP\",\"crv\":null}", "not supported",
		     "crv null");
	expect_unfit("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":null}",
		     "x is missing", "x null");
	expect_unfit("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":null,"
		     "\"y\":null}",
		     "x or y", "x and y null");
	expect_unfit("{\"kty\":\"RSA\",\"n\":null,\"e\":null}", "n or e",
		     "n and e null");
	expect_unfit(with(RS256, "\"d\":\"AQAB\",\"p\":null"),
		     "has private members", "d beside a null");
	expect_unfit(with(RS256, "\"d\":\"\""), "has private members",
		     "d empty");
	expect_unfit(with(RS256, "\"d\":false"), "has private members",
		     "d false");
}

static void test_kind(void)
{
	static const char *const none[] = {"null", "[]",   "\"x\"",
					   "1",	   "[{}]", "true"};
	static const char *const rsa_algs[] = {
		"\"RS384\"",  "\"RS512\"",  "\"PS384\"",
		"\"PS512\"",  "\"ES256\"",  "\"RSA-OAEP\"",
		"\"RSA1_5\"", "\"rs256\"",  "\"\"",
		"1",	      "[\"RS256\"]"};
	static const char *const other_algs[] = {
		"\"EdDSA\"",	"\"ES256\"", "\"RS256\"", "\"HS256\"",
		"\"RSA-OAEP\"", "\"none\"",  "null",	  "1"};
	static const char *const curves[] = {
		"P-192",     "P-224",	 "p-256",	   "P-256K",
		"secp256k1", "P-999",	 "prime256v1",	   "",
		"Ed25519",   "X25519",	 "Ed448",	   "X448",
		"ed25519",   "P-256\\n", "brainpoolP256r1"};
	const char *x = token_base64("01234567890123456789012345678901", 32);

	for (size_t i = 0; i < COUNT(none); i++)
		expect_unfit(none[i], "not a JSON object", none[i]);
	expect_unfit("{}", "not supported", "an empty object");
	expect_unfit("{\"kty\":1}", "not supported", "kty a number");
	expect_unfit("{\"kty\":\"ec\",\"crv\":\"P-256\"}", "not supported",
		     "ec");
	expect_unfit("{\"kty\":\"OKP\"}", "not supported", "OKP without crv");
	expect_unfit("{\"kty\":\"EC\",\"crv\":256}", "not supported",
		     "crv a number");
	expect_unfit(text_of("{\"kty\":\"OKP\",\"crv\":\"P-256\",\"x\":\"%s\","
			     "\"y\":\"%s\"}",
			     x, x),
		     "not supported", "OKP on P-256");
	for (size_t i = 0; i < COUNT(curves); i++) {
		expect_unfit(text_of("{\"kty\":\"EC\",\"crv\":\"%s\",\"x\":"
				     "\"%s\",\"y\":\"%s\"}",
				     curves[i], x, x),
			     "not supported",
			     text_of("EC on \"%s\"", curves[i]));
		if (strcmp(curves[i], "Ed25519") != 0)
			expect_unfit(text_of("{\"kty\":\"OKP\",\"crv\":\"%s\","
					     "\"x\":\"%s\"}",
					     curves[i], x),
				     "not supported",
				     text_of("OKP on \"%s\"", curves[i]));
	}
	for (size_t i = 0; i < COUNT(rsa_algs); i++)
		expect_unfit(with(RS256, text_of("\"alg\":%s", rsa_algs[i])),
			     "not supported",
			     text_of("RSA with alg %s", rsa_algs[i]));
	for (size_t i = 0; i < COUNT(other_algs) * 4; i++) {
		size_t kind = i / COUNT(other_algs);
		const char *alg = other_algs[i % COUNT(other_algs)];

		expect_fit(with(kind, text_of("\"alg\":%s", alg)),
			   schemes[kind].alg, text_of("alg %s", alg));
	}
	expect_fit(with(RS256, ""), "RS256", "RSA without alg");
	expect_fit(with(RS256, "\"alg\":\"RS256\""), "RS256", "alg RS256");
	expect_fit(with(RS256, "\"alg\":\"PS256\""), "PS256", "alg PS256");
	expect_fit(with(RS256, "\"crv\":\"P-256\""), "RS256", "RSA with crv");
}

/* Keys that share a kid are ambiguous and skipped.  The last key is valid. */
static void test_twins(void)
{
	static const struct {
		const char *name;
		const char *kids[4]; /* of keys 0 to 3, as JSON; NULL: none */
		bool fit[4];
	} cases[] = {
		{"two of one name", {"\"a\"", "\"a\"", "\"b\""}, {0, 0, 1, 1}},
		{"three of one name",
		 {"\"a\"", "\"a\"", "\"a\""},
		 {0, 0, 0, 1}},
		{"apart", {"\"a\"", "\"b\"", "\"a\""}, {0, 1, 0, 1}},
		{"two pairs",
		 {"\"a\"", "\"b\"", "\"a\"", "\"b\""},
		 {0, 0, 0, 0}},
		{"by an escape", {"\"a\"", "\"\\u0061\""}, {0, 0, 1, 1}},
		{"the empty name", {"\"\"", "\"\""}, {0, 0, 1, 1}},
		{"no name is not one name", {NULL}, {1, 1, 1, 1}},
		{"null is no name", {"null", "null"}, {1, 1, 1, 1}},
		{"capitals count", {"\"a\"", "\"A\"", "\"b\""}, {1, 1, 1, 1}},
	};
	struct loaded loaded;

	for (size_t i = 0; i < COUNT(cases); i++) {
		char *keys = text_of("%s", "");
		bool right = true;
		size_t usable = 0;

		for (size_t j = 0; j < 4; j++) {
			const char *kid = cases[i].kids[j];
			static const size_t kinds[] = {EDDSA, ES256, ES384,
						       ES512};

			keys = text_of(
				"%s%s%s", keys, j ? "," : "",
				with(kinds[j],
				     kid ? text_of("\"kid\":%s", kid) : ""));
			usable += cases[i].fit[j];
		}
		load_keys(&loaded, keys);
		for (size_t j = 0; j < 4; j++) {
			const struct jwk *jwk = &loaded.set.keys[j];

			right = right && cases[i].fit[j] == !!jwk->key &&
				(jwk->key ||
				 contains(jwk->fault,
					  "another key has the same kid"));
		}
		ok(right && loaded.usable == usable, "one kid, one key: %s",
		   cases[i].name);
		unload(&loaded);
	}
	load_keys(&loaded,
		  text_of("%s,%s,%s",
			  with(ES384, "\"kid\":\"t\",\"use\":\"enc\""),
			  key_named(ES512, 0, "t"), key_named(EDDSA, 0, "u")));
	ok(loaded.usable == 1 && !jwk_set_select(&loaded.set, "t") &&
		   jwk_set_select(&loaded.set, "u"),
	   "one kid, one key: its twin is unfit");
	unload(&loaded);
}

static void test_select(void)
{
	struct loaded three, one, bare, rest;
	const struct jwk *key;

	load_keys(&three, text_of("%s,%s,%s", key_named(EDDSA, 0, "a"),
				  key_named(ES256, 0, "b"), with(RS256, "")));
	need(three.usable == 3, "three keys");
	key = three.set.keys;
	ok(jwk_set_select(&three.set, "a") == &key[0] &&
		   jwk_set_select(&three.set, "b") == &key[1],
	   "each token finds the key that it names");
	ok(!jwk_set_select(&three.set, "c") &&
		   !jwk_set_select(&three.set, "") &&
		   !jwk_set_select(&three.set, "A") &&
		   !jwk_set_select(&three.set, "a "),
	   "no other name finds a key");
	ok(!jwk_set_select(&three.set, NULL),
	   "without a kid nobody guesses among three");
	unload(&three);

	load_keys(&one, text_of("%s,%s,%s", key_named(EDDSA, 0, "a"),
				with(ES256, "\"kid\":\"b\",\"use\":\"enc\""),
				"{\"kty\":\"oct\",\"kid\":\"c\"}"));
	key = one.set.keys;
	ok(one.usable == 1 && jwk_set_select(&one.set, NULL) == key,
	   "without a kid the only usable key is meant");
	ok(jwk_set_select(&one.set, "a") == key &&
		   !jwk_set_select(&one.set, "d"),
	   "a name is not ignored because there is only one key");
	ok(!jwk_set_select(&one.set, "b") && !jwk_set_select(&one.set, "c"),
	   "the name of an unfit key finds none");
	unload(&one);

	load_keys(&bare, with(EDDSA, ""));
	ok(jwk_set_select(&bare.set, NULL) == bare.set.keys &&
		   !jwk_set_select(&bare.set, "a") &&
		   !jwk_set_select(&bare.set, ""),
	   "a key without a kid serves tokens without one, and no others");
	unload(&bare);

	load_keys(&rest,
		  text_of("%s,%s", with(EDDSA, ""), key_named(ES256, 0, "b")));
	ok(!jwk_set_select(&rest.set, NULL) &&
		   jwk_set_select(&rest.set, "b") == &rest.set.keys[1],
	   "the key without a kid is not guessed beside another");
	jwk_set_release(&rest.set);
	ok(rest.set.count == 0 && jwk_set_usable(&rest.set) == 0 &&
		   !jwk_set_select(&rest.set, NULL) &&
		   !jwk_set_select(&rest.set, "b"),
	   "a released set has no keys");
	unload(&rest);
}

int main(void)
{
	for (size_t i = 0; i < SCHEMES; i++)
		expect_fit(key_named(i, 0, "k"), schemes[i].alg, "our key");
	test_purpose();
	test_operations();
	test_null();
	test_kind();
	test_twins();
	test_select();
	keys_release();
	return tap_done();
}
