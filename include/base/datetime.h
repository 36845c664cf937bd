/*
 * datetime.h - instants, in microseconds since 1970-01-01T00:00:00Z.
 *
 * Read are YYYY-MM-DD and YYYY-MM-DDTHH:MM[:SS[.f]], both taken as UTC, and the
 * latter with Z or an offset (+HH:MM, +HHMM or +HH, up to 23:59).  A blank may
 * stand for the T.  Years are 0001 to 9999 after the offset has been applied.
 * Fractions past the microsecond are cut off.  A leap second (23:59:60 UTC) is
 * the first instant of the next minute, as in PostgreSQL.
 */
#ifndef DATETIME_H
#define DATETIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DATETIME_MIN_US INT64_C(-62135596800000000) /* 0001-01-01 */
#define DATETIME_MAX_US INT64_C(253402300799999999) /* 9999-12-31T23:59:59.9 */

#define DATETIME_DAY_US INT64_C(86400000000)

/* A text that is read and has this length is a date without a time. */
#define DATETIME_DATE_BYTES 10

/* The forms, for a client. */
#define DATETIME_FORMS                                                       \
	"YYYY-MM-DD or YYYY-MM-DDTHH:MM[:SS[.f]], with Z or an offset like " \
	"+HH:MM or without"

/* 2026-01-09T12:00:00.123456Z and a NUL. */
#define DATETIME_TEXT_BYTES 28

/* Read one of the forms above.  False when it is none; *us untouched. */
__attribute__((warn_unused_result)) bool datetime_parse(const char *text,
							size_t length,
							int64_t *us);

/*
 * The same for the decoded value of a parameter: a blank in the place of the
 * offset's plus is one that was not escaped.
 */
__attribute__((warn_unused_result)) bool datetime_parse_parameter(
	const char *text, size_t length, int64_t *us);

/* Write the canonical UTC form.  us is clamped to the years 0001-9999. */
void datetime_format(int64_t us, char text[DATETIME_TEXT_BYTES]);

/*
 * What a clock says that cannot be read: later than every instant, so that for
 * a caller who does not check it everything has expired.  Adding or subtracting
 * an instant does not overflow.
 */
#define DATETIME_UNKNOWN_US (INT64_MAX / 2)

/*
 * The wall clock, and a clock that never goes back, in microseconds;
 * DATETIME_UNKNOWN_US where it cannot be read.
 */
int64_t datetime_now_us(void);
int64_t datetime_monotonic_us(void);

#endif
