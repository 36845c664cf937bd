/* Execute SQL by libpq, over connections that stay open between commands. */
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

enum {
	MAX_CONNECTIONS = 8,
	MAX_CONNINFO_BYTES = 2048
};

/* One connection for each conninfo.  When the array is full, a new connection
 * replaces the last one. */
static struct connection {
	char conninfo[MAX_CONNINFO_BYTES]; /* empty: none */
	PGconn *conn;
	bool idle; /* outside a transaction after the last command */
} kept[MAX_CONNECTIONS];

/* Return the connection of this conninfo.  Try to connect once if it is new or
 * known to be lost; the caller checks PQstatus(). */
static struct connection *connect_to(const char *conninfo)
{
	struct connection *c = kept;

	if (strlen(conninfo) >= sizeof(c->conninfo))
		die("sql", "the conninfo is too long");
	while (c < kept + MAX_CONNECTIONS - 1 && *c->conninfo != '\0' &&
	       strcmp(c->conninfo, conninfo) != 0)
		c++;
	if (strcmp(c->conninfo, conninfo) != 0 ||
	    PQstatus(c->conn) != CONNECTION_OK) {
		PQfinish(c->conn);
		memcpy(c->conninfo, conninfo, strlen(conninfo) + 1);
		c->conn = PQconnectdb(conninfo);
		c->idle = false;
	}
	return c;
}

bool command_disconnect(const struct fields *fields, FILE *answer)
{
	(void)fields;
	(void)answer;
	for (struct connection *c = kept; c < kept + MAX_CONNECTIONS; c++) {
		PQfinish(c->conn);
		*c = (struct connection){.conn = NULL};
	}
	return true;
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

/* Send the statements and append the rows of all results to lines.  If one
 * fails, append the reason to why and return false.  Set *lost if the error is
 * not from the server, which means that the connection failed. */
static bool query(PGconn *conn, const char *text, struct bytes *lines,
		  struct bytes *why, bool *lost)
{
	bool connected = PQstatus(conn) == CONNECTION_OK;
	bool succeeded = connected && PQsendQuery(conn, text) == 1;
	PGresult *result;

	*lost = !succeeded;
	while (connected && (result = PQgetResult(conn)) != NULL) {
		ExecStatusType type = PQresultStatus(result);

		if (type == PGRES_TUPLES_OK)
			add_rows(lines, result);
		else if (type != PGRES_COMMAND_OK)
			succeeded = false;
		if (type == PGRES_FATAL_ERROR &&
		    PQresultErrorField(result, PG_DIAG_SQLSTATE) == NULL)
			*lost = true;
		PQclear(result);
		if (type == PGRES_COPY_IN || type == PGRES_COPY_OUT)
			die("sql", "cannot COPY");
	}
	if (!succeeded)
		bytes_add(why, PQerrorMessage(conn),
			  strlen(PQerrorMessage(conn)));
	return succeeded;
}

bool command_sql(const struct fields *fields, FILE *answer)
{
	struct bytes lines = {0}, why = {0};
	struct connection *c;
	bool succeeded, lost;

	if (fields->count != 3)
		die("sql", "takes CONNINFO TEXT");
	bytes_add(&lines, "", 0);
	bytes_add(&why, "", 0);
	c = connect_to(fields->at[1]);
	succeeded = query(c->conn, fields->at[2], &lines, &why, &lost);
	/* If the server closed the idle connection, it has executed nothing, so
	 * a retry is safe.  PQstatus() may still return CONNECTION_OK then.
	 * Within a transaction a retry would hide the loss of its locks. */
	if (!succeeded && c->idle && lines.length == 0 &&
	    (lost || PQstatus(c->conn) != CONNECTION_OK)) {
		why.length = 0;
		PQreset(c->conn);
		succeeded = query(c->conn, fields->at[2], &lines, &why, &lost);
	}
	c->idle = PQtransactionStatus(c->conn) == PQTRANS_IDLE;
	assign(answer, "REPLY", lines.text, lines.length);
	assign(answer, "why", why.text, why.length);
	free(lines.text);
	free(why.text);
	return succeeded;
}
