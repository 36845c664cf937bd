/*
 * test_jws.c - parsing of a token: only the compact serialisation with exactly
 * one interpretation is accepted.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "auth/jws.h"
#include "auth/jws_hmac.h"
#include "tap.h"
#include "token.h"
#include "base/banned.h"

#define H "{\"alg\":\"HS256\"}"
#define P "{\"sub\":\"alice\",\"exp\":4102444800}"

static bool parses(const char *token)
{
	struct arena arena;
	struct jws jws;
	bool parsed;

	arena_init(&arena, 1 << 20);
	parsed = jws_parse(&jws, token, &arena);
	if (!parsed && (jws.header || jws.payload))
		diag("a refused token leaves something behind");
	jws_release(&jws);
	jws_release(&jws);
	arena_release(&arena);
	return parsed;
}

static bool verifies(const char *token, enum config_alg alg, const char *key,
		     size_t key_bytes)
{
	struct arena arena;
	struct jws jws;
	bool good;

	arena_init(&arena, 1 << 20);
	good = jws_parse(&jws, token, &arena) &&
	       jws_verify_hmac(&jws, alg, key, key_bytes);
	jws_release(&jws);
	arena_release(&arena);
	return good;
}

/* RFC 7515, appendix A.1: line ends in header and payload, a binary key. */
static void test_rfc_vector(void)
{
	static const char token[] =
		"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
		".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6"
		"Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
		".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
	static const char key[] =
		"\x03\x23\x35\x4b\x2b\x0f\xa5\xbc\x83\x7e\x06\x65\x77\x7b\xa6"
		"\x8f\x5a\xb3\x28\xe6\xf0\x54\xc9\x28\xa9\x0f\x84\xb2\xd2\x50"
		"\x2e\xbf\xd3\xfb\x5a\x92\xd2\x06\x47\xef\x96\x8a\xb4\xc3\x77"
		"\x62\x3d\x22\x3d\x2e\x21\x72\x05\x2e\x4f\x08\xc0\xcd\x9a\xf5"
		"\x67\xd0\x80\xa3";
	struct arena arena;
	struct jws jws;
	char wrong[sizeof(key)];

	arena_init(&arena, 1 << 20);
	ok(jws_parse(&jws, token, &arena), "RFC 7515's own token is parsed");
	is_text(jws.alg, "HS256", "its algorithm is read");
	ok(jws.signature_length == 32 &&
		   jws.signed_length == strlen(token) - 44,
	   "its parts have their lengths");
	is_text(json_string_value(json_object_get(jws.payload, "iss")), "joe",
		"its claims are read");
	ok(jws_verify_hmac(&jws, CONFIG_HS256, key, 64),
	   "and its signature is right");
	memcpy(wrong, key, sizeof(key));
	wrong[63] ^= 1;
	ok(!jws_verify_hmac(&jws, CONFIG_HS256, wrong, 64),
	   "but not under a key with one bit changed");
	ok(!jws_verify_hmac(&jws, CONFIG_HS256, key, 63),
	   "nor under a key cut by a byte");
	ok(!jws_verify_hmac(&jws, CONFIG_HS384, key, 64) &&
		   !jws_verify_hmac(&jws, CONFIG_HS512, key, 64),
	   "nor by another algorithm");
	jws_release(&jws);
	arena_release(&arena);
}

