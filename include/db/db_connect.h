/*
 * db_connect.h - open and close the connection, and wait for it; only for db.c
 * and db_pooler.c.
 */
#ifndef DB_CONNECT_H
#define DB_CONNECT_H

#include <stdbool.h>
#include <stdint.h>

#include "db/db.h"

/*
 * Connect.  Each address of the server gets an equal share of the remaining
 * time.  Temporary failures are retried until db->deadline_us.  After an error
 * the connection may be half open; db_disconnect() releases it.
 *
 * Errors: PROBLEM_NO_DATABASE; PROBLEM_INTERNAL (allocation failed, or a file
 * that DATABASE_URL names is missing or unsuitable).
 */
__attribute__((warn_unused_result)) enum problem_code db_connect(
	struct db *db, struct problem *problem);

/* Close the connection, if it is open. */
void db_disconnect(struct db *db);

/*
 * Wait until the connection's socket is ready for events, as poll() names them.
 * Return false at the deadline.
 */
__attribute__((warn_unused_result)) bool db_wait(const struct db *db,
						 short events,
						 int64_t deadline_us);

/*
 * Send what is queued on the connection.  Return false at the deadline or if
 * the connection is lost.
 */
__attribute__((warn_unused_result)) bool db_flush(const struct db *db);

/*
 * Wait for a result and set *result to it.  The caller releases it; NULL ends
 * the results of one statement.  Return false at the deadline or if the
 * connection is lost.
 */
__attribute__((warn_unused_result)) bool db_next_result(const struct db *db,
							PGresult **result);

/* Return the milliseconds until deadline_us, at least 0. */
int db_remaining_ms(int64_t deadline_us);

/* Set PROBLEM_NO_DATABASE with site and reason, and return it. */
enum problem_code db_unavailable(struct problem *problem, const char *site,
				 const char *reason);

#endif
