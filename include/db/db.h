/*
 * db.h - one PostgreSQL connection, one round trip a query, one deadline.
 *
 * A query travels with its context in one pipeline under one Sync, which
 * PostgreSQL runs as one transaction: first set_config() puts the role, the
 * user that row-level security compares with, read-only and a statement
 * timeout in force for this transaction alone, then the query runs.
 * db_query() returns only after the Sync is answered, that is after the
 * commit.  Nothing of a request stays on the connection.
 *
 * Connecting, waiting and running share one deadline.  libpq is used
 * non-blocking, so the deadline holds against a peer that does not answer.
 *
 * A process that serves many requests keeps the connection from one to the
 * next, and replaces it when it has broken meanwhile.
 *
 * What passes is waited for within the deadline (db_retry.h): a server that
 * starts or has no connection to spare, a pooler that has no server.  A query
 * that was run in vain is run once more on a new connection: one whose
 * connection broke, unless it may have written (it does not only read, has no
 * idempotency key, and its Sync may have left), and one whose prepared statement
 * is gone or outdated, since nothing was run then.
 *
 * A request that is part of a trace shows on the server, too: its transaction's
 * application_name is DB_NAME, a slash and the trace's id.
 *
 * A statement that comes again on a kept connection is prepared there, which
 * spares the server parsing and planning it - but only where a backend of our
 * own is at the other end.  A pooler gives every transaction another one.
 */
#ifndef DB_H
#define DB_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/db_retry.h"
#include "db/db_url.h"
#include "base/problem.h"

struct config;

#define DB_MAX_PARAMS 16
#define DB_MAX_PREPARED 64 /* on one connection; others go unprepared */

/* The role every statement runs as; made by sql/. */
#define DB_ROLE "tasks_app"

/* A trace's id is shorter than this. */
#define DB_TRACE_BYTES 64

/* The session's application_name, unless DATABASE_URL has one. */
#define DB_NAME "tasks-cgi"

/* A statement that was sent on the connection before. */
struct db_known {
	char *sql; /* owned */
	bool prepared;
};

/* Begins as {0}; of its members the first three are set from outside. */
struct db {
	int64_t deadline_us;	      /* of datetime_monotonic_us() */
	int64_t spent_us;	      /* db_query() adds what it took */
	const char *trace_id;	      /* borrowed; "" or NULL: of no trace */
	char *url;		      /* owned; where the connection leads */
	char host[DB_URL_HOST_BYTES]; /* to be resolved; "": nothing is */
	PGconn *connection;	      /* NULL until the first query */
	PGresult *result;	      /* of the last query; NULL: none */
	bool sent;		      /* the last query's Sync may have left */
	enum db_fault fault;	      /* of the last query, if it failed */
	bool direct;		      /* to a backend of our own, no pooler */
	bool pooled;		      /* url leads to a pooler */
	size_t known_count;
	struct db_known known[DB_MAX_PREPARED];
};

/* A search may read all tasks of a user, so it gets less time than others. */
#define DB_SEARCH_TIMEOUT_MS 2000

enum db_access {
	DB_READ,
	DB_SEARCH, /* DB_READ within DB_SEARCH_TIMEOUT_MS */
	DB_WRITE,
	DB_WRITE_KEYED, /* has an idempotency key: harmless if it runs twice */
};

/* A statement and its parameters, text format; NULL is SQL's NULL. */
struct db_statement {
	const char *sql;
	int param_count;
	const char *params[DB_MAX_PARAMS];
};

/*
 * What a request does with the connection as a whole.  A program names it in
 * its struct endpoint; one that asks no database does not, and is linked
 * without libpq.
 */
struct db_driver {
	/*
	 * Take DATABASE_URL from the settings; connects to nothing yet.
	 * Errors: PROBLEM_INTERNAL (it is unset or malformed, memory).
	 */
	enum problem_code (*begin)(struct db *db, const struct config *config,
				   struct problem *problem);
	/* The request is over: drop its result, keep the connection. */
	void (*end)(struct db *db);
	/* Drop all. */
	void (*release)(struct db *db);
};
extern const struct db_driver db_libpq;

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

#endif
