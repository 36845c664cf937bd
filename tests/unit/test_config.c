/*
 * test_config.c - settings: an invalid value is refused.  The error names the
 * setting and does not repeat the value.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "config/config.h"
#include "base/env.h"
#include "db/db.h"
#include "tap.h"
#include "base/banned.h"

#define K31 "0123456789012345678901234567890"
#define K32 K31 "1"
#define NEON                                                               \
	"postgresql://user:p%40ss@ep-x-pooler.eu-central-1.aws.neon.tech/" \
	"neondb?sslmode=require&channel_binding=require"
#define PG "DATABASE_URL=postgresql://"
#define CORS "CORS_ORIGINS="
/* A value that error messages must not contain. */
#define HIDDEN "hunter2hunter2"

struct config_case {
	const char *name;
	const char *env[4];
	const char *want;  /* a part of the output of show() */
	const char *fault; /* the variable in the error; | separates several */
};

static const struct config_case good[] = {
	{"nothing set",
	 {NULL},
	 "db=- secret=-/0 alg=0 iss=- aud=- leeway=0",
	 0},
	{"defaults", {NULL}, "rows=1000 body=65536 timeout=5000000", 0},
	{"default origin", {NULL}, "origins=1 http://localhost:3000;", 0},
	{"Neon's URL", {"DATABASE_URL=" NEON}, "db=" NEON " ", 0},
	{"postgres://",
	 {"DATABASE_URL=postgres://h/d"},
	 "db=postgres://h/d",
	 0},
	{"a socket",
	 {PG "/d?host=/run/x"},
	 "db=postgresql:///d?host=/run/x",
	 0},
	{"a port", {PG "h:65535/d"}, "db=postgresql://h:65535/d", 0},
	{"IPv6", {PG "[::1]:5432/d"}, "db=postgresql://[::1]:5432/d", 0},
	{"verify-full",
	 {PG "h/d?sslmode=verify-full&sslrootcert=/etc/ssl/x"},
	 "sslrootcert=/etc/ssl/x",
	 0},
	{"libpq's options",
	 {PG "h/"
	     "d?connect_timeout=10&keepalives=1&sslsni=1&target_session_attrs="
	     "any"},
	 "db=postgresql://h/d?connect_timeout=10",
	 0},
	{"secret of 32", {"BETTER_AUTH_SECRET=" K32}, "secret=" K32 "/32", 0},
	{"JWT_SECRET", {"JWT_SECRET=" K32}, "secret=" K32 "/32", 0},
	{"one secret twice",
	 {"BETTER_AUTH_SECRET=" K32, "JWT_SECRET=" K32},
	 "secret=" K32 "/32",
	 0},
	{"bytes count, not characters",
	 {"JWT_SECRET=\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
	  "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
	  "\xc3\xa9"},
	 "/32 ",
	 0},
	{"a secret is not trimmed",
	 {"JWT_SECRET= " K31 " "},
	 "secret= " K31 " /33",
	 0},
	{"HS256", {"JWT_ALGORITHM=HS256"}, "alg=0", 0},
	{"HS384", {"JWT_ALGORITHM=HS384"}, "alg=1", 0},
	{"HS512", {"JWT_ALGORITHM=HS512"}, "alg=2", 0},
	{"issuer, audience",
	 {"JWT_ISSUER=https://a", "JWT_AUDIENCE=b"},
	 "iss=https://a aud=b",
	 0},
	{"leeway", {"JWT_LEEWAY=60"}, "leeway=60", 0},
	{"logs by default", {NULL}, "json=0 user=0 timing=0", 0},
	{"logfmt",
	 {"TASKS_LOG_FORMAT=logfmt", "TASKS_LOG_USER=none",
	  "TASKS_SERVER_TIMING=no"},
	 "json=0 user=0 timing=0",
	 0},
	{"JSON", {"TASKS_LOG_FORMAT=json"}, "json=1 user=0 timing=0", 0},
	{"users hashed", {"TASKS_LOG_USER=hash"}, "json=0 user=1 timing=0", 0},
	{"users", {"TASKS_LOG_USER=whole"}, "json=0 user=2 timing=0", 0},
	{"timing", {"TASKS_SERVER_TIMING=yes"}, "json=0 user=0 timing=1", 0},
	{"empty is unset",
	 {"DATABASE_URL=", "JWT_SECRET=", "CORS_ORIGINS=", "JWT_ISSUER="},
	 "db=- secret=-/0 alg=0 iss=-",
	 0},
	{"an empty number is unset", {"TASKS_MAX_ROWS="}, "rows=1000", 0},
	{"an empty algorithm is unset", {"JWT_ALGORITHM="}, "alg=0", 0},
	{"an empty JWKS_FILE is unset",
	 {"JWKS_FILE=", "JWT_SECRET=" K32, "JWT_ALGORITHM=HS512"},
	 "alg=2",
	 0},
	{"an empty secret beside one",
	 {"BETTER_AUTH_SECRET=", "JWT_SECRET=" K32},
	 "secret=" K32,
	 0},
	{"no prefix", {"PUBLIC_PREFIX="}, "prefix=- ", 0},
	{"a prefix", {"PUBLIC_PREFIX=/a/b"}, "prefix=/a/b ", 0},
	{"rows", {"TASKS_MAX_ROWS=1"}, "rows=1 ", 0},
	{"body", {"TASKS_MAX_BODY=1024"}, "body=1024", 0},
	{"timeout", {"TASKS_DB_TIMEOUT_MS=250"}, "timeout=250000", 0},
	{"two origins",
	 {CORS "https://a.example,http://localhost:5173"},
	 "origins=2 https://a.example;http://localhost:5173;",
	 0},
	{"spaces around commas",
	 {CORS " https://a.example , http://b.example:8080\t"},
	 "origins=2 https://a.example;http://b.example:8080;",
	 0},
	{"other variables",
	 {"TASKS_NONSENSE=1", "JWT_SECRET_OLD=x", "PATH=/bin"},
	 "secret=-/0",
	 0},
	{"names are whole", {"XJWT_ISSUER=a", "JWT_ISSUERX=b"}, "iss=-", 0},
};

