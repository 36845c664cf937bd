/* SQL over a connection that is kept, by libpq. */
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

static PGconn *kept;
static char *kept_conninfo;

/* Have a connection, by one attempt.  True if it is the one of before, which the
 * server may have ended meanwhile. */
static bool connect_to(const char *conninfo)
{
	if (kept_conninfo != NULL && strcmp(kept_conninfo, conninfo) == 0 &&
	    PQstatus(kept) == CONNECTION_OK)
		return true;
	PQfinish(kept);
	free(kept_conninfo);
	kept_conninfo = strdup(conninfo);
	kept = PQconnectdb(conninfo);
	return false;
}

static void add_rows(struct bytes *lines, const PGresult *result)
{
	for (int row = 0; row < PQntuples(result); row++) {
		if (lines->length > 0)
			bytes_add(lines, "\n", 1);
		for (int column = 0; column < PQnfields(result); column++) {
			if (column > 0)
				bytes_add(lines, "|", 1);
			bytes_add(lines, PQgetvalue(result, row, column),
				  (size_t)PQgetlength(result, row, column));
		}
	}
}

/* Send the statements and read every result; false with the reason. */
static bool query(const char *text, struct bytes *lines, struct bytes *why)
{
	bool connected = PQstatus(kept) == CONNECTION_OK;
	bool succeeded = connected && PQsendQuery(kept, text) == 1;
	PGresult *result;

	while (connected && (result = PQgetResult(kept)) != NULL) {
		ExecStatusType type = PQresultStatus(result);

		if (type == PGRES_TUPLES_OK)
			add_rows(lines, result);
		else if (type != PGRES_COMMAND_OK)
			succeeded = false;
		PQclear(result);
		if (type == PGRES_COPY_IN || type == PGRES_COPY_OUT)
			die("sql", "cannot COPY");
	}
	if (!succeeded)
		bytes_add(why, PQerrorMessage(kept),
			  strlen(PQerrorMessage(kept)));
	return succeeded;
}

bool command_sql(const struct fields *fields, FILE *answer)
{
	struct bytes lines = {0}, why = {0};
	bool succeeded, was_idle;

	if (fields->count != 3)
		die("sql", "takes CONNINFO TEXT");
	bytes_add(&lines, "", 0);
	bytes_add(&why, "", 0);
	was_idle = connect_to(fields->at[1]);
	succeeded = query(fields->at[2], &lines, &why);
	/* A server that ended the idle connection has executed nothing. */
	if (!succeeded && was_idle && PQstatus(kept) != CONNECTION_OK &&
	    lines.length == 0) {
		why.length = 0;
		PQreset(kept);
		succeeded = query(fields->at[2], &lines, &why);
	}
	assign(answer, "REPLY", lines.text, lines.length);
	assign(answer, "why", why.text, why.length);
	free(lines.text);
	free(why.text);
	return succeeded;
}
