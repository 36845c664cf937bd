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
#include <jwt.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/base64url.h"
#include "base/buf.h"
#include "config/config.h"
#include "base/datetime.h"
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

/* Better Auth sets iss and aud.  The API checks each that is configured. */
static bool add_claims(jwt_t *jwt, const struct config *config,
		       const char *user, long now_s, long expires_s)
{
	return jwt_add_grant(jwt, "sub", user) == 0 &&
	       jwt_add_grant_int(jwt, "iat", now_s) == 0 &&
	       jwt_add_grant_int(jwt, "exp", expires_s) == 0 &&
	       (config->issuer == NULL ||
		jwt_add_grant(jwt, "iss", config->issuer) == 0) &&
	       (config->audience == NULL ||
		jwt_add_grant(jwt, "aud", config->audience) == 0);
}

/*
 * libjwt makes this token, so the programs are also tried with tokens of
 * another implementation than their own.
 */
static int print_user_token(const struct config *config, const char *user,
			    const char *lifetime)
{
	static const jwt_alg_t algs[] = {
		[CONFIG_HS256] = JWT_ALG_HS256,
		[CONFIG_HS384] = JWT_ALG_HS384,
		[CONFIG_HS512] = JWT_ALG_HS512,
	};
	const char *digits = lifetime + (*lifetime == '-');
	long now_s = (long)(datetime_now_us() / 1000000);
	unsigned long seconds;
	jwt_t *jwt = NULL;
	char *token = NULL;
	int result;

	if (!text_to_number(digits, strlen(digits), 4000000000UL, &seconds))
		return fail(lifetime, "is not a number of seconds");
	if (jwt_new(&jwt) == 0 &&
	    add_claims(jwt, config, user, now_s,
		       *lifetime == '-' ? now_s - (long)seconds
					: now_s + (long)seconds) &&
	    jwt_set_alg(jwt, algs[config->algorithm],
			(const unsigned char *)config->secret,
			(int)config->secret_bytes) == 0)
		token = jwt_encode_str(jwt);
	jwt_free(jwt);
	if (token == NULL)
		return fail(user, "is not a valid user id");
	result = puts(token) < 0;
	free(token);
	return result;
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
		result = print_user_token(&config, argv[1],
					  argc == 3 ? argv[2] : "3600");
	else
		result = fail("usage:", "token USER [SECONDS]");
	arena_release(&arena);
	return result;
}
