/*
 * test_jwk_attack.c - the known attacks on signed tokens: nobody can forge a
 * token with public data.
 */
#include <openssl/pem.h>

#include "auth/auth.h"
#include "keys.h"
#include "base/banned.h"

#define PAYLOAD "{\"sub\":\"alice\",\"exp\":4102444800}"
#define NOW_US (INT64_C(1767960000) * 1000000)

/* Return the result of auth_user() for a token, with this key set. */
static enum problem_code asked(const struct jwk_set *set, const char *token)
{
	const struct config config = {.jwks_file = "/dev/null/keys"};
	struct auth_keys keys = {.set = *set};
	struct arena arena;
	struct user user;
	struct problem problem = {0};
	enum problem_code code;

	arena_init(&arena, 1 << 20);
	code = auth_user(&keys, &config, text_of("Bearer %s", token), NOW_US,
			 &arena, &user, &problem);
	arena_release(&arena);
	return code;
}

static const char *header_of(size_t scheme)
{
	return text_of("{\"alg\":\"%s\",\"kid\":\"k\"}", schemes[scheme].alg);
}

/* --- The algorithm follows from the key --------------------------------- */

static void test_other_alg(size_t scheme, const struct jwk_set *set)
{
	static const char *const algs[] = {
		"EdDSA",   "ES256",   "ES384", "ES512",	  "RS256",     "PS256",
		"RS384",   "RS512",   "PS384", "PS512",	  "HS256",     "HS384",
		"HS512",   "ES256K",  "none",  "None",	  "NONE",      "nOnE",
		"eddsa",   "es256",   "rs256", "Ed25519", "",	       " ES256",
		"ed25519", "ED25519", "Ed448", "ESP256",  "Ed25519ph",
	};
	const struct scheme *s = &schemes[scheme];

	for (size_t i = 0; i < COUNT(algs); i++) {
		/* RFC 9864, section 2.2: Ed25519 is another name of it. */
		bool own = strcmp(algs[i], s->alg) == 0 ||
			   (scheme == EDDSA && strcmp(algs[i], "Ed25519") == 0);
		const char *header =
			text_of("{\"alg\":\"%s\",\"kid\":\"k\"}", algs[i]);

		ok(asked(set,
			 token_signed(s, key_of(scheme, 0), header, PAYLOAD)) ==
			   (own ? PROBLEM_NONE : PROBLEM_BAD_TOKEN),
		   "the %s key %s what says to be \"%s\"", s->alg,
		   own ? "takes" : "refuses", algs[i]);
	}
}

/* The right key and alg, but other parameters of the signature. */
static void test_other_way(size_t scheme, const struct jwk_set *set,
			   const char *name, struct scheme how, bool good)
{
	ok(asked(set, token_signed(&how, key_of(scheme, 0), header_of(scheme),
				   PAYLOAD)) ==
		   (good ? PROBLEM_NONE : PROBLEM_BAD_TOKEN),
	   "%s: %s is %s", schemes[scheme].alg, name,
	   good ? "accepted" : "refused");
}

static void test_other_ways(void)
{
	static const struct {
		const char *name;
		size_t scheme;
		const char *digest;
		int padding, salt;
		bool good;
	} cases[] = {
		{"PS256 as it should be", PS256, "SHA256", 6, 32, true},
		{"no salt", PS256, "SHA256", 6, 0, false},
		{"a salt of 20 bytes", PS256, "SHA256", 6, 20, false},
		{"a salt of 31 bytes", PS256, "SHA256", 6, 31, false},
		{"a salt of 33 bytes", PS256, "SHA256", 6, 33, false},
		{"the longest salt", PS256, "SHA256", 6, 222, false},
		{"SHA-384 and its salt", PS256, "SHA384", 6, 48, false},
		{"SHA-512 with a salt of 32", PS256, "SHA512", 6, 32, false},
		{"a PKCS 1 signature", PS256, "SHA256", 1, 0, false},
		{"RS256 as it should be", RS256, "SHA256", 1, 0, true},
		{"SHA-1", RS256, "SHA1", 1, 0, false},
		{"SHA-384", RS256, "SHA384", 1, 0, false},
		{"SHA-512", RS256, "SHA512", 1, 0, false},
		{"a PSS signature", RS256, "SHA256", 6, 32, false},
		{"ES256 as it should be", ES256, "SHA256", 0, 0, true},
		{"SHA-1", ES256, "SHA1", 0, 0, false},
		{"SHA-384", ES256, "SHA384", 0, 0, false},
		{"ES384 as it should be", ES384, "SHA384", 0, 0, true},
		{"SHA-256", ES384, "SHA256", 0, 0, false},
		{"ES512 as it should be", ES512, "SHA512", 0, 0, true},
		{"SHA-256", ES512, "SHA256", 0, 0, false},
	};

	_Static_assert(RSA_PKCS1_PSS_PADDING == 6 && RSA_PKCS1_PADDING == 1,
		       "the numbers in the table");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct scheme how = schemes[cases[i].scheme];
		struct loaded loaded;

		how.digest = cases[i].digest;
		how.padding = cases[i].padding;
		how.salt = cases[i].salt;
		load_keys(&loaded, key_named(cases[i].scheme, 0, "k"));
		test_other_way(cases[i].scheme, &loaded.set, cases[i].name, how,
			       cases[i].good);
		unload(&loaded);
	}
}

