/*
 * token - create a token with the configured secret, for trying and testing the
 * API.
 *
 *   token USER [SECONDS]           a token for USER, valid for SECONDS (3600)
 *   token --raw HEADER CLAIMS ALG  sign exactly these two JSON texts with HMAC
 *
 * The secret comes from BETTER_AUTH_SECRET in the environment or in the file
 * that TASKS_ENV_FILE names, as for the programs.  SECONDS may be negative.
 * Prints the token and a newline.  Exit status 1, with a line on standard
 * error, after a failure.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/base64url.h"
#include "base/buf.h"
#include "config/config.h"
#include "base/datetime.h"
#include "base/json_text.h"
#include "base/text.h"
#include "base/banned.h"

#define ARENA_LIMIT_BYTES (64 * 1024 * 1024)

static int fail(const char *what, const char *why)
{
	(void)fprintf(stderr, "token: %s %s\n", what, why);
	return 1;
}

static const char *digest_name(const char *alg)
{
	if (strcmp(alg, "HS384") == 0)
		return "SHA384";
	return strcmp(alg, "HS512") == 0 ? "SHA512" : "SHA256";
}

static int print_token(const struct config *config, struct arena *arena,
		       const char *header, const char *claims, const char *alg)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	size_t mac_length;
	struct buf token;

	buf_init(&token, arena, ARENA_LIMIT_BYTES / 4);
	base64url_add(&token, header, strlen(header));
	buf_puts(&token, ".");
	base64url_add(&token, claims, strlen(claims));
	if (EVP_Q_mac(NULL, "HMAC", NULL, digest_name(alg), NULL,
		      config->secret, config->secret_bytes,
		      (const unsigned char *)buf_text(&token), token.length,
		      mac, sizeof(mac), &mac_length) == NULL)
		return fail("OpenSSL", "cannot sign");
	buf_puts(&token, ".");
	base64url_add(&token, mac, mac_length);
	if (buf_failed(&token))
		return fail("the token", "is too long");
	return puts(buf_text(&token)) < 0;
}

static int print_user_token(const struct config *config, struct arena *arena,
			    const char *user, const char *lifetime)
{
	static const char *const algs[] = {"HS256", "HS384", "HS512"};
	const char *alg = algs[config->algorithm], *header, *claims;
	const char *digits = lifetime + (*lifetime == '-');
	long now_s = (long)(datetime_now_us() / 1000000);
	unsigned long seconds;
	json_t *object;

	if (!text_to_number(digits, strlen(digits), 4000000000UL, &seconds))
		return fail(lifetime, "is not a number of seconds");
	object = json_pack(
		"{s:s,s:I,s:I}", "sub", user, "iat", (json_int_t)now_s, "exp",
		(json_int_t)(*lifetime == '-' ? now_s - (long)seconds
					      : now_s + (long)seconds));
	/* Better Auth sets both.  The API checks each that is configured. */
	if (config->issuer != NULL)
		json_object_set_new(object, "iss", json_string(config->issuer));
	if (config->audience != NULL)
		json_object_set_new(object, "aud",
				    json_string(config->audience));
	claims = json_text(object, arena);
	header = arena_printf(arena, "{\"alg\":\"%s\",\"typ\":\"JWT\"}", alg);
	if (header == NULL || claims == NULL)
		return fail(user, "is not a valid user id");
	return print_token(config, arena, header, claims, alg);
}

int main(int argc, char *argv[])
{
	struct arena arena;
	struct config config;
	struct problem problem = {0};
	enum problem_code code;
	int result;

	arena_init(&arena, ARENA_LIMIT_BYTES);
	code = config_load(&config, environ, &arena, &problem);
	if (code == PROBLEM_NONE)
		code = config_require_key(&config, &problem);
	if (code != PROBLEM_NONE)
		result = fail(problem.setting, problem.reason);
	else if (argc == 5 && strcmp(argv[1], "--raw") == 0)
		result =
			print_token(&config, &arena, argv[2], argv[3], argv[4]);
	else if (argc == 2 || argc == 3)
		result = print_user_token(&config, &arena, argv[1],
					  argc == 3 ? argv[2] : "3600");
	else
		result = fail("usage:", "token USER [SECONDS]");
	arena_release(&arena);
	return result;
}
