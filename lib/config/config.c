#include "config/config.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "config/dotenv.h"
#include "base/env.h"
#include "config/origin.h"
#include "base/text.h"
#include "base/uri.h"
#include "base/banned.h"

/*
 * Parse the value of one setting into config.  Return NULL, or the reason why
 * the value is invalid.  The reason never repeats the value.
 */
typedef const char *setting_reader(struct config *config, const char *value);

/* db_url_parse() checks the rest, in the programs that use the database. */
static const char *read_database_url(struct config *config, const char *value)
{
	if (strncmp(value, "postgresql://", 13) != 0 &&
	    strncmp(value, "postgres://", 11) != 0)
		return "is not a postgresql:// URI";
	config->database_url = value;
	return NULL;
}

static const char *read_secret(struct config *config, const char *value)
{
	if (strlen(value) < CONFIG_SECRET_MIN_BYTES)
		return "is shorter than 32 bytes";
	if (config->secret != NULL && strcmp(config->secret, value) != 0)
		return "differs from BETTER_AUTH_SECRET: set only one of them";
	config->secret = value;
	config->secret_bytes = strlen(value);
	return NULL;
}

static const char *read_algorithm(struct config *config, const char *value)
{
	static const char *const names[] = {
		[CONFIG_HS256] = "HS256",
		[CONFIG_HS384] = "HS384",
		[CONFIG_HS512] = "HS512",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], value) == 0) {
			config->algorithm = (enum config_alg)i;
			config->algorithm_given = true;
			return NULL;
		}
	return "is not HS256, HS384 or HS512";
}

static const char *read_key_set(struct config *config, const char *value)
{
	/*
	 * Accept either HMAC or public keys.  If both were valid, an attacker
	 * could sign a token with the public key as the HMAC secret.
	 */
	if (config->secret != NULL || config->algorithm_given)
		return "cannot be combined with BETTER_AUTH_SECRET, JWT_SECRET "
		       "or JWT_ALGORITHM";
	config->jwks_file = value;
	return NULL;
}

static const char *read_max_age(struct config *config, const char *value)
{
	unsigned long hours;

	if (!text_to_number(value, strlen(value), 8760, &hours) || hours == 0)
		return "is not a number of hours from 1 to 8760";
	if (config->jwks_file == NULL)
		return "is set without JWKS_FILE";
	config->jwks_max_age_s = (int64_t)hours * 3600;
	return NULL;
}

static const char *read_issuer(struct config *config, const char *value)
{
	config->issuer = value;
	return NULL;
}

static const char *read_audience(struct config *config, const char *value)
{
	config->audience = value;
	return NULL;
}

static const char *read_leeway(struct config *config, const char *value)
{
	unsigned long seconds;

	if (!text_to_number(value, strlen(value), 3600, &seconds))
		return "is not a number of seconds from 0 to 3600";
	config->leeway_s = (int64_t)seconds;
	return NULL;
}

static const char *add_origin(struct config *config, const char *text,
			      size_t length)
{
	const char *fault = origin_fault(text, length);
	const char *reason;

	if (config->origin_count == CONFIG_MAX_ORIGINS)
		return "has more than 32 origins";
	if (fault != NULL) {
		reason = arena_printf(config->arena,
				      "is invalid at origin %zu: %s",
				      config->origin_count + 1, fault);
		return reason != NULL ? reason : fault;
	}
	config->origins[config->origin_count++] =
		(struct config_origin){text, length};
	return NULL;
}

static const char *read_origins(struct config *config, const char *value)
{
	static const char spaces[] = " \t";
	const char *fault = NULL;

	while (*value != '\0' && fault == NULL) {
		const char *end;
		size_t length;

		value += strspn(value, " \t,");
		end = value + strcspn(value, ",");
		length = (size_t)(end - value);
		while (length > 0 && strchr(spaces, value[length - 1]) != NULL)
			length--;
		if (length > 0)
			fault = add_origin(config, value, length);
		value = end;
	}
	return fault;
}

static const char *read_prefix(struct config *config, const char *value)
{
	config->public_prefix = value;
	return uri_prefix_fault(value);
}

static const char *read_max_rows(struct config *config, const char *value)
{
	unsigned long rows;

	if (!text_to_number(value, strlen(value), 100000, &rows) || rows == 0)
		return "is not a number from 1 to 100000";
	config->max_rows = rows;
	return NULL;
}

static const char *read_max_body(struct config *config, const char *value)
{
	unsigned long bytes;

	if (!text_to_number(value, strlen(value), CONFIG_MAX_BODY_BYTES,
			    &bytes) ||
	    bytes == 0)
		return "is not a number of bytes from 1 to 1048576";
	config->max_body_bytes = bytes;
	return NULL;
}

