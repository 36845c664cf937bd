#include "db.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "datetime.h"
#include "resolve.h"
#include "banned.h"

/*
 * The context of a transaction; each setting ends with it.  The role comes
 * first: even logged in as the owner of the tables, a program acts as one who
 * owns nothing.
 */
#define CONTEXT                                           \
	"SELECT set_config('role', '" DB_ROLE "', true)," \
	" set_config('app.user_id', $1, true),"           \
	" set_config('statement_timeout', $2, true)"

/* What is acknowledged is on disk, whatever role or database are set to. */
static const char context_write[] =
	CONTEXT ", set_config('synchronous_commit',"
		" replace(current_setting('synchronous_commit'), 'off', 'on'),"
		" true)";
/*
 * A page is read off the index of its order and ends with its last row.  The
 * planner knows no single user's list: where it takes what is left or matches
 * for little, it would fetch and sort it all.  It charges the sorts that remain
 * so much that it would compile the statement, at a hundred times its cost.
 */
static const char context_read[] =
	CONTEXT ", set_config('transaction_read_only', 'on', true),"
		" set_config('enable_sort', 'off', true),"
		" set_config('jit', 'off', true)";

void db_init(struct db *db, const char *url, int64_t deadline_us)
{
	*db = (struct db){.url = url, .deadline_us = deadline_us};
}

static enum problem_code unavailable(struct problem *problem, const char *site,
				     const char *reason)
{
	return problem_set(problem, PROBLEM_NO_DATABASE, site, reason);
}

/* Milliseconds to a deadline, at least 0. */
static int remaining_ms(int64_t deadline_us)
{
	int64_t us = deadline_us - datetime_monotonic_us();

	return us > 0 ? (int)(us / 1000) : 0;
}

/* Wait until the socket is ready for events.  False at the deadline. */
static bool wait_for(const struct db *db, short events, int64_t deadline_us)
{
	struct pollfd pfd = {PQsocket(db->connection), events, 0};
	int ready;

	do
		ready = poll(&pfd, 1, remaining_ms(deadline_us));
	while (ready < 0 && errno == EINTR && remaining_ms(deadline_us) > 0);
	return ready > 0;
}

/* How far a connection came that failed; libpq's own words name hosts. */
static const char *failed_stage(ConnStatusType last)
{
	switch (last) {
	case CONNECTION_AWAITING_RESPONSE:
	case CONNECTION_AUTH_OK:
		return "the server ended the login";
	case CONNECTION_MADE:
	case CONNECTION_SSL_STARTUP:
		return "the TLS or start-up exchange failed";
	default:
		return "the server cannot be reached";
	}
}

/* NOTICE and WARNING messages are for psql; their text stays out of the log. */
static void drop_notice(void *arg, const PGresult *result)
{
	(void)arg;
	(void)result;
}

static enum problem_code finish_connecting(struct db *db, int64_t deadline_us,
					   struct problem *problem)
{
	PostgresPollingStatusType step = PGRES_POLLING_WRITING;
	ConnStatusType last = CONNECTION_STARTED;

	while (step != PGRES_POLLING_OK) {
		if (PQstatus(db->connection) != CONNECTION_BAD)
			last = PQstatus(db->connection);
		if (step == PGRES_POLLING_FAILED ||
		    PQstatus(db->connection) == CONNECTION_BAD)
			return unavailable(problem, "db.connect",
					   failed_stage(last));
		if (!wait_for(db,
			      step == PGRES_POLLING_READING ? POLLIN : POLLOUT,
			      deadline_us))
			return unavailable(problem, "db.connect",
					   "out of time while connecting");
		step = PQconnectPoll(db->connection);
	}
	if (PQsetnonblocking(db->connection, 1) != 0 ||
	    PQenterPipelineMode(db->connection) != 1)
		return unavailable(problem, "db.connect",
				   "the connection cannot be prepared");
	return PROBLEM_NONE;
}

/*
 * libpq would take what DATABASE_URL leaves open from PG* variables, which are
 * no settings of ours.
 */
