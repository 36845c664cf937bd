/*
 * db_retry.h - decide whether a failed connection or query is worth a retry;
 * only for db.c and db_connect.c.
 *
 * The database may be starting (as one that suspends itself when idle does),
 * have no free connection, or close one.  Such failures are retried within the
 * request's deadline if nothing can run twice.
 */
#ifndef DB_RETRY_H
#define DB_RETRY_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

enum db_fault {
	DB_FAULT_LASTING, /* a retry would fail too */
	DB_FAULT_ABSENT,  /* no server listens; perhaps it restarts */
	DB_FAULT_PASSING, /* nothing ran; a later retry may succeed */
	DB_FAULT_STALE,	  /* nothing ran; retry on a new connection */
	DB_FAULT_BROKEN,  /* the connection broke; the query may have run */
};

/*
 * The longest time to keep retrying while no server listens.  Each attempt that
 * reaches a server restarts this time.
 */
#define DB_RETRY_ABSENT_US 500000

/*
 * Classify a failed login.  last is the last good status of connection before
 * the failure.  Set sqlstate to the server's SQLSTATE, or "" if there is none.
 * It is read from libpq's error message, so the caller must have set the
 * verbosity PQERRORS_SQLSTATE.
 */
enum db_fault db_retry_judge_login(const PGconn *connection,
				   ConnStatusType last, char sqlstate[6]);

/*
 * Return true if a server that refuses a login for now has this SQLSTATE.
 * PgBouncer 1.24 passes it on to a client whose query waits for that login.
 */
bool db_retry_is_refusal(const char *sqlstate);

/*
 * Classify a failed query.  result is its error or another result that arrived,
 * or NULL; sent: the query's Sync may have been sent.
 */
enum db_fault db_retry_judge_query(const PGconn *connection,
				   const PGresult *result, bool sent);

/*
 * Wait before a retry: about 25 ms for attempt 0, doubled for each further
 * attempt up to 200 ms.  A random part of up to half is subtracted, so that
 * processes that failed together do not retry together.  Return false without
 * waiting if too little time is left before deadline_us.
 */
__attribute__((warn_unused_result)) bool db_retry_wait(unsigned attempt,
						       int64_t deadline_us);

#endif
