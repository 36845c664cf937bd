/*
 * execute FILE USER COUNT: execute the two statements of FILE COUNT times,
 * prepared, in one round trip and with results in binary format.  Print the CPU
 * time of the connection's backend, which runs on this machine, in nanoseconds.
 * The environment names the server (libpq).
 *
 * FILE has a statement per line, and :user for USER.  Lines that begin with - or
 * \ are skipped.
 */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATEMENTS 2
#define LINE_BYTES 4096

static void fail(const char *what)
{
	(void)fprintf(stderr, "execute: %s\n", what);
	exit(1);
}

/* Replace each :user of pgbench by $1. */
static void number_parameters(char *line)
{
	char *at;

	while ((at = strstr(line, ":user")) != NULL) {
		*at++ = '$';
		*at++ = '1';
		memset(at, ' ', 3);
	}
}

static void prepare(PGconn *c, const char *file)
{
	char line[LINE_BYTES], name[] = "s0";
	FILE *in = fopen(file, "re");
	PGresult *result;

	while (in != NULL && fgets(line, sizeof(line), in) != NULL) {
		if (line[0] == '-' || line[0] == '\\')
			continue;
		number_parameters(line);
		result = PQprepare(c, name, line, 0, NULL);
		if (PQresultStatus(result) != PGRES_COMMAND_OK)
			fail(PQerrorMessage(c));
		PQclear(result);
		name[1]++;
	}
	if (in == NULL || name[1] != '0' + STATEMENTS)
		fail("no two statements");
	(void)fclose(in);
}

/* Execute both statements in one round trip. */
static void execute(PGconn *c, const char *user)
{
	PGresult *result;

	if (PQsendQueryPrepared(c, "s0", 1, &user, NULL, NULL, 1) != 1 ||
	    PQsendQueryPrepared(c, "s1", 1, &user, NULL, NULL, 1) != 1 ||
	    PQpipelineSync(c) != 1)
		fail(PQerrorMessage(c));
	for (int i = 0; i < STATEMENTS; i++) {
		result = PQgetResult(c);
		if (PQresultStatus(result) != PGRES_TUPLES_OK ||
		    (i == 1 && PQntuples(result) < 20))
			fail("no 20 tasks");
		PQclear(result);
		(void)PQgetResult(c);
	}
	result = PQgetResult(c);
	if (PQresultStatus(result) != PGRES_PIPELINE_SYNC)
		fail("no end of the pipeline");
	PQclear(result);
}

static long cpu_time(PGconn *c)
{
	char path[64], text[64] = "";
	FILE *in;

	(void)snprintf(path, sizeof(path), "/proc/%d/schedstat",
		       PQbackendPID(c));
	in = fopen(path, "re");
	if (in == NULL || fgets(text, sizeof(text), in) == NULL)
		fail("no CPU time of the backend");
	(void)fclose(in);
	return strtol(text, NULL, 10);
}

int main(int argc, char **argv)
{
	PGconn *c = PQconnectdb("");
	long count = argc == 4 ? strtol(argv[3], NULL, 10) : 0;
	long before;

	if (count <= 0 || count > 1000000)
		return 2;
	if (PQstatus(c) != CONNECTION_OK)
		fail(PQerrorMessage(c));
	prepare(c, argv[1]);
	if (PQenterPipelineMode(c) != 1)
		fail("no pipeline");
	for (int i = 0; i < 100; i++)
		execute(c, argv[2]);
	before = cpu_time(c);
	for (long i = 0; i < count; i++)
		execute(c, argv[2]);
	(void)printf("%ld\n", cpu_time(c) - before);
	PQfinish(c);
	return 0;
}
