/*
 * db_url.h - what a libpq connection URI says (PostgreSQL manual, 34.1.1.2).
 */
#ifndef DB_URL_H
#define DB_URL_H

#include <libpq-fe.h>
#include <stdbool.h>

#define DB_URL_HOST_BYTES 1025 /* NI_MAXHOST, with its NUL */

/*
 * Check url, also where libpq itself would find a fault only while connecting,
 * which would look like a database that is away.  host becomes the name of the
 * server where it has to be resolved, else "" (a socket's folder, an address,
 * several hosts).
 *
 * NULL, or the fault in words that repeat nothing of url.
 */
__attribute__((warn_unused_result)) const char *db_url_parse(
	const char *url, char host[DB_URL_HOST_BYTES]);

/* libpq's value of a keyword, borrowed; "" when it has none. */
const char *db_url_option(const PQconninfoOption *options, const char *keyword);

/* Whether any of the hosts is not a socket's folder. */
bool db_url_uses_network(const PQconninfoOption *options);

#endif