static void forget_environment(void)
{
	size_t i = 0;

	while (environ != NULL && environ[i] != NULL) {
		char name[64];
		size_t length = strcspn(environ[i], "=");

		if (strncmp(environ[i], "PG", 2) != 0 ||
		    length >= sizeof(name)) {
			i++;
			continue;
		}
		memcpy(name, environ[i], length);
		name[length] = '\0';
		if (unsetenv(name) != 0) /* else the next one is at i now */
			i++;
	}
}

static void disconnect(struct db *db)
{
	PQfinish(db->connection);
	db->connection = NULL;
}

/* One attempt; address is NULL where libpq is to find it. */
static enum problem_code attempt(struct db *db, const char *address,
				 int64_t deadline_us, struct problem *problem)
{
	/* Later words win over what the URI says. */
	const char *const keywords[] = {"dbname",
					"client_encoding",
					"fallback_application_name",
					"gssencmode",
					address != NULL ? "hostaddr" : NULL,
					NULL};
	const char *const values[] = {db->url,	 "UTF8",  "tasks-cgi",
				      "disable", address, NULL};

	disconnect(db);
	db->connection = PQconnectStartParams(keywords, values, 1);
	if (db->connection == NULL)
		return problem_set(problem, PROBLEM_INTERNAL, "db.connect",
				   "out of memory");
	(void)PQsetNoticeReceiver(db->connection, drop_notice, NULL);
	return finish_connecting(db, deadline_us, problem);
}

/*
 * The addresses of the server, where the URI names one host on a network.
 * False when that cannot be found out in time.
 */
static bool find_addresses(const struct db *db,
			   struct resolve_addresses *addresses)
{
	PQconninfoOption *options = PQconninfoParse(db->url, NULL);
	const char *host = "";
	bool found = true;

	addresses->count = 0;
	for (PQconninfoOption *o = options; o != NULL && o->keyword != NULL;
	     o++)
		if (strcmp(o->keyword, "host") == 0 && o->val != NULL)
			host = o->val;
	for (PQconninfoOption *o = options; o != NULL && o->keyword != NULL;
	     o++)
		if (strcmp(o->keyword, "hostaddr") == 0 && o->val != NULL)
			host = ""; /* nothing to find out */
	if (*host != '\0' && *host != '/' && *host != '@' &&
	    strchr(host, ',') == NULL) {
		resolve_host(host, db->deadline_us, addresses);
		found = addresses->count > 0;
	}
	PQconninfoFree(options);
	return found;
}

/* Connect, giving each address its share of the time that is left. */
static enum problem_code connect_once(struct db *db, struct problem *problem)
{
	struct resolve_addresses addresses;
	enum problem_code code = PROBLEM_NO_DATABASE;
	size_t i = 0;

	if (db->connection != NULL)
		return PROBLEM_NONE;
	forget_environment();
	if (!find_addresses(db, &addresses))
		return unavailable(problem, "db.resolve",
				   "the server's name cannot be resolved");
	if (addresses.count == 0)
		return attempt(db, NULL, db->deadline_us, problem);
	for (; code == PROBLEM_NO_DATABASE && i < addresses.count; i++) {
		int64_t now_us = datetime_monotonic_us();
		int64_t share_us = (db->deadline_us - now_us) /
				   (int64_t)(addresses.count - i);

		code = attempt(db, addresses.text[i], now_us + share_us,
			       problem);
	}
	return code;
}

/* Queue context, statement and Sync, and push them out. */
static bool send_pipeline(struct db *db, const char *user,
			  enum db_access access,
			  const struct db_statement *statement)
{
	const char *context = access == DB_READ ? context_read : context_write;
	char timeout[16];
	const char *const context_params[] = {user, timeout};
	PGconn *c = db->connection;
	int left;

	/* The server gives up first, so that its answer still arrives. */
	(void)snprintf(timeout, sizeof(timeout), "%d",
		       remaining_ms(db->deadline_us) / 10 * 9 + 1);
	if (PQsendQueryParams(c, context, 2, NULL, context_params, NULL, NULL,
			      0) != 1 ||
	    PQsendQueryParams(c, statement->sql, statement->param_count, NULL,
			      statement->params, NULL, NULL, 0) != 1 ||
	    PQpipelineSync(c) != 1)
		return false;
	while ((left = PQflush(c)) > 0)
		if (!wait_for(db, POLLIN | POLLOUT, db->deadline_us) ||
		    PQconsumeInput(c) != 1)
			return false;
	return left == 0;
}

