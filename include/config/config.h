/*
 * config.h - read and validate the settings.
 *
 * A setting is read from the environment, else from the file that
 * TASKS_ENV_FILE names (dotenv.h).  An empty setting counts as unset.  Names
 * that are not in the table of config.c are ignored.
 *
 * Any invalid setting is PROBLEM_INTERNAL, even if the request does not use the
 * setting, and the log names the variable.  Only the scheme of DATABASE_URL is
 * checked here.  The modules that connect check the rest (db_url.h).
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/problem.h"

struct arena;

/* The variable that names the settings file. */
#define CONFIG_FILE_NAME "TASKS_ENV_FILE"

#define CONFIG_SECRET_MIN_BYTES 32
#define CONFIG_MAX_ORIGINS 32

/*
 * The largest valid TASKS_MAX_BODY.  It is also the limit for reading a body,
 * because bodies are read before the settings.
 */
#define CONFIG_MAX_BODY_BYTES 1048576

enum config_alg {
	CONFIG_HS256,
	CONFIG_HS384,
	CONFIG_HS512,
};

/* How the log names the user of a request (TASKS_LOG_USER). */
enum config_log_user {
	CONFIG_LOG_NOBODY,
	CONFIG_LOG_HASH,
	CONFIG_LOG_WHOLE,
};

struct config {
	struct arena *arena;	  /* borrowed; for the text of an error */
	const char *database_url; /* only its scheme is checked; NULL: unset */
	const char *secret;	  /* raw bytes of the HMAC key; NULL: unset */
	size_t secret_bytes;	  /* at least CONFIG_SECRET_MIN_BYTES */
	enum config_alg algorithm;
	bool algorithm_given;
	const char *jwks_file;	/* NULL: shared-secret mode */
	int64_t jwks_max_age_s; /* 0: no limit */
	const char *issuer;	/* NULL: not checked */
	const char *audience;	/* NULL: not checked */
	int64_t leeway_s;
	/*
	 * Borrowed from the setting's text and not NUL-terminated, so that they
	 * need no allocation and exist even if memory runs out.
	 */
	struct config_origin {
		const char *text;
		size_t length;
	} origins[CONFIG_MAX_ORIGINS]; /* compared byte for byte */
	size_t origin_count;
	/* The prefix of paths in Location and Link; NULL: none. */
	const char *public_prefix;
	size_t max_rows;
	size_t max_body_bytes;
	/* The limit for connecting, waiting and statements together. */
	int64_t db_timeout_us;
	/* CORS_ORIGINS, TASKS_LOG_FORMAT and the settings file are valid. */
	bool is_told;
	bool log_json; /* TASKS_LOG_FORMAT is json, not logfmt */
	enum config_log_user log_user;
	bool server_timing; /* send the Server-Timing header */
};

/*
 * Fill config from envp, which is a NULL-terminated array of "NAME=value"
 * strings.  config borrows these strings, so they must live as long as the
 * arena.
 *
 * After an error, valid origins and a valid log format are filled nevertheless.
 * The 500 reply can then carry its CORS headers, and its log line has the usual
 * format.  Return PROBLEM_INTERNAL on any error.
 */
__attribute__((warn_unused_result)) enum problem_code config_load(
	struct config *config, char *const envp[], struct arena *arena,
	struct problem *problem);

/* Return the name of setting i of the table, or NULL past the last. */
const char *config_name(size_t i);

/* Check that a token secret or JWKS_FILE is set, else PROBLEM_INTERNAL. */
__attribute__((warn_unused_result)) enum problem_code config_require_key(
	const struct config *config, struct problem *problem);

/*
 * Return the key for MACs (hash.h): the token secret, else DATABASE_URL.  All
 * programs and machines of a deployment have the same values, so they use the
 * same key.  Return NULL if both are unset.  The key is borrowed from config.
 */
const char *config_mac_key(const struct config *config);

#endif
