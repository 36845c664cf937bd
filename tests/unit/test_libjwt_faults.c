/*
 * test_libjwt_faults.c - seven defects of libjwt 1.10.2, which are the reason
 * why our code verifies tokens.  For each one: the behaviour of libjwt, our
 * behaviour, and a valid token that is accepted.  A newer libjwt may have
 * corrected a defect: this is printed but is not a failure.  In the end: both
 * accept each other's tokens.
 */
#include <jwt.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>

#include "ask.h"
#include "auth/jws.h"
#include "auth/jws_hmac.h"
#include "base/banned.h"

/* Decode a token with libjwt only.  Return 0 if it is accepted. */
static int libjwt(const char *token, const char *key, int key_bytes)
{
	jwt_t *jwt = NULL;
	int result =
		jwt_decode(&jwt, token, (const unsigned char *)key, key_bytes);

	jwt_free(jwt);
	return result;
}

static void libjwt_takes(const char *token, const char *key, const char *what)
{
	bool takes = libjwt(token, key, (int)strlen(key)) == 0;

	diag("libjwt alone %s %s", takes ? "takes" : "refuses", what);
}

static void ours(const char *token, bool accepted, const char *what)
{
	expect(ask_token(&plain, token), accepted ? 0 : PROBLEM_BAD_TOKEN,
	       "we keep to what was signed", what);
}

/* Return a new RSA key, which the caller frees, and its public part as PEM. */
static EVP_PKEY *rsa_key(char pem[2048])
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	BIO *bio = BIO_new(BIO_s_mem());
	int length = 0;

	if (!key || !bio || !PEM_write_bio_PUBKEY(bio, key))
		exit(1);
	length = BIO_read(bio, pem, 2047);
	pem[length > 0 ? length : 0] = '\0';
	BIO_free(bio);
	return key;
}

static char *rs256(EVP_PKEY *key)
{
	char *text = token_join(token_base64(LIT("{\"alg\":\"RS256\"}")), ".",
				token_base64(LIT(P)));
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char signature[512];
	size_t length = sizeof(signature);

	if (!context ||
	    EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) != 1 ||
	    EVP_DigestSign(context, signature, &length,
			   (const unsigned char *)text, strlen(text)) != 1)
		exit(1);
	EVP_MD_CTX_free(context);
	return token_join(text, ".", token_base64(signature, length));
}

/* 1: libjwt uses the alg of the token. */
static void test_own_alg(const char *pem, const char *rsa_token)
{
	struct config config = plain;
	const char *token;

	libjwt_takes(rsa_token, pem, "RS256 under a public key");
	token = token_make(EVP_sha256(), pem, H, P);
	libjwt_takes(token, pem, "HS256 under the same public key");
	config.secret = pem;
	config.secret_bytes = strlen(pem);
	expect(ask_token(&config, rsa_token), PROBLEM_BAD_TOKEN,
	       "a secret is no public key", "RS256");
	ours(token, false, "HMAC under a public key");

	token = token_make(EVP_sha384(), KEY, "{\"alg\":\"HS384\"}", P);
	libjwt_takes(token, KEY, "HS384 where HS256 was meant");
	ours(token, false, "HS384 where HS256 is meant");
	token = token_hs256("{\"alg\":\"hs256\"}", P);
	libjwt_takes(token, KEY, "hs256");
	ours(token, false, "hs256");
	ours(token_hs256(H, P), true, "HS256");
}

static bool verifies(const char *token, const char *key, size_t key_bytes)
{
	struct arena arena;
	struct jws jws;
	bool good = false;

	arena_init(&arena, 1 << 20);
	if (jws_parse(&jws, token, &arena))
		good = jws_verify_hmac(&jws, CONFIG_HS256, key, key_bytes);
	jws_release(&jws);
	arena_release(&arena);
	return good;
}

/*
 * 2: libjwt accepts any signature if there is no key, or if it cannot allocate
 * a copy of it.
 */
static void test_no_key(void)
{
	const char *forged = token_make(EVP_sha256(), OTHER_KEY, H, P);
	const char *good = token_hs256(H, P);

	ok(libjwt(forged, KEY, (int)strlen(KEY)) != 0,
	   "libjwt with its key refuses a forged token");
	diag("libjwt with a key of no bytes %s it",
	     libjwt(forged, KEY, 0) == 0 ? "takes" : "refuses");
	ok(!verifies(forged, KEY, 0) && !verifies(good, KEY, 0) &&
		   !verifies(good, NULL, 0) && !verifies(good, KEY, 31),
	   "we take nothing under a key of less than 32 bytes");
	ok(verifies(good, KEY, strlen(KEY)), "and the right token under ours");
}

