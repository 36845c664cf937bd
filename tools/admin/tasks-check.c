/*
 * tasks-check [--as USER]: check whether this machine is set up to serve
 * requests.
 *
 * Reads the settings file that TASKS_ENV_FILE names, else /etc/tasks-cgi/env,
 * and queries the database as a program would.  Prints one line per check:
 * `ok`, `wrong`, or `note` for a possible improvement.  After the latter two, a
 * second line says how to fix it.  If root starts it, it changes to the
 * programs' user (USER, else www-data), because files and the database may be
 * accessible to that user only.  It changes nothing.
 *
 * Exit status 0 if nothing is wrong, else 1.
 */
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check/check.h"
#include "base/banned.h"

#define SETTINGS_FILE "/etc/tasks-cgi/env"
#define PROGRAMS_USER "www-data"
#define ARENA_LIMIT_BYTES (1024 * 1024)

static const struct {
	const char *name;
	bool (*run)(struct check *check);
} checks[] = {
	{"settings file", check_file},
	{"settings", check_settings},
	{"token key", check_key},
	{"database", check_database},
	{"role", check_role},
	{"encoding", check_encoding},
	{"clock", check_clock},
	{"durability", check_durability},
	{"connections", check_connections},
	{"schema", check_schema},
	{"row security", check_policies},
	{"search", check_search},
	{"rights", check_rights},
	/* Must be last: it leaves the connection unusable for db_query(). */
	{"pooler", check_pooler},
};

/*
 * Print one result.  Replace all bytes but printable ASCII by ?, because text
 * from outside may contain control sequences of a terminal, also as UTF-8.
 */
__attribute__((format(printf, 4, 0))) static void say(const struct check *check,
						      const char *verdict,
						      const char *mend,
						      const char *format,
						      va_list values)
{
	char text[1024];

	(void)vsnprintf(text, sizeof(text), format, values);
	for (char *p = text; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	(void)printf("%-5s  %s: %s\n", verdict, check->name, text);
	if (mend != NULL)
		(void)printf("       to fix: %s\n", mend);
}

void check_ok(struct check *check, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	say(check, "ok", NULL, format, values);
	va_end(values);
}

void check_note(struct check *check, const char *mend, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	say(check, "note", mend, format, values);
	va_end(values);
}

void check_wrong(struct check *check, const char *mend, const char *format, ...)
{
	va_list values;

	check->wrong = true;
	va_start(values, format);
	say(check, "wrong", mend, format, values);
	va_end(values);
}

static void run_checks(struct check *check)
{
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		check->name = checks[i].name;
		if (!checks[i].run(check))
			return;
	}
}

/*
 * Change to the programs' user if permitted.  Return false if there is no such
 * user or the change fails.
 */
static bool become(struct check *check)
{
	const struct passwd *who;

	if (geteuid() != 0 && check->user == NULL) {
		who = getpwuid(geteuid());
		check->user = who != NULL ? who->pw_name : "this user";
		check->itself = true;
		return true;
	}
	if (check->user == NULL)
		check->user = PROGRAMS_USER;
	who = getpwnam(check->user);
	return who != NULL &&
	       (who->pw_uid == geteuid() ||
		(initgroups(who->pw_name, who->pw_gid) == 0 &&
		 setgid(who->pw_gid) == 0 && setuid(who->pw_uid) == 0));
}

int main(int argc, char *argv[])
{
	struct check check = {.path = getenv("TASKS_ENV_FILE")};

	arena_init(&check.arena, ARENA_LIMIT_BYTES);
	if (argc == 3 && strcmp(argv[1], "--as") == 0) {
		check.user = argv[2];
	} else if (argc != 1) {
		(void)fputs("usage: tasks-check [--as USER]\n", stderr);
		return 1;
	}
	if (check.path == NULL || *check.path == '\0')
		check.path = SETTINGS_FILE;
	check.path =
		arena_strndup(&check.arena, check.path, strlen(check.path));
	/* A web server's programs have neither our environment nor a HOME. */
	if (check.path == NULL || clearenv() != 0)
		return 1;
	if (!become(&check)) {
		(void)fprintf(stderr,
			      "tasks-check: cannot change to the user %s\n",
			      check.user);
		return 1;
	}
	run_checks(&check);
	db_libpq.release(&check.db);
	auth_keys_release(&check.keys);
	arena_release(&check.arena);
	return !check.wrong && fflush(stdout) == 0 ? 0 : 1;
}
