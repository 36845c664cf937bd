#include "db/db_retry.h"

#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/random.h>

#include "base/datetime.h"
#include "base/banned.h"

#define FIRST_WAIT_US 25000
#define MAX_DOUBLINGS 3
/* With less time, an attempt would time out and so hide the real error. */
#define LEAST_TIME_US 50000

static bool begins_with(const char *text, const char *const *beginnings)
{
	for (; *beginnings != NULL; beginnings++)
		if (strncmp(text, *beginnings, strlen(*beginnings)) == 0)
			return true;
	return false;
}

static bool contains(const char *text, const char *const *parts)
{
	for (; *parts != NULL; parts++)
		if (strstr(text, *parts) != NULL)
			return true;
	return false;
}

/* libpq's message ends with ":  57P03\n" if the server sent an error. */
static void take_sqlstate(const char *words, char sqlstate[6])
{
	static const char before[] = ":  ";
	const size_t size = sizeof(before) - 1;
	size_t length = strlen(words);

	sqlstate[0] = '\0';
	while (length > 0 && words[length - 1] == '\n')
		length--;
	if (length < size + 5 ||
	    memcmp(words + length - 5 - size, before, size) != 0)
		return;
	memcpy(sqlstate, words + length - 5, 5);
	sqlstate[5] = '\0';
	if (strspn(sqlstate, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 5)
		sqlstate[0] = '\0';
}

enum db_fault db_retry_judge_login(const PGconn *connection,
				   ConnStatusType last, char sqlstate[6])
{
	/* Errors that do not change with a retry. */
	static const char *const lasting[] = {
		"28", /* login refused */
		"3D", /* no such database */
		"42", /* a parameter is not valid */
		NULL};
	/* Messages without a SQLSTATE.  libpq makes one if the connection ends
	   without an error message, and the server sends one if it cannot start
	   a process.  Other messages concern certificates and authentication
	   methods, where a retry does not help. */
	static const char *const ends[] = {
		"could not fork new process for connection",
		"server closed the connection unexpectedly",
		"could not receive data from server",
		"could not send data to server",
		"SSL SYSCALL error",
		"SSL connection has been closed unexpectedly",
		NULL};
	const char *words = PQerrorMessage(connection);

	take_sqlstate(words, sqlstate);
	if (sqlstate[0] != '\0')
		return begins_with(sqlstate, lasting) ? DB_FAULT_LASTING
						      : DB_FAULT_PASSING;
	if (last == CONNECTION_STARTED)
		return DB_FAULT_ABSENT;
	return contains(words, ends) ? DB_FAULT_PASSING : DB_FAULT_LASTING;
}

bool db_retry_is_refusal(const char *sqlstate)
{
	static const char *const refusals[] = {
		"57P03", /* the server is starting */
		"53300", /* too many connections */
		"XX000", /* any error of Neon's proxy */
		NULL};

	return begins_with(sqlstate, refusals);
}

enum db_fault db_retry_judge_query(const PGconn *connection,
				   const PGresult *result, bool sent)
{
	/* PgBouncer uses one SQLSTATE for all errors.  It sends these messages
	   before the query has a server connection. */
	static const char *const unasked[] = {"server login has been failing",
					      "query_wait_timeout", NULL};
	/* The prepared statement does not exist, was prepared by another client
	   of a pooler, or does not fit tables that have changed. */
	static const char *const outdated[] = {"26000", "42P05", "0A000", NULL};
	static const char *const ended[] = {"57P", NULL};
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *words = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	if (words != NULL && begins_with(words, unasked))
		return DB_FAULT_PASSING;
	if (sqlstate != NULL && begins_with(sqlstate, outdated))
		return DB_FAULT_STALE;
	if (PQstatus(connection) != CONNECTION_BAD &&
	    (sqlstate == NULL || !begins_with(sqlstate, ended)))
		return DB_FAULT_LASTING;
	return sent ? DB_FAULT_BROKEN : DB_FAULT_STALE;
}

bool db_retry_wait(unsigned attempt, int64_t deadline_us)
{
	const int64_t longest_us =
		(int64_t)FIRST_WAIT_US
		<< (attempt < MAX_DOUBLINGS ? attempt : MAX_DOUBLINGS);
	const int64_t left_us =
		deadline_us - LEAST_TIME_US - datetime_monotonic_us();
	uint32_t chance = 0;
	int64_t wait_us;

	if (left_us < longest_us / 2)
		return false;
	if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) != sizeof(chance))
		chance = 0; /* use the longest wait */
	wait_us = longest_us - chance % (longest_us / 2);
	wait_us = wait_us < left_us ? wait_us : left_us;
	(void)poll(NULL, 0, (int)(wait_us / 1000));
	return true;
}