/* --- A public key is not an HMAC secret ---------------------------------- */

static void expect_no_hmac(const struct jwk_set *set, const char *alg,
			   const char *what, const char *secret)
{
	const char *key = secret;

	ok(asked(set, token_make(EVP_sha256(), key,
				 "{\"alg\":\"HS256\",\"kid\":\"k\"}",
				 PAYLOAD)) == PROBLEM_BAD_TOKEN,
	   "%s: nobody signs with %s as a secret", alg, what);
}

static void test_public_as_secret(size_t scheme, const struct jwk_set *set)
{
	const struct scheme *s = &schemes[scheme];
	EVP_PKEY *key = key_of(scheme, 0);
	const char *jwk = key_named(scheme, 0, "k");
	BIO *bio = BIO_new(BIO_s_mem());
	char *pem;
	long length;

	need(bio && PEM_write_bio_PUBKEY(bio, key) == 1, "PEM");
	length = BIO_get_mem_data(bio, &pem);
	expect_no_hmac(set, s->alg, "the PEM",
		       text_of("%.*s", (int)length, pem));
	expect_no_hmac(set, s->alg, "the PEM without its line end",
		       text_of("%.*s", (int)length - 1, pem));
	BIO_free(bio);
	expect_no_hmac(set, s->alg, "the JWK", jwk);
	expect_no_hmac(set, s->alg, "the key set",
		       text_of("{\"keys\":[%s]}", jwk));
	expect_no_hmac(set, s->alg, "its x or n in base64url",
		       s->curve ? strstr(jwk, "\"x\":\"") + 5
				: strstr(jwk, "\"n\":\"") + 5);
	expect_no_hmac(set, s->alg, "nothing", "");
	if (scheme == EDDSA) {
		unsigned char raw[33] = {0};
		size_t raw_length = 32;

		need(EVP_PKEY_get_raw_public_key(key, raw, &raw_length) == 1,
		     "raw key");
		expect_no_hmac(set, s->alg, "the 32 bytes", (char *)raw);
	}
}

/* --- Keys in the token's header are ignored ------------------------------ */

static void test_own_key(size_t scheme, const struct jwk_set *set)
{
	const struct scheme *s = &schemes[scheme];
	const char *theirs = key_named(scheme, 1, "k");
	const struct {
		const char *name;
		const char *members;
	} cases[] = {
		{"jwk", text_of("\"jwk\":%s", theirs)},
		{"jwk, kid and all",
		 text_of("\"kid\":\"k\",\"jwk\":%s", theirs)},
		{"jwk under an unknown kid",
		 text_of("\"kid\":\"theirs\",\"jwk\":%s", theirs)},
		{"jku", "\"jku\":\"http://localhost:1/jwks\""},
		{"x5u", "\"x5u\":\"http://localhost:1/cert\""},
		{"x5c", "\"x5c\":[\"MIIB\"]"},
		{"x5t", "\"x5t\":\"AAAA\",\"x5t#S256\":\"AAAA\""},
		{"a path as kid", "\"kid\":\"../../dev/null\""},
		{"an SQL kid", "\"kid\":\"k' OR '1'='1\""},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *header = text_of("{\"alg\":\"%s\",%s}", s->alg,
					     cases[i].members);
		bool ours = !strstr(header, "\"kid\":\"theirs\"") && i < 7;

		ok(asked(set, token_signed(s, key_of(scheme, 1), header,
					   PAYLOAD)) == PROBLEM_BAD_TOKEN,
		   "%s: a stranger's key in the header is not used: %s", s->alg,
		   cases[i].name);
		ok(asked(set,
			 token_signed(s, key_of(scheme, 0), header, PAYLOAD)) ==
			   (ours ? PROBLEM_NONE : PROBLEM_BAD_TOKEN),
		   "%s: such a member changes nothing for our key: %s", s->alg,
		   cases[i].name);
	}
}

