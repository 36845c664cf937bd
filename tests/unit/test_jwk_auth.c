/*
 * test_jwk_auth.c - auth_user() with a key set, and the flag file that requests
 * a newer set.  Unknown kids cannot cause a flood of requests.
 */
#include <sys/stat.h>
#include <time.h>

#include "auth/auth.h"
#include "keys.h"
#include "base/banned.h"

#define NOW_US (INT64_C(1767960000) * 1000000)
#define PAYLOAD "{\"sub\":\"alice\",\"exp\":4102444800}"
#define LONG_AGO 1000000000

static char folder[64];
static char *file, *flag;

static void make_folder(void)
{
	const char *above = getenv("TMPDIR");

	snprintf(folder, sizeof(folder), "%s/jwk-XXXXXX",
		 above && strlen(above) < 40 ? above : "/tmp");
	need(mkdtemp(folder) != NULL, "a folder");
	file = text_of("%s/jwks.json", folder);
	flag = text_of("%s.wanted", file);
}

static void write_file(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	need(out && fputs(text, out) >= 0 && fclose(out) == 0, path);
}

/* Return the mtime of the flag file in seconds, -1 if it does not exist. */
static time_t flag_time(void)
{
	struct stat status;

	return lstat(flag, &status) == 0 ? status.st_mtime : -1;
}

static void set_time(const char *path, time_t seconds)
{
	const struct timespec times[2] = {{.tv_sec = seconds},
					  {.tv_sec = seconds}};

	need(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) == 0, path);
}

/* Create the flag file like the refresher, with this age. */
static void put_flag(time_t seconds_ago)
{
	(void)unlink(flag);
	write_file(flag, "");
	set_time(flag, time(NULL) - seconds_ago);
}

static void want(void)
{
	struct arena arena;

	arena_init(&arena, 4096);
	jwk_set_want_newer(file, &arena);
	arena_release(&arena);
}

static bool is_now(time_t seconds)
{
	return llabs((long long)(time(NULL) - seconds)) <= 2;
}

static void test_want(void)
{
	static const struct {
		const char *name;
		time_t ago;
		bool heard;
	} cases[] = {
		{"never before", LONG_AGO, true},
		{"an hour ago", 3600, true},
		{"31 seconds ago", 31, true},
		{"20 seconds ago", 20, false},
		{"10 seconds ago", 10, false},
		{"just now", 0, false},
		/* After the clock was set back the flag is still updated. */
		{"in a year", -365 * 86400, true},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		time_t before;

		put_flag(cases[i].ago);
		before = flag_time();
		want();
		ok(cases[i].heard ? is_now(flag_time()) : flag_time() == before,
		   "asked %s, it %s", cases[i].name,
		   cases[i].heard ? "is asked now" : "is not asked again");
	}
	put_flag(LONG_AGO);
	want();
	set_time(flag, time(NULL) - 15);
	for (int i = 0; i < 1000; i++)
		want();
	ok(!is_now(flag_time()), "a flood of questions is one question");
}

static void test_want_nothing(void)
{
	const char *other = text_of("%s/other", folder);
	struct stat status;
	struct arena arena;

	(void)unlink(flag);
	want();
	ok(flag_time() == -1, "where nobody watches, no file is made");

	write_file(other, "");
	set_time(other, LONG_AGO);
	need(symlink(other, flag) == 0, "a link");
	want();
	ok(stat(other, &status) == 0 && status.st_mtime == LONG_AGO,
	   "a link's aim is not touched");
	(void)unlink(flag);

	need(symlink("/nowhere/at/all", flag) == 0, "a link");
	want();
	ok(lstat(flag, &status) == 0 && access("/nowhere/at/all", F_OK) != 0,
	   "a link to nothing makes nothing");
	(void)unlink(flag);

	need(mkdir(flag, 0700) == 0, "a folder");
	set_time(flag, LONG_AGO);
	want();
	ok(flag_time() == LONG_AGO, "a folder is left alone");
	(void)rmdir(flag);

	need(mkfifo(flag, 0600) == 0, "a pipe");
	set_time(flag, LONG_AGO);
	want();
	ok(flag_time() == LONG_AGO, "a pipe stops nobody");
	(void)unlink(flag);

	put_flag(LONG_AGO);
	arena_init(&arena, 0);
	jwk_set_want_newer(file, &arena);
	arena_release(&arena);
	ok(!is_now(flag_time()), "without memory nothing happens");
	(void)unlink(other);
}

