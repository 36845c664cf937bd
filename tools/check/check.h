/*
 * check.h - what the parts of tasks-check share.
 *
 * A check looks at one thing and says what it found: check_ok(), check_note()
 * for what works and could be better, check_wrong() for a fault; the latter two
 * with one line on how to mend it.  It returns false when the checks after it
 * would only repeat the same fault.  Nothing that is printed has a secret, a
 * host's name or a library's words in it.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "auth/auth.h"
#include "config/config.h"
#include "db/db.h"

struct check {
	const char *path; /* of the settings file */
	const char *user; /* whom the programs run as */
	const char *name; /* of the check that runs */
	bool itself;	  /* who started it goes on as that user */
	bool wrong;	  /* something is */
	bool local;	  /* the database is on this machine */
	struct arena arena;
	struct config config;
	struct auth_keys keys;
	struct db db;
};

void check_ok(struct check *check, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void check_note(struct check *check, const char *mend, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void check_wrong(struct check *check, const char *mend, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Run a statement without parameters as the programs do, each with a deadline
 * of its own; its rows are check->db's then.  A failure is said (check_wrong()).
 */
__attribute__((warn_unused_result)) bool check_query(struct check *check,
						     enum db_access access,
						     const char *sql);

/* The same for another connection and as user, and nothing is said. */
__attribute__((warn_unused_result)) enum problem_code check_ask(
	const struct check *check, struct db *db, const char *user,
	enum db_access access, const char *sql, struct problem *problem);

/* How to create a database whose encoding is right. */
#define CREATE_DATABASE "createdb -E UTF8 --locale=C.UTF-8 -T template0 NAME"

/* Whether the column of the only row says true. */
bool check_is_true(const struct check *check, int column);

/* The settings and the key, without the database. */
bool check_file(struct check *check);
bool check_settings(struct check *check);
bool check_key(struct check *check);

/* The way to the database, and who is at its end. */
bool check_database(struct check *check);
bool check_role(struct check *check);
bool check_encoding(struct check *check);
bool check_clock(struct check *check);
bool check_durability(struct check *check);
bool check_connections(struct check *check);
bool check_pooler(struct check *check);

/* What sql/ made there. */
bool check_schema(struct check *check);
bool check_policies(struct check *check);
bool check_search(struct check *check);
bool check_rights(struct check *check);

#endif
