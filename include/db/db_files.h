/*
 * db_files.h - the files of certificates, keys and passwords that DATABASE_URL
 * names; db_connect.c's alone.
 *
 * libpq goes on without a file that is not there: then it verifies no server
 * (unless sslmode says so), heeds no revocation, or sends no certificate or
 * password.  It warns of some on standard error, with their names.  So what is
 * named must be there and fit.  Faults are literals that repeat nothing of the URL
 * and nothing of libpq's.
 */
#ifndef DB_FILES_H
#define DB_FILES_H

/* Check what a connection to url may use.  NULL, or the fault. */
const char *db_files_fault(const char *url);

/* The file that is at fault by libpq's words for a connection that failed;
   NULL when it is none. */
const char *db_files_judge(const char *words);

#endif
