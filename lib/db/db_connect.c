#include "db/db_connect.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/datetime.h"
#include "base/openssl.h"
#include "db/db_files.h"
#include "db/db_prepared.h"
#include "db/db_retry.h"
#include "db/resolve.h"
#include "base/banned.h"

enum problem_code db_unavailable(struct problem *problem, const char *site,
				 const char *reason)
{
	return problem_set(problem, PROBLEM_NO_DATABASE, site, reason);
}

int db_remaining_ms(int64_t deadline_us)
{
	int64_t us = deadline_us - datetime_monotonic_us();

	return us > 0 ? (int)(us / 1000) : 0;
}

bool db_wait(const struct db *db, short events, int64_t deadline_us)
{
	struct pollfd pfd = {PQsocket(db->connection), events, 0};
	int ready;

	do
		ready = poll(&pfd, 1, db_remaining_ms(deadline_us));
	while (ready < 0 && errno == EINTR && db_remaining_ms(deadline_us) > 0);
	return ready > 0;
}

bool db_flush(const struct db *db)
{
	int left;

	while ((left = PQflush(db->connection)) > 0)
		if (!db_wait(db, POLLIN | POLLOUT, db->deadline_us) ||
		    PQconsumeInput(db->connection) != 1)
			return false;
	return left == 0;
}

bool db_next_result(const struct db *db, PGresult **result)
{
	while (PQisBusy(db->connection))
		if (!db_wait(db, POLLIN, db->deadline_us) ||
		    PQconsumeInput(db->connection) != 1)
			return false;
	*result = PQgetResult(db->connection);
	return *result != NULL || PQstatus(db->connection) == CONNECTION_OK;
}

/*
 * Describe the stage at which connecting failed.  libpq's own message contains
 * host names, so it is not logged.
 */
static const char *failed_stage(ConnStatusType last)
{
	switch (last) {
	case CONNECTION_AWAITING_RESPONSE:
	case CONNECTION_AUTH_OK:
		return "the login to the database failed";
	case CONNECTION_MADE:
	case CONNECTION_SSL_STARTUP:
		return "the TLS handshake or the PostgreSQL start-up failed";
	default:
		return "the database server cannot be reached";
	}
}

/* Discard NOTICE and WARNING messages, which libpq would write to the log. */
static void drop_notice(void *arg, const PGresult *result)
{
	(void)arg;
	(void)result;
}

/* Complete the login.  If it fails, *fault says whether to retry. */
static enum problem_code finish_connecting(struct db *db, int64_t deadline_us,
					   enum db_fault *fault,
					   struct problem *problem)
{
	PostgresPollingStatusType step = PGRES_POLLING_WRITING;
	ConnStatusType last = CONNECTION_STARTED;
	const char *file;

	*fault = DB_FAULT_LASTING;
	while (step != PGRES_POLLING_OK) {
		if (PQstatus(db->connection) != CONNECTION_BAD)
			last = PQstatus(db->connection);
		if (step == PGRES_POLLING_FAILED ||
		    PQstatus(db->connection) == CONNECTION_BAD) {
			*fault = db_retry_judge_login(db->connection, last,
						      problem->sqlstate);
			file = db_files_judge(PQerrorMessage(db->connection));
			if (file != NULL)
				return problem_setting(problem, "DATABASE_URL",
						       file);
			return db_unavailable(problem, "db.connect",
					      failed_stage(last));
		}
		if (!db_wait(db,
			     step == PGRES_POLLING_READING ? POLLIN : POLLOUT,
			     deadline_us))
			return db_unavailable(problem, "db.connect",
					      "connecting took longer than "
					      "TASKS_DB_TIMEOUT_MS");
		step = PQconnectPoll(db->connection);
	}
	if (PQsetnonblocking(db->connection, 1) != 0 ||
	    PQenterPipelineMode(db->connection) != 1)
		return db_unavailable(
			problem, "db.connect",
			"non-blocking pipeline mode cannot be enabled");
	return PROBLEM_NONE;
}

