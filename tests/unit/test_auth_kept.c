/*
 * test_auth_kept.c - without these a process that serves many requests could
 * go on accepting a key that was taken out of its key set, or read the set
 * again for each of them.
 */
#include <time.h>

#include "auth.h"
#include "keys.h"
#include "banned.h"

static char path[] = "/tmp/test_auth_kept-XXXXXX";

/* In place: the file stays the same, and so does its length. */
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

	return auth_keys_load(keys, config, &problem) == PROBLEM_NONE &&
	       jwk_set_select(&keys->set, kid) != NULL &&
	       jwk_set_select(&keys->set, other) == NULL;
}

int main(void)
{
	const struct config config = {.jwks_file = path};
	const struct timespec settled = {1, 200000000};
	struct auth_keys keys = {0};
	int fd = mkstemp(path), right = 0, fresh = 0;

	/* Faster than the clock of a file system ticks. */
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
	auth_keys_release(&keys);
	close(fd);
	unlink(path);
	return tap_done();
}
