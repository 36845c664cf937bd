/*
 * test_auth.c - auth_user() with HMAC: forged and expired tokens are refused.
 * The tokens are made with OpenSSL, not with the code under test.
 */
#include <stdlib.h>

#include "ask.h"
#include "base/banned.h"

static void test_header(void)
{
	const char *t = token_hs256(H, P);
	const char *expired = token_hs256(H, "{\"sub\":\"a\",\"exp\":1}");
	const struct {
		const char *name;
		const char *header;
		enum problem_code code;
	} cases[] = {
		{"Bearer", token_join("Bearer ", "", t), 0},
		{"bearer", token_join("bearer ", "", t), 0},
		{"BEARER", token_join("BEARER ", "", t), 0},
		{"bEaReR", token_join("bEaReR ", "", t), 0},
		{"several spaces", token_join("Bearer    ", "", t), 0},
		/* bad input: a header without a token */
		{"not sent", NULL, PROBLEM_NO_TOKEN},
		{"empty", "", PROBLEM_NO_TOKEN},
		{"Bearer alone", "Bearer", PROBLEM_NO_TOKEN},
		{"Bearer and a space", "Bearer ", PROBLEM_NO_TOKEN},
		{"Bearer and spaces", "Bearer    ", PROBLEM_NO_TOKEN},
		{"Basic", "Basic YWxpY2U6cHc=", PROBLEM_NO_TOKEN},
		{"Token", token_join("Token ", "", t), PROBLEM_NO_TOKEN},
		{"Bearerx", token_join("Bearerx ", "", t), PROBLEM_NO_TOKEN},
		{"no space", token_join("Bearer", "", t), PROBLEM_NO_TOKEN},
		{"the token alone", t, PROBLEM_NO_TOKEN},
		{"a letter short", token_join("Beare ", "", t),
		 PROBLEM_NO_TOKEN},
		/* bad input: an invalid token */
		{"two in one",
		 token_join("Bearer ", t, token_join(", Bearer ", "", t)),
		 PROBLEM_BAD_TOKEN},
		{"two tokens", token_join("Bearer ", t, token_join(" ", "", t)),
		 PROBLEM_BAD_TOKEN},
		{"Better Auth's bearer plugin",
		 "Bearer 0123456789abcdef0123456789abcdef", PROBLEM_BAD_TOKEN},
		{"quotes", token_join("Bearer \"", t, "\""), PROBLEM_BAD_TOKEN},
		{"undefined", "Bearer undefined", PROBLEM_BAD_TOKEN},
		{"Bearer twice", token_join("Bearer Bearer ", "", t),
		 PROBLEM_BAD_TOKEN},
		{"expired", token_join("Bearer ", "", expired),
		 PROBLEM_TOKEN_EXPIRED},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		expect(ask(&plain, cases[i].header, NOW_US, NULL, NULL),
		       cases[i].code, "the header is read as RFC 6750 has it",
		       cases[i].name);
}

static void test_keys(void)
{
	static const char *const names[] = {"HS256", "HS384", "HS512"};
	const EVP_MD *digests[] = {EVP_sha256(), EVP_sha384(), EVP_sha512()};

	for (size_t mode = 0; mode < 3; mode++)
		for (size_t said = 0; said < 3; said++)
			for (size_t made = 0; made < 3; made++) {
				struct config config = plain;
				bool good = mode == said && said == made;
				char header[64], name[64];

				config.algorithm = (enum config_alg)mode;
				snprintf(header, sizeof(header),
					 "{\"alg\":\"%s\"}", names[said]);
				snprintf(name, sizeof(name),
					 "%s says %s, made by %s", names[mode],
					 names[said], names[made]);
				expect(ask_token(&config,
						 token_make(digests[made], KEY,
							    header, P)),
				       good ? 0 : PROBLEM_BAD_TOKEN,
				       "the algorithm is the server's choice",
				       name);
				expect(ask_token(&config,
						 token_make(digests[made],
							    OTHER_KEY, header,
							    P)),
				       PROBLEM_BAD_TOKEN,
				       "another key signs nothing", name);
			}

	static const char *const algs[] = {
		"none", "None",	  "NONE",  "nOnE",  "hs256", "Hs256", "HS256 ",
		"HS",	"HS2560", "RS256", "ES256", "EdDSA", "PS256", "",
	};

	for (size_t i = 0; i < COUNT(algs); i++) {
		char header[64], *token;

		snprintf(header, sizeof(header), "{\"alg\":\"%s\"}", algs[i]);
		token = token_hs256(header, P);
		expect(ask_token(&plain, token), PROBLEM_BAD_TOKEN,
		       "no other alg opens the door", algs[i]);
		strrchr(token, '.')[1] = '\0';
		expect(ask_token(&plain, token), PROBLEM_BAD_TOKEN,
		       "nor without a signature", algs[i]);
	}

	struct config config = plain;

	config.secret_bytes = 31;
	config.secret = token_join(KEY, "", "");
	((char *)config.secret)[31] = '\0';
	expect(ask_token(&config,
			 token_make(EVP_sha256(), config.secret, H, P)),
	       PROBLEM_BAD_TOKEN, "a guessable key signs nothing", "31 bytes");
	config = plain;
	config.secret = NULL;
	config.secret_bytes = 0;
	expect(ask_token(&config, token_hs256(H, P)), PROBLEM_INTERNAL,
	       "without a key nobody gets in", "no key");
	expect(ask_token(&config, token_make(EVP_sha256(), "", H, P)),
	       PROBLEM_INTERNAL, "without a key nobody gets in", "empty key");
}

#define A "\"sub\":\"alice\","
static const struct claims_case {
	const char *name;
	const char *payload;
	enum problem_code code;
	int64_t leeway_s;
	int64_t after_us; /* the time, relative to NOW */
} claims[] = {
	/* exp */
	{"exp in a second", "{" A "\"exp\":1767960001}", 0, 0, 0},
	{"exp in a fraction", "{" A "\"exp\":1767960000.5}", 0, 0, 499999},
	{"exp as 1.7679609e9", "{" A "\"exp\":1.7679609e9}", 0, 0, 0},
	{"exp INT64_MAX", "{" A "\"exp\":9223372036854775807}", 0, 0, 0},
	{"exp 1e19", "{" A "\"exp\":10000000000000000000}", 0, 0, 0},
	{"exp 1e300", "{" A "\"exp\":1e300}", 0, 0, 0},
	{"exp of 40 digits",
	 "{" A "\"exp\":1111111111111111111111111111111111111111}", 0, 0, 0},
	{"exp now, a microsecond before", "{" A "\"exp\":1767960000}", 0, 0,
	 -1},
	{"exp now, leeway 1", "{" A "\"exp\":1767960000}", 0, 1, 999999},
	{"iat and more",
	 "{" A LATER ",\"iat\":1767959999,\"jti\":\"x\",\"a\":[{}]}", 0, 0, 0},
	{"exp now", "{" A "\"exp\":1767960000}", PROBLEM_TOKEN_EXPIRED, 0, 0},
	{"exp a fraction ago", "{" A "\"exp\":1767960000.5}",
	 PROBLEM_TOKEN_EXPIRED, 0, 500000},
	{"exp past leeway", "{" A "\"exp\":1767960000}", PROBLEM_TOKEN_EXPIRED,
	 1, 1000000},
	{"exp 0", "{" A "\"exp\":0}", PROBLEM_TOKEN_EXPIRED, 0, 0},
	{"exp -1", "{" A "\"exp\":-1}", PROBLEM_TOKEN_EXPIRED, 0, 0},
	{"exp -1e300", "{" A "\"exp\":-1e300}", PROBLEM_TOKEN_EXPIRED, 0, 0},
	{"exp missing", "{\"sub\":\"alice\"}", PROBLEM_BAD_TOKEN, 0, 0},
	{"exp string", "{" A "\"exp\":\"1767960900\"}", PROBLEM_BAD_TOKEN, 0,
	 0},
	{"exp null", "{" A "\"exp\":null}", PROBLEM_BAD_TOKEN, 0, 0},
	{"exp true", "{" A "\"exp\":true}", PROBLEM_BAD_TOKEN, 0, 0},
	{"exp array", "{" A "\"exp\":[1767960900]}", PROBLEM_BAD_TOKEN, 0, 0},
	{"exp in a sub-object", "{" A "\"a\":{" LATER "}}", PROBLEM_BAD_TOKEN,
	 0, 0},
	/* nbf */
	{"nbf now", "{" A LATER ",\"nbf\":1767960000}", 0, 0, 0},
	{"nbf 0", "{" A LATER ",\"nbf\":0}", 0, 0, 0},
	{"nbf -1e300", "{" A LATER ",\"nbf\":-1e300}", 0, 0, 0},
	{"nbf in leeway", "{" A LATER ",\"nbf\":1767960060}", 0, 60, 0},
	{"nbf a fraction on", "{" A LATER ",\"nbf\":1767960000.5}",
	 PROBLEM_BAD_TOKEN, 0, 0},
	{"nbf a second on", "{" A LATER ",\"nbf\":1767960001}",
	 PROBLEM_BAD_TOKEN, 0, 999999},
	{"nbf past leeway", "{" A LATER ",\"nbf\":1767960061}",
	 PROBLEM_BAD_TOKEN, 60, 0},
	{"nbf 1e300", "{" A LATER ",\"nbf\":1e300}", PROBLEM_BAD_TOKEN, 0, 0},
	{"nbf string", "{" A LATER ",\"nbf\":\"0\"}", PROBLEM_BAD_TOKEN, 0, 0},
	{"nbf null", "{" A LATER ",\"nbf\":null}", PROBLEM_BAD_TOKEN, 0, 0},
	/* payloads of e-mail links and session cookies have no user id */
	{"only email", "{\"email\":\"a@b.example\"," LATER "}",
	 PROBLEM_BAD_TOKEN, 0, 0},
	{"only id", "{\"id\":\"alice\"," LATER "}", PROBLEM_BAD_TOKEN, 0, 0},
	{"a session cookie",
	 "{\"session\":{\"token\":\"x\"},\"user\":{\"id\":\"alice\"}," LATER
	 "}",
	 PROBLEM_BAD_TOKEN, 0, 0},
};

static void test_claims(void)
{
	for (size_t i = 0; i < COUNT(claims); i++) {
		struct config config = plain;
		const char *token = token_hs256(H, claims[i].payload);

		config.leeway_s = claims[i].leeway_s;
		expect(ask(&config, token_join("Bearer ", "", token),
			   NOW_US + claims[i].after_us, NULL, NULL),
		       claims[i].code, "a token lives as long as it says",
		       claims[i].name);
		/* a wrong signature is reported first, whatever the claims */
		token = token_make(EVP_sha256(), OTHER_KEY, H,
				   claims[i].payload);
		expect(ask_token(&config, token), PROBLEM_BAD_TOKEN,
		       "forged comes before expired", claims[i].name);
	}
}

int main(void)
{
	test_header();
	test_keys();
	test_claims();
	return tap_done();
}
