#include "db/db_pooler.h"

#include <string.h>

#include "db/db_connect.h"
#include "base/banned.h"

#define NAME "tasks-cgi-probe"
#define PROBE "SELECT '" NAME "'"

/*
 * NULL if the backend has no such statement, and false if the statement has the
 * name that we gave it.
 */
#define ASK                                                                \
	"SELECT bool_and(name <> '" NAME "') FROM pg_prepared_statements " \
	"WHERE statement = $1"

/* DEALLOCATE of a missing statement would be an error in PostgreSQL's log. */
#define CLEAN                                                             \
	"DO $$BEGIN IF EXISTS (SELECT FROM pg_prepared_statements WHERE " \
	"name = '" NAME "') THEN DEALLOCATE \"" NAME "\"; END IF; END$$"

static bool send(struct db *db)
{
	const char *const params[] = {PROBE};
	PGconn *c = db->connection;

	return PQsendPrepare(c, NAME, PROBE, 0, NULL) == 1 &&
	       PQsendQueryParams(c, ASK, 1, NULL, params, NULL, NULL, 0) == 1 &&
	       PQsendQueryParams(c, CLEAN, 0, NULL, NULL, NULL, NULL, 0) == 1 &&
	       PQpipelineSync(c) == 1 && db_flush(db);
}

bool db_pooler_ask(struct db *db)
{
	PGresult *result;
	ExecStatusType status = PGRES_EMPTY_QUERY;

	db->tracking = DB_TRACKING_NO;
	if (!send(db))
		return false;
	while (status != PGRES_PIPELINE_SYNC) {
		if (!db_next_result(db, &result))
			return false;
		status = PQresultStatus(result);
		if (status == PGRES_TUPLES_OK && PQntuples(result) == 1 &&
		    strcmp(PQgetvalue(result, 0, 0), "t") == 0)
			db->tracking = DB_TRACKING_YES;
		PQclear(result);
	}
	return true;
}
