/*
 * datetime.h - instants, in microseconds since 1970-01-01T00:00:00Z.
 *
 * Read are YYYY-MM-DD, YYYY-MM-DDTHH:MM[:SS[.f]] (both taken as UTC) and
 * RFC 3339 with Z or an offset; years 0001 to 9999 after the offset has been
 * applied.  Fractions past the microsecond are cut off.  A leap second
 * (23:59:60 UTC) is the first instant of the next minute, as in PostgreSQL.
 */
#ifndef DATETIME_H
#define DATETIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DATETIME_MIN_US INT64_C(-62135596800000000) /* 0001-01-01 */
#define DATETIME_MAX_US INT64_C(253402300799999999) /* 9999-12-31T23:59:59.9 */

/* 2026-01-09T12:00:00.123456Z and a NUL. */
#define DATETIME_TEXT_BYTES 28

/* Read one of the forms above.  False when it is none; *us untouched. */
__attribute__((warn_unused_result)) bool datetime_parse(const char *text,
							size_t length,
							int64_t *us);

/* Write the canonical UTC form.  us is clamped to the years 0001-9999. */
void datetime_format(int64_t us, char text[DATETIME_TEXT_BYTES]);

/* The wall clock, and a clock that never goes back, in microseconds. */
int64_t datetime_now_us(void);
int64_t datetime_monotonic_us(void);

#endif
