#include "db/db_files.h"

#include <errno.h>
#include <libpq-fe.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/db_url.h"
#include "base/banned.h"

/* Since version 16 sslrootcert=system means the system's certificates. */
#define LIBPQ_WITH_SYSTEM 160000

#define HAS_NO(keyword) "has an " keyword " that does not exist"
#define MAY_NOT(keyword) "has an " keyword " that the programs may not read"

static const struct {
	const char *keyword, *missing, *closed;
} files[] = {
	{"sslrootcert", HAS_NO("sslrootcert"), MAY_NOT("sslrootcert")},
	{"sslcert", HAS_NO("sslcert"), MAY_NOT("sslcert")},
	{"sslkey", HAS_NO("sslkey"), MAY_NOT("sslkey")},
	{"sslcrl", HAS_NO("sslcrl"), MAY_NOT("sslcrl")},
	{"sslcrldir", HAS_NO("sslcrldir"), MAY_NOT("sslcrldir")},
};

/* libpq ignores a revocation list that it cannot load. */
static bool is_revocation_list(const char *path)
{
	X509_STORE *store = X509_STORE_new();
	bool loaded = store != NULL &&
		      X509_STORE_load_locations(store, path, NULL) == 1;

	X509_STORE_free(store);
	ERR_clear_error();
	return loaded;
}

/* Check the files for TLS. */
static const char *tls_fault(const PQconninfoOption *options)
{
	const char *revoked = db_url_option(options, "sslcrl");
	const bool is_system =
		strcmp(db_url_option(options, "sslrootcert"), "system") == 0;

	if (is_system && PQlibVersion() < LIBPQ_WITH_SYSTEM)
		return "has sslrootcert=system, which this libpq does not know:"
		       " name a file, as /etc/ssl/certs/ca-certificates.crt";
	for (size_t i = is_system; i < sizeof(files) / sizeof(files[0]); i++) {
		const char *path = db_url_option(options, files[i].keyword);

		if (*path == '\0' || access(path, R_OK) == 0)
			continue;
		return errno == ENOENT || errno == ENOTDIR ? files[i].missing
							   : files[i].closed;
	}
	return *revoked == '\0' || is_revocation_list(revoked)
		       ? NULL
		       : "has an sslcrl that is no list of revoked certificates"
			 " in PEM";
}

/*
 * Check the password file.  libpq ignores an unsuitable one and writes a
 * warning to standard error.
 */
static const char *passfile_fault(const PQconninfoOption *options)
{
	const char *path = db_url_option(options, "passfile");
	struct stat file;

	if (*path == '\0')
		return NULL;
	if (stat(path, &file) != 0 || access(path, R_OK) != 0)
		return "has a passfile that does not exist, or that the"
		       " programs may not read";
	if (!S_ISREG(file.st_mode))
		return "has a passfile that is no file";
	return (file.st_mode & (S_IRWXG | S_IRWXO)) == 0
		       ? NULL
		       : "has a passfile that others may read: chmod 600 it";
}

const char *db_files_fault(const char *url)
{
	PQconninfoOption *options = PQconninfoParse(url, NULL);
	const char *fault;

	if (options == NULL) /* url is valid: allocation failed */
		return "cannot be checked: out of memory";
	fault = passfile_fault(options);
	if (fault == NULL && db_url_uses_network(options) &&
	    strcmp(db_url_option(options, "sslmode"), "disable") != 0)
		fault = tls_fault(options);
	PQconninfoFree(options);
	return fault;
}

const char *db_files_judge(const char *words)
{
	/* The first match counts. */
	static const struct {
		const char *words, *fault;
	} faults[] = {
		{"could not read root certificate file",
		 "has an sslrootcert that is no certificate in PEM"},
		{"root certificate file", /* the default file does not exist */
		 "has sslmode=verify-ca or verify-full, and no sslrootcert"},
		{"could not open certificate file", MAY_NOT("sslcert")},
		{"could not read certificate file",
		 "has an sslcert that is no certificate in PEM"},
		{"certificate present, but not private key file",
		 "has an sslcert without its sslkey"},
		{"group or world access",
		 "has an sslkey that others may read: chmod 600 it, or 640 "
		 "where it is root's"},
		{"private key file",
		 "has an sslkey that is no key in PEM, needs a password or is"
		 " not that of its sslcert"},
	};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (strstr(words, faults[i].words) != NULL)
			return faults[i].fault;
	return NULL;
}
