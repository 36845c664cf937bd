/* db_url.h - parse a libpq connection URI (PostgreSQL manual, 34.1.1.2). */
#ifndef DB_URL_H
#define DB_URL_H

#include <libpq-fe.h>
#include <stdbool.h>

#define DB_URL_HOST_BYTES 1025 /* NI_MAXHOST, including its NUL */

/* Since version 16 sslrootcert=system means the system's certificates. */
#define DB_URL_LIBPQ_WITH_SYSTEM 160000

/*
 * Check url.  Some faults are checked here because libpq reports them only
 * while connecting, where they look like an unavailable database.  Set host to
 * the server's name if the name must be resolved, else to "" (for a socket
 * directory, an address or several hosts).
 *
 * Return NULL, or the fault as a literal that contains nothing from url.
 */
__attribute__((warn_unused_result)) const char *db_url_parse(
	const char *url, char host[DB_URL_HOST_BYTES]);

/* Return the value of keyword, borrowed from options; "" if it has none. */
const char *db_url_option(const PQconninfoOption *options, const char *keyword);

/* Return true if at least one host is not a socket directory. */
bool db_url_uses_network(const PQconninfoOption *options);

#endif
