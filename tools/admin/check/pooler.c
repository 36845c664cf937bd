/* Check whether a pooler shares its connections, and whether they are clean. */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "base/datetime.h"
#include "db/db_connect.h"
#include "base/banned.h"

/*
 * Many rounds, because other clients use the pooler at the same time, and the
 * pooler may assign its connections in turn.
 */
#define ROUNDS 60

/* The backend, and whether a user or role is set outside a transaction. */
static const char sql_left[] =
	"SELECT pg_backend_pid()::text,"
	" coalesce(current_setting('app.user_id', true), '') <> ''"
	" OR current_user <> session_user";

struct seen {
	char backend[16];
	bool left;
};

/* Run sql_left outside a transaction, which db_query() would begin. */
static bool look(struct db *db, struct seen *seen)
{
	PGconn *connection = db->connection;
	PGresult *result, *last = NULL;
	bool found;

	db->deadline_us = datetime_monotonic_us() + INT64_C(5000000);
	if (PQpipelineStatus(connection) != PQ_PIPELINE_OFF &&
	    (PQexitPipelineMode(connection) != 1 ||
	     PQsetnonblocking(connection, 0) != 0))
		return false;
	if (PQsendQuery(connection, sql_left) != 1)
		return false;
	do {
		while (PQisBusy(connection))
			if (!db_wait(db, POLLIN, db->deadline_us) ||
			    PQconsumeInput(connection) != 1) {
				PQclear(last);
				return false;
			}
		result = PQgetResult(connection);
		if (result != NULL) {
			PQclear(last);
			last = result;
		}
	} while (result != NULL);
	found = PQresultStatus(last) == PGRES_TUPLES_OK && PQntuples(last) == 1;
	if (found) {
		(void)snprintf(seen->backend, sizeof(seen->backend), "%s",
			       PQgetvalue(last, 0, 0));
		seen->left = strcmp(PQgetvalue(last, 0, 1), "t") == 0;
	}
	PQclear(last);
	return found;
}

enum finding {
	SHARED,
	NOT_SHARED,
	LEFT,
	FAILED
};

/*
 * Query by two connections in turn, as two programs would, and close neither.
 * If the pooler assigns a backend for one transaction only, soon both see the
 * same backend, or one sees another one than before.  One of them queries
 * twice: a pooler that assigns its backends in turn could otherwise give each
 * connection the same backend every time.
 */
static enum finding by_turns(struct check *check, struct db *other)
{
	struct problem problem = {0};
	struct seen mine = {0}, others = {0}, again = {0};

	if (check_ask(check, &check->db, "tasks-check", DB_READ, "SELECT 1",
		      &problem) != PROBLEM_NONE ||
	    !look(&check->db, &mine))
		return FAILED;
	if (mine.left)
		return LEFT;
	if (check->db.direct)
		return SHARED;
	/* No answer: the first program still holds the only connection. */
	if (check_ask(check, other, "tasks-check", DB_READ, "SELECT 1",
		      &problem) != PROBLEM_NONE)
		return NOT_SHARED;
	for (int i = 0; i < ROUNDS; i++) {
		if (!look(other, &others) || !look(&check->db, &mine) ||
		    !look(&check->db, &again))
			return FAILED;
		if (mine.left || others.left || again.left)
			return LEFT;
		if (strcmp(mine.backend, others.backend) == 0 ||
		    strcmp(mine.backend, again.backend) != 0)
			return SHARED;
	}
	return NOT_SHARED;
}

bool check_pooler(struct check *check)
{
	static const char far_away[] =
		"run PgBouncer on this machine, which keeps connections open: "
		"docs/install.md, section \"6. Pooler\"";
	struct db other = {0};
	enum finding finding = by_turns(check, &other);
	const char *kind =
		check->db.direct
			? "no pooler: each program opens its own connection"
			: "it assigns a connection for one transaction, and "
			  "nothing is left on it";

	db_libpq.release(&other);
	if (finding == LEFT)
		check_wrong(check,
			    "RESET app.user_id for the role and the database, "
			    "restart the pooler, and allow no client to run "
			    "SET through it",
			    "a connection has a user or a role set outside a "
			    "transaction");
	else if (finding == NOT_SHARED)
		check_wrong(check, "set pool_mode = transaction",
			    "it reserves a connection for each program");
	else if (finding == FAILED)
		check_wrong(check,
			    "see the logs of the database and the pooler",
			    "the connection failed");
	else if (!check->local)
		check_note(check, far_away,
			   "%s; the database is on another machine", kind);
	else
		check_ok(check, "%s", kind);
	return true;
}