static const struct config_case bad[] = {
	{"secret of 31", {"BETTER_AUTH_SECRET=" K31}, 0, "BETTER_AUTH_SECRET"},
	{"JWT_SECRET of 31", {"JWT_SECRET=" K31}, 0, "JWT_SECRET"},
	{"secret of 1", {"JWT_SECRET=x"}, 0, "JWT_SECRET"},
	{"two secrets that differ",
	 {"BETTER_AUTH_SECRET=" K32 HIDDEN, "JWT_SECRET=" K32},
	 0,
	 "BETTER_AUTH_SECRET|JWT_SECRET"},
	{"secrets that differ at the end",
	 {"BETTER_AUTH_SECRET=" K32, "JWT_SECRET=" K32 " "},
	 0,
	 "BETTER_AUTH_SECRET|JWT_SECRET"},
	{"hs256", {"JWT_ALGORITHM=hs256"}, 0, "JWT_ALGORITHM"},
	{"none", {"JWT_ALGORITHM=none"}, 0, "JWT_ALGORITHM"},
	{"RS256", {"JWT_ALGORITHM=RS256"}, 0, "JWT_ALGORITHM"},
	{"HS256 and a space", {"JWT_ALGORITHM=HS256 "}, 0, "JWT_ALGORITHM"},
	{"two algorithms", {"JWT_ALGORITHM=HS256,HS384"}, 0, "JWT_ALGORITHM"},
	{"JWKS_FILE beside BETTER_AUTH_SECRET",
	 {"JWKS_FILE=/" HIDDEN, "BETTER_AUTH_SECRET=" K32},
	 0,
	 "JWKS_FILE"},
	{"JWKS_FILE beside JWT_SECRET",
	 {"JWKS_FILE=/" HIDDEN, "JWT_SECRET=" K32},
	 0,
	 "JWKS_FILE"},
	{"JWKS_FILE beside JWT_ALGORITHM",
	 {"JWKS_FILE=/" HIDDEN, "JWT_ALGORITHM=HS256"},
	 0,
	 "JWKS_FILE"},
	{"log format", {"TASKS_LOG_FORMAT=JSON"}, 0, "TASKS_LOG_FORMAT"},
	{"log user", {"TASKS_LOG_USER=all"}, 0, "TASKS_LOG_USER"},
	{"log user yes", {"TASKS_LOG_USER=yes"}, 0, "TASKS_LOG_USER"},
	{"timing 1", {"TASKS_SERVER_TIMING=1"}, 0, "TASKS_SERVER_TIMING"},
	{"leeway -1", {"JWT_LEEWAY=-1"}, 0, "JWT_LEEWAY"},
	{"leeway 1.5", {"JWT_LEEWAY=1.5"}, 0, "JWT_LEEWAY"},
	{"leeway 60s", {"JWT_LEEWAY=60s"}, 0, "JWT_LEEWAY"},
	{"leeway past int64",
	 {"JWT_LEEWAY=9223372036854775808"},
	 0,
	 "JWT_LEEWAY"},
	{"a prefix with a final slash",
	 {"PUBLIC_PREFIX=/" HIDDEN "/"},
	 0,
	 "PUBLIC_PREFIX"},
	{"a prefix that is a host",
	 {"PUBLIC_PREFIX=//" HIDDEN},
	 0,
	 "PUBLIC_PREFIX"},
	{"rows 0", {"TASKS_MAX_ROWS=0"}, 0, "TASKS_MAX_ROWS"},
	{"rows 00", {"TASKS_MAX_ROWS=00"}, 0, "TASKS_MAX_ROWS"},
	{"rows -1", {"TASKS_MAX_ROWS=-1"}, 0, "TASKS_MAX_ROWS"},
	{"rows 1e3", {"TASKS_MAX_ROWS=1e3"}, 0, "TASKS_MAX_ROWS"},
	{"rows ' 5'", {"TASKS_MAX_ROWS= 5"}, 0, "TASKS_MAX_ROWS"},
	{"rows of 21 digits",
	 {"TASKS_MAX_ROWS=100000000000000000000"},
	 0,
	 "TASKS_MAX_ROWS"},
	{"body 0", {"TASKS_MAX_BODY=0"}, 0, "TASKS_MAX_BODY"},
	{"body 64K", {"TASKS_MAX_BODY=64K"}, 0, "TASKS_MAX_BODY"},
	{"timeout 0", {"TASKS_DB_TIMEOUT_MS=0"}, 0, "TASKS_DB_TIMEOUT_MS"},
	{"timeout 5s", {"TASKS_DB_TIMEOUT_MS=5s"}, 0, "TASKS_DB_TIMEOUT_MS"},
	/* database URLs */
	{"keyword form",
	 {"DATABASE_URL=host=h password=" HIDDEN},
	 0,
	 "DATABASE_URL"},
	{"a word", {"DATABASE_URL=" HIDDEN}, 0, "DATABASE_URL"},
	{"a name alone", {"DATABASE_URL=tasks"}, 0, "DATABASE_URL"},
	{"mysql", {"DATABASE_URL=mysql://u:" HIDDEN "@h/d"}, 0, "DATABASE_URL"},
	{"http", {"DATABASE_URL=https://u:" HIDDEN "@h/d"}, 0, "DATABASE_URL"},
	{"one slash",
	 {"DATABASE_URL=postgresql:/u:" HIDDEN "@h/d"},
	 0,
	 "DATABASE_URL"},
	{"space before", {"DATABASE_URL= postgresql://h/d"}, 0, "DATABASE_URL"},
	{"psql command of Neon's console",
	 {"DATABASE_URL=psql 'postgresql://u:" HIDDEN "@h/d'"},
	 0,
	 "DATABASE_URL"},
	{"quotes",
	 {"DATABASE_URL='postgresql://u:" HIDDEN "@h/d'"},
	 0,
	 "DATABASE_URL"},
	{"port of letters", {PG "u:" HIDDEN "@h:abc/d"}, 0, "DATABASE_URL"},
	{"port 0", {PG "u:" HIDDEN "@h:0/d"}, 0, "DATABASE_URL"},
	{"port 65536", {PG "u:" HIDDEN "@h:65536/d"}, 0, "DATABASE_URL"},
	{"port -1", {PG "u:" HIDDEN "@h:-1/d"}, 0, "DATABASE_URL"},
	{"bad sslmode", {PG "u:" HIDDEN "@h/d?sslmode=on"}, 0, "DATABASE_URL"},
	{"bad target_session_attrs",
	 {PG "u:" HIDDEN "@h/d?target_session_attrs=bogus"},
	 0,
	 "DATABASE_URL"},
	{"bad ssl_min_protocol_version",
	 {PG "u:" HIDDEN "@h/d?ssl_min_protocol_version=TLSv9"},
	 0,
	 "DATABASE_URL"},
	{"bad connect_timeout",
	 {PG "u:" HIDDEN "@h/d?connect_timeout=abc"},
	 0,
	 "DATABASE_URL"},
	{"bad keepalives",
	 {PG "u:" HIDDEN "@h/d?keepalives=abc"},
	 0,
	 "DATABASE_URL"},
	{"bad sslsni", {PG "u:" HIDDEN "@h/d?sslsni=7"}, 0, "DATABASE_URL"},
	{"bad gssencmode",
	 {PG "u:" HIDDEN "@h/d?gssencmode=bogus"},
	 0,
	 "DATABASE_URL"},
	{"sslmode in capitals",
	 {PG "u:" HIDDEN "@h/d?sslmode=REQUIRE"},
	 0,
	 "DATABASE_URL"},
	{"bad channel_binding",
	 {PG "u:" HIDDEN "@h/d?channel_binding=yes"},
	 0,
	 "DATABASE_URL"},
	{"unknown parameter",
	 {PG "u:" HIDDEN "@h/d?" HIDDEN "=1"},
	 0,
	 "DATABASE_URL"},
	{"parameter without =",
	 {PG "u:" HIDDEN "@h/d?sslmode"},
	 0,
	 "DATABASE_URL"},
	{"bad escape", {PG "u:" HIDDEN "%zz@h/d"}, 0, "DATABASE_URL"},
	{"cut escape", {PG "u:" HIDDEN "%4"}, 0, "DATABASE_URL"},
	{"escaped NUL", {PG "u:" HIDDEN "%00@h/d"}, 0, "DATABASE_URL"},
	{"open bracket", {PG "u:" HIDDEN "@[::1/d"}, 0, "DATABASE_URL"},
	/* origins */
	{"*", {CORS "*"}, 0, "CORS_ORIGINS"},
	{"* beside one", {CORS "https://a.example,*"}, 0, "CORS_ORIGINS"},
	{"null", {CORS "null"}, 0, "CORS_ORIGINS"},
	{"trailing slash", {CORS "https://a.example/"}, 0, "CORS_ORIGINS"},
	{"path", {CORS "https://a.example/app"}, 0, "CORS_ORIGINS"},
	{"query", {CORS "https://a.example?x"}, 0, "CORS_ORIGINS"},
	{"no scheme", {CORS "localhost:3000"}, 0, "CORS_ORIGINS"},
	{"no host", {CORS "https://"}, 0, "CORS_ORIGINS"},
	{"a pattern", {CORS "https://*.example"}, 0, "CORS_ORIGINS"},
	{"space for a comma",
	 {CORS "https://a.example https://b.example"},
	 0,
	 "CORS_ORIGINS"},
	{"newline inside", {CORS "https://a\r\nX: y"}, 0, "CORS_ORIGINS"},
	{"quotes", {CORS "\"https://a.example\""}, 0, "CORS_ORIGINS"},
	{"user in the URL", {CORS "https://u@a.example"}, 0, "CORS_ORIGINS"},
	/* the file */
	{"a file that is not there",
	 {"TASKS_ENV_FILE=/nonexistent/" HIDDEN},
	 0,
	 "TASKS_ENV_FILE"},
	{"a folder for a file", {"TASKS_ENV_FILE=/tmp"}, 0, "TASKS_ENV_FILE"},
};