/* 3: crit, duplicate members, invalid bytes, garbage after the signature. */
static void test_laxness(const char *pem, const char *rsa_token)
{
	const char *h = token_base64(LIT(H)), *p = token_base64(LIT(P));
	const char *token;

	token = token_hs256("{\"alg\":\"HS256\",\"crit\":[\"x\"],\"x\":1}", P);
	libjwt_takes(token, KEY, "an unknown crit");
	ours(token, false, "an unknown crit");
	ours(token_hs256("{\"alg\":\"HS256\",\"x\":1}", P), true, "without it");

	token = token_hs256(H, "{\"sub\":\"bob\",\"sub\":\"alice\"," LATER "}");
	libjwt_takes(token, KEY, "the last of two subs");
	ours(token, false, "two subs");
	ours(token_hs256(H, "{\"sub\":\"alice\"," LATER "}"), true, "one");

	token = token_seal(EVP_sha256(), KEY, h, token_join("!~", "", p));
	libjwt_takes(token, KEY, "bytes that are no base64url");
	ours(token, false, "bytes that are no base64url");
	ours(token_seal(EVP_sha256(), KEY, h, p), true, "base64url alone");

	libjwt_takes(token_join(rsa_token, "====", ""), pem, "padding");
	libjwt_takes(token_join(rsa_token, "!~ &", ""), pem,
		     "junk after an RSA signature");
	libjwt_takes(token_join(rsa_token, ".====", ""), pem,
		     "a fourth segment");
	token = token_hs256(H, P);
	ours(token_join(token, "====", ""), false, "padding");
	ours(token_join(token, "!~ &", ""), false, "junk");
	ours(token_join(token, ".====", ""), false, "a fourth segment");
	ours(token_join(token, ".AAAA", ""), false, "a full fourth segment");
	ours(token, true, "three segments");
}

/*
 * 4: libjwt overflows the stack, and writes one byte past an empty segment.
 * This is not tested with libjwt, because it would crash this program.
 */
static void test_sizes(void)
{
	static const size_t size = 12 << 20;
	char *huge = malloc(size + 1);
	const char *token = token_hs256(H, P);
	const char *signature = strrchr(token, '.');

	if (!huge)
		exit(1);
	memset(huge, 'A', size);
	huge[size] = '\0';
	memcpy(huge, "Bearer ", 7);
	expect(ask(&plain, huge, NOW_US, NULL, NULL), PROBLEM_BAD_TOKEN,
	       "12 MB end no program", "without dots");
	huge[27] = '.';
	huge[size - 44] = '.';
	expect(ask(&plain, huge, NOW_US, NULL, NULL), PROBLEM_BAD_TOKEN,
	       "12 MB end no program", "in three segments");
	memset(huge + 7, '.', size - 7);
	expect(ask(&plain, huge, NOW_US, NULL, NULL), PROBLEM_BAD_TOKEN,
	       "12 MB end no program", "of dots");
	free(huge);
	ours("..", false, "three empty segments");
	ours(token_join(token_base64(LIT(H)), ".", signature), false,
	     "an empty payload");
	ours(token_seal(EVP_sha256(), KEY, token_base64(LIT(H)), ""), false,
	     "an empty payload, signed");
	ours(token_seal(EVP_sha256(), KEY, "", token_base64(LIT(P))), false,
	     "an empty header, signed");
	ours(token, true, "three full segments");
}

/* 5: libjwt reads an exp that is not an integer as 0, a missing one as -1. */
static void test_exp(void)
{
	static const struct {
		const char *payload;
		bool accepted; /* by us, at NOW */
	} cases[] = {
		{"{\"sub\":\"a\",\"exp\":1767960900.5}", true},
		{"{\"sub\":\"a\",\"exp\":1.7679609e9}", true},
		{"{\"sub\":\"a\",\"exp\":\"1767960900\"}", false},
		{"{\"sub\":\"a\",\"exp\":null}", false},
		{"{\"sub\":\"a\"}", false},
		{"{\"sub\":\"a\",\"exp\":1767960900}", true},
	};
	const char *expired = token_hs256(H, "{\"sub\":\"a\",\"exp\":1}");

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *token = token_hs256(H, cases[i].payload);
		jwt_t *jwt = NULL;
		long reads = -2;

		if (jwt_decode(&jwt, token, (const unsigned char *)KEY,
			       (int)strlen(KEY)) == 0)
			reads = jwt_get_grant_int(jwt, "exp");
		diag("libjwt alone reads %s as %ld", cases[i].payload, reads);
		jwt_free(jwt);
		ours(token, cases[i].accepted, cases[i].payload);
	}
	libjwt_takes(expired, KEY, "an expired token");
	expect(ask_token(&plain, expired), PROBLEM_TOKEN_EXPIRED,
	       "we look at the clock", "an expired token");
}

