/*
 * log.h - format the log line of a failed request, and two optional reply
 * headers that describe any request.
 *
 *   time=2026-01-09T12:00:00.123456Z level=error request_id=4f..
 *   program=tasks-list status=503 code=database_unavailable sqlstate=57P01
 *   site=db.query reason="..."
 *
 * With log_entry.json the line is a JSON object with these members.  level is
 * error for a status of 500 or more, else info.  Values are escaped, so that
 * each entry stays one line and valid JSON.  A line has at most LOG_LINE_BYTES.
 * It is written in one call, so that lines of several processes are not mixed.
 * It contains no token, body, parameter or libpq message, because struct
 * problem holds none.
 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/problem.h"

#define LOG_LINE_BYTES 1024

/* The data that all lines share. */
struct log_entry {
	bool json; /* false: logfmt */
	int64_t now_us;
	const char *program;
	const char *request_id; /* NULL or "": no request */
	const char *trace_id;	/* NULL or "": no trace */
};

/*
 * Write the line for code into text, and return its length in bytes.  The line
 * ends with a newline and a NUL.  Values that do not fit are cut or left out.
 */
size_t log_format(char text[LOG_LINE_BYTES], const struct log_entry *entry,
		  enum problem_code code, const struct problem *problem);

/*
 * Do the same for a fault that does not change the reply.  Examples are an
 * invalid setting that the request does not need, and an error while the reply
 * is written.
 */
size_t log_format_warning(char text[LOG_LINE_BYTES],
			  const struct log_entry *entry, const char *setting,
			  const char *reason);

/* Enough for the longest auth_log_name() and the other fields. */
#define LOG_ACCESS_BYTES 3584

/* The data of one request for the web server's log. */
struct log_access {
	const char *program;
	const char *user; /* NULL: unknown, or not to be logged */
	enum problem_code code;
	int64_t program_us, db_us; /* 0: no database query */
	const char *trace_id;
};

/*
 * Write the value of X-Tasks-Log, for the web server's log.  It is always
 * logfmt:
 *   program=tasks-list user=... code=... program_ms=1.234 db_ms=0.871
 *   trace_id=...
 */
void log_format_access(char text[LOG_ACCESS_BYTES],
		       const struct log_access *access);

/* Write the value of Server-Timing (W3C): app;dur=1.234, db;dur=0.871 */
void log_format_timing(char text[LOG_ACCESS_BYTES],
		       const struct log_access *access);

#endif