static const char *or_dash(const char *text)
{
	return text ? text : "-";
}

/* Load the settings like a program that uses the database. */
static enum problem_code load_all(struct config *config, char *const env[],
				  struct arena *arena, struct problem *problem)
{
	enum problem_code code = config_load(config, env, arena, problem);
	struct db db = {0};

	if (!code && config->database_url)
		code = db_libpq.begin(&db, config, "", problem);
	db_libpq.release(&db);
	return code;
}

/* Return all settings as text. */
static const char *show(const struct config *config, struct arena *arena)
{
	const char *text = arena_printf(
		arena,
		"db=%s secret=%s/%zu alg=%d iss=%s aud=%s leeway=%lld "
		"rows=%zu body=%zu timeout=%lld json=%d user=%d timing=%d "
		"prefix=%s origins=%zu ",
		or_dash(config->database_url), or_dash(config->secret),
		config->secret_bytes, (int)config->algorithm,
		or_dash(config->issuer), or_dash(config->audience),
		(long long)config->leeway_s, config->max_rows,
		config->max_body_bytes, (long long)config->db_timeout_us,
		config->log_json, (int)config->log_user, config->server_timing,
		or_dash(config->public_prefix), config->origin_count);

	for (size_t i = 0; text && i < config->origin_count; i++)
		text = arena_printf(arena, "%s%.*s;", text,
				    (int)config->origins[i].length,
				    config->origins[i].text);
	return or_dash(text);
}

