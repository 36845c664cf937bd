/*
 * config.h - the settings: one table, read once a request, never guessed.
 *
 * A variable is taken from the environment, else from the file that
 * TASKS_ENV_FILE names (dotenv.h); an empty one counts as unset.  Names that
 * are unknown here are ignored.
 *
 * Any fault, also in a setting that the request would not have used, is
 * PROBLEM_INTERNAL with the variable's name for the log.  Of DATABASE_URL only
 * the scheme is looked at here, the rest by those who connect (db_url.h).
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/problem.h"

struct arena;

#define CONFIG_SECRET_MIN_BYTES 32
#define CONFIG_MAX_ORIGINS 32

/* The greatest TASKS_MAX_BODY.  Bodies are read before the settings are. */
#define CONFIG_MAX_BODY_BYTES 1048576

enum config_alg {
	CONFIG_HS256,
	CONFIG_HS384,
	CONFIG_HS512,
};

/* What the server's log is told of who asked. */
enum config_log_user {
	CONFIG_LOG_NOBODY,
	CONFIG_LOG_HASH,
	CONFIG_LOG_WHOLE,
};

struct config {
	const char
		*database_url; /* postgresql:// URI; NULL: unset.  The rest of
				     it is checked where it is used */
	const char *secret;    /* raw bytes of the HMAC key; NULL: unset */
	size_t secret_bytes;   /* at least CONFIG_SECRET_MIN_BYTES */
	enum config_alg algorithm;
	bool algorithm_given;
	const char *jwks_file;	/* NULL: shared-secret mode */
	int64_t jwks_max_age_s; /* 0: of any age */
	const char *issuer;	/* NULL: not checked */
	const char *audience;	/* NULL: not checked */
	int64_t leeway_s;
	/* Borrowed and not terminated: what there is when memory is short. */
	struct config_origin {
		const char *text;
		size_t length;
	} origins[CONFIG_MAX_ORIGINS]; /* exact */
	size_t origin_count;
	const char *public_prefix; /* of Location and Link; NULL: none */
	size_t max_rows;
	size_t max_body_bytes;
	int64_t db_timeout_us; /* connecting, waiting and the statements */
	bool is_told;  /* CORS_ORIGINS, TASKS_LOG_FORMAT and file are sound */
	bool log_json; /* else logfmt */
	enum config_log_user log_user;
	bool server_timing; /* send Server-Timing */
};

/*
 * Fill config from envp (NULL-terminated "NAME=value" strings, borrowed for
 * the arena's life).  On a fault the origins and the log's format are filled
 * all the same where they are sound, so that the 500 can still carry its CORS
 * headers and its line in the log is like all others.
 * Errors: PROBLEM_INTERNAL.
 */
__attribute__((warn_unused_result)) enum problem_code config_load(
	struct config *config, char *const envp[], struct arena *arena,
	struct problem *problem);

/* The name of the i-th setting of the table; NULL past the last. */
const char *config_name(size_t i);

/* Whether there is a key to check tokens with.  Errors: PROBLEM_INTERNAL. */
__attribute__((warn_unused_result)) enum problem_code config_require_key(
	const struct config *config, struct problem *problem);

/*
 * The key of the deployment's MACs (mac.h): the token secret, or DATABASE_URL
 * where there is none.  So all its programs and machines agree.  NULL: neither.
 */
const char *config_mac_key(const struct config *config);

#endif
