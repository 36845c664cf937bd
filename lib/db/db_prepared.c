#include "db/db_prepared.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* Set name to the name under which sql is prepared. */
static void set_name(const char *sql, char name[DB_PREPARED_NAME_BYTES])
{
	uint64_t hash = 0xcbf29ce484222325; /* FNV-1a */

	for (; *sql != '\0'; sql++)
		hash = (hash ^ (unsigned char)*sql) * 0x100000001b3;
	(void)snprintf(name, DB_PREPARED_NAME_BYTES, DB_NAME "-%016" PRIx64,
		       hash);
}

/* Add sql.  If the table is full, replace a statement that is not prepared. */
static void remember(struct db *db, const char *sql)
{
	size_t place = db->known_count;
	char *copy;

	if (place == DB_MAX_PREPARED)
		for (place = 0; place < DB_MAX_PREPARED; place++)
			if (!db->known[place].prepared)
				break;
	copy = place < DB_MAX_PREPARED ? strdup(sql) : NULL;
	if (copy == NULL)
		return;
	free(db->known[place].sql);
	db->known[place].sql = copy;
	set_name(copy, db->known[place].name);
	db->known_count += place == db->known_count;
}

/* Return the index of sql, or -1. */
static int find(const struct db *db, const char *sql)
{
	for (size_t i = 0; i < db->known_count; i++)
		if (strcmp(db->known[i].sql, sql) == 0)
			return (int)i;
	return -1;
}

static bool may_ask(const struct db *db)
{
	return db->pooled && db->tracking == DB_TRACKING_UNKNOWN &&
	       !db->outdated;
}

int db_prepared_record(struct db *db, const char *sql)
{
	const bool usable = db->direct || db->tracking == DB_TRACKING_YES;
	int place;

	if (!usable && !may_ask(db))
		return -1;
	place = find(db, sql);
	if (place < 0)
		remember(db, sql);
	return usable ? place : -1;
}

bool db_prepared_waits(const struct db *db, const char *sql)
{
	return may_ask(db) && find(db, sql) >= 0;
}

void db_prepared_forget(struct db *db)
{
	for (size_t i = 0; i < db->known_count; i++)
		free(db->known[i].sql);
	memset(db->known, 0, sizeof(db->known));
	db->known_count = 0;
	db->direct = false;
	db->tracking = DB_TRACKING_UNKNOWN;
}

static bool any_is_prepared(const struct db *db)
{
	for (size_t i = 0; i < db->known_count; i++)
		if (db->known[i].prepared)
			return true;
	return false;
}

bool db_prepared_check(struct db *db, const PGresult *context)
{
	/* NULL: the result of another client's statement. */
	const char *there =
		PQntuples(context) == 1 ? PQgetvalue(context, 0, 0) : NULL;
	char pid[16];
	bool trusted = true;

	(void)snprintf(pid, sizeof(pid), "%d", PQbackendPID(db->connection));
	if (there == NULL || strcmp(there, pid) != 0) {
		trusted = !any_is_prepared(db) ||
			  (there != NULL && db->tracking == DB_TRACKING_YES);
		db->pooled = true;
	}
	db->direct = !db->pooled;
	return trusted;
}

void db_prepared_failed(struct db *db)
{
	if (db->tracking == DB_TRACKING_YES && db->fault == DB_FAULT_STALE &&
	    PQstatus(db->connection) == CONNECTION_OK)
		db->outdated = true;
}
