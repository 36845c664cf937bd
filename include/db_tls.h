/*
 * db_tls.h - the files of certificates and keys that DATABASE_URL names;
 * db_connect.c's alone.
 *
 * libpq goes on without a file that is not there: then it verifies no server
 * (unless sslmode says so), heeds no revocation, or sends no certificate.  So
 * what is named must be there.  Faults are literals that repeat nothing of
 * the URL and nothing of libpq's.
 */
#ifndef DB_TLS_H
#define DB_TLS_H

/* Check before connecting, if url may use TLS.  NULL, or the fault. */
const char *db_tls_fault(const char *url);

/* The file that is at fault by libpq's words for a connection that failed;
   NULL when it is none. */
const char *db_tls_judge(const char *words);

#endif
