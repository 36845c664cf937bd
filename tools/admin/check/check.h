/*
 * check.h - the interface between the parts of tasks-check.
 *
 * A check examines one thing and prints its result with check_ok(),
 * check_note() for a possible improvement, or check_wrong() for a fault.  The
 * latter two also print one line on how to fix it.  A check returns false if
 * the checks after it would only repeat its fault.  The output contains no
 * secret, no host name and no library's error text.
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
	const char *user; /* the user that the programs run as */
	const char *name; /* of the running check */
	bool itself;	  /* user is the user that started tasks-check */
	bool wrong;	  /* a check found a fault */
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
 * Run a statement without parameters in the way of the programs, with a
 * deadline of its own.  Its rows are in check->db until the next statement.
 * Return false after a failure, which is printed by check_wrong().
 */
__attribute__((warn_unused_result)) bool check_query(struct check *check,
						     enum db_access access,
						     const char *sql);

/*
 * Run a statement as check_query() does, for that user and on db, which the
 * caller releases.  Return the error and fill problem; print nothing.
 */
__attribute__((warn_unused_result)) enum problem_code check_ask(
	const struct check *check, struct db *db, const char *user,
	enum db_access access, const char *sql, struct problem *problem);

/* The command that creates a database with the right encoding. */
#define CREATE_DATABASE "createdb -E UTF8 --locale=C.UTF-8 -T template0 NAME"

/* Return whether that column of the only row is true. */
bool check_is_true(const struct check *check, int column);

/* Checks of the settings and the key.  They do not use the database. */
bool check_file(struct check *check);
bool check_settings(struct check *check);
bool check_key(struct check *check);

/* Checks of the connection, the server and the role. */
bool check_database(struct check *check);
bool check_role(struct check *check);
bool check_encoding(struct check *check);
bool check_clock(struct check *check);
bool check_durability(struct check *check);
bool check_connections(struct check *check);
bool check_pooler(struct check *check);

/* Checks of the objects that sql/ creates. */
bool check_schema(struct check *check);
bool check_policies(struct check *check);
bool check_search(struct check *check);
bool check_rights(struct check *check);

#endif
