/*
 * test_clock.c - a failure of clock_gettime(): expired tokens are still
 * refused, and deadlines count as expired.
 */
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "ask.h"
#include "base/datetime.h"
#include "base/banned.h"

static bool broken;

/* Replaces the function of the C library. */
int clock_gettime(clockid_t id, struct timespec *now)
{
	return broken ? -1 : (int)syscall(SYS_clock_gettime, id, now);
}

static void test_tokens(void)
{
	static const struct {
		const char *name, *payload;
		enum problem_code with, without; /* a working clock */
	} cases[] = {
		{"in 2100", "{\"sub\":\"a\",\"exp\":4102444800}", PROBLEM_NONE,
		 PROBLEM_TOKEN_EXPIRED},
		{"at the end of time", "{\"sub\":\"a\",\"exp\":253402300799}",
		 PROBLEM_NONE, PROBLEM_TOKEN_EXPIRED},
		{"in 2001", "{\"sub\":\"a\",\"exp\":1000000000}",
		 PROBLEM_TOKEN_EXPIRED, PROBLEM_TOKEN_EXPIRED},
		{"in 1970", "{\"sub\":\"a\",\"exp\":1}", PROBLEM_TOKEN_EXPIRED,
		 PROBLEM_TOKEN_EXPIRED},
	};

	for (size_t i = 0; i < COUNT(cases) * 2; i++) {
		size_t c = i / 2;
		const char *token = token_join(
			"Bearer ", "",
			token_make(EVP_sha256(), KEY, H, cases[c].payload));

		broken = i % 2 != 0;
		expect(ask(&plain, token, datetime_now_us(), NULL, NULL),
		       broken ? cases[c].without : cases[c].with,
		       broken ? "without a clock" : "with a clock",
		       cases[c].name);
	}
	broken = false;
}

int main(void)
{
	int64_t deadline_us = datetime_monotonic_us() + 5000000;

	ok(datetime_now_us() != DATETIME_UNKNOWN_US &&
		   datetime_monotonic_us() != DATETIME_UNKNOWN_US,
	   "a clock that can be read is known");
	ok(deadline_us > datetime_monotonic_us(),
	   "a deadline is still to come");
	broken = true;
	ok(datetime_now_us() == DATETIME_UNKNOWN_US &&
		   datetime_monotonic_us() == DATETIME_UNKNOWN_US,
	   "a clock that cannot be read is not 1970");
	ok(deadline_us < datetime_monotonic_us(),
	   "a deadline is over when nobody knows the time");
	broken = false;
	test_tokens();
	return tap_done();
}
