#include "auth/auth.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/datetime.h"
#include "base/hex.h"
#include "auth/jws.h"
#include "auth/jws_hmac.h"
#include "base/hash.h"
#include "base/oom.h"
#include "base/utf8.h"
#include "base/uri.h"
#include "base/banned.h"

/* Bytes of the MAC that names a user in the log. */
#define HASH_BYTES 8

/* Return the token after "Bearer" (RFC 6750, section 2.1), or NULL. */
static const char *bearer_token(const char *authorization)
{
	static const char scheme[] = "bearer";
	const char *p = authorization;

	if (p == NULL)
		return NULL;
	for (size_t i = 0; i < sizeof(scheme) - 1; i++, p++)
		if (*p != scheme[i] && *p != scheme[i] - 'a' + 'A')
			return NULL;
	if (*p != ' ')
		return NULL;
	p += strspn(p, " ");
	return *p != '\0' ? p : NULL;
}

/* Copy a claim into the arena.  Return NULL if it is absent or not a string. */
static const char *claim_text(const json_t *claims, const char *name,
			      struct arena *arena)
{
	const json_t *claim = json_object_get(claims, name);

	if (!json_is_string(claim))
		return NULL;
	return arena_strndup(arena, json_string_value(claim),
			     json_string_length(claim));
}

/*
 * Return `sub`, else `user_id`, and no other claim.  An unusable `sub` makes
 * the token invalid even if `user_id` is usable.
 */
static const char *user_id(const json_t *claims, struct arena *arena)
{
	const char *id =
		json_object_get(claims, "sub") != NULL ? "sub" : "user_id";

	id = claim_text(claims, id, arena);
	if (id == NULL || *id == '\0' ||
	    utf8_code_points(id, strlen(id)) > AUTH_USER_MAX_CHARACTERS)
		return NULL;
	return id;
}

static bool is_issuer_right(const json_t *claims, const char *wanted)
{
	const char *issuer = json_string_value(json_object_get(claims, "iss"));

	return wanted == NULL ||
	       (issuer != NULL && strcmp(issuer, wanted) == 0);
}

/* `aud` is a string or an array of strings (RFC 7519, section 4.1.3). */
static bool is_audience_right(const json_t *claims, const char *wanted)
{
	const json_t *audience = json_object_get(claims, "aud");
	const json_t *one;
	size_t i;

	if (wanted == NULL)
		return true;
	if (json_is_string(audience))
		return strcmp(json_string_value(audience), wanted) == 0;
	json_array_foreach(audience, i, one)
		if (json_is_string(one) &&
		    strcmp(json_string_value(one), wanted) == 0)
			return true;
	return false;
}

/* Convert a NumericDate to microseconds.  A double cannot overflow. */
static double claim_us(const json_t *claim)
{
	return json_number_value(claim) * 1e6;
}

/*
 * Convert the microseconds of an expiry in the future to an integer.  The
 * result is at most DATETIME_MAX_US, so that it can be formatted.
 */
static int64_t expiry_us(double us)
{
	return us >= (double)DATETIME_MAX_US ? DATETIME_MAX_US : (int64_t)us;
}

/* Check the claims of a token whose signature was verified. */
static enum problem_code read_claims(const struct config *config,
				     const json_t *claims, int64_t now_us,
				     struct arena *arena, struct user *user,
				     struct problem *problem)
{
	const json_t *expires = json_object_get(claims, "exp");
	const json_t *not_before = json_object_get(claims, "nbf");
	double leeway_us = (double)config->leeway_s * 1e6;

	if (!json_is_number(expires) ||
	    (not_before != NULL && !json_is_number(not_before)))
		return problem_set(problem, PROBLEM_BAD_TOKEN, "auth.dates",
				   "the claim exp is missing, or exp or nbf is "
				   "not a number");
	if (!is_issuer_right(claims, config->issuer) ||
	    !is_audience_right(claims, config->audience))
		return problem_set(
			problem, PROBLEM_BAD_TOKEN, "auth.audience",
			"the claim iss or aud does not match JWT_ISSUER or "
			"JWT_AUDIENCE");
	user->id = user_id(claims, arena);
	if (user->id == NULL)
		return problem_set(
			problem, PROBLEM_BAD_TOKEN, "auth.user",
			"the claim sub or user_id is missing or invalid");
	if ((double)now_us + leeway_us < claim_us(not_before))
		return problem_set(
			problem, PROBLEM_BAD_TOKEN, "auth.nbf",
			"the time in the claim nbf is in the future");
	if ((double)now_us >= claim_us(expires) + leeway_us)
		return problem_set(problem, PROBLEM_TOKEN_EXPIRED, "auth.exp",
				   NULL);
	user->email = claim_text(claims, "email", arena);
	user->name = claim_text(claims, "name", arena);
	user->expires_us = expiry_us(claim_us(expires));
	return PROBLEM_NONE;
}

