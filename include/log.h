/*
 * log.h - one line of logfmt per request that failed, for the server's log.
 *
 *   time=2026-01-09T12:00:00.123456Z level=error request_id=4f..
 *   program=tasks-list status=503 code=database_unavailable sqlstate=57P01
 *   site=db.query reason="..."
 *
 * level is error from status 500 on, else info.  Control characters, quotes
 * and backslashes are escaped; a line is at most LOG_LINE_BYTES and leaves in
 * one write, so that those of other processes do not get into it.  It never
 * carries a token, a body, a parameter or libpq's text, because none of them
 * can be put into struct problem.
 */
#ifndef LOG_H
#define LOG_H

#include <stddef.h>
#include <stdint.h>

#include "problem.h"

#define LOG_LINE_BYTES 1024

/*
 * Write the line for code into text (NUL-terminated, newline included, cut
 * at the end if need be) and return its length.
 */
size_t log_format(char text[LOG_LINE_BYTES], int64_t now_us,
		  const char *request_id, const char *program,
		  enum problem_code code, const struct problem *problem);

/*
 * The same for a line that is not about one request: a fault of a setting that
 * it could be served in spite of.
 */
size_t log_format_warning(char text[LOG_LINE_BYTES], int64_t now_us,
			  const char *program, const char *setting,
			  const char *reason);

#endif
