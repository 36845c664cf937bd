/*
 * test_datetime.c - dates and times: the accepted formats, offsets, leap days,
 * and the range that PostgreSQL can store.
 */
#include <stdlib.h>
#include <time.h>

#include "base/datetime.h"
#include "tap.h"
#include "base/banned.h"

#define NOON INT64_C(1767960000) /* 2026-01-09T12:00:00Z */
#define S(seconds) (INT64_C(1000000) * (seconds))

static const struct {
	const char *text;
	int64_t us;
} good[] = {
	/* the three forms without an offset */
	{"2026-01-09", S(1767916800)},
	{"2026-01-09T12:00", S(NOON)},
	{"2026-01-09T12:00:00", S(NOON)},
	{"2026-01-09T12:00:00.5", S(NOON) + 500000},
	{"2026-01-09T12:00:59.000001", S(NOON + 59) + 1},
	/* RFC 3339 */
	{"2026-01-09T12:00:00Z", S(NOON)},
	{"2026-01-09t12:00:00z", S(NOON)},
	{"2026-01-09T12:00:00.123Z", S(NOON) + 123000},
	{"2026-01-09T12:00:00.123456Z", S(NOON) + 123456},
	{"2026-01-09T12:00:00+00:00", S(NOON)},
	{"2026-01-09T12:00:00-00:00", S(NOON)},
	{"2026-01-09T14:00:00+02:00", S(NOON)},
	{"2026-01-09T17:30:00.25+05:30", S(NOON) + 250000},
	{"2026-01-09T06:15:00-05:45", S(NOON)},
	{"2026-01-10T11:59:00+23:59", S(NOON)},
	{"2026-01-08T12:01:00-23:59", S(NOON)},
	/* formats of Python, Java and PostgreSQL */
	{"2026-01-09T12:00Z", S(NOON)},
	{"2026-01-09T12:00z", S(NOON)},
	{"2026-01-09T12:00+00:00", S(NOON)},
	{"2026-01-09T17:30+05:30", S(NOON)},
	{"2026-01-09T17:30:00+0530", S(NOON)},
	{"2026-01-09T17:30+0530", S(NOON)},
	{"2026-01-09T06:15:00-0545", S(NOON)},
	{"2026-01-09T17:00:00+05", S(NOON)},
	{"2026-01-09T17:00:00.5+05", S(NOON) + 500000},
	{"2026-01-09T07:00-05", S(NOON)},
	{"2026-01-09T12:00:00-00", S(NOON)},
	{"2026-01-09T12:00:00-0000", S(NOON)},
	{"2026-01-10T11:59:00+2359", S(NOON)},
	{"2026-01-10T11:00+23", S(NOON)},
	{"2026-01-09 12:00", S(NOON)},
	{"2026-01-09 12:00:00", S(NOON)},
	{"2026-01-09 12:00:00.25", S(NOON) + 250000},
	{"2026-01-09 12:00Z", S(NOON)},
	{"2026-01-09 17:30:00+05:30", S(NOON)},
	{"2026-01-09 17:00:00+05", S(NOON)},
	{"2017-01-01 00:59:60+01", S(1483228800)},
	/* offsets across a day, a leap day and a year */
	{"2026-01-10T01:00:00+13:00", S(NOON)},
	{"2026-01-01T00:30:00+01:00", S(1767225600 - 1800)},
	{"2025-12-31T23:30:00-01:00", S(1767225600 + 1800)},
	{"2024-03-01T00:00:00+01:00", S(1709164800 + 86400 - 3600)},
	{"2024-02-28T23:00:00-01:00", S(1709164800)},
	/* fractions are truncated towards the past, also before 1970 */
	{"2026-01-09T12:00:00.1234569Z", S(NOON) + 123456},
	{"2026-01-09T12:00:00.9999999999Z", S(NOON) + 999999},
	{"2026-01-09T12:00:00.0000009", S(NOON)},
	{"1969-12-31T23:59:59.9999999Z", -1},
	{"1969-12-31T23:59:59Z", -1000000},
	{"1970-01-01T00:00:00Z", 0},
	/* leap years */
	{"2024-02-29", S(1709164800)},
	{"2000-02-29", S(951782400)},
	{"1600-02-29", S(INT64_C(-11670998400))},
	/* a leap second is the first instant of the next minute */
	{"2016-12-31T23:59:60Z", S(1483228800)},
	{"2016-12-31T23:59:60", S(1483228800)},
	{"2017-01-01T00:59:60+01:00", S(1483228800)},
	{"2016-12-31T15:59:60-08:00", S(1483228800)},
	/* the limits of the range, after the offset is applied */
	{"0001-01-01", DATETIME_MIN_US},
	{"0001-01-01T00:00:00Z", DATETIME_MIN_US},
	{"0001-01-01T01:00:00+01:00", DATETIME_MIN_US},
	{"0000-12-31T23:00:00-01:00", DATETIME_MIN_US},
	{"9999-12-31T23:59:59.999999Z", DATETIME_MAX_US},
	{"9999-12-31T23:59:59.9999999Z", DATETIME_MAX_US},
	{"9999-12-31T22:59:59.999999-01:00", DATETIME_MAX_US},
};