static const struct {
	const char *name;
	const char *header;
	size_t length;
	bool good;
} headers[] = {
	{"alg alone", LIT(H), true},
	{"kid and more", LIT("{\"alg\":\"HS256\",\"kid\":\"1\",\"x\":[{}]}"),
	 true},
	{"no typ", LIT("{\"alg\":\"HS256\"}"), true},
	{"typ JWT", LIT("{\"alg\":\"HS256\",\"typ\":\"JWT\"}"), true},
	{"typ jwt", LIT("{\"typ\":\"jwt\",\"alg\":\"HS256\"}"), true},
	{"typ at+jwt", LIT("{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}"), true},
	{"typ AT+JWT", LIT("{\"alg\":\"HS256\",\"typ\":\"AT+JWT\"}"), true},
	{"typ application/at+jwt",
	 LIT("{\"alg\":\"HS256\",\"typ\":\"application/at+jwt\"}"), true},
	{"typ application/JWT",
	 LIT("{\"alg\":\"HS256\",\"typ\":\"application/JWT\"}"), true},
	{"white space", LIT(" {\r\n\"alg\" : \"HS256\" }\n"), true},
	/* bad input: typ */
	{"typ null", LIT("{\"alg\":\"HS256\",\"typ\":null}"), false},
	{"typ 1", LIT("{\"alg\":\"HS256\",\"typ\":1}"), false},
	{"typ array", LIT("{\"alg\":\"HS256\",\"typ\":[\"JWT\"]}"), false},
	{"typ empty", LIT("{\"alg\":\"HS256\",\"typ\":\"\"}"), false},
	{"typ JOSE", LIT("{\"alg\":\"HS256\",\"typ\":\"JOSE\"}"), false},
	{"typ JWTx", LIT("{\"alg\":\"HS256\",\"typ\":\"JWTx\"}"), false},
	{"typ JW", LIT("{\"alg\":\"HS256\",\"typ\":\"JW\"}"), false},
	{"typ and a space", LIT("{\"alg\":\"HS256\",\"typ\":\"JWT \"}"), false},
	{"typ id+jwt", LIT("{\"alg\":\"HS256\",\"typ\":\"id+jwt\"}"), false},
	{"typ dpop+jwt", LIT("{\"alg\":\"HS256\",\"typ\":\"dpop+jwt\"}"),
	 false},
	{"typ application/",
	 LIT("{\"alg\":\"HS256\",\"typ\":\"application/\"}"), false},
	{"typ text/jwt", LIT("{\"alg\":\"HS256\",\"typ\":\"text/jwt\"}"),
	 false},
	{"typ twice application/",
	 LIT("{\"alg\":\"HS256\",\"typ\":\"application/application/jwt\"}"),
	 false},
	{"typ and NUL", LIT("{\"alg\":\"HS256\",\"typ\":\"JWT\\u0000\"}"),
	 false},
	/* crit, b64 */
	{"crit", LIT("{\"alg\":\"HS256\",\"crit\":[\"exp\"],\"exp\":1}"),
	 false},
	{"crit empty", LIT("{\"alg\":\"HS256\",\"crit\":[]}"), false},
	{"crit null", LIT("{\"alg\":\"HS256\",\"crit\":null}"), false},
	{"crit b64",
	 LIT("{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}"), false},
	{"crit escaped",
	 LIT("{\"alg\":\"HS256\",\"cr\\u0069t\":[\"b64\"],\"b64\":true}"),
	 false},
	/* alg */
	{"no alg", LIT("{}"), false},
	{"alg null", LIT("{\"alg\":null}"), false},
	{"alg number", LIT("{\"alg\":256}"), false},
	{"alg array", LIT("{\"alg\":[\"HS256\"]}"), false},
	{"alg in another case", LIT("{\"ALG\":\"HS256\"}"), false},
	{"alg and NUL", LIT("{\"alg\":\"HS256\\u0000\"}"), false},
	/* JSON */
	{"array", LIT("[" H "]"), false},
	{"string", LIT("\"HS256\""), false},
	{"null", LIT("null"), false},
	{"number", LIT("1"), false},
	{"open", LIT("{\"alg\":\"HS256\""), false},
	{"trailing comma", LIT("{\"alg\":\"HS256\",}"), false},
	{"two objects", LIT(H H), false},
	{"NUL after", LIT(H "\0"), false},
	{"NUL and garbage after", LIT(H "\0garbage"), false},
	{"garbage after", LIT(H "garbage"), false},
	{"byte-order mark", LIT("\xef\xbb\xbf" H), false},
	{"not UTF-8", LIT("{\"alg\":\"HS256\",\"x\":\"\xff\"}"), false},
	{"lone surrogate", LIT("{\"alg\":\"HS256\",\"x\":\"\\ud800\"}"), false},
	{"duplicate alg", LIT("{\"alg\":\"none\",\"alg\":\"HS256\"}"), false},
	{"duplicate typ",
	 LIT("{\"alg\":\"HS256\",\"typ\":\"JWT\",\"typ\":\"JWT\"}"), false},
	{"duplicate, escaped",
	 LIT("{\"al\\u0067\":\"none\",\"alg\":\"HS256\"}"), false},
	{"duplicate inside", LIT("{\"alg\":\"HS256\",\"x\":{\"y\":1,\"y\":2}}"),
	 false},
	{"NUL in a name", LIT("{\"alg\":\"HS256\",\"x\\u0000\":1}"), false},
};

