/*
 * log.h - one line per request that failed, for the server's log, and what a
 * request says of itself for the line that the web server writes.
 *
 *   time=2026-01-09T12:00:00.123456Z level=error request_id=4f..
 *   program=tasks-list status=503 code=database_unavailable sqlstate=57P01
 *   site=db.query reason="..."
 *
 * or, as JSON, an object with these members.  level is error from status 500
 * on, else info.  Whatever is in a value, a line stays one line, and an object
 * stays JSON.  A line is at most LOG_LINE_BYTES and leaves in one write, so that
 * those of other processes do not get into it.  It never carries a token, a
 * body, a parameter or libpq's text, because none of them can be put into struct
 * problem.
 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/problem.h"

#define LOG_LINE_BYTES 1024

/* What a line is about. */
struct log_entry {
	bool json; /* else logfmt */
	int64_t now_us;
	const char *program;
	const char *request_id; /* NULL or "": not about one request */
	const char *trace_id;	/* NULL or "": of no trace */
};

/*
 * Write the line for code into text (NUL-terminated, newline included, cut
 * at the end if need be) and return its length.
 */
size_t log_format(char text[LOG_LINE_BYTES], const struct log_entry *entry,
		  enum problem_code code, const struct problem *problem);

/*
 * The same for what failed no request: a fault of a setting that it could be
 * served in spite of, a reply that could not be written any more.
 */
size_t log_format_warning(char text[LOG_LINE_BYTES],
			  const struct log_entry *entry, const char *setting,
			  const char *reason);

/* Room for the longest name of a user (auth_log_name()) and all the rest. */
#define LOG_ACCESS_BYTES 3584

/* What there is of a request to be told. */
struct log_access {
	const char *program;
	const char *user; /* NULL: not known, or not to be told */
	enum problem_code code;
	int64_t program_us, db_us; /* 0: no database was asked */
	const char *trace_id;
};

/*
 * The value of X-Tasks-Log, always logfmt, for the web server's log:
 *   program=tasks-list user=... code=... program_ms=1.234 db_ms=0.871
 *   trace_id=...
 */
void log_format_access(char text[LOG_ACCESS_BYTES],
		       const struct log_access *access);

/* The value of Server-Timing (W3C): app;dur=1.234, db;dur=0.871 */
void log_format_timing(char text[LOG_ACCESS_BYTES],
		       const struct log_access *access);

#endif
