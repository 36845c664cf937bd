/*
 * test_db_files.c - the files that a DATABASE_URL names: a missing or invalid
 * certificate file is an error that the log explains.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/db_files.h"
#include "db/db_url.h"
#include "tap.h"
#include "base/banned.h"

#define NO_FILE "/nonexistent/hunter2.pem"

/* %s stands for a file that exists and is not a certificate. */
static const struct {
	const char *url;
	const char *words; /* NULL: no fault */
} cases[] = {
	{"postgresql://h/d", NULL},
	{"postgresql://h/d?sslmode=verify-full", NULL},
	{"postgresql://h/d?sslmode=require&sslrootcert=%s", NULL},
	{"postgresql://h/d?sslrootcert=", NULL},
	{"postgresql://h/d?sslcert=%s&sslkey=%s", NULL},
	{"postgresql://h/d?sslcrldir=/tmp", NULL},
	{"postgresql:///d?passfile=%s", NULL},
	/* without TLS the files are not read */
	{"postgresql://h/d?sslmode=disable&sslrootcert=" NO_FILE, NULL},
	{"postgresql:///d?sslmode=require&sslrootcert=" NO_FILE, NULL},
	{"postgresql:///d?host=/run/x&sslrootcert=system", NULL},
	{"postgresql:///d?host=@x&sslrootcert=" NO_FILE, NULL},
	{"postgresql:///d?host=/run/x,/run/y&sslrootcert=" NO_FILE, NULL},
	/* bad input */
	{"postgresql://h/d?sslrootcert=" NO_FILE,
	 "an sslrootcert that does not exist"},
	{"postgresql://h/d?sslrootcert=%s/x",
	 "an sslrootcert that does not exist"},
	{"postgresql://h/d?sslmode=verify-ca&sslrootcert=" NO_FILE,
	 "an sslrootcert that does not exist"},
	{"postgresql:///d?host=/run/x,h&sslrootcert=" NO_FILE,
	 "an sslrootcert that does not exist"},
	{"postgresql:///d?hostaddr=127.0.0.1&sslrootcert=" NO_FILE,
	 "an sslrootcert that does not exist"},
	{"postgresql://h/d?sslcert=" NO_FILE, "an sslcert that does not exist"},
	{"postgresql://h/d?sslcert=system", "an sslcert that does not exist"},
	{"postgresql://h/d?sslcert=%s&sslkey=" NO_FILE,
	 "an sslkey that does not exist"},
	{"postgresql://h/d?sslcrl=" NO_FILE, "an sslcrl that does not exist"},
	{"postgresql://h/d?sslcrldir=" NO_FILE,
	 "an sslcrldir that does not exist"},
	{"postgresql://h/d?passfile=" NO_FILE, "a passfile that does not"},
	{"postgresql:///d?passfile=" NO_FILE, "a passfile that does not"},
	{"postgresql:///d?passfile=/tmp",
	 "a passfile that is not a regular file"},
	{"postgresql:///d?passfile=/dev/null",
	 "a passfile that is not a regular file"},
	{"postgresql:///d?passfile=/etc/passwd", "a passfile that other users"},
	{"postgresql://h/d?sslcrl=%s", "an sslcrl that is not a"},
	{"postgresql://h/d?sslcrl=/tmp", "an sslcrl that is not a"},
};

/* Error messages of libpq, with names of servers and files in them. */
static const struct {
	const char *said, *words;
} judged[] = {
	{"could not read root certificate file \"/hunter2\": no start line\n",
	 "an sslrootcert that is not a certificate"},
	{"root certificate file \"/hunter2\" does not exist\n",
	 "verify-full, but no sslrootcert"},
	{"could not get home directory to locate root certificate file\n",
	 "verify-full, but no sslrootcert"},
	{"could not open certificate file \"/hunter2\": Permission denied\n",
	 "an sslcert that the programs cannot read"},
	{"could not read certificate file \"/hunter2\": no start line\n",
	 "an sslcert that is not a certificate"},
	{"certificate present, but not private key file \"/hunter2\"\n",
	 "an sslcert, but no sslkey"},
	{"private key file \"/hunter2\" has group or world access; file must\n",
	 "an sslkey that other users can access"},
	{"private key file \"/hunter2\" is not a regular file\n",
	 "an sslkey that is not a key"},
	{"could not load private key file \"/hunter2\": bad decrypt\n",
	 "an sslkey that is not a key"},
	{"certificate does not match private key file \"/hunter2\": mismatch\n",
	 "an sslkey that is not a key"},
	/* errors that do not concern files */
	{"", NULL},
	{"SSL error: certificate verify failed\n", NULL},
	{"server does not support SSL, but SSL was required\n", NULL},
	{"connection to server at \"hunter2\" failed: Connection refused\n",
	 NULL},
};

static void is_fault(const char *fault, const char *words, const char *name)
{
	bool same =
		fault && words ? strstr(fault, words) != NULL : fault == words;

	if (!ok(same && (!fault || !strstr(fault, "hunter2")),
		"a file at fault is named, no other is: %s", name))
		diag("told \"%s\"", fault ? fault : "(nothing)");
}

/* Version 16 of libpq gives the word its meaning. */
static void test_system(void)
{
	static const char *const urls[] = {
		"postgresql://h/d?sslrootcert=system",
		"postgresql://h/d?sslmode=verify-full&sslrootcert=system",
	};

	for (size_t i = 0; i < COUNT(urls); i++)
		is_fault(db_files_fault(urls[i]),
			 PQlibVersion() < DB_URL_LIBPQ_WITH_SYSTEM
				 ? "sslrootcert=system, which requires libpq 16"
				 : NULL,
			 urls[i]);
}

/* Drop root's privileges first, because root can read all files. */
static void test_closed(const char *path)
{
	char url[128];

	snprintf(url, sizeof(url), "postgresql://h/d?sslkey=%s", path);
	ok(chmod(path, 0) == 0 &&
		   (geteuid() != 0 || setreuid(65534, (uid_t)-1) == 0),
	   "a file that is closed to us");
	is_fault(db_files_fault(url), "an sslkey that the programs cannot read",
		 url);
	ok(getuid() != 65534 || setreuid(0, (uid_t)-1) == 0,
	   "we are who we were");
}

int main(void)
{
	char path[] = "/tmp/hunter2-XXXXXX";
	int fd = mkstemp(path);

	ok(fd >= 0 && write(fd, "hunter2\n", 8) == 8 && close(fd) == 0,
	   "a file that is not a certificate");
	for (size_t i = 0; i < COUNT(cases); i++) {
		char url[256] = "";

		for (const char *p = cases[i].url; *p; p++) {
			size_t length = strlen(url);
			bool is_path = *p == '%';

			snprintf(url + length, sizeof(url) - length, "%.*s",
				 is_path ? (int)strlen(path) : 1,
				 is_path ? path : p);
			p += is_path;
		}
		is_fault(db_files_fault(url), cases[i].words, url);
	}
	for (size_t i = 0; i < COUNT(judged); i++)
		is_fault(db_files_judge(judged[i].said), judged[i].words,
			 judged[i].said);
	test_system();
	test_closed(path);
	unlink(path);
	return tap_done();
}
