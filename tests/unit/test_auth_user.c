/*
 * test_auth_user.c - the user id of a token, its issuer and audience, and the
 * user's name in the log.
 */
#include <stdlib.h>

#include "ask.h"
#include "base/datetime.h"
#include "base/banned.h"

#define A "\"sub\":\"alice\","

static void test_user_ids(void)
{
	static const struct {
		const char *name;
		const char *members;
		const char *id; /* NULL: refused */
	} cases[] = {
		{"sub", "\"sub\":\"alice\"", "alice"},
		{"digits", "\"sub\":\"42\"", "42"},
		{"UTF-8", "\"sub\":\"\\u00e9\"", "\xc3\xa9"},
		{"user_id", "\"user_id\":\"bob\"", "bob"},
		{"sub before user_id", "\"user_id\":\"bob\",\"sub\":\"alice\"",
		 "alice"},
		{"unfit user_id beside sub", "\"user_id\":5,\"sub\":\"alice\"",
		 "alice"},
		/* bad input */
		{"no member", "\"a\":1", NULL},
		{"empty", "\"sub\":\"\"", NULL},
		{"number", "\"sub\":42", NULL},
		{"null", "\"sub\":null", NULL},
		{"array", "\"sub\":[\"alice\"]", NULL},
		{"object", "\"sub\":{\"id\":\"alice\"}", NULL},
		{"NUL", "\"sub\":\"alice\\u0000bob\"", NULL},
		{"NUL alone", "\"sub\":\"\\u0000\"", NULL},
		{"Sub", "\"Sub\":\"alice\"", NULL},
		{"number user_id", "\"user_id\":42", NULL},
		{"empty user_id", "\"user_id\":\"\"", NULL},
		{"null user_id", "\"user_id\":null", NULL},
		{"empty sub, good user_id", "\"sub\":\"\",\"user_id\":\"bob\"",
		 NULL},
		{"null sub, good user_id", "\"sub\":null,\"user_id\":\"bob\"",
		 NULL},
		{"number sub, good user_id", "\"sub\":1,\"user_id\":\"bob\"",
		 NULL},
		{"NUL sub, good user_id",
		 "\"sub\":\"a\\u0000\",\"user_id\":\"bob\"", NULL},
		{"two subs", "\"sub\":\"alice\",\"sub\":\"bob\"", NULL},
	};
	char payload[4096], id[2048];

	for (size_t i = 0; i < COUNT(cases); i++) {
		enum problem_code code;

		snprintf(payload, sizeof(payload), "{%s," LATER "}",
			 cases[i].members);
		code = ask(&plain,
			   token_join("Bearer ", "", token_hs256(H, payload)),
			   NOW_US, id, NULL);
		if (!ok(cases[i].id ? !code && strcmp(id, cases[i].id) == 0
				    : code == PROBLEM_BAD_TOKEN,
			"nobody is somebody else: %s", cases[i].name))
			diag("code %d, user %s", (int)code, id);
	}
	for (int emoji = 0; emoji < 2; emoji++)
		for (size_t count = 255; count <= 256; count++) {
			size_t used = 8;

			memcpy(payload, "{\"sub\":\"", used);
			for (size_t i = 0; i < count; i++) {
				size_t unit = emoji ? 4 : 1;

				memcpy(payload + used,
				       emoji ? "\xf0\x9f\x98\x80" : "a", unit);
				used += unit;
			}
			snprintf(payload + used, sizeof(payload) - used,
				 "\"," LATER "}");
			ok(ask_token(&plain, token_hs256(H, payload)) ==
				   (count == 255 ? 0 : PROBLEM_BAD_TOKEN),
			   "a user id of %zu %s is %s", count,
			   emoji ? "emoji" : "letters",
			   count == 255 ? "accepted" : "refused");
		}
}