static const char *const bad[] = {
	"",
	"T",
	"Z",
	"now",
	"tomorrow",
	"infinity",
	"2026",
	"2026-01",
	"2026-1-9",
	"26-01-09",
	"20260109",
	"2026/01/09",
	"09-01-2026",
	"2026-01-9",
	"2026-01-099",
	"2026-00-09",
	"2026-13-09",
	"2026-01-00",
	"2026-01-32",
	"2026-04-31",
	"2026-02-29",
	"1900-02-29",
	"2100-02-29",
	"2024-02-30",
	"0000-01-01",
	"0000-12-31T23:59:59Z",
	"0001-01-01T00:00:00+00:01",
	"9999-12-31T23:59:59-00:01",
	"9999-12-31T23:59:60Z",
	"10000-01-01",
	"+2026-01-09",
	"-2026-01-09",
	"-001-01-09",
	" 2026-01-09",
	"2026-01-09 ",
	"2026-01-09\n",
	"2026-01-09T12:00:00Z ",
	"2026-01-09T12:00:00 Z",
	"2026-01-09T 12:00:00Z",
	"2026-01-09T12:00:00Z\n",
	"2026-01-09T",
	"2026-01-09Z",
	"2026-01-09+01:00",
	"2026-01-09T12",
	"2026-01-09T12Z",
	"2026-01-09T12:",
	"2026-01-09T12:0",
	"2026-01-09T1:00:00",
	"2026-01-09T12:00:",
	"2026-01-09T12:00:0",
	"2026-01-09T120000Z",
	"2026-01-09T24:00",
	"2026-01-09T24:00:00Z",
	"2026-01-09T25:00:00Z",
	"2026-01-09T12:60:00Z",
	"2026-01-09T12:00:60Z",
	"2026-01-09T12:00:61Z",
	"2026-01-09T23:59:61Z",
	"2016-12-31T23:59:60+01:00",
	"2026-01-09T12:00:00.",
	"2026-01-09T12:00:00.Z",
	"2026-01-09T12:00:00,5Z",
	"2026-01-09T12:00:00.5.5Z",
	"2026-01-09T12:00:00.5xZ",
	"2026-01-09T12:00:00.-5Z",
	"2026-01-09T12:00.5",
	"2026-01-09T12:00:00ZZ",
	"2026-01-09T12:00:00Z+01:00",
	"2026-01-09T12:00:00+",
	"2026-01-09T12:00:00+0",
	"2026-01-09T12:00:00+010",
	"2026-01-09T12:00:00+01000",
	"2026-01-09T12:00:00+01:",
	"2026-01-09T12:00:00+01:00:00",
	"2026-01-09T12:00:00+24",
	"2026-01-09T12:00:00+2400",
	"2026-01-09T12:00:00+0160",
	"2026-01-09T12:00:00+0:30",
	"2026-01-09T12:00:00+ 05",
	"2026-01-09T12:00:00+99999999999999999999",
	"2026-01-09T12:00 +05:30",
	"2026-01-09T12:00+05:30Z",
	"2026-01-09T12:00+05:30[Asia/Kolkata]",
	"2026-01-09  12:00:00",
	"2026-01-09 ",
	"2026-01-09 Z",
	"2026-01-09 T12:00:00",
	"2026-01-09\t12:00:00",
	"2026-01-09_12:00:00",
	"2026-01-09+12:00:00",
	"2026-01-09 12",
	"2026-01-09 24:00",
	"2026-01-09T12:00 05:30",
	"2026-01-09T12:00:00 0530",
	"2026-01-09T12:00:00+1:00",
	"2026-01-09T12:00:00+01:0",
	"2026-01-09T12:00:00+01:000",
	"2026-01-09T12:00:00+24:00",
	"2026-01-09T12:00:00+01:60",
	"2026-01-09T12:00:00+-1:00",
	"2026-01-09T12:00:00 01:00",
	"2026-01-09T12:00:00UTC",
	"2026-01-09X12:00:00Z",
	"2026-01-09T-1:00:00Z",
	("2026-01-09T12:00:00\xe2\x88\x92"
	 "01:00"),
	"\xd9\xa2\xd9\xa0\xd9\xa2\xd9\xa6-01-09",
	"2026-01-0a",
	"1767960000",
	"Fri, 09 Jan 2026 12:00:00 GMT",
};

static void test_parse(void)
{
	for (size_t i = 0; i < COUNT(good); i++) {
		int64_t us = 4711;
		bool read =
			datetime_parse(good[i].text, strlen(good[i].text), &us);

		if (!ok(read && us == good[i].us,
			"a due date is kept to the microsecond: %s",
			good[i].text))
			diag("%s: got %lld, wanted %lld", read ? "read" : "no",
			     (long long)us, (long long)good[i].us);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		int64_t us = 4711;
		bool read = datetime_parse(bad[i], strlen(bad[i]), &us);

		ok(!read && us == 4711, "no date is guessed from '%s'", bad[i]);
	}
}