static const struct {
	const char *name;
	const char *payload;
	size_t length;
	bool good;
} payloads[] = {
	{"claims", LIT(P), true},
	{"empty object", LIT("{}"), true},
	{"nested", LIT("{\"a\":{\"b\":[{\"c\":1},{\"c\":2}]}}"), true},
	{"UTF-8", LIT("{\"name\":\"\xf0\x9f\x98\x80\"}"), true},
	/* bad input */
	{"array", LIT("[" P "]"), false},
	{"string", LIT("\"alice\""), false},
	{"null", LIT("null"), false},
	{"text", LIT("alice"), false},
	{"two objects", LIT(P P), false},
	{"NUL after", LIT(P "\0"), false},
	{"NUL and garbage after", LIT(P "\0garbage"), false},
	{"byte-order mark", LIT("\xef\xbb\xbf" P), false},
	{"not UTF-8", LIT("{\"sub\":\"\xff\"}"), false},
	{"raw NUL", LIT("{\"sub\":\"a\0b\"}"), false},
	{"escaped NUL", LIT("{\"sub\":\"a\\u0000\"}"), false},
	{"escaped NUL inside", LIT("{\"x\":[{\"y\":\"\\u0000\"}]}"), false},
	{"duplicate sub", LIT("{\"sub\":\"a\",\"sub\":\"b\"}"), false},
	{"same duplicate", LIT("{\"sub\":\"a\",\"sub\":\"a\"}"), false},
	{"duplicate, escaped", LIT("{\"sub\":\"a\",\"s\\u0075b\":\"b\"}"),
	 false},
	{"duplicate inside", LIT("{\"x\":{\"y\":[{\"z\":1,\"z\":1}]}}"), false},
};

static void test_json(void)
{
	for (size_t i = 0; i < COUNT(headers); i++)
		ok(parses(token_make_bytes(EVP_sha256(), KEY, headers[i].header,
					   headers[i].length, LIT(P))) ==
			   headers[i].good,
		   "a header means one thing: %s %s", headers[i].name,
		   headers[i].good ? "accepted" : "refused");
	for (size_t i = 0; i < COUNT(payloads); i++)
		ok(parses(token_make_bytes(
			   EVP_sha256(), KEY, LIT(H), payloads[i].payload,
			   payloads[i].length)) == payloads[i].good,
		   "a payload means one thing: %s %s", payloads[i].name,
		   payloads[i].good ? "accepted" : "refused");
}