/* 6: libjwt ends the payload at the first NUL. */
static void test_nul(void)
{
	const char *token = token_make_bytes(EVP_sha256(), KEY, LIT(H),
					     LIT(P "\0garbage{]"));

	libjwt_takes(token, KEY, "a payload, NUL and garbage");
	ours(token, false, "a payload, NUL and garbage");
	ours(token_make_bytes(EVP_sha256(), KEY, LIT(H), LIT(P "\0")), false,
	     "a payload and a NUL");
	/* jansson alone does not detect the NUL after a number either. */
	ours(token_make_bytes(EVP_sha256(), KEY,
			      LIT("{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}"),
			      LIT("{\"sub\":\"alice\"," LATER "\0}")),
	     false, "a NUL after a number");
	ours(token_make_bytes(EVP_sha256(), KEY, LIT(H), LIT(P)), true,
	     "a payload alone");
}

/* 7: libjwt parses a PEM at each call.  We never parse a secret as PEM. */
static void test_pem(const char *pem)
{
	static const char broken[] = "-----BEGIN PUBLIC KEY-----\nno key\n";
	struct config config = plain;

	for (int i = 0; i < 2; i++) {
		const char *secret = i ? broken : pem;

		config.secret = secret;
		config.secret_bytes = strlen(secret);
		expect(ask_token(&config,
				 token_make(EVP_sha256(), secret, H, P)),
		       0, "a secret is its raw bytes", "one like a PEM");
		expect(ask_token(&config, token_hs256(H, P)), PROBLEM_BAD_TOKEN,
		       "a secret is its raw bytes", "under another");
	}
}

/* Each of the two accepts what the other signs, and reads the same user. */
static void test_second_opinion(void)
{
	static const struct {
		const char *name;
		enum config_alg ours;
		jwt_alg_t theirs;
		const EVP_MD *(*digest)(void);
	} algs[] = {
		{"HS256", CONFIG_HS256, JWT_ALG_HS256, EVP_sha256},
		{"HS384", CONFIG_HS384, JWT_ALG_HS384, EVP_sha384},
		{"HS512", CONFIG_HS512, JWT_ALG_HS512, EVP_sha512},
	};

	for (size_t i = 0; i < COUNT(algs); i++) {
		struct config config = plain;
		char header[64], id[2048], *made;
		jwt_t *jwt = NULL;

		config.algorithm = algs[i].ours;
		if (jwt_new(&jwt) != 0 ||
		    jwt_add_grant(jwt, "sub", "alice") != 0 ||
		    jwt_add_grant_int(jwt, "exp", NOW + 60) != 0 ||
		    jwt_set_alg(jwt, algs[i].theirs, (const unsigned char *)KEY,
				(int)strlen(KEY)) != 0)
			exit(1);
		made = jwt_encode_str(jwt);
		jwt_free(jwt);
		if (made == NULL)
			exit(1);
		expect(ask(&config, token_join("Bearer ", "", made), NOW_US, id,
			   NULL),
		       0, "libjwt signs, we verify", algs[i].name);
		is_text(id, "alice", "we read the user that libjwt wrote");
		made[strlen(made) - 2] ^= 1;
		expect(ask_token(&config, made), PROBLEM_BAD_TOKEN,
		       "a changed signature", algs[i].name);
		free(made);
		snprintf(header, sizeof(header), "{\"alg\":\"%s\"}",
			 algs[i].name);
		ok(libjwt(token_make(algs[i].digest(), KEY, header, P), KEY,
			  (int)strlen(KEY)) == 0,
		   "libjwt takes what we take: %s", algs[i].name);
	}
}

int main(void)
{
	char pem[2048];
	EVP_PKEY *key = rsa_key(pem);
	const char *rsa_token = rs256(key);

	EVP_PKEY_free(key);
	test_own_alg(pem, rsa_token);
	test_laxness(pem, rsa_token);
	test_sizes();
	test_exp();
	test_nul();
	test_pem(pem);
	test_no_key();
	test_second_opinion();
	return tap_done();
}
