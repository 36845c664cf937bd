/*
 * datetime.h - parse and format instants as microseconds since
 * 1970-01-01T00:00:00Z.
 *
 * The parser accepts two forms: YYYY-MM-DD and YYYY-MM-DDTHH:MM[:SS[.f]].
 * - Both mean UTC.  The second may end with Z or an offset: +HH:MM, +HHMM or
 *   +HH, or the same with a minus, up to 23:59.
 * - A space may replace the T.
 * - The year is 0001 to 9999, after the offset has been applied.
 * - Digits after the microsecond are truncated.
 * - A leap second (23:59:60 UTC) means the first instant of the next minute, as
 *   in PostgreSQL.
 */
#ifndef DATETIME_H
#define DATETIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DATETIME_MIN_US INT64_C(-62135596800000000) /* 0001-01-01 */
#define DATETIME_MAX_US INT64_C(253402300799999999) /* 9999-12-31T23:59:59.9 */

#define DATETIME_DAY_US INT64_C(86400000000)

/* A text of this length that parses is a date without a time. */
#define DATETIME_DATE_BYTES 10

/* The accepted forms, for an error text to the client. */
#define DATETIME_FORMS                                                       \
	"YYYY-MM-DD or YYYY-MM-DDTHH:MM[:SS[.f]], with Z or an offset like " \
	"+HH:MM or without"

/* The size of "2026-01-09T12:00:00.123456Z" with its NUL. */
#define DATETIME_TEXT_BYTES 28

/* Parse text.  If it has another form, return false and leave *us unchanged. */
__attribute__((warn_unused_result)) bool datetime_parse(const char *text,
							size_t length,
							int64_t *us);

/*
 * Parse the decoded value of a query parameter.  Also accept a space as the
 * plus sign of an offset, because decoding turns an unescaped "+" into a space.
 */
__attribute__((warn_unused_result)) bool datetime_parse_parameter(
	const char *text, size_t length, int64_t *us);

/* Clamp us to the years 0001 to 9999 and write its canonical UTC form. */
void datetime_format(int64_t us, char text[DATETIME_TEXT_BYTES]);

/*
 * The value for a clock that cannot be read.  It is later than every instant,
 * so a caller that does not check for it treats every token and deadline as
 * expired.
 * Adding or subtracting an instant does not overflow.
 */
#define DATETIME_UNKNOWN_US (INT64_MAX / 2)

/*
 * Return the wall clock or the monotonic clock, in microseconds.  Return
 * DATETIME_UNKNOWN_US if the clock cannot be read.
 */
int64_t datetime_now_us(void);
int64_t datetime_monotonic_us(void);

#endif
