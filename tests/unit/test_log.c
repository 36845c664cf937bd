/*
 * test_log.c - log lines: a failed request has exactly one line with its data,
 * and clients cannot inject lines.
 */
#include <jansson.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "auth/auth.h"
#include "http/gateway.h"
#include "app/log.h"
#include "tap.h"
#include "base/utf8.h"
#include "base/banned.h"

#define NOON INT64_C(1767960000123456)
#define TRACE "0af7651916cd43dd8448eb211c80319c"

/* An entry of program p about request r, as text and as JSON. */
static const struct log_entry plain = {.now_us = NOON,
				       .program = "p",
				       .request_id = "r"},
			      json = {.json = true,
				      .now_us = NOON,
				      .program = "p",
				      .request_id = "r"};

/* Return an entry in which all strings are text. */
static struct log_entry all_of(bool is_json, const char *text)
{
	return (struct log_entry){is_json, NOON, text, text, text};
}

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
		struct log_entry about = plain;
		char line[LOG_LINE_BYTES];
		size_t length;

		about.request_id = "r-1";
		about.program = "tasks-list";
		length = log_format(line, &about, cases[i].code,
				    &cases[i].problem);

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

		log_format(line, &plain, (enum problem_code)code, &problem);
		ok(strstr(line, error ? " level=error " : " level=info "),
		   "our faults are errors, the client's are not: %d", code);
		ok(strstr(line, "JWT_SECRET"), "a wrong setting is named");
	}
}

/* Return true if the newline at the end is the only control character. */
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
		struct log_entry entry = all_of(false, t);
		size_t length =
			log_format(line, &entry, PROBLEM_INTERNAL, &problem);

		ok(is_one_line(line, length), "no client writes lines: %s", t);
		problem = (struct problem){.site = "s", .reason = t};
		length = log_format(line, &plain, PROBLEM_INTERNAL, &problem);
		ok(is_one_line(line, length) && strstr(line, "level=error "),
		   "nor in a reason: %s", t);
	}

	/* a quote in a value must not end the value */
	struct problem problem = {.site = "s", .reason = "a\" b=\"c\\"};

	log_format(line, &plain, PROBLEM_INTERNAL, &problem);
	ok(strstr(line, "reason=\"a\\\" b=\\\"c\\\\\"\n") != NULL,
	   "quotes and backslashes are escaped");

	/* independent of the signedness of char */
	problem.reason = "\xc3\xa9";
	log_format(line, &plain, PROBLEM_INTERNAL, &problem);
	ok(strstr(line, "reason=\"\xc3\xa9\"\n") != NULL,
	   "what is not ASCII is quoted on every machine");
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
			struct log_entry entry = all_of(false, text);
			size_t length;

			memset(text, fills[f], lengths[i]);
			text[lengths[i]] = '\0';
			memset(line, 0x5a, sizeof(line));
			length = log_format(line, &plain, PROBLEM_INTERNAL,
					    &problem);
			right &= is_one_line(line, length) &&
				 line[LOG_LINE_BYTES] == 0x5a;
			length = log_format(line, &entry, PROBLEM_INTERNAL,
					    &problem);
			right &= is_one_line(line, length) &&
				 line[LOG_LINE_BYTES] == 0x5a;
		}
		ok(right, "a line is cut and still a line: values of %zu",
		   lengths[i]);
	}
}

/* --- JSON ---------------------------------------------------------------- */

/* Return the parsed line, NULL if it is not one JSON object on one line. */
static json_t *parsed(const char *line, size_t length)
{
	return is_one_line(line, length)
		       ? json_loadb(line, length - 1, JSON_REJECT_DUPLICATES,
				    NULL)
		       : NULL;
}

static void test_json_exact(void)
{
	struct problem problem = {.site = "db.query",
				  .reason = "gone \"away\"",
				  .sqlstate = "57P01"};
	struct log_entry entry = json;
	char line[LOG_LINE_BYTES];
	size_t length;

	entry.trace_id = TRACE;
	length = log_format(line, &entry, PROBLEM_NO_DATABASE, &problem);
	is_text(line,
		"{\"time\":\"2026-01-09T12:00:00.123456Z\",\"level\":\"error\","
		"\"request_id\":\"r\",\"program\":\"p\",\"status\":503,"
		"\"code\":\"database_unavailable\",\"trace_id\":\"" TRACE
		"\",\"sqlstate\":\"57P01\",\"site\":\"db.query\","
		"\"reason\":\"gone \\\"away\\\"\"}\n",
		"a program reads this line");
	ok(length == strlen(line), "and its length is told");
	length = log_format_warning(line, &entry, "JWKS_FILE", "key 1");
	is_text(line,
		"{\"time\":\"2026-01-09T12:00:00.123456Z\",\"level\":"
		"\"warning\",\"request_id\":\"r\","
		"\"program\":\"p\",\"trace_id\":\"" TRACE
		"\",\"setting\":\"JWKS_FILE\","
		"\"reason\":\"key 1\"}\n",
		"and this one");
	ok(length == strlen(line), "whose length is told, too");
}