static void test_bad_members(size_t scheme, const struct jwk_set *set)
{
	const struct scheme *s = &schemes[scheme];
	static const struct {
		const char *name;
		const char *members; /* header members after alg */
		const char *payload; /* NULL: the valid one */
		bool good;
	} cases[] = {
		{"nothing else", "", NULL, true},
		{"an unknown member", ",\"zip\":\"DEF\"", NULL, true},
		{"crit", ",\"crit\":[\"exp\"],\"exp\":1", NULL, false},
		{"b64", ",\"b64\":false,\"crit\":[\"b64\"]", NULL, false},
		{"an empty crit", ",\"crit\":[]", NULL, false},
		{"crit null", ",\"crit\":null", NULL, false},
		{"typ of something else", ",\"typ\":\"dpop+jwt\"", NULL, false},
		{"kid a number", ",\"kid\":1", NULL, false},
		{"kid null", ",\"kid\":null", NULL, false},
		{"kid an array", ",\"kid\":[\"k\"]", NULL, false},
		{"kid empty", ",\"kid\":\"\"", NULL, false},
		{"kid in another case", ",\"kid\":\"K\"", NULL, false},
		{"kid with a space", ",\"kid\":\"k \"", NULL, false},
		{"kid with a NUL", ",\"kid\":\"k\\u0000\"", NULL, false},
		{"kid spelt with an escape", ",\"kid\":\"\\u006b\"", NULL,
		 true},
		{"kid twice", ",\"kid\":\"k\",\"kid\":\"k\"", NULL, false},
		{"alg twice", ",\"alg\":\"none\"", NULL, false},
		{"alg twice by an escape", ",\"\\u0061lg\":\"none\"", NULL,
		 false},
		{"twice, deep", ",\"jwk\":{\"a\":{\"b\":1,\"b\":2}}", NULL,
		 false},
		{"sub twice", "",
		 "{\"sub\":\"alice\",\"exp\":4102444800,\"sub\":\"bob\"}",
		 false},
		{"exp twice", "",
		 "{\"sub\":\"alice\",\"exp\":1,\"exp\":4102444800}", false},
		{"twice, deep in the payload", "",
		 "{\"sub\":\"a\",\"exp\":4102444800,\"x\":[{\"y\":1,"
		 "\"y\":1}]}",
		 false},
		{"something after the object", "",
		 "{\"sub\":\"alice\",\"exp\":4102444800} x", false},
		{"a payload that is an array", "",
		 "[{\"sub\":\"alice\",\"exp\":4102444800}]", false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *header =
			text_of("{\"alg\":\"%s\"%s}", s->alg, cases[i].members);
		const char *payload =
			cases[i].payload ? cases[i].payload : PAYLOAD;

		ok(asked(set,
			 token_signed(s, key_of(scheme, 0), header, payload)) ==
			   (cases[i].good ? PROBLEM_NONE : PROBLEM_BAD_TOKEN),
		   "%s: %s is %s", s->alg, cases[i].name,
		   cases[i].good ? "accepted" : "refused");
	}
}

/* --- Size ---------------------------------------------------------------- */

/* Return a valid token of exactly this size, NULL if that is impossible. */
static const char *token_of(size_t scheme, size_t bytes)
{
	const struct scheme *s = &schemes[scheme];

	for (int spaces = 0; spaces < 4; spaces++) {
		const char *header =
			text_of("{%*s\"alg\":\"%s\"}", spaces, "", s->alg);
		const char *token =
			token_signed(s, key_of(scheme, 0), header, PAYLOAD);
		/* about 3 bytes of padding make 4 bytes of the token */
		size_t fill = (bytes - strlen(token)) / 4 * 3;

		for (size_t more = 0; more < 4; more++) {
			token = token_signed(s, key_of(scheme, 0), header,
					     text_of("%*s%s",
						     (int)(fill + more), "",
						     PAYLOAD));
			if (strlen(token) == bytes)
				return token;
		}
	}
	return NULL;
}

static void test_size(size_t scheme, const struct jwk_set *set)
{
	static const struct {
		size_t bytes;
		bool good;
	} cases[] = {
		{JWS_MAX_BYTES - 1, true},  {JWS_MAX_BYTES, true},
		{JWS_MAX_BYTES + 1, false}, {9 * 1024, false},
		{12 * 1024 * 1024, false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *token = token_of(scheme, cases[i].bytes);

		need(token != NULL, "a token of that size");
		ok(asked(set, token) ==
			   (cases[i].good ? PROBLEM_NONE : PROBLEM_BAD_TOKEN),
		   "%s: a genuine token of %zu bytes is %s",
		   schemes[scheme].alg, cases[i].bytes,
		   cases[i].good ? "accepted" : "refused");
	}
}

int main(void)
{
	for (size_t i = 0; i < SCHEMES; i++) {
		struct loaded loaded;

		load_keys(&loaded, key_named(i, 0, "k"));
		need(loaded.usable == 1, "a key of ours");
		test_other_alg(i, &loaded.set);
		test_public_as_secret(i, &loaded.set);
		test_own_key(i, &loaded.set);
		test_bad_members(i, &loaded.set);
		test_size(i, &loaded.set);
		unload(&loaded);
	}
	test_other_ways();
	keys_release();
	return tap_done();
}
