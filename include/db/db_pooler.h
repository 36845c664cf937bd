/*
 * db_pooler.h - find out whether a pooler tracks prepared statements; only for
 * db.c.
 *
 * PgBouncer 1.21 and newer track them if max_prepared_statements is not 0: they
 * give each statement a name of their own, such as PGBOUNCER_7, and prepare it
 * on each backend where a client executes it.  An older PgBouncer passes Parse
 * and Bind on to the backend that it chooses for the transaction.
 */
#ifndef DB_POOLER_H
#define DB_POOLER_H

#include "db/db.h"

/*
 * Prepare a statement and ask the backend in the same transaction for its name.
 * Set db->tracking to DB_TRACKING_YES if the statement has another name there,
 * and else to DB_TRACKING_NO.  Leave no statement of that name on the backend.
 *
 * Return false at the deadline or if the connection is lost.
 */
__attribute__((warn_unused_result)) bool db_pooler_ask(struct db *db);

#endif