static void test_segments(void)
{
	const char *h = token_base64(LIT(H)), *p = token_base64(LIT(P));
	const char *good = token_seal(EVP_sha256(), KEY, h, p);
	const char *signature = strrchr(good, '.') + 1;
	const char *const bad[] = {
		"",
		".",
		"..",
		"...",
		"a",
		"a.b",
		"a.b.c",
		h,
		token_join(h, ".", p),			    /* no signature */
		token_join(h, ".", token_join(p, ".", "")), /* an empty one */
		token_join(h, "..", signature),		    /* empty payload */
		token_join("", ".", token_join(p, ".", signature)),
		token_join(good, ".", ""), /* fourth segments */
		token_join(good, ".", "AAAA"),
		token_join(".", "", good),
		token_join(good, ".", signature),
		token_join(good, "=", ""), /* padding */
		token_join(good, "====", ""),
		token_join(h, "=.", token_join(p, ".", signature)),
		token_join(good, " ", ""), /* invalid bytes */
		token_join(" ", "", good),
		token_join(good, "\n", ""),
		token_join(good, "\r\n", ""),
		token_join(good, "!", ""),
		token_join(good, "\xc3\xa9", ""),
		token_join(good, ",", good),
		token_join(good, ", Bearer ", good),
		token_join(good, "A", ""), /* 4n + 1 digits or more */
		token_join(good, "AA", ""),
	};

	ok(parses(good), "a token in good form is parsed");
	for (size_t i = 0; i < COUNT(bad); i++) {
		bool accepted = i + 2 < COUNT(bad)
					? parses(bad[i])
					: verifies(bad[i], CONFIG_HS256, KEY,
						   strlen(KEY));

		ok(!accepted, "a token in another form is not: %zu %.60s", i,
		   bad[i]);
	}

	/* bytes outside base64url, with a valid signature */
	static const char others[] = "+/=!* \t\n\r%~\x01\x7f\x80\xff@[`{:";

	for (size_t i = 0; i + 1 < sizeof(others); i++) {
		char text[] = "?AAA"; /* four digits: a valid length */
		const char *pieces[2];

		text[0] = others[i];
		pieces[0] = token_seal(EVP_sha256(), KEY,
				       token_join(h, text, ""), p);
		pieces[1] = token_seal(EVP_sha256(), KEY, h,
				       token_join(p, text, ""));
		ok(!parses(pieces[0]) && !parses(pieces[1]),
		   "a byte 0x%02x outside base64url is not skipped",
		   (unsigned)(unsigned char)others[i]);
	}
}

/* Unused bits of the last digit must be zero. */
static void test_canonical(void)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789-_";
	/* two and four unused bits */
	static const char *const texts[] = {"{\"alg\":\"HS256\"}  ",
					    "{\"alg\":\"HS256\"} "};
	char *token = token_hs256(H, P);
	char *last = token + strlen(token) - 1;
	size_t value = (size_t)(strchr(digits, *last) - digits);

	ok(parses(token), "the signature as it was made is parsed");
	for (size_t i = 1; i < 4; i++) {
		*last = digits[value + i];
		ok(!parses(token),
		   "the same signature in another spelling is not: +%zu", i);
	}
	for (size_t t = 0; t < COUNT(texts); t++) {
		char *h = token_base64(texts[t], strlen(texts[t]));
		char *end = h + strlen(h) - 1;

		value = (size_t)(strchr(digits, *end) - digits);
		ok(parses(token_seal(EVP_sha256(), KEY, h,
				     token_base64(LIT(P)))),
		   "a header with bits to spare is parsed: %zu", t);
		for (size_t i = 1; i < (t ? 16 : 4); i++) {
			*end = digits[value + i];
			ok(!parses(token_seal(EVP_sha256(), KEY, h,
					      token_base64(LIT(P)))),
			   "but in one spelling alone: %zu +%zu", t, i);
			*end = digits[value];
		}
	}
	ok(!parses(token_seal(EVP_sha256(), KEY,
			      token_join(token_base64(LIT(H)), "A", ""),
			      token_base64(LIT(P)))),
	   "a single digit at the end is no byte");
}

static void test_size(void)
{
	for (size_t size = JWS_MAX_BYTES; size <= JWS_MAX_BYTES + 1; size++) {
		size_t length = (size - 65) * 3 / 4;
		char *payload = token_alloc(length + 1), *token;

		memset(payload, ' ', length);
		memcpy(payload, P, strlen(P));
		payload[length] = '\0';
		token = token_hs256(H, payload);
		ok(strlen(token) == size &&
			   verifies(token, CONFIG_HS256, KEY, strlen(KEY)) ==
				   (size == JWS_MAX_BYTES),
		   "a token of %zu bytes is %s", size,
		   size == JWS_MAX_BYTES ? "accepted" : "refused");
	}
}

static void test_memory(void)
{
	struct arena arena;
	struct jws jws;

	arena_init(&arena, 0);
	ok(!jws_parse(&jws, token_hs256(H, P), &arena) && !jws.header &&
		   !jws.payload,
	   "short memory is a refusal that leaves nothing behind");
	jws_release(&jws);
	arena_release(&arena);
}

int main(void)
{
	test_rfc_vector();
	test_json();
	test_segments();
	test_canonical();
	test_size();
	test_memory();
	return tap_done();
}
