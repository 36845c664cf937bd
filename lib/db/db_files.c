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
#include "base/openssl.h"
#include "base/banned.h"

#define HAS_NO(keyword) "has an " keyword " that does not exist"
#define UNREADABLE(keyword) "has an " keyword " that the programs cannot read"

static const struct {
	const char *keyword, *missing, *closed;
} files[] = {
	{"sslrootcert", HAS_NO("sslrootcert"), UNREADABLE("sslrootcert")},
	{"sslcert", HAS_NO("sslcert"), UNREADABLE("sslcert")},
	{"sslkey", HAS_NO("sslkey"), UNREADABLE("sslkey")},
	{"sslcrl", HAS_NO("sslcrl"), UNREADABLE("sslcrl")},
	{"sslcrldir", HAS_NO("sslcrldir"), UNREADABLE("sslcrldir")},
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

/* Load OpenSSL, and check the files for TLS. */
static const char *tls_fault(const PQconninfoOption *options)
{
	const char *revoked = db_url_option(options, "sslcrl");
	const bool is_system =
		strcmp(db_url_option(options, "sslrootcert"), "system") == 0;

	if (!openssl_load_tls())
		return "permits TLS, but OpenSSL cannot be loaded";
	if (is_system && PQlibVersion() < DB_URL_LIBPQ_WITH_SYSTEM)
		return "has sslrootcert=system, which requires libpq 16: name a"
		       " file, for example /etc/ssl/certs/ca-certificates.crt";
	for (size_t i = is_system; i < sizeof(files) / sizeof(files[0]); i++) {
		const char *path = db_url_option(options, files[i].keyword);

		if (*path == '\0' || access(path, R_OK) == 0)
			continue;
		return errno == ENOENT || errno == ENOTDIR ? files[i].missing
							   : files[i].closed;
	}
	return *revoked == '\0' || is_revocation_list(revoked)
		       ? NULL
		       : "has an sslcrl that is not a certificate revocation "
			 "list in PEM format";
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
		       " programs cannot read";
	if (!S_ISREG(file.st_mode))
		return "has a passfile that is not a regular file";
	return (file.st_mode & (S_IRWXG | S_IRWXO)) == 0
		       ? NULL
		       : "has a passfile that other users can access: set its"
			 " mode to 600";
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
		 "has an sslrootcert that is not a certificate in PEM format"},
		{"root certificate file", /* the default file does not exist */
		 "has sslmode=verify-ca or verify-full, but no sslrootcert"},
		{"could not open certificate file", UNREADABLE("sslcert")},
		{"could not read certificate file",
		 "has an sslcert that is not a certificate in PEM format"},
		{"certificate present, but not private key file",
		 "has an sslcert, but no sslkey"},
		{"group or world access",
		 "has an sslkey that other users can access: set its mode to "
		 "600, or to 640 if root owns it"},
		{"private key file",
		 "has an sslkey that is not a key in PEM format, needs a "
		 "password or does not match the sslcert"},
	};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (strstr(words, faults[i].words) != NULL)
			return faults[i].fault;
	return NULL;
}