/* In a query an unescaped plus is decoded as a space. */
static void test_parameter(void)
{
	char text[64];
	int64_t us;

	for (size_t i = 0; i < COUNT(good); i++) {
		snprintf(text, sizeof(text), "%s", good[i].text);
		us = 4711;
		ok(datetime_parse_parameter(text, strlen(text), &us) &&
			   us == good[i].us,
		   "a parameter is the same instant: %s", text);
		for (char *p = text; *p != '\0'; p++)
			if (*p == '+')
				*p = ' ';
		us = 4711;
		ok(datetime_parse_parameter(text, strlen(text), &us) &&
			   us == good[i].us,
		   "and with a blank for its plus: %s", text);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (strstr(bad[i], ":00 0") != NULL)
			continue; /* a space in place of the plus */
		us = 4711;
		ok(!datetime_parse_parameter(bad[i], strlen(bad[i]), &us) &&
			   us == 4711,
		   "nor is a parameter from '%s'", bad[i]);
	}
}

static void test_length(void)
{
	int64_t us = 0;
	char *text = malloc(100000);

	ok(datetime_parse("2026-01-09T12:00:00Z", 10, &us) &&
		   us == S(1767916800),
	   "the length given is the end of a date");
	ok(!datetime_parse("2026-01-09\0", 11, &us), "no date ends in a NUL");
	ok(!datetime_parse("2026-01-09T12:00:00\0Z", 21, &us),
	   "no date has a NUL inside");
	if (!text)
		return;
	memset(text, '9', 100000);
	memcpy(text, "2026-01-09T12:00:00.", 20);
	ok(datetime_parse(text, 100000, &us) && us == S(NOON) + 999999,
	   "a fraction of 99,980 digits is cut, not refused");
	text[99999] = 'Z';
	ok(datetime_parse(text, 100000, &us) && us == S(NOON) + 999999,
	   "a fraction of 99,979 digits and a Z too");
	text[99999] = 'x';
	ok(!datetime_parse(text, 100000, &us),
	   "a letter after 99,979 digits is still found");
	memset(text, '9', 100000);
	ok(!datetime_parse(text, 100000, &us), "100,000 digits are no date");
	free(text);
}

static void test_format(void)
{
	static const struct {
		int64_t us;
		const char *text;
	} cases[] = {
		{0, "1970-01-01T00:00:00.000000Z"},
		{1, "1970-01-01T00:00:00.000001Z"},
		{-1, "1969-12-31T23:59:59.999999Z"},
		{S(NOON) + 123456, "2026-01-09T12:00:00.123456Z"},
		{S(1709164800), "2024-02-29T00:00:00.000000Z"},
		{DATETIME_MIN_US, "0001-01-01T00:00:00.000000Z"},
		{DATETIME_MAX_US, "9999-12-31T23:59:59.999999Z"},
		/* out of range: clamped */
		{DATETIME_MIN_US - 1, "0001-01-01T00:00:00.000000Z"},
		{DATETIME_MAX_US + 1, "9999-12-31T23:59:59.999999Z"},
		{INT64_MIN, "0001-01-01T00:00:00.000000Z"},
		{INT64_MAX, "9999-12-31T23:59:59.999999Z"},
	};
	char text[DATETIME_TEXT_BYTES];

	for (size_t i = 0; i < COUNT(cases); i++) {
		datetime_format(cases[i].us, text);
		is_text(text, cases[i].text, "a date is shown as it is stored");
	}
}

/* Compare our calendar with the C library's over the whole range. */
static void test_round_trips(void)
{
	unsigned tried = 0, wrong = 0;
	int64_t us = DATETIME_MIN_US;

	while (us <= DATETIME_MAX_US) {
		int64_t second = us / 1000000 - (us % 1000000 < 0);
		time_t clock = (time_t)second;
		struct tm tm;
		char want[64], got[DATETIME_TEXT_BYTES];
		int64_t back = 0;

		if (!gmtime_r(&clock, &tm))
			break;
		snprintf(want, sizeof(want),
			 "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ",
			 tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
			 tm.tm_hour, tm.tm_min, tm.tm_sec,
			 (int)(us - second * 1000000));
		datetime_format(us, got);
		tried++;
		if (strcmp(got, want) != 0 ||
		    !datetime_parse(got, strlen(got), &back) || back != us) {
			if (!wrong++)
				diag("first: %s, wanted %s", got, want);
		}
		/* about 17.4 days, and a prime number of microseconds */
		us += INT64_C(1500000000000) + 104729;
	}
	ok(tried > 200000 && wrong == 0,
	   "%u instants of 9,999 years come back as sent (%u wrong)", tried,
	   wrong);
}

static void test_clocks(void)
{
	int64_t now = datetime_now_us() - S((int64_t)time(NULL));
	int64_t last = datetime_monotonic_us();
	bool back = false;

	ok(now > S(-2) && now < S(2), "tokens expire by the real time");
	for (int i = 0; i < 1000; i++) {
		int64_t next = datetime_monotonic_us();

		back |= next < last;
		last = next;
	}
	ok(!back, "a deadline's clock never goes back");
}

int main(void)
{
	test_parse();
	test_parameter();
	test_length();
	test_format();
	test_round_trips();
	test_clocks();
	return tap_done();
}
