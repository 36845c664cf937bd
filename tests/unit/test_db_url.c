/*
 * test_db_url.c - a DATABASE_URL that libpq would refuse only while connecting,
 * where it looks like an unavailable database, and parameters that libpq is too
 * old for, which its message would not name without the password beside them.
 */
#include <stdio.h>

#include "db/db_url.h"
#include "tap.h"
#include "base/banned.h"

#define ANY "postgresql://user:hunter2@h/d?"
#define NO_URI "is not a postgresql:// URI"

/* With a libpq older than since, the fault is the version it requires. */
static const struct {
	const char *parameters;
	const char *words; /* NULL: no fault */
	int since;
} cases[] = {
	{"require_auth=scram-sha-256", NULL, 16},
	{"require_auth=scram%2Dsha%2D256", NULL, 16},
	{"sslmode=require&require_auth=scram-sha-256,md5", NULL, 16},
	{"require_auth=!password,!md5", NULL, 16},
	{"require_auth=none", NULL, 16},
	{"sslcertmode=disable", NULL, 16},
	{"gssdelegation=0", NULL, 16},
	{"load_balance_hosts=random", NULL, 16},
	{"sslnegotiation=postgres", NULL, 17},
	{"sslmode=require&sslnegotiation=direct", NULL, 17},
	{"sslmode=verify-full&sslrootcert=system", NULL, 0},
	{"sslrootcert=system", NULL, 0},
	{"channel_binding=require", NULL, 0},
	/* bad input */
	{"require_auth=scram", NO_URI, 16},
	{"require_auth=scram-sha-256x", NO_URI, 16},
	{"require_auth=md5,", NO_URI, 16},
	{"require_auth=,md5", NO_URI, 16},
	{"require_auth=!md5,password", NO_URI, 16},
	{"require_auth=md5,!password", NO_URI, 16},
	{"require_auth=!", NO_URI, 16},
	{"require_auth=md5,none,md5", NO_URI, 16},
	{"sslcertmode=never", NO_URI, 16},
	{"gssdelegation=yes", NO_URI, 16},
	{"load_balance_hosts=on", NO_URI, 16},
	{"sslnegotiation=tls", NO_URI, 17},
	{"sslnegotiation=direct", "requires sslmode=require", 17},
	{"sslmode=prefer&sslnegotiation=direct", "requires sslmode=require",
	 17},
	{"hunter2=x", NO_URI, 0},
	{"require_authority=x", NO_URI, 0},
	{"sslmode=hunter2", NO_URI, 0},
};

static void is_fault(const char *fault, const char *words, const char *name)
{
	bool same =
		fault && words ? strstr(fault, words) != NULL : fault == words;

	if (!ok(same && (!fault || !strstr(fault, "hunter2")),
		"a fault of the URI is named, and nothing else of it: %s",
		name))
		diag("told \"%s\"", fault ? fault : "(nothing)");
}

static const char *parse(const char *parameters)
{
	char url[256], host[DB_URL_HOST_BYTES];

	snprintf(url, sizeof(url), ANY "%s", parameters);
	return db_url_parse(url, host);
}

/* Each mode that is too weak for sslrootcert=system, which libpq 16 knows. */
static void test_system(void)
{
	static const char *const modes[] = {"disable", "allow", "prefer",
					    "require", "verify-ca"};

	for (size_t i = 0; i < COUNT(modes); i++) {
		char parameters[64];

		snprintf(parameters, sizeof(parameters),
			 "sslmode=%s&sslrootcert=system", modes[i]);
		is_fault(parse(parameters),
			 PQlibVersion() < DB_URL_LIBPQ_WITH_SYSTEM
				 ? NULL /* db_files.c refuses the file */
				 : "which requires sslmode=verify-full",
			 parameters);
	}
	is_fault(parse("sslrootcert=system&sslnegotiation=direct"),
		 PQlibVersion() < 170000 ? "which requires libpq 17" : NULL,
		 "sslrootcert=system&sslnegotiation=direct");
}

int main(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		char words[32];
		const bool old = PQlibVersion() < cases[i].since * 10000;

		snprintf(words, sizeof(words), "which requires libpq %d",
			 cases[i].since);
		is_fault(parse(cases[i].parameters),
			 old ? words : cases[i].words, cases[i].parameters);
	}
	test_system();
	return tap_done();
}