/* Load JWKS_FILE and return the result of auth_user().  Set id, "-" if none. */
static enum problem_code ask(const struct config *config, const char *token,
			     char id[1024])
{
	struct arena arena;
	struct auth_keys keys = {0};
	struct user user = {0};
	struct problem problem = {0};
	enum problem_code code;

	arena_init(&arena, 1 << 20);
	code = auth_keys_load(&keys, config, NOW_US, &problem);
	if (!code)
		code = auth_user(&keys, config, text_of("Bearer %s", token),
				 NOW_US, &arena, &user, &problem);
	snprintf(id, 1024, "%s", !code && user.id ? user.id : "-");
	auth_keys_release(&keys);
	arena_release(&arena);
	return code;
}

static void test_when_asked(const struct config *config)
{
	static const struct {
		const char *name, *header;
		size_t which; /* 0: our key, 1: a stranger's */
		bool good, asked;
	} cases[] = {
		{"a known kid", "\"kid\":\"k\"", 0, true, false},
		{"a known kid, forged", "\"kid\":\"k\"", 1, false, false},
		{"no kid among several", "\"typ\":\"JWT\"", 0, false, false},
		{"an unknown kid", "\"kid\":\"new\"", 0, false, true},
		{"an unknown kid, forged", "\"kid\":\"new\"", 1, false, true},
		{"an empty kid", "\"kid\":\"\"", 0, false, true},
		{"kid a number", "\"kid\":1", 0, false, false},
		{"kid null", "\"kid\":null", 0, false, false},
		{"kid an object", "\"kid\":{}", 0, false, false},
		{"another algorithm", "\"kid\":\"e\"", 0, false, false},
		{"crit", "\"kid\":\"new\",\"crit\":[]", 0, false, false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *header =
			text_of("{\"alg\":\"EdDSA\",%s}", cases[i].header);
		char id[1024];

		put_flag(LONG_AGO);
		ok(ask(config,
		       token_signed(&schemes[EDDSA],
				    key_of(EDDSA, cases[i].which), header,
				    PAYLOAD),
		       id) ==
			   (cases[i].good ? PROBLEM_NONE : PROBLEM_BAD_TOKEN),
		   "%s: %s", cases[i].name,
		   cases[i].good ? "let in" : "invalid token");
		ok(is_now(flag_time()) == cases[i].asked,
		   "%s: a newer set is %s", cases[i].name,
		   cases[i].asked ? "asked for" : "not asked for");
	}
}

#define L16 "0123456789abcdef"
#define L64 L16 L16 L16 L16

static void test_ids(const struct config *config)
{
	static const struct {
		const char *name, *payload;
		const char *id; /* NULL: refused */
	} cases[] = {
		{"32 letters and digits",
		 "{\"sub\":\"7HpfNkYQyrrJYyqJ9wNYvGLgYnBqVXsE\",%s}",
		 "7HpfNkYQyrrJYyqJ9wNYvGLgYnBqVXsE"},
		{"a UUID",
		 "{\"sub\":\"0192F3a4-7b1c-7def-8abc-0123456789ab\",%s}",
		 "0192F3a4-7b1c-7def-8abc-0123456789ab"},
		{"digits", "{\"sub\":\"1\",%s}", "1"},
		{"digits with zeros", "{\"sub\":\"007\",%s}", "007"},
		{"many digits", "{\"sub\":\"9007199254740993\",%s}",
		 "9007199254740993"},
		{"an e-mail address", "{\"sub\":\"a@b.c\",%s}", "a@b.c"},
		{"not only ASCII", "{\"sub\":\"\xc3\xa9\\u00e9\",%s}",
		 "\xc3\xa9\xc3\xa9"},
		{"spaces stay", "{\"sub\":\" a \",%s}", " a "},
		{"255 characters",
		 "{\"sub\":\"" L64 L64 L64 "0123456789abcdef"
		 "0123456789abcdef0123456789abcdef0123456789abcde\",%s}",
		 L64 L64 L64 L16 L16 L16 "0123456789abcde"},
		{"user_id", "{\"user_id\":\"u\",%s}", "u"},
		{"sub before user_id", "{\"user_id\":\"u\",\"sub\":\"s\",%s}",
		 "s"},
		/* bad input */
		{"256 characters", "{\"sub\":\"" L64 L64 L64 L64 "\",%s}",
		 NULL},
		{"a number", "{\"sub\":1,%s}", NULL},
		{"a number beside user_id", "{\"sub\":1,\"user_id\":\"u\",%s}",
		 NULL},
		{"null beside user_id", "{\"sub\":null,\"user_id\":\"u\",%s}",
		 NULL},
		{"empty", "{\"sub\":\"\",%s}", NULL},
		{"empty beside user_id", "{\"sub\":\"\",\"user_id\":\"u\",%s}",
		 NULL},
		{"a NUL", "{\"sub\":\"a\\u0000b\",%s}", NULL},
		{"none", "{%s}", NULL},
		{"an e-mail link's token", "{\"email\":\"a@b.c\",%s}", NULL},
		{"a session cookie's",
		 "{\"user\":{\"id\":\"u\"},\"session\":{},%s}", NULL},
		{"id", "{\"id\":\"u\",%s}", NULL},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *want_id = cases[i].id ? cases[i].id : "-";
		char *payload = text_of("%s", cases[i].payload);
		char *place = strstr(payload, "%s}"), id[1024];
		enum problem_code code;

		need(place != NULL, "the claims");
		*place = '\0';
		code = ask(
			config,
			token_signed(&schemes[EDDSA], key_of(EDDSA, 0),
				     "{\"alg\":\"EdDSA\",\"kid\":\"k\"}",
				     text_of("%s\"exp\":4102444800}", payload)),
			id);
		ok(code == (cases[i].id ? PROBLEM_NONE : PROBLEM_BAD_TOKEN) &&
			   strcmp(id, want_id) == 0,
		   "the user is who the token says: %s", cases[i].name);
	}
}

/* The signature is checked before the claims. */
static void test_claims(struct config config)
{
	static const struct {
		const char *name, *payload;
		enum problem_code ours, theirs;
	} cases[] = {
		{"valid", PAYLOAD, PROBLEM_NONE, PROBLEM_BAD_TOKEN},
		{"expired", "{\"sub\":\"a\",\"exp\":1}", PROBLEM_TOKEN_EXPIRED,
		 PROBLEM_BAD_TOKEN},
		{"no exp", "{\"sub\":\"a\"}", PROBLEM_BAD_TOKEN,
		 PROBLEM_BAD_TOKEN},
		{"not yet",
		 "{\"sub\":\"a\",\"exp\":4102444800,"
		 "\"nbf\":4102444700}",
		 PROBLEM_BAD_TOKEN, PROBLEM_BAD_TOKEN},
	};
	char id[1024];

	for (size_t i = 0; i < COUNT(cases) * 2; i++) {
		size_t c = i / 2, which = i % 2;

		ok(ask(&config,
		       token_signed(&schemes[EDDSA], key_of(EDDSA, which),
				    "{\"alg\":\"EdDSA\",\"kid\":\"k\"}",
				    cases[c].payload),
		       id) == (which ? cases[c].theirs : cases[c].ours),
		   "%s, %s: the answer of the contract", cases[c].name,
		   which ? "forged" : "genuine");
	}
	config.issuer = "http://localhost:3000";
	ok(ask(&config,
	       token_signed(&schemes[EDDSA], key_of(EDDSA, 0),
			    "{\"alg\":\"EdDSA\",\"kid\":\"k\"}", PAYLOAD),
	       id) == PROBLEM_BAD_TOKEN,
	   "a token of another issuer is refused");
}

int main(void)
{
	struct config config = {0};
	char id[1024];

	make_folder();
	config.jwks_file = file;
	write_file(file, text_of("{\"keys\":[%s,%s]}", key_named(EDDSA, 0, "k"),
				 key_named(ES256, 0, "e")));
	test_want();
	test_want_nothing();
	test_when_asked(&config);
	test_ids(&config);
	test_claims(config);
	ok(ask(&config, "", id) == PROBLEM_NO_TOKEN, "no token is no token");
	(void)unlink(file);
	ok(ask(&config, "a.b.c", id) == PROBLEM_INTERNAL,
	   "without its file the API is out of order, not open");
	(void)unlink(flag);
	(void)rmdir(folder);
	keys_release();
	return tap_done();
}
