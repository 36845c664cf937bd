/*
 * test_auth_kept.c - the cached key set of a FastCGI process: it is reloaded
 * when the file changes, and only then.
 */
#include <time.h>

#include "auth/auth.h"
#include "base/datetime.h"
#include "keys.h"
#include "base/banned.h"

static char path[] = "/tmp/test_auth_kept-XXXXXX";

/* Overwrite the file in place: its inode and length do not change. */
static bool overwrite(int fd, const char *kid)
{
	const char *set = text_of("{\"keys\":[%s]}", key_named(EDDSA, 0, kid));
	ssize_t length = (ssize_t)strlen(set);

	return pwrite(fd, set, (size_t)length, 0) == length;
}

static bool has_alone(struct auth_keys *keys, const struct config *config,
		      const char *kid, const char *other)
{
	struct problem problem = {0};

	return auth_keys_load(keys, config, datetime_now_us(), &problem) ==
		       PROBLEM_NONE &&
	       jwk_set_select(&keys->set, kid) != NULL &&
	       jwk_set_select(&keys->set, other) == NULL;
}

static bool is_loaded(struct auth_keys *keys, int64_t max_age_s, int64_t now_us,
		      const char *reason)
{
	const struct config config = {.jwks_file = path,
				      .jwks_max_age_s = max_age_s};
	struct problem problem = {0};
	enum problem_code code =
		auth_keys_load(keys, &config, now_us, &problem);

	return reason == NULL
		       ? code == PROBLEM_NONE
		       : code == PROBLEM_INTERNAL && problem.setting != NULL &&
				 strcmp(problem.setting, "JWKS_FILE") == 0 &&
				 strstr(problem.reason, reason) != NULL;
}

/* The age of the file is checked at each request, even if the set is cached. */
static void test_age(struct auth_keys *keys)
{
	static const struct {
		const char *name;
		int64_t max_age_s, after_s; /* mtime of the file, after NOW */
		const char *reason;	    /* NULL: the set is used */
	} cases[] = {
		{"new", 3600, 0, NULL},
		{"as old as may be", 3600, 3600, NULL},
		{"a second older", 3600, 3601, "older than JWKS_MAX_AGE"},
		{"new again", 3600, 10, NULL},
		{"a year older", 3600, 31536000, "older than JWKS_MAX_AGE"},
		{"a year older, without a limit", 0, 31536000, NULL},
		{"five minutes ahead", 3600, -300, NULL},
		{"more than that", 3600, -301, "in the future"},
		{"a year ahead", 3600, -31536000, "in the future"},
		{"a year ahead, without a limit", 0, -31536000, NULL},
	};
	struct stat file;

	need(stat(path, &file) == 0, "the file's time");
	for (size_t i = 0; i < COUNT(cases); i++)
		ok(is_loaded(keys, cases[i].max_age_s,
			     (file.st_mtim.tv_sec + cases[i].after_s) * 1000000,
			     cases[i].reason),
		   "a kept set is %s: %s",
		   cases[i].reason != NULL ? "refused" : "used", cases[i].name);
	ok(is_loaded(keys, 3600, DATETIME_UNKNOWN_US, "older"),
	   "without a clock a set with a limit is refused");
}

int main(void)
{
	const struct config config = {.jwks_file = path};
	const struct timespec settled = {1, 200000000};
	struct auth_keys keys = {0};
	int fd = mkstemp(path), right = 0, fresh = 0;

	/* faster than the resolution of the file's timestamps */
	for (int i = 0; i < 200; i++)
		right += overwrite(fd, "a") &&
			 has_alone(&keys, &config, "a", "b") &&
			 overwrite(fd, "b") &&
			 has_alone(&keys, &config, "b", "a");
	if (!ok(right == 200, "each change of a key set counts at once"))
		diag("%d of 200", right);
	nanosleep(&settled, NULL);
	for (int i = 0; i < 100; i++) {
		right += has_alone(&keys, &config, "b", "a");
		fresh += keys.fresh;
	}
	ok(right == 300, "a key set that stays as it is goes on working");
	if (!ok(fresh == 1, "it is read once, whatever the number of requests"))
		diag("%d times", fresh);
	ok(overwrite(fd, "a") && has_alone(&keys, &config, "a", "b"),
	   "a change after a while counts at once");
	test_age(&keys);
	auth_keys_release(&keys);
	close(fd);
	unlink(path);
	return tap_done();
}