/* Return true if setting is one of the names, which | separates. */
static bool is_named(const char *names, const char *setting)
{
	const char *at = setting ? strstr(names, setting) : NULL;
	size_t length = setting ? strlen(setting) : 0;

	return at && (at == names || at[-1] == '|') &&
	       (at[length] == '|' || at[length] == '\0');
}

/* Return true if the reply or the log line would contain a value. */
static bool repeats(const struct problem *problem, char *const env[])
{
	for (; *env; env++) {
		const char *value = strchr(*env, '=') + 1;

		if (strlen(value) >= 8 &&
		    (strstr(or_dash(problem->reason), value) ||
		     strstr(or_dash(problem->detail), value)))
			return true;
	}
	return strstr(or_dash(problem->reason), "hunter2") ||
	       strstr(or_dash(problem->detail), "hunter2");
}

static void run(const struct config_case *c)
{
	struct arena arena;
	struct config config;
	struct problem problem = {0};
	char *env[COUNT(c->env) + 1] = {NULL};
	enum problem_code code;

	for (size_t i = 0; i < COUNT(c->env) && c->env[i]; i++)
		env[i] = (char *)c->env[i];
	arena_init(&arena, 1048576);
	code = load_all(&config, env, &arena, &problem);
	if (!c->fault) {
		bool same = !code && strstr(show(&config, &arena), c->want);

		if (!ok(same, "a setting means what it says: %s", c->name))
			diag("fault %s, settings %s", or_dash(problem.setting),
			     show(&config, &arena));
	} else {
		bool named = code == PROBLEM_INTERNAL && problem.reason &&
			     is_named(c->fault, problem.setting);

		if (!ok(named, "a wrong setting is named, never guessed: %s",
			c->name))
			diag("code %d, named %s", (int)code,
			     or_dash(problem.setting));
		ok(!repeats(&problem, env), "and its value is kept out: %s",
		   c->name);
	}
	arena_release(&arena);
}

