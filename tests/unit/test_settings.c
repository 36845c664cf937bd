/*
 * test_settings.c - the settings that a FastCGI process keeps: each change of
 * the file counts at the next request, and without a change it is not read.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/datetime.h"
#include "config/settings.h"
#include "tap.h"
#include "base/banned.h"

#define SECOND_US 1000000

/* A kernel may take the times of files from its timer's interrupt. */
#define TICK_US 20000

/* A value that no setting has: it is lost if the settings are read again. */
#define MARK 7777

static char folder[] = "/tmp/tasks-settings-XXXXXX";
static char path[sizeof(folder) + 8], other[sizeof(folder) + 8];
static char variable[sizeof(path) + 16];
static char *envp[] = {variable, NULL};

/* Write the file at to in place.  All texts have the same length. */
static void write_file(const char *to, const char *issuer)
{
	int fd = open(to, O_WRONLY | O_CREAT, 0600);

	if (fd < 0 || dprintf(fd, "JWT_ISSUER=%s\n", issuer) < 0 ||
	    close(fd) != 0)
		diag("cannot write %s", to);
}

static void write_in_place(void)
{
	write_file(path, "bbbb");
}

static void write_error(void)
{
	write_file(path, "'bbb");
}

static void replace(void)
{
	write_file(other, "bbbb");
	if (rename(other, path) != 0)
		diag("cannot rename %s", other);
}

static void link_elsewhere(void)
{
	write_file(other, "bbbb");
	if (unlink(path) != 0 || symlink(other, path) != 0)
		diag("cannot link %s", path);
}

static void take_away(void)
{
	(void)unlink(path);
}

static void nothing(void)
{
}

/* Load the settings and return the issuer, or NULL after an error. */
static const char *issuer(struct settings *settings, int64_t now_us)
{
	struct problem problem = {0};

	if (settings_load(settings, envp, now_us, &problem) == PROBLEM_NONE)
		return settings->config.issuer;
	if (problem.setting == NULL ||
	    strcmp(problem.setting, CONFIG_FILE_NAME) != 0)
		diag("the error is not that of the file");
	return NULL;
}

static void test_changes(void)
{
	static const struct {
		const char *name;
		void (*change)(void);
		int64_t read_us; /* when the file is read, after its change */
		bool kept;
		const char *want; /* NULL: an error */
	} cases[] = {
		{"unchanged", nothing, 2 * SECOND_US, true, "aaaa"},
		{"unchanged, read right after its change", nothing, 0, false,
		 "aaaa"},
		{"unchanged, read by a clock that is behind", nothing,
		 -3600 * (int64_t)SECOND_US, false, "aaaa"},
		{"written in place", write_in_place, 2 * SECOND_US, false,
		 "bbbb"},
		{"written in place, in the same second", write_in_place, 0,
		 false, "bbbb"},
		{"replaced", replace, 2 * SECOND_US, false, "bbbb"},
		{"replaced by a link", link_elsewhere, 2 * SECOND_US, false,
		 "bbbb"},
		{"taken away", take_away, 2 * SECOND_US, false, NULL},
		{"made invalid", write_error, 2 * SECOND_US, false, NULL},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const int64_t now_us = datetime_now_us() + cases[i].read_us;
		struct settings settings = {0};
		const char *got;

		write_file(path, "aaaa");
		got = issuer(&settings, now_us);
		ok(got != NULL && strcmp(got, "aaaa") == 0,
		   "the file is read: %s", cases[i].name);
		settings.config.leeway_s = MARK;
		if (cases[i].read_us > 0)
			(void)usleep(TICK_US);
		cases[i].change();
		got = issuer(&settings, now_us);
		ok(cases[i].want == NULL
			   ? got == NULL
			   : got != NULL && strcmp(got, cases[i].want) == 0,
		   "what it says counts at once: %s", cases[i].name);
		ok((settings.config.leeway_s == MARK) == cases[i].kept,
		   "it is read again only if it may have changed: %s",
		   cases[i].name);
		(void)unlink(path);
		write_file(path, "cccc");
		got = issuer(&settings, now_us);
		ok(got != NULL && strcmp(got, "cccc") == 0,
		   "so does the next change: %s", cases[i].name);
		(void)unlink(path);
		settings_release(&settings);
		ok(settings.arena.chunks == NULL && !settings.valid,
		   "nothing is left: %s", cases[i].name);
	}
}

static void test_errors(void)
{
	const int64_t now_us = datetime_now_us() + 2 * SECOND_US;
	struct settings settings = {0};

	write_error();
	ok(issuer(&settings, now_us) == NULL &&
		   issuer(&settings, now_us) == NULL,
	   "an error is reported again, although the file is unchanged");
	(void)unlink(path);
	ok(issuer(&settings, now_us) == NULL, "without the file, too");
	settings_release(&settings);
}

/* Without the time a later change could have the same time. */
static void test_unknown_time(void)
{
	struct settings settings = {0};

	write_file(path, "aaaa");
	ok(issuer(&settings, DATETIME_UNKNOWN_US) != NULL,
	   "the settings are read without the time");
	settings.config.leeway_s = MARK;
	ok(issuer(&settings, DATETIME_UNKNOWN_US) != NULL &&
		   settings.config.leeway_s != MARK,
	   "but not kept");
	settings_release(&settings);
	(void)unlink(path);
}

static void test_environment(void)
{
	char setting[] = "JWT_ISSUER=aaaa", fault[] = "JWT_LEEWAY=x";
	char *good[] = {setting, NULL}, *bad[] = {setting, fault, NULL};
	struct settings settings = {0};
	struct problem problem = {0};

	ok(settings_load(&settings, good, 0, &problem) == PROBLEM_NONE &&
		   strcmp(settings.config.issuer, "aaaa") == 0,
	   "settings of the environment are read");
	settings.config.leeway_s = MARK;
	ok(settings_load(&settings, good, 0, &problem) == PROBLEM_NONE &&
		   settings.config.leeway_s == MARK,
	   "and kept");
	settings_release(&settings);
	ok(settings_load(&settings, bad, 0, &problem) == PROBLEM_INTERNAL &&
		   settings_load(&settings, bad, 0, &problem) ==
			   PROBLEM_INTERNAL,
	   "an invalid one is reported each time");
	settings_release(&settings);
}

int main(void)
{
	if (!mkdtemp(folder))
		return 1;
	(void)snprintf(path, sizeof(path), "%s/file", folder);
	(void)snprintf(other, sizeof(other), "%s/other", folder);
	(void)snprintf(variable, sizeof(variable), "%s=%s", CONFIG_FILE_NAME,
		       path);
	test_changes();
	test_errors();
	test_unknown_time();
	test_environment();
	(void)unlink(other);
	(void)rmdir(folder);
	return tap_done();
}
