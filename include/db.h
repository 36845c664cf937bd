/*
 * db.h - one PostgreSQL connection, one round trip a query, one deadline.
 *
 * A query travels with its context in one pipeline under one Sync, which
 * PostgreSQL runs as one transaction: first set_config() puts the role, the
 * user that row-level security compares with, read-only and a statement
 * timeout in force for this transaction alone, then the query runs.
 * db_query() returns only after the Sync is answered, that is after the
 * commit.
 *
 * Connecting, waiting and running share one deadline.  libpq is used
 * non-blocking, so the deadline holds against a peer that does not answer.
 */
#ifndef DB_H
#define DB_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "problem.h"

#define DB_MAX_PARAMS 16

/* The role every statement runs as; made by sql/. */
#define DB_ROLE "tasks_app"

struct db {
	const char *url;     /* borrowed */
	int64_t deadline_us; /* of datetime_monotonic_us() */
	PGconn *connection;  /* NULL until the first query */
	PGresult *result;    /* of the last query; NULL: none */
};

enum db_access {
	DB_READ,
	DB_WRITE,
};

/* A statement and its parameters, text format; NULL is SQL's NULL. */
struct db_statement {
	const char *sql;
	int param_count;
	const char *params[DB_MAX_PARAMS];
};

/* Make a handle; connects to nothing yet. */
void db_init(struct db *db, const char *url, int64_t deadline_us);

/*
 * Run statement for user ("": nobody) and commit.  On success db->result
 * holds its rows until the next call.
 *
 * Errors: PROBLEM_NO_DATABASE (cannot connect, lost, refused, out of time,
 * overloaded: nothing is known of a write then), PROBLEM_INTERNAL (any other
 * SQLSTATE; it is in problem->sqlstate).
 */
__attribute__((warn_unused_result)) enum problem_code db_query(
	struct db *db, const char *user, enum db_access access,
	const struct db_statement *statement, struct problem *problem);

/* Rows of the last result, and a value (borrowed; NULL for SQL's NULL). */
int db_rows(const struct db *db);
const char *db_value(const struct db *db, int row, int column);
size_t db_length(const struct db *db, int row, int column);

/* Close the connection and drop the result; NULL-safe. */
void db_release(struct db *db);

#endif
