#include <endian.h>
#include <string.h>

#include "base/hex.h"
#include "db/db.h"
#include "base/banned.h"

/* 2000-01-01, from which PostgreSQL counts, in microseconds since 1970. */
#define POSTGRES_EPOCH_US INT64_C(946684800000000)

#define UUID_BYTES 16

int db_rows(const struct db *db)
{
	return PQntuples(db->result);
}

const char *db_value(const struct db *db, int row, int column)
{
	if (PQgetisnull(db->result, row, column))
		return NULL;
	return PQgetvalue(db->result, row, column);
}

size_t db_length(const struct db *db, int row, int column)
{
	return (size_t)PQgetlength(db->result, row, column);
}

bool db_int64(const struct db *db, int row, int column, int64_t *value)
{
	uint64_t sent;

	if (PQfformat(db->result, column) != 1 ||
	    db_length(db, row, column) != sizeof(sent))
		return false;
	memcpy(&sent, PQgetvalue(db->result, row, column), sizeof(sent));
	*value = (int64_t)be64toh(sent);
	return true;
}

bool db_is_infinite(int64_t us)
{
	return us == INT64_MAX || us == INT64_MIN;
}

bool db_instant(const struct db *db, int row, int column, int64_t *us)
{
	if (!db_int64(db, row, column, us))
		return false;
	return db_is_infinite(*us) ||
	       !__builtin_add_overflow(*us, POSTGRES_EPOCH_US, us);
}

bool db_uuid(const struct db *db, int row, int column,
	     char text[DB_UUID_TEXT_BYTES])
{
	/* The number of bytes in each group (RFC 4122, section 3). */
	static const size_t groups[] = {4, 2, 2, 2, 6};
	const char *bytes = PQgetvalue(db->result, row, column);

	if (PQfformat(db->result, column) != 1 ||
	    db_length(db, row, column) != UUID_BYTES)
		return false;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		hex_encode(bytes, groups[i], text);
		bytes += groups[i];
		text += 2 * groups[i];
		*text++ =
			i + 1 < sizeof(groups) / sizeof(groups[0]) ? '-' : '\0';
	}
	return true;
}
