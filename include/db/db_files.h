/*
 * db_files.h - check the certificates, keys and password files that
 * DATABASE_URL names; only for db_connect.c.
 *
 * libpq ignores some files that do not exist.  Then it does not verify the
 * server (unless sslmode requires it), ignores revocations, or sends no
 * certificate or password.  For some files it writes a warning with the file's
 * name to standard error.  Therefore every file that is named must exist and be
 * usable.  Faults are string literals, which contain nothing from the URL or
 * from libpq.
 */
#ifndef DB_FILES_H
#define DB_FILES_H

/*
 * Check the files that url names, and load OpenSSL if a connection may use TLS.
 * Return NULL, or the fault.
 */
const char *db_files_fault(const char *url);

/*
 * Find which file made a connection fail, from libpq's error message.  Return
 * the fault; NULL if no file was the cause.
 */
const char *db_files_judge(const char *words);

#endif
