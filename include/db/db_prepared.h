/*
 * db_prepared.h - which statements are prepared on a kept connection; for db.c
 * and db_connect.c.
 *
 * A statement is named after its place: s0, s1, ...  A pooler gives each
 * transaction any of its backends, where such a name may be another client's.
 * So statements are prepared only while db->direct holds.
 */
#ifndef DB_PREPARED_H
#define DB_PREPARED_H

#include "db/db.h"

/*
 * The place of sql in db->known; -1 if it was not sent on this connection
 * before.  Then it is known from now on, unless the connection is not direct.
 */
int db_prepared_find(struct db *db, const char *sql);

/* Forget all, because the connection is closed or leads to a pooler. */
void db_prepared_forget(struct db *db);

/*
 * Compare the process number in the answer to the context with the one that
 * was told on connecting, and set direct and pooled.  A pooler makes that
 * number up, or tells its first backend's: then it is found out once it uses
 * another one.  False: the answers are not to be trusted, because statements
 * were executed by names that may be other clients' there.
 */
__attribute__((warn_unused_result)) bool db_prepared_check(
	struct db *db, const PGresult *context);

#endif
