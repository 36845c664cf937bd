/*
 * test_response.c - writing a response: it is written completely, and no header
 * can be injected.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "http/gateway.h"
#include "base/problem.h"
#include "http/response.h"
#include "tap.h"
#include "base/banned.h"

static bool response_to(const struct response *response, int fd, bool head_only)
{
	struct gateway gateway = GATEWAY_CGI(-1, fd, -1);

	return response_write(response, &gateway, head_only);
}

/* Return the output of response_write(), valid until the next call. */
static const char *written(const struct response *response, bool head_only,
			   bool *result)
{
	static char text[65536];
	ssize_t length = 0;
	int ends[2];

	if (pipe(ends) != 0)
		exit(1);
	(void)fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
	*result = response_to(response, ends[1], head_only);
	close(ends[1]);
	length = read(ends[0], text, sizeof(text) - 1);
	close(ends[0]);
	text[length > 0 ? length : 0] = '\0';
	return text;
}

static void test_bytes(void)
{
	static const struct {
		int status;
		const char *body;
		bool head_only;
		const char *want;
	} cases[] = {
		{200, "[]", false,
		 "Status: 200 OK\r\nX-A: b\r\n"
		 "Content-Type: application/json\r\n\r\n[]"},
		{201, "{}", false,
		 "Status: 201 Created\r\nX-A: b\r\n"
		 "Content-Type: application/json\r\n\r\n{}"},
		{404, "{}", false,
		 "Status: 404 Not Found\r\nX-A: b\r\n"
		 "Content-Type: application/json\r\n\r\n{}"},
		{200, "[1]", true,
		 "Status: 200 OK\r\nX-A: b\r\n"
		 "Content-Type: application/json\r\n\r\n"},
		{204, NULL, false, "Status: 204 No Content\r\nX-A: b\r\n\r\n"},
		{204, NULL, true, "Status: 204 No Content\r\nX-A: b\r\n\r\n"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena arena;
		struct response response;
		bool result;

		arena_init(&arena, 65536);
		response_init(&response, &arena);
		response_header(&response, "X-A", "b");
		if (cases[i].body)
			response_json(&response, cases[i].status, cases[i].body,
				      strlen(cases[i].body));
		else
			response.status = cases[i].status;
		is_text(written(&response, cases[i].head_only, &result),
			cases[i].want, "a reply is these bytes");
		ok(result && !response_failed(&response), "and was written");
		arena_release(&arena);
	}
}

/* Each status has a reason phrase other than "Unknown". */
static void test_statuses(void)
{
	/* statuses of problem_from_status(), and all others that are sent */
	static const char *const lines[] = {
		"200 OK",
		"201 Created",
		"204 No Content",
		"304 Not Modified",
		"400 Bad Request",
		"401 Unauthorized",
		"403 Forbidden",
		"404 Not Found",
		"405 Method Not Allowed",
		"411 Length Required",
		"412 Precondition Failed",
		"413 Content Too Large",
		"414 URI Too Long",
		"415 Unsupported Media Type",
		"417 Expectation Failed",
		"422 Unprocessable Content",
		"429 Too Many Requests",
		"431 Request Header Fields Too Large",
		"500 Internal Server Error",
		"501 Not Implemented",
		"503 Service Unavailable",
		"504 Gateway Timeout",
	};
	struct arena arena;

	arena_init(&arena, 1 << 20);
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct response response;
		char want[64];
		bool result;

		response_init(&response, &arena);
		response.status = (int)strtol(lines[i], NULL, 10);
		snprintf(want, sizeof(want), "Status: %s\r\n\r\n", lines[i]);
		is_text(written(&response, true, &result), want, lines[i]);
	}
	for (int code = PROBLEM_NONE + 1; code < PROBLEM_COUNT; code++) {
		struct response response;
		bool result;

		response_init(&response, &arena);
		response.status = problem_status((enum problem_code)code);
		ok(!strstr(written(&response, true, &result), "Unknown"),
		   "each problem's status has its phrase: %d", response.status);
	}
	arena_release(&arena);
}

/* An optional header that does not fit is left out. */
static void test_extra(void)
{
	static char huge[20000];
	struct response response;
	struct arena arena;
	const char *got;
	bool result;

	memset(huge, 'x', sizeof(huge) - 1);
	arena_init(&arena, 4096); /* smaller than huge */
	response_init(&response, &arena);
	response_header(&response, "X-A", "b");
	response_optional_header(&response, "X-Forged", "a\r\nX-Injected: b");
	response_optional_header(&response, "X-Huge", huge);
	huge[6000] = '\0'; /* within the limit for headers */
	response_optional_header(&response, "X-Large", huge);
	response_optional_header(&response, "X-Extra", "c");
	ok(!response_failed(&response), "what does not fit is left out");
	got = written(&response, false, &result);
	is_text(got, "Status: 200 OK\r\nX-A: b\r\nX-Extra: c\r\n\r\n",
		"and what fits is there");
	arena_release(&arena);
	arena_init(&arena, 65536);
	response_init(&response, &arena);
	response_optional_header(&response, "X-Large", huge);
	got = written(&response, false, &result);
	ok(!response_failed(&response) && strstr(got, huge) != NULL,
	   "with memory, the large one is there");
	response_header(&response, "X-Bad", "\n");
	response_optional_header(&response, "X-Extra", "c");
	ok(response_failed(&response), "what failed before has failed");
	arena_release(&arena);
}