static void test_issuer_audience(void)
{
	static const struct {
		const char *name;
		const char *members;	       /* after sub and exp */
		const char *issuer, *audience; /* the settings */
		bool good;
	} cases[] = {
		{"unset, none", "", NULL, NULL, true},
		{"unset, any", ",\"iss\":5,\"aud\":{}", NULL, NULL, true},
		{"iss", ",\"iss\":\"https://a\"", "https://a", NULL, true},
		{"aud", ",\"aud\":\"b\"", NULL, "b", true},
		{"aud of one", ",\"aud\":[\"b\"]", NULL, "b", true},
		{"aud of three", ",\"aud\":[\"a\",5,\"b\"]", NULL, "b", true},
		{"both", ",\"iss\":\"a\",\"aud\":\"b\"", "a", "b", true},
		/* bad input */
		{"no iss", "", "https://a", NULL, false},
		{"other iss", ",\"iss\":\"https://b\"", "https://a", NULL,
		 false},
		{"iss and a slash", ",\"iss\":\"https://a/\"", "https://a",
		 NULL, false},
		{"shorter iss", ",\"iss\":\"https://\"", "https://a", NULL,
		 false},
		{"iss in capitals", ",\"iss\":\"HTTPS://A\"", "https://a", NULL,
		 false},
		{"iss array", ",\"iss\":[\"https://a\"]", "https://a", NULL,
		 false},
		{"iss null", ",\"iss\":null", "https://a", NULL, false},
		{"no aud", "", NULL, "b", false},
		{"other aud", ",\"aud\":\"c\"", NULL, "b", false},
		{"longer aud", ",\"aud\":\"bb\"", NULL, "b", false},
		{"empty aud", ",\"aud\":\"\"", NULL, "b", false},
		{"aud of none", ",\"aud\":[]", NULL, "b", false},
		{"aud of others", ",\"aud\":[\"a\",\"c\"]", NULL, "b", false},
		{"aud nested", ",\"aud\":[[\"b\"]]", NULL, "b", false},
		{"aud object", ",\"aud\":{\"b\":\"b\"}", NULL, "b", false},
		{"aud null", ",\"aud\":null", NULL, "b", false},
		{"iss right, aud wrong", ",\"iss\":\"a\",\"aud\":\"c\"", "a",
		 "b", false},
		{"aud right, iss wrong", ",\"iss\":\"c\",\"aud\":\"b\"", "a",
		 "b", false},
		{"swapped", ",\"iss\":\"b\",\"aud\":\"a\"", "a", "b", false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct config config = plain;
		char payload[512];

		config.issuer = cases[i].issuer;
		config.audience = cases[i].audience;
		snprintf(payload, sizeof(payload), "{" A LATER "%s}",
			 cases[i].members);
		expect(ask_token(&config, token_hs256(H, payload)),
		       cases[i].good ? 0 : PROBLEM_BAD_TOKEN,
		       "a token for another service is not for this one",
		       cases[i].name);
	}
}
static void test_user(void)
{
	const char *token = token_hs256(
		H, "{\"sub\":\"alice\",\"email\":\"a@b.example\",\"name\":"
		   "\"Al\",\"exp\":1767960900.25}");
	struct auth_keys keys = {0};
	struct arena arena;
	struct user user;
	struct problem problem = {0};
	int64_t expires_us = 0;

	arena_init(&arena, 1 << 20);
	ok(!auth_user(&keys, &plain, token_join("Bearer ", "", token), NOW_US,
		      &arena, &user, &problem),
	   "a good token is a user");
	is_text(user.id, "alice", "with an id");
	is_text(user.email, "a@b.example", "an e-mail address");
	is_text(user.name, "Al", "a name");
	ok(user.expires_us == NOW_US + 900250000, "and an end");
	ok(!auth_user(&keys, &plain,
		      token_join("Bearer ", "", token_hs256(H, P)), NOW_US,
		      &arena, &user, &problem) &&
		   !user.email && !user.name,
	   "who has no e-mail address or name has none");
	arena_release(&arena);
	token = token_hs256(H, "{\"sub\":\"a\",\"exp\":1e300}");
	ok(!ask(&plain, token_join("Bearer ", "", token), NOW_US, NULL,
		&expires_us) &&
		   expires_us >= DATETIME_MAX_US,
	   "an end past all time does not wrap round");

	arena_init(&arena, 0);
	token = token_hs256(H, P);
	expect(auth_user(&keys, &plain, token_join("Bearer ", "", token),
			 NOW_US, &arena, &user, &problem),
	       PROBLEM_INTERNAL, "short memory logs nobody out", "a token");
	arena_release(&arena);
}

/* Return the name of the user in the log, "-" if there is none. */
static const char *log_name(const struct config *config, const char *id)
{
	static struct arena arena; /* reachable until the next call */
	const struct user user = {.id = id};
	const char *name;

	arena_release(&arena);
	arena_init(&arena, 1 << 16);
	name = auth_log_name(config, &user, &arena);
	return name != NULL ? name : "-";
}

static void test_log_names(void)
{
	/* HMAC-SHA256 of "log\0alice", computed with another program */
	static const char hash[] = "e48ceb0876019df8";
	static char id[4 * AUTH_USER_MAX_CHARACTERS + 1];
	struct config config = plain;
	size_t length;

	is_text(log_name(&config, "alice"), "-", "by itself no log has users");
	config.log_user = CONFIG_LOG_WHOLE;
	is_text(log_name(&config, "alice"), "alice", "by choice it has");
	is_text(log_name(&config, "a b\n=\"\\%\xc3\xa9~"),
		"a%20b%0A%3D%22%5C%25%C3%A9~", "as one word");
	for (size_t i = 0; i + 1 < sizeof(id); i += 4)
		memcpy(id + i, "\xf0\x9f\x98\x80", 4);
	length = strlen(log_name(&config, id));
	ok(length == AUTH_LOG_NAME_BYTES, "the longest id has its room");
	config.log_user = CONFIG_LOG_HASH;
	is_text(log_name(&config, "alice"), hash, "or it has their MACs");
	ok(strcmp(log_name(&config, "alic"), hash) != 0, "each has another");
	config.secret = NULL;
	is_text(log_name(&config, "alice"), "-", "without a secret, none");
	config.database_url = "postgresql:///another-secret-of-32-bytes";
	ok(strlen(log_name(&config, "alice")) == 16 &&
		   strcmp(log_name(&config, "alice"), hash) != 0,
	   "another deployment has other ones");
}

int main(void)
{
	test_log_names();
	test_user_ids();
	test_issuer_audience();
	test_user();
	return tap_done();
}