/*
 * Remove the PG* variables.  libpq would read from them the options that
 * DATABASE_URL does not set.
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
		if (unsetenv(name) != 0) /* unset: the next one is at i */
			i++;
	}
}

void db_disconnect(struct db *db)
{
	PQfinish(db->connection);
	db->connection = NULL;
	db_prepared_forget(db);
}

/* Log in at address.  If address is NULL, libpq finds the address. */
static enum problem_code log_in(struct db *db, const char *address,
				int64_t deadline_us, enum db_fault *fault,
				struct problem *problem)
{
	/* A keyword after dbname overrides the URI, and the URI overrides a
	   keyword before it.  With no passfile libpq looks up the user's home
	   directory, which takes longer than connecting.  Keepalives detect
	   that the server of a kept connection has disappeared without closing
	   it. */
	const char *const keywords[] = {"passfile",
					"keepalives_idle",
					"keepalives_interval",
					"keepalives_count",
					"dbname",
					"client_encoding",
					"fallback_application_name",
					"gssencmode",
					address != NULL ? "hostaddr" : NULL,
					NULL};
	const char *const values[] = {
		"/dev/null/none", "10",	   "2",	      "5",     db->url,
		"UTF8",		  DB_NAME, "disable", address, NULL};

	db_disconnect(db);
	*problem->sqlstate = '\0'; /* from an earlier attempt */
	db->connection = PQconnectStartParams(keywords, values, 1);
	*fault = DB_FAULT_LASTING;
	if (db->connection == NULL)
		return problem_set(problem, PROBLEM_INTERNAL, "db.connect",
				   "out of memory");
	(void)PQsetNoticeReceiver(db->connection, drop_notice, NULL);
	(void)PQsetErrorVerbosity(db->connection, PQERRORS_SQLSTATE);
	return finish_connecting(db, deadline_us, fault, problem);
}

/*
 * Try each address of the server.  Set *fault to the last fault of an address
 * where a server answered, or to DB_FAULT_ABSENT if no server answered.
 */
static enum problem_code attempt(struct db *db, enum db_fault *fault,
				 struct problem *problem)
{
	struct resolve_addresses addresses;
	enum problem_code code = PROBLEM_NO_DATABASE;
	size_t i = 0;

	if (*db->host == '\0')
		return log_in(db, NULL, db->deadline_us, fault, problem);
	resolve_host(db->host, db->deadline_us, &addresses);
	*fault = DB_FAULT_ABSENT;
	if (addresses.count == 0)
		return db_unavailable(
			problem, "db.resolve",
			"the host name in DATABASE_URL cannot be resolved");
	for (; code == PROBLEM_NO_DATABASE && i < addresses.count; i++) {
		int64_t now_us = datetime_monotonic_us();
		int64_t share_us = (db->deadline_us - now_us) /
				   (int64_t)(addresses.count - i);
		enum db_fault here;

		code = log_in(db, addresses.text[i], now_us + share_us, &here,
			      problem);
		if (here != DB_FAULT_ABSENT)
			*fault = here;
	}
	return code;
}

enum problem_code db_connect(struct db *db, struct problem *problem)
{
	enum db_fault fault, previous = DB_FAULT_LASTING;
	const char *file = db_files_fault(db->url);
	enum problem_code code;
	int64_t until_us = 0;

	if (file != NULL)
		return problem_setting(problem, "DATABASE_URL", file);
	if (!openssl_expect())
		return problem_set(problem, PROBLEM_INTERNAL, "db.connect",
				   "OpenSSL cannot be started");
	forget_environment();
	for (unsigned again = 0;; again++) {
		code = attempt(db, &fault, problem);
		if (code != PROBLEM_NO_DATABASE || fault == DB_FAULT_LASTING)
			return code;
		if (fault != DB_FAULT_ABSENT) {
			until_us = db->deadline_us;
		} else if (previous != DB_FAULT_ABSENT) {
			until_us = datetime_monotonic_us() + DB_RETRY_ABSENT_US;
			again = 0;
		}
		if (until_us > db->deadline_us)
			until_us = db->deadline_us;
		previous = fault;
		if (!db_retry_wait(again, until_us))
			return code;
	}
}
