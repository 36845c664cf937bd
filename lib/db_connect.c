#include "db_connect.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "datetime.h"
#include "resolve.h"
#include "banned.h"

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
			return db_unavailable(problem, "db.connect",
					      failed_stage(last));
		if (!db_wait(db,
			     step == PGRES_POLLING_READING ? POLLIN : POLLOUT,
			     deadline_us))
			return db_unavailable(problem, "db.connect",
					      "out of time while connecting");
		step = PQconnectPoll(db->connection);
	}
	if (PQsetnonblocking(db->connection, 1) != 0 ||
	    PQenterPipelineMode(db->connection) != 1)
		return db_unavailable(problem, "db.connect",
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

void db_disconnect(struct db *db)
{
	PQfinish(db->connection);
	db->connection = NULL;
	while (db->known_count > 0)
		free(db->known[--db->known_count].sql);
	memset(db->known, 0, sizeof(db->known));
	db->direct = false;
}

/* One attempt; address is NULL where libpq is to find it. */
static enum problem_code attempt(struct db *db, const char *address,
				 int64_t deadline_us, struct problem *problem)
{
	/*
	 * Later words win over what the URI says, and the URI over earlier
	 * ones: without a password file of its own libpq would look for the
	 * user's home directory, which takes longer than connecting.  And a
	 * kept connection whose other end is gone without a word is noticed.
	 */
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
		"/dev/null/none", "10",	       "2",	  "5",	   db->url,
		"UTF8",		  "tasks-cgi", "disable", address, NULL};

	db_disconnect(db);
	db->connection = PQconnectStartParams(keywords, values, 1);
	if (db->connection == NULL)
		return problem_set(problem, PROBLEM_INTERNAL, "db.connect",
				   "out of memory");
	(void)PQsetNoticeReceiver(db->connection, drop_notice, NULL);
	return finish_connecting(db, deadline_us, problem);
}

enum problem_code db_connect(struct db *db, struct problem *problem)
{
	struct resolve_addresses addresses;
	enum problem_code code = PROBLEM_NO_DATABASE;
	size_t i = 0;

	forget_environment();
	if (*db->host == '\0')
		return attempt(db, NULL, db->deadline_us, problem);
	resolve_host(db->host, db->deadline_us, &addresses);
	if (addresses.count == 0)
		return db_unavailable(problem, "db.resolve",
				      "the server's name cannot be resolved");
	for (; code == PROBLEM_NO_DATABASE && i < addresses.count; i++) {
		int64_t now_us = datetime_monotonic_us();
		int64_t share_us = (db->deadline_us - now_us) /
				   (int64_t)(addresses.count - i);

		code = attempt(db, addresses.text[i], now_us + share_us,
			       problem);
	}
	return code;
}
