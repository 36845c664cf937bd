/*
 * fuzz_token.c - any token: no crash, no leak, and a token without a valid
 * signature is refused.
 *
 * An input without a newline is the token as received. An input with one is
 * HEADER newline PAYLOAD as JSON texts. They are signed here, so that the
 * fuzzer gets past the signature to the claims. libjwt gives a second opinion:
 * if it can read a token that we accept, it finds the same user.
 */
#include <jwt.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "auth/auth.h"
#include "base/datetime.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "keys.h"
#include "base/banned.h"

#define SECRET "correct-horse-battery-staple-012345"
#define NOW_US (INT64_C(1767960000) * 1000000)

static const struct config config_secret = {
	.secret = SECRET,
	.secret_bytes = sizeof(SECRET) - 1,
	.algorithm = CONFIG_HS256,
};
/* The path cannot exist, so a reload of the key set finds nothing. */
static const struct config config_set = {.jwks_file = "/dev/null/keys"};

static struct auth_keys by_secret, by_set;
static struct arena set_arena;
static EVP_PKEY *signer;

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char path[FUZZ_PATH_BYTES];
	struct problem problem;
	int fd = fuzz_file(fuzz_keys, sizeof(fuzz_keys) - 1, path);

	(void)argc;
	(void)argv;
	arena_init(&set_arena, 1 << 20);
	must(jwk_set_load(&by_set.set, path, &set_arena, &problem) ==
	     PROBLEM_NONE);
	must(jwk_set_usable(&by_set.set) == 7 && by_set.set.count == 7);
	close(fd);
	signer = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL,
					      fuzz_ed25519, 32);
	must(signer != NULL);
	return 0;
}

static void put_base64url(char **p, const uint8_t *bytes, size_t length)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789-_";
	unsigned bits = 0, held = 0;

	for (size_t i = 0; i < length; i++) {
		bits = (bits & 0xff) << 8 | bytes[i];
		for (held += 8; held >= 6; held -= 6)
			*(*p)++ = digits[bits >> (held - 6) & 63];
	}
	if (held > 0)
		*(*p)++ = digits[bits << (6 - held) & 63];
	**p = '\0';
}

/*
 * Check that libjwt reads the same user.  It cannot read each valid token: for
 * example, version 1.10 refuses at+jwt and integers of more than 64 bits.
 */
static void compare(const char *header, const char *id)
{
	const char *token = header + 7 + strspn(header + 7, " ");
	const char *theirs;
	jwt_t *jwt = NULL;

	if (jwt_decode(&jwt, token, (const unsigned char *)SECRET,
		       (int)strlen(SECRET)) == 0) {
		theirs = jwt_get_grant(jwt, "sub");
		if (theirs == NULL)
			theirs = jwt_get_grant(jwt, "user_id");
		must(theirs != NULL && strcmp(theirs, id) == 0);
	}
	jwt_free(jwt);
}

/* Call auth_user() and check what its header promises. */
static enum problem_code ask(struct auth_keys *keys,
			     const struct config *config, const char *header)
{
	struct arena arena;
	struct user user;
	struct problem problem = {0};
	enum problem_code code;

	arena_init(&arena, 1 << 20);
	code = auth_user(keys, config, header, NOW_US, &arena, &user, &problem);
	must(code == PROBLEM_NONE || code == PROBLEM_NO_TOKEN ||
	     code == PROBLEM_TOKEN_EXPIRED || code == PROBLEM_BAD_TOKEN);
	must(!arena.failed);
	if (code == PROBLEM_NONE) {
		must(user.id != NULL && user.id[0] != '\0');
		must(utf8_code_points(user.id, strlen(user.id)) <=
		     AUTH_USER_MAX_CHARACTERS);
		must(user.expires_us > NOW_US &&
		     user.expires_us <= DATETIME_MAX_US);
		if (keys == &by_secret)
			compare(header, user.id);
	}
	arena_release(&arena);
	return code;
}

/* Append the HMAC of text[0..length) in base64url at *p, and advance *p. */
static void put_hmac(char **p, const char *text, size_t length)
{
	unsigned char mac[32];
	size_t got;

	must(EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, SECRET,
		       sizeof(SECRET) - 1, (const unsigned char *)text, length,
		       mac, sizeof(mac), &got) != NULL);
	put_base64url(p, mac, got);
}

static void put_ed25519(char **p, const char *text, size_t length)
{
	unsigned char signature[64];
	size_t got = sizeof(signature);
	EVP_MD_CTX *md = EVP_MD_CTX_new();

	must(EVP_DigestSignInit(md, NULL, NULL, NULL, signer) == 1 &&
	     EVP_DigestSign(md, signature, &got, (const unsigned char *)text,
			    length) == 1);
	EVP_MD_CTX_free(md);
	put_base64url(p, signature, got);
}

/*
 * Check a token as received. If the secret accepts it, its HMAC must equal the
 * one computed here.
 */
static void try_as_it_is(const uint8_t *data, size_t size)
{
	char *header = malloc(size + sizeof("Bearer "));
	const char *dot;
	enum problem_code code;

	must(header != NULL);
	memcpy(header, "Bearer ", 7);
	memcpy(header + 7, data, size);
	header[7 + size] = '\0';
	(void)!ask(&by_set, &config_set, header);
	code = ask(&by_secret, &config_secret, header);
	dot = strrchr(header, '.');
	if (code == PROBLEM_NONE || code == PROBLEM_TOKEN_EXPIRED) {
		const char *token = header + 7 + strspn(header + 7, " ");
		char expected[64], *end = expected;

		must(dot != NULL);
		put_hmac(&end, token, (size_t)(dot - token));
		must(strcmp(dot + 1, expected) == 0);
	}
	free(header);
}

/* Sign the header and the payload with the secret and with the private key. */
static void try_signed(const uint8_t *data, size_t size, const uint8_t *newline)
{
	char *header = malloc(size * 4 / 3 + 128);
	char *token, *end, *signed_end;

	must(header != NULL);
	memcpy(header, "Bearer ", 7);
	token = end = header + 7;
	put_base64url(&end, data, (size_t)(newline - data));
	*end++ = '.';
	put_base64url(&end, newline + 1, (size_t)(data + size - newline - 1));
	signed_end = end;
	*end++ = '.';
	put_hmac(&end, token, (size_t)(signed_end - token));
	(void)!ask(&by_secret, &config_secret, header);
	end = signed_end + 1;
	put_ed25519(&end, token, (size_t)(signed_end - token));
	(void)!ask(&by_set, &config_set, header);
	free(header);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *newline = size > 0 ? memchr(data, '\n', size) : NULL;

	if (newline != NULL)
		try_signed(data, size, newline);
	else
		try_as_it_is(data, size);
	return 0;
}