/* Log random bytes.  Valid UTF-8 is preserved. */
static void test_json_bytes(void)
{
	unsigned seed = 1;
	bool right = true, same = true;

	for (int round = 0; round < 20000; round++) {
		char text[64] = "", line[LOG_LINE_BYTES];
		struct problem problem = {.site = text, .reason = "last"};
		struct log_entry entry = all_of(true, text);
		const char *reason;
		size_t length;
		json_t *object;

		for (int i = 0; i < round % 60; i++) {
			seed = seed * 1664525 + 1013904223;
			text[i] = (char)(seed >> 24);
			if (round % 2 == 0) /* longer runs of ASCII */
				text[i] &= 0x7f;
			if (text[i] == '\0')
				text[i] = '"';
		}
		length = log_format(line, &entry, PROBLEM_INTERNAL, &problem);
		object = parsed(line, length);
		right &= object != NULL;
		reason = json_string_value(json_object_get(object, "site"));
		if (utf8_is_valid(text, strlen(text)))
			same &= *text == '\0' ||
				(reason != NULL && strcmp(reason, text) == 0);
		json_decref(object);
	}
	ok(right, "whatever is in it, a line is one line and one object");
	ok(same, "and says what it was given");
}

/* Test lengths up to and beyond the limit, with characters of each width. */
static void test_json_cut(void)
{
	static const char *const fills[] = {
		"a", "\n", "\"", "\\", "\xc3\xa9", "\xf0\x9f\x98\x80", "\xff",
	};
	static char text[1400];
	char line[LOG_LINE_BYTES + 16];
	bool right = true, filled = true;

	for (size_t f = 0; f < COUNT(fills); f++)
		for (size_t n = 0; n < 1200; n++) {
			struct problem problem = {.site = text, .reason = text};
			size_t width = strlen(fills[f]), length;
			json_t *object;

			for (size_t i = 0; i < n; i++)
				text[i] = fills[f][i % width];
			text[n - n % width] = '\0';
			memset(line, 0x5a, sizeof(line));
			length = log_format(line, &json, PROBLEM_INTERNAL,
					    &problem);
			object = parsed(line, length);
			right &= json_object_get(object, "status") != NULL &&
				 line[LOG_LINE_BYTES] == 0x5a;
			/* a truncated line is close to the limit */
			filled &= n < 1100 || length > LOG_LINE_BYTES - 12;
			json_decref(object);
		}
	ok(right, "an object that is cut is an object");
	ok(filled, "and no shorter than it must be");
}

/* --- The value for the web server's log ---------------------------------- */

static void test_access(void)
{
	struct log_access access = {.program = "tasks-list",
				    .user = "a%20b",
				    .program_us = 1234,
				    .db_us = 871,
				    .trace_id = TRACE};
	char text[LOG_ACCESS_BYTES], user[AUTH_LOG_NAME_BYTES + 1] = "";

	log_format_access(text, &access);
	is_text(text,
		"program=tasks-list user=a%20b program_ms=1.234 db_ms=0.871 "
		"trace_id=" TRACE,
		"the server's log is told of a request");
	log_format_timing(text, &access);
	is_text(text, "app;dur=1.234, db;dur=0.871", "and a browser's tools");
	access = (struct log_access){.program = "me",
				     .code = PROBLEM_NO_TOKEN,
				     .program_us = 12000045,
				     .trace_id = ""};
	log_format_access(text, &access);
	is_text(text, "program=me code=missing_token program_ms=12000.045",
		"what there is not is not told");
	log_format_timing(text, &access);
	is_text(text, "app;dur=12000.045", "nor to a browser");
	memset(user, '%', sizeof(user) - 1);
	access.user = user;
	access.trace_id = TRACE;
	access.db_us = access.program_us = INT64_MAX;
	log_format_access(text, &access);
	ok(strstr(text, " trace_id=" TRACE) != NULL,
	   "the longest user leaves room for the rest");
}

/* SOCK_SEQPACKET preserves boundaries, so the number of writes is visible. */
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
	gateway_log(&gateway, line,
		    log_format(line, &plain, PROBLEM_INTERNAL, &problem));
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
	test_json_exact();
	test_json_bytes();
	test_json_cut();
	test_access();
	test_write();
	return tap_done();
}
