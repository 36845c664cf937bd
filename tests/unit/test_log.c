/*
 * test_log.c - without these an operator would not find the failed request,
 * or a client could write lines of its own into the log.
 */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway.h"
#include "log.h"
#include "tap.h"
#include "banned.h"

#define NOON INT64_C(1767960000123456)

static void test_exact(void)
{
	static const struct {
		enum problem_code code;
		struct problem problem;
		const char *line;
	} cases[] = {
		{PROBLEM_NO_DATABASE,
		 {.site = "db.query",
		  .reason = "gone away",
		  .sqlstate = "57P01"},
		 "time=2026-01-09T12:00:00.123456Z level=error request_id=r-1 "
		 "program=tasks-list status=503 code=database_unavailable "
		 "sqlstate=57P01 site=db.query reason=\"gone away\"\n"},
		{PROBLEM_TASK_NOT_FOUND,
		 {.site = "task_store.get"},
		 "time=2026-01-09T12:00:00.123456Z level=info request_id=r-1 "
		 "program=tasks-list status=404 code=task_not_found "
		 "site=task_store.get\n"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char line[LOG_LINE_BYTES];
		size_t length = log_format(line, NOON, "r-1", "tasks-list",
					   cases[i].code, &cases[i].problem);

		is_text(line, cases[i].line, "an operator reads this line");
		ok(length == strlen(cases[i].line), "and its length is told");
	}
}

static void test_levels(void)
{
	for (int code = 1; code < PROBLEM_COUNT; code++) {
		struct problem problem = {.setting = "JWT_SECRET"};
		char line[LOG_LINE_BYTES];
		bool error = problem_status((enum problem_code)code) >= 500;

		log_format(line, NOON, "r", "p", (enum problem_code)code,
			   &problem);
		ok(strstr(line, error ? " level=error " : " level=info "),
		   "our faults are errors, the client's are not: %d", code);
		ok(strstr(line, "JWT_SECRET"), "a wrong setting is named");
	}
}

/* One line: no control bytes but the last, which is the newline. */
static bool is_one_line(const char *line, size_t length)
{
	if (length == 0 || length >= LOG_LINE_BYTES || strlen(line) != length ||
	    line[length - 1] != '\n')
		return false;
	for (size_t i = 0; i + 1 < length; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			return false;
	return true;
}

static void test_hostile(void)
{
	char all[130] = "";
	char line[LOG_LINE_BYTES];

	for (int c = 1; c < 128; c++)
		all[c - 1] = (char)c;

	const char *texts[] = {
		all,
		"\n",
		"a\ntime=2026-01-09T12:00:00.123456Z level=info",
		"a\r\nb",
		"\x1b[31mred",
		"\" level=info code=\"x",
		"\\\" level=info x=\"",
		"a\\",
		"a level=info",
		"\xc3\xa9\xf0\x9f\x98\x80",
		"",
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		const char *t = texts[i];
		struct problem problem = {.site = t, .reason = t, .setting = t};
		size_t length = log_format(line, NOON, t, t, PROBLEM_INTERNAL,
					   &problem);

		ok(is_one_line(line, length), "no client writes lines: %s", t);
		problem = (struct problem){.site = "s", .reason = t};
		length = log_format(line, NOON, "r", "p", PROBLEM_INTERNAL,
				    &problem);
		ok(is_one_line(line, length) && strstr(line, "level=error "),
		   "nor in a reason: %s", t);
	}

	/* a quote inside a value must not end it */
	struct problem problem = {.site = "s", .reason = "a\" b=\"c\\"};

	log_format(line, NOON, "r", "p", PROBLEM_INTERNAL, &problem);
	ok(strstr(line, "reason=\"a\\\" b=\\\"c\\\\\"\n") != NULL,
	   "quotes and backslashes are escaped");
}

static void test_long(void)
{
	static const size_t lengths[] = {800,  880,  900,  910,	 920,
					 1000, 1023, 1024, 5000, 70000};
	static char text[70001];
	static const char fills[] = {'a', '\n', '"', '\\', '\xc3'};
	char line[LOG_LINE_BYTES + 16];

	for (size_t i = 0; i < COUNT(lengths); i++) {
		bool right = true;

		for (size_t f = 0; f < COUNT(fills); f++) {
			struct problem problem = {.site = "s", .reason = text};
			size_t length;

			memset(text, fills[f], lengths[i]);
			text[lengths[i]] = '\0';
			memset(line, 0x5a, sizeof(line));
			length = log_format(line, NOON, "r", "p",
					    PROBLEM_INTERNAL, &problem);
			right &= is_one_line(line, length) &&
				 line[LOG_LINE_BYTES] == 0x5a;
			length = log_format(line, NOON, text, text,
					    PROBLEM_INTERNAL, &problem);
			right &= is_one_line(line, length) &&
				 line[LOG_LINE_BYTES] == 0x5a;
		}
		ok(right, "a line is cut and still a line: values of %zu",
		   lengths[i]);
	}
}

/* A socket that keeps messages apart tells how often was written. */
static void test_write(void)
{
	struct problem problem = {.site = "s"};
	char line[LOG_LINE_BYTES], got[2 * LOG_LINE_BYTES] = "";
	struct gateway gateway;
	int ends[2];
	ssize_t first, second;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0)
		exit(1);
	gateway = (struct gateway)GATEWAY_CGI(-1, -1, ends[1]);
	gateway_log(
		&gateway, line,
		log_format(line, NOON, "r", "p", PROBLEM_INTERNAL, &problem));
	first = recv(ends[0], got, sizeof(got) - 1, MSG_DONTWAIT);
	is_text(got, line, "the line gets to the server's log");
	second = recv(ends[0], got, sizeof(got) - 1, MSG_DONTWAIT);
	ok(first > 0 && second < 0, "written at once, so lines do not mix");
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	test_exact();
	test_levels();
	test_hostile();
	test_long();
	test_write();
	return tap_done();
}
