/* Checks of the settings and the key.  They do not use the database. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "base/datetime.h"
#include "config/dotenv.h"
#include "base/banned.h"

#define OWN_AND_CLOSE "run chown root:www-data and chmod 640 on this file"
#define KEYS_OLD_S 3600

/*
 * Return whether the programs' user could replace the file.  An attacker who
 * controls a program could then choose its keys.  Return false if that user is
 * root or the user that started tasks-check.
 */
static bool is_replaceable(const struct check *check, const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	struct stat file, above;
	int length;

	if (check->itself || geteuid() == 0)
		return false;
	length = snprintf(folder, sizeof(folder), "%.*s",
			  slash != NULL ? (int)(slash - path) + 1 : 1,
			  slash != NULL ? path : ".");
	if (length < 0 || (size_t)length >= sizeof(folder) ||
	    stat(path, &file) != 0 || stat(folder, &above) != 0)
		return false;
	return file.st_uid == geteuid() || above.st_uid == geteuid() ||
	       (access(folder, W_OK) == 0 && (above.st_mode & S_ISVTX) == 0);
}

bool check_file(struct check *check)
{
	struct stat file;

	if (stat(check->path, &file) != 0 && errno == ENOENT) {
		check_wrong(check,
			    "copy .env.example to this path (install -D -m 640 "
			    "-g www-data), and fill it in",
			    "%s does not exist", check->path);
		return false;
	}
	if (access(check->path, R_OK) != 0) {
		check_wrong(check,
			    check->itself ? "start tasks-check as root"
					  : OWN_AND_CLOSE,
			    "the user %s cannot read %s", check->user,
			    check->path);
		return false;
	}
	if (stat(check->path, &file) != 0 || !S_ISREG(file.st_mode)) {
		check_wrong(check, "set TASKS_ENV_FILE to the path of a file",
			    "%s is not a regular file", check->path);
		return false;
	}
	if ((file.st_mode & S_IRWXO) != 0)
		check_wrong(check, OWN_AND_CLOSE,
			    "every user of this machine has access to the "
			    "secrets in %s",
			    check->path);
	else if ((file.st_mode & S_IWGRP) != 0)
		check_wrong(check, OWN_AND_CLOSE,
			    "users other than its owner can change %s",
			    check->path);
	else if (is_replaceable(check, check->path))
		check_wrong(check,
			    OWN_AND_CLOSE
			    ", and chown root and chmod 755 on its folder",
			    "the user %s can replace %s with another file",
			    check->user, check->path);
	else
		check_ok(check, "%s is readable by %s, but not by every user",
			 check->path, check->user);
	return true;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
	if (b < a)
		a = b;
	return c < a ? c : a;
}

