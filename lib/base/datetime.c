#include "base/datetime.h"

#include <time.h>

#include "base/text.h"
#include "base/banned.h"

#define SECOND_US INT64_C(1000000)

/*
 * Return the days from 1970-01-01 to a date of the proleptic Gregorian
 * calendar.  timegm() and gmtime_r() are not used, because they open the time
 * zone file.
 *
 * The algorithm starts each year on 1 March, so that the leap day is its last
 * day.
 */
static int64_t days_from_date(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t m = month <= 2 ? month + 9 : month - 3;
	int64_t since_year_0 = 365 * y + y / 4 - y / 100 + y / 400;

	return since_year_0 + (153 * m + 2) / 5 + day - 1 - 719468;
}

static int64_t days_in_month(int64_t year, int64_t month)
{
	static const signed char days[] = {31, 28, 31, 30, 31, 30,
					   31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

/* The position in the text.  Once failed is set, it stays set. */
struct scan {
	const char *at, *end;
	char plus; /* also accepted as the plus sign of an offset */
	bool failed;
};

/* Read exactly count digits, whose value is min to max. */
static int64_t scan_number(struct scan *s, size_t count, unsigned long min,
			   unsigned long max)
{
	unsigned long value = 0;

	if (s->failed || (size_t)(s->end - s->at) < count ||
	    !text_to_number(s->at, count, max, &value) || value < min) {
		s->failed = true;
		return (int64_t)min;
	}
	s->at += count;
	return (int64_t)value;
}

static bool scan_is(struct scan *s, char a, char b)
{
	if (s->failed || s->at == s->end || (*s->at != a && *s->at != b))
		return false;
	s->at++;
	return true;
}

static void scan_must(struct scan *s, char a, char b)
{
	if (!scan_is(s, a, b))
		s->failed = true;
}

/* Read one or more digits after the decimal point.  Return microseconds. */
static int64_t scan_fraction(struct scan *s)
{
	int64_t us = 0, unit = SECOND_US / 10;
	const char *start = s->at;

	for (; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++) {
		us += unit * (*s->at - '0');
		unit /= 10;
	}
	if (s->at == start)
		s->failed = true;
	return us;
}

/* Read Z, an offset or nothing.  Return microseconds. */
static int64_t scan_offset(struct scan *s)
{
	int64_t sign, hours, minutes = 0;

	if (s->at == s->end || scan_is(s, 'Z', 'z'))
		return 0;
	sign = scan_is(s, '-', '-') ? -1 : 1;
	if (sign > 0)
		scan_must(s, '+', s->plus);
	hours = scan_number(s, 2, 0, 23);
	if (s->at != s->end) {
		(void)scan_is(s, ':', ':');
		minutes = scan_number(s, 2, 0, 59);
	}
	return sign * (hours * 60 + minutes) * 60 * SECOND_US;
}

static int64_t scan_time(struct scan *s)
{
	int64_t hour, minute, second = 0, fraction = 0, us;

	hour = scan_number(s, 2, 0, 23);
	scan_must(s, ':', ':');
	minute = scan_number(s, 2, 0, 59);
	if (scan_is(s, ':', ':')) {
		second = scan_number(s, 2, 0, 60);
		if (scan_is(s, '.', '.'))
			fraction = scan_fraction(s);
	}
	us = ((hour * 60 + minute) * 60 + second) * SECOND_US + fraction;
	us -= scan_offset(s);
	/* A leap second is valid only at the end of a UTC day. */
	if (second == 60 && (us - fraction) % DATETIME_DAY_US != 0)
		s->failed = true;
	return us;
}

static bool parse(const char *text, size_t length, char plus, int64_t *us)
{
	struct scan s = {text, text + length, plus, false};
	int64_t year, month, day, result;

	/* Accept year 0 here, because an offset can move it into year 1. */
	year = scan_number(&s, 4, 0, 9999);
	scan_must(&s, '-', '-');
	month = scan_number(&s, 2, 1, 12);
	scan_must(&s, '-', '-');
	day = scan_number(&s, 2, 1, 31);
	if (s.failed || day > days_in_month(year, month))
		return false;
	result = days_from_date(year, month, day) * DATETIME_DAY_US;
	if (s.at != s.end) {
		if (!scan_is(&s, 'T', 't'))
			scan_must(&s, ' ', ' ');
		result += scan_time(&s);
	}
	if (s.failed || s.at != s.end || result < DATETIME_MIN_US ||
	    result > DATETIME_MAX_US)
		return false;
	*us = result;
	return true;
}

bool datetime_parse(const char *text, size_t length, int64_t *us)
{
	return parse(text, length, '+', us);
}

bool datetime_parse_parameter(const char *text, size_t length, int64_t *us)
{
	return parse(text, length, ' ', us);
}

/*
 * Convert days since 0000-03-01 to a date.  days_from_date() is the inverse,
 * but its days count from 1970-01-01.
 */
static void date_from_days(int64_t days, unsigned *year, unsigned *month,
			   unsigned *day)
{
	int64_t era = days / 146097, era_day = days % 146097;
	int64_t y = (era_day - era_day / 1460 + era_day / 36524 -
		     era_day / 146096) /
		    365;
	int64_t year_day = era_day - (365 * y + y / 4 - y / 100);
	int64_t m = (5 * year_day + 2) / 153;

	*day = (unsigned)(year_day - (153 * m + 2) / 5 + 1);
	*month = (unsigned)(m < 10 ? m + 3 : m - 9);
	*year = (unsigned)(era * 400 + y + (*month <= 2 ? 1 : 0));
}

/* Write value with that many digits, an even number.  Return the end. */
static char *put_digits(char *text, unsigned value, int digits)
{
	for (int i = digits - 2; i >= 0; i -= 2) {
		text[i + 1] = (char)('0' + value % 10);
		text[i] = (char)('0' + value / 10 % 10);
		value /= 100;
	}
	return text + digits;
}

void datetime_format(int64_t us, char text[DATETIME_TEXT_BYTES])
{
	/* The characters after year, month, day, hour, minute, second, fraction. */
	static const char after[] = "--T::.Z";
	unsigned parts[sizeof(after) - 1], second;
	int64_t since_min;

	if (us < DATETIME_MIN_US)
		us = DATETIME_MIN_US;
	if (us > DATETIME_MAX_US)
		us = DATETIME_MAX_US;
	since_min = us - DATETIME_MIN_US;
	/* 0001-01-01 is 306 days after 0000-03-01. */
	date_from_days(since_min / DATETIME_DAY_US + 306, &parts[0], &parts[1],
		       &parts[2]);
	second = (unsigned)(since_min % DATETIME_DAY_US / SECOND_US);
	parts[3] = second / 3600;
	parts[4] = second / 60 % 60;
	parts[5] = second % 60;
	parts[6] = (unsigned)(since_min % SECOND_US);
	for (size_t i = 0; i < sizeof(after) - 1; i++) {
		text = put_digits(text, parts[i], i == 0 ? 4 : i == 6 ? 6 : 2);
		*text++ = after[i];
	}
	*text = '\0';
}

static int64_t clock_us(clockid_t clock)
{
	struct timespec now;

	if (clock_gettime(clock, &now) != 0)
		return DATETIME_UNKNOWN_US;
	return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

int64_t datetime_now_us(void)
{
	return clock_us(CLOCK_REALTIME);
}

int64_t datetime_monotonic_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}
