/*
 * ask.h - call auth_user() with a token and a fixed time.
 */
#ifndef ASK_H
#define ASK_H

#include "base/arena.h"
#include "auth/auth.h"
#include "tap.h"
#include "token.h"

#define H "{\"alg\":\"HS256\"}"
#define NOW INT64_C(1767960000) /* seconds */
#define NOW_US (NOW * 1000000)
#define LATER "\"exp\":1767960900"
#define P "{\"sub\":\"alice\"," LATER "}"

static const struct config plain = {
	.secret = KEY,
	.secret_bytes = sizeof(KEY) - 1,
	.algorithm = CONFIG_HS256,
};

/*
 * Return the result of auth_user() for an Authorization header at now_us.  Set
 * *id and *expires_us, of which each may be NULL.
 */
static inline enum problem_code ask(const struct config *config,
				    const char *header, int64_t now_us,
				    char id[2048], int64_t *expires_us)
{
	struct arena arena;
	struct auth_keys keys = {0};
	struct user user = {0};
	struct problem problem = {0};
	enum problem_code code;

	arena_init(&arena, 1 << 20);
	code = auth_keys_load(&keys, config, now_us, &problem);
	if (!code)
		code = auth_user(&keys, config, header, now_us, &arena, &user,
				 &problem);
	if (id)
		snprintf(id, 2048, "%s", !code && user.id ? user.id : "-");
	if (expires_us)
		*expires_us = user.expires_us;
	auth_keys_release(&keys);
	arena_release(&arena);
	return code;
}

static inline enum problem_code ask_token(const struct config *config,
					  const char *token)
{
	return ask(config, token_join("Bearer ", "", token), NOW_US, NULL,
		   NULL);
}

static inline void expect(enum problem_code got, enum problem_code want,
			  const char *what, const char *name)
{
	if (!ok(got == want, "%s: %s %s", what, name,
		want ? "refused" : "accepted"))
		diag("got %d, wanted %d", (int)got, (int)want);
}

#endif
