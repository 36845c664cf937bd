#include "db/db.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "base/datetime.h"
#include "db/db_connect.h"
#include "db/db_pooler.h"
#include "db/db_prepared.h"
#include "base/banned.h"

/*
 * The context of a transaction; all its settings end with the transaction.  The
 * role is set first, so that a program does not use the owner's rights even if
 * it logs in as the tables' owner.  The conditions are always true.  As columns
 * the settings would cost more, because each result begins with a description
 * of its columns.
 */
#define CONTEXT                                                      \
	"SELECT pg_backend_pid()::text"                              \
	" WHERE set_config('role', '" DB_ROLE "', true) IS NOT NULL" \
	" AND set_config('app.user_id', $1, true) IS NOT NULL"       \
	" AND set_config('statement_timeout', $2, true) IS NOT NULL"

#define CONTEXT_READ                                                           \
	CONTEXT " AND set_config('transaction_read_only', 'on', true) IS NOT " \
		"NULL"
#define NO_SORT " AND set_config('enable_sort', 'off', true) IS NOT NULL"
/*
 * PostgreSQL should read a page from the index of its order and stop at the
 * page's last row.  The planner has no statistics per user.  If it expects few
 * rows, it reads and sorts all tasks of the user, so enable_sort is off.  This
 * raises the estimated cost of the sorts that remain.  Because of this cost
 * PostgreSQL would compile the statement, which takes a hundred times as long
 * as the statement itself, so jit is off.  The plan is then the same for every
 * user, so a generic plan is used and not planned again.
 */
#define CONTEXT_LIST                                                           \
	CONTEXT_READ NO_SORT " AND set_config('jit', 'off', true) IS NOT NULL" \
			     " AND set_config('plan_cache_mode', "             \
			     "'force_generic_plan', true)"                     \
			     " IS NOT NULL"
/* synchronous_commit must not be off, so that an acknowledged write is on disk. */
#define CONTEXT_WRITE                                                     \
	CONTEXT " AND set_config('synchronous_commit',"                   \
		" replace(current_setting('synchronous_commit'), 'off', " \
		"'on'),"                                                  \
		" true) IS NOT NULL"
/*
 * enable_sort is off, so that the oldest idempotency keys are read from their
 * index, whatever number of keys the planner expects.
 */
#define CONTEXT_KEYED CONTEXT_WRITE NO_SORT
/*
 * PostgreSQL reports a change of application_name to the client after a
 * transaction.  It does not report a value that was set for the transaction
 * only.
 */
#define WITH_TRACE(context) \
	context, context    \
		" AND set_config('application_name', $3, true) IS NOT NULL"

/* The contexts without and with a trace id. */
static const char *const contexts[][2] = {
	[DB_READ] = {WITH_TRACE(CONTEXT_READ)},
	[DB_LIST] = {WITH_TRACE(CONTEXT_LIST)},
	[DB_SEARCH] = {WITH_TRACE(CONTEXT_LIST)},
	[DB_WRITE] = {WITH_TRACE(CONTEXT_WRITE)},
	[DB_WRITE_KEYED] = {WITH_TRACE(CONTEXT_KEYED)},
};

/* Queue a statement.  From its second use on it is prepared. */
static bool send_statement(struct db *db, const char *sql, int count,
			   const char *const *params, bool is_binary)
{
	const int place = db_prepared_record(db, sql);
	const char *name;

	if (place < 0)
		return PQsendQueryParams(db->connection, sql, count, NULL,
					 params, NULL, NULL, is_binary) == 1;
	name = db->known[place].name;
	if (!db->known[place].prepared &&
	    PQsendPrepare(db->connection, name, sql, 0, NULL) != 1)
		return false;
	/* An error closes the connection, which removes this entry. */
	db->known[place].prepared = true;
	return PQsendQueryPrepared(db->connection, name, count, params, NULL,
				   NULL, is_binary) == 1;
}

/* Queue context, statement and Sync, and send them. */
static bool send_pipeline(struct db *db, const char *user,
			  enum db_access access,
			  const struct db_statement *statement)
{
	const bool traced = *db->trace_id != '\0';
	char timeout[16], name[sizeof(DB_NAME) + DB_TRACE_BYTES];
	const char *const context_params[] = {user, timeout, name};
	int left = db_remaining_ms(db->deadline_us);

	if (access == DB_SEARCH && left > DB_SEARCH_TIMEOUT_MS)
		left = DB_SEARCH_TIMEOUT_MS;
	/* The server's timeout is shorter, so that its error still arrives. */
	(void)snprintf(timeout, sizeof(timeout), "%d", left / 10 * 9 + 1);
	if (traced)
		(void)snprintf(name, sizeof(name), DB_NAME "/%s", db->trace_id);
	if (!send_statement(db, contexts[access][traced], traced ? 3 : 2,
			    context_params, false) ||
	    !send_statement(db, statement->sql, statement->param_count,
			    statement->params, statement->is_binary) ||
	    PQpipelineSync(db->connection) != 1)
		return false;
	db->sent = true; /* PQconsumeInput() may send and then fail */
	return db_flush(db);
}