#define ORIGIN "CORS_ORIGINS=https://a.example"
#define JSON "TASKS_LOG_FORMAT=json"

/* A page of an allowed origin can read a 500 about another setting. */
static void test_origins_on_fault(void)
{
	static char *const envs[][4] = {
		{"TASKS_MAX_ROWS=0", ORIGIN, JSON, NULL},
		{"JWT_SECRET=short", ORIGIN, JSON, NULL},
		{"DATABASE_URL=x", ORIGIN, JSON, NULL},
		{"TASKS_ENV_FILE=/nonexistent", ORIGIN, JSON, NULL},
	};

	for (size_t i = 0; i < COUNT(envs); i++) {
		struct arena arena;
		struct config config;
		struct problem problem = {0};

		arena_init(&arena, 1048576);
		ok(load_all(&config, envs[i], &arena, &problem) != 0 &&
			   config.origin_count == 1 &&
			   config.origins[0].length == 17 &&
			   memcmp(config.origins[0].text, "https://a.example",
				  17) == 0,
		   "a page can read the 500 about %s", envs[i][0]);
		ok(config.log_json, "its line has the form of all others");
		arena_release(&arena);
	}
}

/* Invalid origins or an invalid settings file keep the log's format. */
static void test_format_on_fault(void)
{
	char path[] = "/tmp/test_config-XXXXXX";
	const char text[] = ORIGIN "\n" JSON "\nnonsense\n";
	char name[64];
	char *const bad_origin[] = {"CORS_ORIGINS=x", JSON, NULL};
	char *const bad_file[] = {name, NULL};
	int fd = mkstemp(path);
	struct arena arena;
	struct config config;
	struct problem problem = {0};

	ok(fd >= 0 && write(fd, text, sizeof(text) - 1) == sizeof(text) - 1 &&
		   close(fd) == 0,
	   "a settings file with a bad last line");
	snprintf(name, sizeof(name), "TASKS_ENV_FILE=%s", path);
	arena_init(&arena, 1048576);
	ok(load_all(&config, bad_origin, &arena, &problem) != 0 &&
		   config.log_json,
	   "origins that are none leave the log its format");
	arena_release(&arena);
	arena_init(&arena, 1048576);
	ok(load_all(&config, bad_file, &arena, &problem) != 0 &&
		   config.log_json && config.origin_count == 1,
	   "a bad line leaves what stands before it");
	arena_release(&arena);
	unlink(path);
}