static void test_injection(void)
{
	static const struct {
		const char *value;
		bool fit;
	} cases[] = {
		{"plain", true},
		{"", true},
		{"a, b; c=\"d\"", true},
		{"\xc3\xa9", true},
		{"~", true},
		/* bad input */
		{"a\r\nInjected: 1", false},
		{"a\nInjected: 1", false},
		{"a\rInjected: 1", false},
		{"\r\n\r\nInjected", false},
		{"\n", false},
		{"a\n", false},
		{"a\x01"
		 "b",
		 false},
		{"a\x1f"
		 "b",
		 false},
		{"a\x7f"
		 "b",
		 false},
		{"a\x0b"
		 "b",
		 false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena arena;
		struct response response;
		const char *got;
		bool result;

		arena_init(&arena, 65536);
		response_init(&response, &arena);
		response_header(&response, "X-Before", "1");
		response_header(&response, "X-A", cases[i].value);
		response_header(&response, "X-After", "1");
		ok(response_failed(&response) == !cases[i].fit,
		   "nobody else writes headers, ours are sent: %s",
		   cases[i].value);
		got = written(&response, false, &result);
		ok(cases[i].fit ? result && strstr(got, "\r\nX-A: ")
				: !strstr(got, "Injected"),
		   "and what leaves agrees: %s", cases[i].value);
		arena_release(&arena);
	}
}

static void test_ceiling(void)
{
	static char value[1 << 20];
	struct arena arena;
	struct response response;

	memset(value, 'a', sizeof(value) - 1);
	arena_init(&arena, 8 << 20);
	response_init(&response, &arena);
	response_header(&response, "X-A", value);
	response_header(&response, "X-B", "b");
	ok(response_failed(&response), "a header that does not fit is noticed");
	arena_release(&arena);
	arena_init(&arena, 0);
	response_init(&response, &arena);
	response_header(&response, "X-A", "a");
	ok(!response_failed(&response) &&
		   strcmp(buf_text(&response.headers), "X-A: a\r\n") == 0,
	   "an error can be worded without memory");
	value[4000] = '\0';
	response_header(&response, "X-A", value);
	ok(response_failed(&response), "a reply without memory is noticed");
	arena_release(&arena);
}

static void on_alarm(int number)
{
	(void)number;
}

/* Read like a slow client.  Return 0 if the whole response arrived. */
static int read_slowly(int fd, const char *body, size_t length)
{
	static char got[400000];
	size_t total = 0;
	ssize_t more = 1;

	usleep(20000); /* the pipe fills up, and signals interrupt write() */
	while (more > 0 && total < sizeof(got)) {
		usleep(200);
		more = read(fd, got + total,
			    sizeof(got) - total < 3000 ? sizeof(got) - total
						       : 3000);
		if (more > 0)
			total += (size_t)more;
	}
	return !(total > length &&
		 memcmp(got + total - length, body, length) == 0 &&
		 memcmp(got + total - length - 4, "\r\n\r\n", 4) == 0 &&
		 memcmp(got, "Status: 200", 11) == 0);
}

/* Write to a small pipe with a slow reader, while signals interrupt write(). */
static void test_short_writes(bool nonempty_headers)
{
	static char body[300000];
	struct sigaction action = {.sa_handler = on_alarm};
	struct itimerval timer = {{0, 900}, {0, 900}}, off = {{0, 0}, {0, 0}};
	struct arena arena;
	struct response response;
	int ends[2], status = 1;
	bool result;
	pid_t child;

	for (size_t i = 0; i < sizeof(body); i++)
		body[i] = (char)('a' + i % 23);
	if (pipe(ends) != 0)
		exit(1);
	(void)fcntl(ends[1], F_SETPIPE_SZ, 4096);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		close(ends[1]);
		_exit(read_slowly(ends[0], body, sizeof(body)));
	}
	close(ends[0]);
	arena_init(&arena, 65536);
	response_init(&response, &arena);
	for (int i = 0; nonempty_headers && i < 100; i++)
		response_header(&response, "X-Padding",
				"012345678901234567890123456789012345678901");
	response_json(&response, 200, body, sizeof(body));
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	result = response_to(&response, ends[1], false);
	setitimer(ITIMER_REAL, &off, NULL);
	close(ends[1]);
	waitpid(child, &status, 0);
	ok(result && WIFEXITED(status) && WEXITSTATUS(status) == 0,
	   "a slow client gets all of a long reply%s",
	   nonempty_headers ? ", long headers too" : "");
	arena_release(&arena);
}

static void test_no_reader(void)
{
	struct arena arena;
	struct response response;
	int ends[2];

	if (pipe(ends) != 0)
		exit(1);
	close(ends[0]);
	signal(SIGPIPE, SIG_IGN);
	arena_init(&arena, 65536);
	response_init(&response, &arena);
	response_json(&response, 200, "[]", 2);
	ok(!response_to(&response, ends[1], false),
	   "a client that is gone is noticed, and kills nothing");
	close(ends[1]);
	ok(!response_to(&response, -1, false),
	   "a reply that goes nowhere is noticed");
	arena_release(&arena);
}

int main(void)
{
	test_bytes();
	test_statuses();
	test_extra();
	test_injection();
	test_ceiling();
	test_short_writes(false);
	test_short_writes(true);
	test_no_reader();
	return tap_done();
}
