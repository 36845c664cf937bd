/*
 * db.h - run queries on one PostgreSQL connection, each in one round trip.
 *
 * db_query() sends three parts in one pipeline: the context, the statement and
 * a Sync.  PostgreSQL runs them as one transaction.  db_query() returns after
 * the answer to the Sync, so the transaction is committed then.
 *
 * The context is a statement that calls set_config() for this transaction only.
 * It sets the role, app.user_id, read-only mode and a statement timeout.
 * Row-level security compares each row with app.user_id.  No setting of a
 * request remains on the connection.
 *
 * Connecting, waiting and running share one deadline.  libpq is used in
 * non-blocking mode, so the deadline also holds if the server does not answer.
 *
 * A process that serves many requests keeps the connection between them and
 * replaces it if it has broken.
 *
 * Temporary failures are retried until the deadline (db_retry.h).  For example,
 * the server is starting or has no free connection, or a pooler has no server.
 * A failed query is run once more on a new connection in two cases:
 *   - The connection broke, and running the query twice does no harm: it only
 *     reads, it has an idempotency key, or its Sync was not sent.
 *   - Its prepared statement is missing or outdated, so it did not run.
 *
 * For a request with a trace id, application_name is DB_NAME, a slash and that
 * id during the transaction.
 *
 * A statement that is sent again on a kept connection is prepared there, which
 * saves the server from parsing and planning it each time.  A pooler may give
 * each transaction another backend.  So behind a pooler statements are prepared
 * only if it prepares them on each backend where they are missing
 * (db_pooler.h).
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
#define DB_PREPARED_NAME_BYTES 32
#define DB_MAX_PREPARED 64 /* per connection; others run unprepared */

/* The role that runs every statement; sql/02-roles.sql creates it. */
#define DB_ROLE "tasks_app"

/* The largest size of a trace id, including its NUL. */
#define DB_TRACE_BYTES 64

/* The session's application_name, unless DATABASE_URL sets one. */
#define DB_NAME "tasks-cgi"

/* Whether a pooler keeps a client's prepared statements on all its backends. */
enum db_tracking {
	DB_TRACKING_UNKNOWN, /* db_pooler_ask() was not called */
	DB_TRACKING_NO,
	DB_TRACKING_YES,
};

/* A statement that was sent on this connection before. */
struct db_known {
	char *sql; /* owned */
	char name[DB_PREPARED_NAME_BYTES];
	bool prepared;
};

/* Initialise with {0}. */
struct db {
	int64_t deadline_us;	      /* clock: datetime_monotonic_us() */
	int64_t spent_us;	      /* of this request, in db_query() */
	const char *trace_id;	      /* borrowed; "": no trace */
	char *url;		      /* owned; DATABASE_URL */
	char host[DB_URL_HOST_BYTES]; /* host to resolve; "": none */
	PGconn *connection;	      /* NULL until the first query */
	PGresult *result;	      /* of the last query; NULL: none */
	bool sent;		      /* the last Sync may have been sent */
	enum db_fault fault;	      /* of the last query, if it failed */
	bool direct;		      /* no pooler before the backend */
	bool pooled;		      /* a pooler was detected at url */
	enum db_tracking tracking;    /* by the pooler of this connection */
	bool outdated;		      /* a statement that it tracked failed */
	size_t known_count;
	struct db_known known[DB_MAX_PREPARED];
};

/* A search may read all tasks of a user, so its timeout is shorter. */
#define DB_SEARCH_TIMEOUT_MS 2000

enum db_access {
	DB_READ,
	DB_LIST,   /* reads many rows in the order of an index */
	DB_SEARCH, /* as DB_LIST, but at most DB_SEARCH_TIMEOUT_MS */
	DB_WRITE,
	DB_WRITE_KEYED, /* with an idempotency key: safe to repeat */
};

/* A statement and its parameters in text format; NULL is SQL's NULL. */
struct db_statement {
	const char *sql;
	int param_count;
	const char *params[DB_MAX_PARAMS];
	bool is_binary; /* send the rows in binary format */
};

/*
 * The functions that endpoint.c calls for a program with a database.  The
 * program refers to them in its struct endpoint.  A program without a database
 * does not, so it is linked without libpq.
 */
struct db_driver {
	/* Begin a request: take DATABASE_URL and the deadline from config, but
	   do not connect.  trace_id is borrowed until end(); "": no trace.
	   Errors: PROBLEM_INTERNAL (DATABASE_URL is unset or malformed, or
	   allocation failed). */
	enum problem_code (*begin)(struct db *db, const struct config *config,
				   const char *trace_id,
				   struct problem *problem);
	/* End a request: release its result, keep the connection. */
	void (*end)(struct db *db);
	/* Release the result, the connection and the URL. */
	void (*release)(struct db *db);
};
extern const struct db_driver db_libpq;

/*
 * Run statement as user ("": no user) and commit.  On success db->result holds
 * the rows until the next call.
 *
 * Errors:
 * - PROBLEM_NO_DATABASE: no connection, connection lost, login refused, timeout
 *   or overload.  A write may or may not have been committed.
 * - PROBLEM_INTERNAL: any other SQLSTATE, which problem->sqlstate holds; an
 *   allocation failed; a file that DATABASE_URL names is missing or unsuitable.
 */
__attribute__((warn_unused_result)) enum problem_code db_query(
	struct db *db, const char *user, enum db_access access,
	const struct db_statement *statement, struct problem *problem);

/*
 * Return, for the last result, its number of rows, a value (borrowed; NULL for
 * SQL's NULL), or the value's length in bytes.  Text is the same in both
 * formats.
 */
int db_rows(const struct db *db);
const char *db_value(const struct db *db, int row, int column);
size_t db_length(const struct db *db, int row, int column);

/* The size of a UUID's text with its NUL. */
#define DB_UUID_TEXT_BYTES 37

/*
 * Read a value of the last result, which is in binary format: a bigint, a
 * timestamptz as microseconds since 1970, or a uuid as lower-case text.  Return
 * false if it is NULL or has the size of another type.  INT64_MAX and INT64_MIN
 * are the timestamps infinity and -infinity, which only SQL by hand can store.
 */
__attribute__((warn_unused_result)) bool db_int64(const struct db *db, int row,
						  int column, int64_t *value);
__attribute__((warn_unused_result)) bool db_instant(const struct db *db,
						    int row, int column,
						    int64_t *us);
bool db_is_infinite(int64_t us);
__attribute__((warn_unused_result)) bool db_uuid(const struct db *db, int row,
						 int column,
						 char text[DB_UUID_TEXT_BYTES]);

#endif