static const char *read_timeout(struct config *config, const char *value)
{
	unsigned long ms;

	if (!text_to_number(value, strlen(value), 15000, &ms) || ms == 0)
		return "is not a number of milliseconds from 1 to 15000";
	config->db_timeout_us = (int64_t)ms * 1000;
	return NULL;
}

static const char *read_log_format(struct config *config, const char *value)
{
	config->log_json = strcmp(value, "json") == 0;
	if (!config->log_json && strcmp(value, "logfmt") != 0)
		return "is not logfmt or json";
	return NULL;
}

static const char *read_log_user(struct config *config, const char *value)
{
	static const char *const names[] = {
		[CONFIG_LOG_NOBODY] = "none",
		[CONFIG_LOG_HASH] = "hash",
		[CONFIG_LOG_WHOLE] = "whole",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], value) == 0) {
			config->log_user = (enum config_log_user)i;
			return NULL;
		}
	return "is not none, hash or whole";
}

static const char *read_server_timing(struct config *config, const char *value)
{
	config->server_timing = strcmp(value, "yes") == 0;
	if (!config->server_timing && strcmp(value, "no") != 0)
		return "is not yes or no";
	return NULL;
}

/*
 * The settings, in the order in which they are read.  The first two determine
 * how an error is reported: CORS_ORIGINS lets the calling page read the reply,
 * and TASKS_LOG_FORMAT sets the format of the log line.  JWKS_FILE comes after
 * the settings with which it cannot be combined.
 */
#define TELLING 2
static const struct {
	const char *name;
	const char *fallback; /* NULL: unset by default */
	setting_reader *read;
} settings[] = {
	{"CORS_ORIGINS", "http://localhost:3000", read_origins},
	{"TASKS_LOG_FORMAT", "logfmt", read_log_format},
	{"DATABASE_URL", NULL, read_database_url},
	{"BETTER_AUTH_SECRET", NULL, read_secret},
	{"JWT_SECRET", NULL, read_secret},
	{"JWT_ALGORITHM", NULL, read_algorithm},
	{"JWKS_FILE", NULL, read_key_set},
	{"JWKS_MAX_AGE", NULL, read_max_age},
	{"JWT_ISSUER", NULL, read_issuer},
	{"JWT_AUDIENCE", NULL, read_audience},
	{"JWT_LEEWAY", "0", read_leeway},
	{"PUBLIC_PREFIX", NULL, read_prefix},
	{"TASKS_MAX_ROWS", "1000", read_max_rows},
	{"TASKS_MAX_BODY", "65536", read_max_body},
	{"TASKS_DB_TIMEOUT_MS", "5000", read_timeout},
	{"TASKS_LOG_USER", "none", read_log_user},
	{"TASKS_SERVER_TIMING", "no", read_server_timing},
};

const char *config_name(size_t i)
{
	return i < sizeof(settings) / sizeof(settings[0]) ? settings[i].name
							  : NULL;
}

enum problem_code config_load(struct config *config, char *const envp[],
			      struct arena *arena, struct problem *problem)
{
	const size_t count = sizeof(settings) / sizeof(settings[0]);
	const char *path = env_get(envp, CONFIG_FILE_NAME);
	const char *fault = NULL, *faulty = CONFIG_FILE_NAME;
	struct dotenv file = {0};

	*config = (struct config){.arena = arena};
	if (path != NULL)
		fault = dotenv_read(path, arena, &file);
	/*
	 * After an error in the file or a setting, read only the settings that
	 * are needed to report the error, without defaults.
	 */
	for (size_t i = 0; i < (fault == NULL ? count : TELLING); i++) {
		const char *value = env_get(envp, settings[i].name);
		const char *this_fault = NULL;

		if (value == NULL)
			value = dotenv_get(&file, settings[i].name);
		if (value == NULL && fault == NULL)
			value = settings[i].fallback;
		if (value != NULL)
			this_fault = settings[i].read(config, value);
		if (fault == NULL && this_fault != NULL) {
			fault = this_fault;
			faulty = settings[i].name;
		}
		if (i + 1 == TELLING)
			config->is_told = fault == NULL;
	}
	return fault == NULL ? PROBLEM_NONE
			     : problem_setting(problem, faulty, fault);
}

enum problem_code config_require_key(const struct config *config,
				     struct problem *problem)
{
	if (config->secret != NULL || config->jwks_file != NULL)
		return PROBLEM_NONE;
	return problem_setting(problem, "BETTER_AUTH_SECRET",
			       "is not set, and neither is JWKS_FILE");
}

const char *config_mac_key(const struct config *config)
{
	return config->secret != NULL ? config->secret : config->database_url;
}
