/*
 * db_retry.h - what a failure of the database leaves to hope for; db.c's and
 * db_connect.c's alone.
 *
 * A database that starts, as one does that was idle for long, that has no
 * connection to spare or breaks one off is asked again within the request's
 * deadline, as long as that cannot do anything twice.
 */
#ifndef DB_RETRY_H
#define DB_RETRY_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

enum db_fault {
	DB_FAULT_LASTING, /* time does not mend it, or it is no such fault */
	DB_FAULT_ABSENT,  /* nobody listens there, if only for a moment */
	DB_FAULT_PASSING, /* nothing was run; in a moment it may be */
	DB_FAULT_STALE,	  /* nothing was run; on a new connection it may be */
	DB_FAULT_BROKEN, /* the connection is gone; what was sent may have run */
};

/* The longest that a process waits for somebody to listen, each time. */
#define DB_RETRY_ABSENT_US 500000

/*
 * Judge a connection that failed after it had come as far as last, and take
 * the server's SQLSTATE ("": it said none) out of libpq's words, which must have
 * been asked to be PQERRORS_SQLSTATE.
 */
enum db_fault db_retry_judge_login(const PGconn *connection,
				   ConnStatusType last, char sqlstate[6]);

/*
 * Judge a query that failed with result (NULL: the server said nothing);
 * sent: its Sync may have left.
 */
enum db_fault db_retry_judge_query(const PGconn *connection,
				   const PGresult *result, bool sent);

/*
 * Wait before attempt (0: the first repetition): about 25 ms doubled each time,
 * 200 ms at most, and by chance up to half of that less, so that those who
 * failed together do not come back together.  False, without waiting, when that
 * leaves no time before the deadline.
 */
__attribute__((warn_unused_result)) bool db_retry_wait(unsigned attempt,
						       int64_t deadline_us);

#endif