/* Return the edit distance of a and b.  Only the first 64 characters count. */
static size_t distance(const char *a, const char *b)
{
	size_t row[65], length = strnlen(b, 64);

	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 1; i <= strnlen(a, 64); i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= length; j++) {
			size_t above = row[j];

			row[j] = smallest(row[j] + 1, row[j - 1] + 1,
					  diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[length];
}

/*
 * Report an unknown name that resembles a setting, because the misspelt setting
 * has no effect, or that begins with TASKS_.
 */
static bool is_name_right(struct check *check, const char *name)
{
	const char *nearest = NULL;
	size_t least = 3;
	const char *known;

	for (size_t i = 0; (known = config_name(i)) != NULL; i++) {
		size_t steps = distance(name, known);

		if (steps == 0)
			return true;
		if (steps < least) {
			least = steps;
			nearest = known;
		}
	}
	if (nearest != NULL)
		check_wrong(check, "use the names in .env.example",
			    "%s is not a setting, but %s is", name, nearest);
	else if (strncmp(name, "TASKS_", 6) == 0)
		check_wrong(check, "use the names in .env.example",
			    "%s is not a setting", name);
	else
		return true;
	return false;
}

static bool are_names_right(struct check *check)
{
	struct dotenv file = {0};
	bool right = dotenv_read(check->path, &check->arena, &file) == NULL;

	for (size_t i = 0; i < file.count; i++)
		if (!is_name_right(check, file.entries[i].name))
			right = false;
	return right;
}

bool check_settings(struct check *check)
{
	/* A web server sets nothing but this variable. */
	char *const envp[] = {
		arena_printf(&check->arena, "TASKS_ENV_FILE=%s", check->path),
		NULL};
	struct problem problem = {0};
	bool right = are_names_right(check);

	if (envp[0] == NULL || config_load(&check->config, envp, &check->arena,
					   &problem) != PROBLEM_NONE) {
		check_wrong(check,
			    "correct it; .env.example describes each setting",
			    "%s %s",
			    problem.setting != NULL ? problem.setting
						    : "TASKS_ENV_FILE",
			    problem.reason != NULL ? problem.reason
						   : "is too long");
		return false;
	}
	if (right)
		check_ok(check, "all are valid");
	return true;
}

/*
 * Check that jwks-refresh keeps the key set up to date, and that only its owner
 * can change it.
 */
static void check_key_file(struct check *check)
{
	const char *path = check->config.jwks_file;
	const char *flag = arena_printf(&check->arena, "%s.wanted", path);
	struct stat file, wanted;
	int64_t age_s;

	if (stat(path, &file) != 0)
		return;
	age_s = datetime_now_us() / 1000000 - file.st_mtim.tv_sec;
	if ((file.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		check_wrong(check, "run chmod 644 on JWKS_FILE",
			    "users other than its owner can change JWKS_FILE");
	else if (is_replaceable(check, path))
		check_wrong(
			check,
			"chown JWKS_FILE and its folder to tasks-jwks, and "
			"chmod 755 the folder. Do not run jwks-refresh as the "
			"programs' user",
			"the user %s can replace JWKS_FILE with another file",
			check->user);
	if (flag == NULL || stat(flag, &wanted) != 0)
		check_note(check, "run systemctl enable --now tasks-jwks.timer",
			   "jwks-refresh does not update JWKS_FILE, so tokens "
			   "signed with a new key will be refused");
	else if (age_s > KEYS_OLD_S)
		check_wrong(check,
			    "run systemctl status tasks-jwks.timer tasks-jwks",
			    "JWKS_FILE was last updated %lld minutes ago",
			    (long long)(age_s / 60));
}

bool check_key(struct check *check)
{
	static const char *const names[] = {
		[CONFIG_HS256] = "HS256",
		[CONFIG_HS384] = "HS384",
		[CONFIG_HS512] = "HS512",
	};
	const struct config *config = &check->config;
	struct jwk_set *set = &check->keys.set;
	struct problem problem = {0};

	if (auth_keys_load(&check->keys, config, datetime_now_us(), &problem) !=
	    PROBLEM_NONE) {
		check_wrong(check,
			    config->jwks_file != NULL
				    ? "run systemctl start tasks-jwks. If it "
				      "fails, journalctl -u tasks-jwks has the "
				      "reason. jwks-check in "
				      "/usr/lib/tasks-cgi-tools says why a key "
				      "is skipped"
				    : "set BETTER_AUTH_SECRET to the secret "
				      "that signs the tokens, or set JWKS_FILE",
			    "%s %s",
			    problem.setting != NULL ? problem.setting
						    : "tasks-check is",
			    problem.reason);
		return true;
	}
	if (config->jwks_file == NULL) {
		check_ok(check, "shared secret of %zu bytes, algorithm %s",
			 config->secret_bytes, names[config->algorithm]);
		return true;
	}
	check_ok(check, "JWKS_FILE has %zu usable of %zu keys",
		 jwk_set_usable(set), set->count);
	check_key_file(check);
	if (config->jwks_max_age_s == 0)
		check_note(
			check,
			"set JWKS_MAX_AGE to a number of hours, for example 24",
			"while refreshing fails, a withdrawn key stays valid "
			"without limit");
	if (config->issuer == NULL)
		check_note(check,
			   "set JWT_ISSUER and JWT_AUDIENCE to the origin of "
			   "Better Auth",
			   "JWT_ISSUER is not set, so a token's issuer is not "
			   "checked");
	return true;
}