/* Replace db->result.  It takes ownership of result, which may be NULL. */
static void set_result(struct db *db, PGresult *result)
{
	PQclear(db->result);
	db->result = result;
}

/* Return true if the database failed, and not the statement. */
static bool is_outage(const char *sqlstate)
{
	static const char *const prefixes[] = {
		"08",	 /* connection exceptions, PgBouncer's errors */
		"25006", /* read-only transaction, as on a standby */
		"28",	 /* login refused */
		"3D",	 /* no such database */
		"40",	 /* serialization failure, deadlock */
		"53",	 /* out of connections, disk or memory */
		"55P03", /* lock not available */
		"57",	 /* shutdown, start-up, timeout */
		"58",	 /* system errors */
	};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (strncmp(sqlstate, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return *sqlstate == '\0'; /* no SQLSTATE: the connection is lost */
}

/*
 * Describe db->result, which is an error, in problem.  Return its code.  first:
 * nothing was received before the error, so the statement was not executed.
 */
static enum problem_code query_failed(struct db *db, bool first,
				      struct problem *problem)
{
	const char *sqlstate = PQresultErrorField(db->result, PG_DIAG_SQLSTATE);

	(void)snprintf(problem->sqlstate, sizeof(problem->sqlstate), "%s",
		       sqlstate != NULL ? sqlstate : "");
	if (first && db_retry_is_refusal(problem->sqlstate)) {
		db->fault = DB_FAULT_PASSING;
		return db_unavailable(problem, "db.query",
				      "the pooler could not log in");
	}
	if (is_outage(problem->sqlstate))
		return db_unavailable(problem, "db.query",
				      "the database could not run the query");
	return problem_set(problem, PROBLEM_INTERNAL, "db.query",
			   "the database rejected the query");
}

/* Describe a lost connection or an expired deadline.  Return its code. */
static enum problem_code disconnected(const struct db *db, const char *site,
				      struct problem *problem)
{
	return db_unavailable(
		problem, site,
		db_remaining_ms(db->deadline_us) > 0
			? "the connection to the database was lost"
			: "the database did not reply within "
			  "TASKS_DB_TIMEOUT_MS");
}

/*
 * Read the results up to the answer to the Sync.  Set db->result to the rows of
 * the statement (the last result of the pipeline), or to the first error.
 */
static enum problem_code receive_pipeline(struct db *db,
					  struct problem *problem)
{
	enum problem_code code = PROBLEM_NONE;
	PGresult *result;
	int answers = 0; /* to the context and the statement */

	while (db_next_result(db, &result)) {
		switch (PQresultStatus(result)) {
		case PGRES_PIPELINE_SYNC:
			PQclear(result);
			if (code == PROBLEM_NONE && answers != 2)
				code = db_unavailable(problem, "db.receive",
						      "a result of the "
						      "pipeline is missing");
			return code;
		case PGRES_TUPLES_OK:
			/* Count the results: after an allocation failure libpq
			   may drop one and deliver the next. */
			if (answers++ == 0 && code == PROBLEM_NONE &&
			    !db_prepared_check(db, result)) {
				code = db_unavailable(
					problem, "db.receive",
					"a pooler passed the "
					"query to another backend");
				db->fault = DB_FAULT_BROKEN;
			}
			set_result(db, result);
			break;
		case PGRES_COPY_IN:
		case PGRES_COPY_OUT:
		case PGRES_COPY_BOTH: /* libpq would return it again and again */
			PQclear(result);
			return db_unavailable(
				problem, "db.receive",
				"the database sent a COPY response to a query");
		case PGRES_COMMAND_OK: /* the answer to PQsendPrepare() */
		case PGRES_PIPELINE_ABORTED:
			PQclear(result);
			break;
		default:
			/* NULL ends the results of one command. */
			if (result == NULL || code != PROBLEM_NONE) {
				PQclear(result);
				break;
			}
			set_result(db, result);
			code = query_failed(db, answers == 0, problem);
		}
	}
	return code == PROBLEM_NONE ? disconnected(db, "db.receive", problem)
				    : code;
}

/* Send one pipeline and receive its answers. */
static enum problem_code exchange(struct db *db, const char *user,
				  enum db_access access,
				  const struct db_statement *statement,
				  struct problem *problem)
{
	enum problem_code code;

	db->sent = false;
	if (db_prepared_waits(db, statement->sql) && !db_pooler_ask(db))
		code = disconnected(db, "db.pooler", problem);
	else if (send_pipeline(db, user, access, statement))
		code = receive_pipeline(db, problem);
	else
		code = disconnected(db, "db.send", problem);
	if (code != PROBLEM_NONE && db->fault == DB_FAULT_LASTING)
		db->fault = db_retry_judge_query(db->connection, db->result,
						 db->sent);
	if (code != PROBLEM_NONE)
		db_prepared_failed(db);
	return code;
}

/*
 * Return true if the server has closed the kept connection.  A healthy idle
 * server sends nothing, so readable data means that it closed the connection.
 */
static bool is_stale(const struct db *db)
{
	struct pollfd pfd = {PQsocket(db->connection), POLLIN, 0};

	return poll(&pfd, 1, 0) != 0;
}

/* Run the query once; connect first if there is no connection. */
static enum problem_code run(struct db *db, const char *user,
			     enum db_access access,
			     const struct db_statement *statement,
			     struct problem *problem)
{
	enum problem_code code = PROBLEM_NONE;

	set_result(db, NULL);
	db->fault = DB_FAULT_LASTING; /* db_connect() retries itself */
	if (db->connection == NULL)
		code = db_connect(db, problem);
	if (code != PROBLEM_NONE)
		return code;
	return exchange(db, user, access, statement, problem);
}

/*
 * Return true if the failed query should run again, after a wait if needed.
 * again is the number of earlier retries.
 */
static bool is_worth_repeating(const struct db *db, enum db_access access,
			       unsigned again)
{
	switch (db->fault) {
	case DB_FAULT_PASSING:
		return db_retry_wait(again, db->deadline_us);
	case DB_FAULT_STALE:
		return again == 0;
	case DB_FAULT_BROKEN: /* only once: the query may crash the server */
		return again == 0 && access != DB_WRITE;
	default:
		return false;
	}
}

/* Run the query until it succeeds or a retry is useless. */
static enum problem_code run_with_retries(struct db *db, const char *user,
					  enum db_access access,
					  const struct db_statement *statement,
					  struct problem *problem)
{
	enum problem_code code;

	if (db->connection != NULL && is_stale(db))
		db_disconnect(db);
	for (unsigned again = 0;; again++) {
		*problem->sqlstate = '\0';
		code = run(db, user, access, statement, problem);
		if (code == PROBLEM_NONE)
			break;
		/* After a failure the state of the connection is unknown. */
		db_disconnect(db);
		if (!is_worth_repeating(db, access, again))
			return code;
	}
	/* The retry succeeded: discard the error of the earlier attempt. */
	problem->site = problem->reason = NULL;
	return PROBLEM_NONE;
}

enum problem_code db_query(struct db *db, const char *user,
			   enum db_access access,
			   const struct db_statement *statement,
			   struct problem *problem)
{
	const int64_t began_us = datetime_monotonic_us();
	enum problem_code code =
		run_with_retries(db, user, access, statement, problem);

	db->spent_us += datetime_monotonic_us() - began_us;
	return code;
}

static void end(struct db *db)
{
	set_result(db, NULL);
	db->spent_us = 0;
}

static void release(struct db *db)
{
	end(db);
	db_disconnect(db);
	free(db->url);
	db->url = NULL;
	db->pooled = db->outdated = false;
}

static enum problem_code begin(struct db *db, const struct config *config,
			       const char *trace_id, struct problem *problem)
{
	const char *url = config->database_url;
	const char *fault = NULL;

	db->deadline_us = datetime_monotonic_us() + config->db_timeout_us;
	db->trace_id = trace_id;
	if (url == NULL)
		return problem_setting(problem, "DATABASE_URL", "is not set");
	if (db->url != NULL && strcmp(db->url, url) == 0)
		return PROBLEM_NONE;
	release(db);
	fault = db_url_parse(url, db->host);
	if (fault != NULL)
		return problem_setting(problem, "DATABASE_URL", fault);
	db->url = strdup(url);
	if (db->url == NULL)
		return problem_set(problem, PROBLEM_INTERNAL, "db.begin",
				   "out of memory");
	return PROBLEM_NONE;
}

const struct db_driver db_libpq = {begin, end, release};