/*
 * Return the reason why the set has no key for a token: a literal, or text in
 * the arena.
 */
static const char *missing(const struct jwk_set *set, const char *kid,
			   struct arena *arena)
{
	const char *fault = kid != NULL ? jwk_set_fault(set, kid) : NULL;
	const char *reason = NULL;

	if (fault != NULL)
		reason = arena_printf(
			arena, "the key with the token's kid is unusable: %s",
			fault);
	if (reason != NULL)
		return reason;
	return kid != NULL ? "JWKS_FILE has no key with the token's kid"
			   : "the token has no kid, and JWKS_FILE has several "
			     "usable keys";
}

/*
 * Verify the token with the key set.  If its key is missing, request a newer
 * set.  Return NULL or the error.
 */
static const char *verify_by_set(struct auth_keys *keys,
				 const struct config *config,
				 const struct jws *jws, struct arena *arena)
{
	const json_t *kid = json_object_get(jws->header, "kid");
	const struct jwk *jwk;

	if (kid != NULL && !json_is_string(kid))
		return "the token's kid is not a string";
	jwk = jwk_set_select(&keys->set, json_string_value(kid));
	if (jwk == NULL && kid != NULL)
		jwk_set_want_newer(config->jwks_file, arena);
	if (jwk == NULL)
		return missing(&keys->set, json_string_value(kid), arena);
	if (!jwk_verify(jwk, jws))
		return "the token's alg or signature does not match the key";
	return NULL;
}

/* Return NULL if the signature is valid, else the error. */
static const char *verify(struct auth_keys *keys, const struct config *config,
			  const struct jws *jws, struct arena *arena)
{
	if (config->jwks_file != NULL)
		return verify_by_set(keys, config, jws, arena);
	if (!jws_verify_hmac(jws, config->algorithm, config->secret,
			     config->secret_bytes))
		return "the token's alg or signature does not match the key";
	return NULL;
}

enum problem_code auth_user(struct auth_keys *keys, const struct config *config,
			    const char *authorization, int64_t now_us,
			    struct arena *arena, struct user *user,
			    struct problem *problem)
{
	const char *token = bearer_token(authorization);
	enum problem_code code;
	const char *fault;
	struct jws jws;

	*user = (struct user){0};
	if (token == NULL)
		return problem_set(problem, PROBLEM_NO_TOKEN, "auth.header",
				   NULL);
	fault = jws_parse(&jws, token, arena)
			? verify(keys, config, &jws, arena)
			: "the token is malformed, longer than 8 KiB, or has "
			  "an unsupported typ or crit";
	if (fault != NULL)
		code = problem_set(problem, PROBLEM_BAD_TOKEN, "auth.token",
				   fault);
	else
		code = read_claims(config, jws.payload, now_us, arena, user,
				   problem);
	/*
	 * A claim can be incomplete after an allocation failure, so send 500.
	 */
	if (arena->failed || keys->arena.failed || oom_happened())
		code = problem_set(problem, PROBLEM_INTERNAL, "auth.memory",
				   "out of memory");
	jws_release(&jws);
	return code;
}

const char *auth_log_name(const struct config *config, const struct user *user,
			  struct arena *arena)
{
	static const char purpose[] = "log";
	unsigned char mac[HASH_MAC_BYTES];
	char hash[HEX_TEXT_BYTES(HASH_BYTES)];
	struct buf name;

	if (config->log_user == CONFIG_LOG_NOBODY)
		return NULL;
	buf_init(&name, arena, AUTH_LOG_NAME_BYTES);
	if (config->log_user == CONFIG_LOG_WHOLE) {
		uri_add_value(&name, user->id);
		return buf_failed(&name) ? NULL : buf_text(&name);
	}
	buf_add(&name, purpose, sizeof(purpose));
	buf_puts(&name, user->id);
	if (buf_failed(&name) ||
	    !hash_mac(config_mac_key(config), name.data, name.length, mac))
		return NULL;
	hex_encode(mac, HASH_BYTES, hash);
	return arena_strndup(arena, hash, sizeof(hash) - 1);
}

const struct auth_scheme auth_bearer = {auth_keys_load, auth_user,
					auth_log_name, auth_keys_release};
