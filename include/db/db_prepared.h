/*
 * db_prepared.h - keep track of the prepared statements of a connection; only
 * for db.c and db_connect.c.
 *
 * Statements are prepared on a direct connection, and behind a pooler that
 * tracks them (db_pooler.h).  A prepared statement is named by a hash of its
 * text.  So wherever a statement of that name exists, it is the same statement,
 * even if a pooler stops tracking and another process prepared it.
 */
#ifndef DB_PREPARED_H
#define DB_PREPARED_H

#include "db/db.h"

/*
 * Record that sql is sent, if it may be prepared later and space is left.
 * Return the index of sql in db->known if it is to be executed by name, or -1.
 */
int db_prepared_record(struct db *db, const char *sql);

/*
 * Return true if sql was recorded before and only a call of db_pooler_ask() is
 * missing for it to be prepared.
 */
bool db_prepared_waits(const struct db *db, const char *sql);

/* Forget all statements of the connection, because it is closed. */
void db_prepared_forget(struct db *db);

/*
 * Compare the backend's process id in context, the answer to the context, with
 * the id that was sent at login, and set db->direct and db->pooled.  A pooler
 * invents the id at login or sends its first backend's.  In the second case the
 * pooler is detected as soon as it uses another backend.
 *
 * Return false if the answers must not be trusted: statements were executed by
 * name on another backend, and no pooler is known to have prepared them there.
 */
__attribute__((warn_unused_result)) bool db_prepared_check(
	struct db *db, const PGresult *context);

/*
 * Call this after a failed query, before the connection is closed.  If the
 * query failed because its prepared statement is missing or outdated, a new
 * connection to the pooler gets the same statement again.  So set db->outdated:
 * nothing is prepared behind this pooler again.
 */
void db_prepared_failed(struct db *db);

#endif