static void test_origin_count(void)
{
	for (int count = 32; count <= 33; count++) {
		struct arena arena;
		struct config config;
		struct problem problem = {0};
		char text[1024] = "CORS_ORIGINS=http://x";
		char *env[] = {text, NULL};

		for (int i = 1; i < count; i++) {
			size_t length = strlen(text);

			snprintf(text + length, sizeof(text) - length,
				 ",http://h%d", i);
		}
		arena_init(&arena, 1048576);
		ok((load_all(&config, env, &arena, &problem) == 0) ==
			   (count == 32),
		   "of %d origins none is dropped silently", count);
		arena_release(&arena);
	}
}

static void test_env(void)
{
	static char *const env[] = {
		"AB=1", "A=2", "EMPTY=", "BARE", "E==x=", NULL};

	is_text(env_get(env, "A"), "2", "a variable's name is whole");
	is_text(env_get(env, "E"), "=x=", "a value may hold =");
	is_text(env_get(env, "EMPTY"), NULL, "an empty variable is unset");
	is_text(env_get(env, "BARE"), NULL, "a name without = is none");
	is_text(env_get(env, "a"), NULL, "a name's case counts");
	is_text(env_get(env + 5, "A"), NULL, "no variables, no value");
}

int main(void)
{
	for (size_t i = 0; i < COUNT(good); i++)
		run(&good[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		run(&bad[i]);
	test_origins_on_fault();
	test_format_on_fault();
	test_origin_count();
	test_env();
	return tap_done();
}