/* The next result, waiting for it; false when it cannot be had any more. */
static bool next_result(struct db *db, PGresult **result)
{
	while (PQisBusy(db->connection))
		if (!wait_for(db, POLLIN, db->deadline_us) ||
		    PQconsumeInput(db->connection) != 1)
			return false;
	*result = PQgetResult(db->connection);
	return *result != NULL || PQstatus(db->connection) == CONNECTION_OK;
}

/* Whether a SQLSTATE says that the database, not the statement, is at fault. */
static bool is_outage(const char *sqlstate)
{
	static const char *const prefixes[] = {
		"08",	 /* connection exceptions, PgBouncer's own errors */
		"25006", /* a standby, which takes no writes */
		"28",	 /* login refused */
		"3D",	 /* no such database */
		"40",	 /* serialization failure, deadlock */
		"53",	 /* out of connections, disk or memory */
		"55P03", /* lock not available */
		"57",	 /* shutting down, starting up, timed out */
		"58",	 /* system errors */
	};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (strncmp(sqlstate, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return *sqlstate == '\0'; /* libpq's own: the connection is gone */
}

static enum problem_code query_failed(const PGresult *result,
				      struct problem *problem)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	(void)snprintf(problem->sqlstate, sizeof(problem->sqlstate), "%s",
		       sqlstate != NULL ? sqlstate : "");
	if (is_outage(problem->sqlstate))
		return unavailable(problem, "db.query",
				   "the database could not run the query");
	return problem_set(problem, PROBLEM_INTERNAL, "db.query",
			   "the database refused the query");
}

/*
 * Read up to the answer to Sync.  The rows of the statement, which is the
 * last of the pipeline, stay in db->result.
 */
static enum problem_code receive_pipeline(struct db *db,
					  struct problem *problem)
{
	enum problem_code code = PROBLEM_NONE;
	PGresult *result;
	int answers = 0; /* to the context and the statement */

	while (next_result(db, &result)) {
		switch (PQresultStatus(result)) {
		case PGRES_PIPELINE_SYNC:
			PQclear(result);
			if (code == PROBLEM_NONE && answers != 2)
				code = unavailable(problem, "db.receive",
						   "an answer is missing");
			return code;
		case PGRES_TUPLES_OK:
			PQclear(db->result);
			db->result = result;
			answers++;
			break;
		case PGRES_COPY_IN:
		case PGRES_COPY_OUT:
		case PGRES_COPY_BOTH: /* libpq would repeat it for ever */
			PQclear(result);
			return unavailable(problem, "db.receive",
					   "an answer is not one to a query");
		case PGRES_PIPELINE_ABORTED:
			PQclear(result);
			break;
		default:
			/* NULL ends one command's results. */
			if (result != NULL && code == PROBLEM_NONE)
				code = query_failed(result, problem);
			PQclear(result);
		}
	}
	if (code != PROBLEM_NONE)
		return code;
	return unavailable(problem, "db.receive",
			   remaining_ms(db->deadline_us) > 0
				   ? "the connection was lost"
				   : "out of time");
}

enum problem_code db_query(struct db *db, const char *user,
			   enum db_access access,
			   const struct db_statement *statement,
			   struct problem *problem)
{
	enum problem_code code = connect_once(db, problem);

	PQclear(db->result);
	db->result = NULL;
	if (code == PROBLEM_NONE && !send_pipeline(db, user, access, statement))
		code = unavailable(problem, "db.send",
				   remaining_ms(db->deadline_us) > 0
					   ? "the connection was lost"
					   : "out of time");
	if (code == PROBLEM_NONE)
		code = receive_pipeline(db, problem);
	/* What happens on a connection after a fault is anybody's guess. */
	if (code != PROBLEM_NONE)
		disconnect(db);
	return code;
}

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

void db_release(struct db *db)
{
	PQclear(db->result);
	disconnect(db);
	*db = (struct db){0};
}
