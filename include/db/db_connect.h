/*
 * db_connect.h - making and ending the connection; db.c's alone.
 */
#ifndef DB_CONNECT_H
#define DB_CONNECT_H

#include <stdbool.h>
#include <stdint.h>

#include "db/db.h"

/*
 * Connect, giving each address of the server its share of the time that is
 * left, again and again while the fault is one that passes.  Errors:
 * PROBLEM_NO_DATABASE, PROBLEM_INTERNAL (memory, a file of certificates that
 * DATABASE_URL names); the connection may be half
 * open then.
 */
__attribute__((warn_unused_result)) enum problem_code db_connect(
	struct db *db, struct problem *problem);

/* Close the connection, if there is one. */
void db_disconnect(struct db *db);

/* Wait until its socket is ready for events.  False at the deadline. */
__attribute__((warn_unused_result)) bool db_wait(const struct db *db,
						 short events,
						 int64_t deadline_us);

/* Milliseconds to a deadline, at least 0. */
int db_remaining_ms(int64_t deadline_us);

/* PROBLEM_NO_DATABASE with its reason. */
enum problem_code db_unavailable(struct problem *problem, const char *site,
				 const char *reason);

#endif
