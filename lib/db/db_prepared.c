#include "db/db_prepared.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

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
	db->known_count += place == db->known_count;
}

int db_prepared_record(struct db *db, const char *sql)
{
	for (size_t i = 0; i < db->known_count; i++)
		if (strcmp(db->known[i].sql, sql) == 0)
			return (int)i;
	if (db->direct)
		remember(db, sql);
	return -1;
}

void db_prepared_forget(struct db *db)
{
	for (size_t i = 0; i < db->known_count; i++)
		free(db->known[i].sql);
	memset(db->known, 0, sizeof(db->known));
	db->known_count = 0;
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
		trusted = !any_is_prepared(db);
		db->pooled = true;
		db_prepared_forget(db);
	}
	db->direct = !db->pooled;
	return trusted;
}
