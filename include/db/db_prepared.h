/*
 * db_prepared.h - keep track of the prepared statements of a connection; only
 * for db.c and db_connect.c.
 *
 * A prepared statement is named by its index in db->known: s0, s1 and so on.  A
 * pooler gives each transaction any of its backends, where another client may
 * have used the same name.  So statements are prepared only while db->direct is
 * true.
 */
#ifndef DB_PREPARED_H
#define DB_PREPARED_H

#include "db/db.h"

/*
 * Record that sql is sent, if db->direct is true and space is left.  Return the
 * index of sql in db->known, or -1 if sql was not recorded before.
 */
int db_prepared_record(struct db *db, const char *sql);

/* Forget all statements, because their connection is closed or pooled. */
void db_prepared_forget(struct db *db);

/*
 * Compare the backend's process id in context, the answer to the context, with
 * the id that was sent at login, and set db->direct and db->pooled.  A pooler
 * invents the id at login or sends its first backend's.  In the second case the
 * pooler is detected as soon as it uses another backend.
 *
 * Return false if the answers must not be trusted: statements were executed by
 * name on another backend, where the names may be another client's.
 */
__attribute__((warn_unused_result)) bool db_prepared_check(
	struct db *db, const PGresult *context);

#endif
