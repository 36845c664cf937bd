/*
 * test_request.c - reading a request: the body is read to its end, a short body
 * is detected, and an invalid request id is replaced.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "http/gateway.h"
#include "http/request.h"
#include "tap.h"
#include "base/banned.h"

#define MAX_BODY 65536
#define ANY_CODE 99 /* 400 or an incomplete body */

struct body_case {
	const char *name;
	const char *length; /* CONTENT_LENGTH; NULL: unset; or CHUNKED */
	size_t input;	    /* bytes sent */
	int code;
	enum request_body state;
	size_t body;
	size_t left; /* bytes that may stay in the pipe */
};

#define CHUNKED "chunked"

static const struct body_case bodies[] = {
	{"none", NULL, 0, 0, REQUEST_BODY_WHOLE, 0, 0},
	{"length 0", "0", 0, 0, REQUEST_BODY_WHOLE, 0, 0},
	{"empty length, as nginx says", "", 0, 0, REQUEST_BODY_WHOLE, 0, 0},
	{"five bytes", "5", 5, 0, REQUEST_BODY_WHOLE, 5, 0},
	{"leading zeros", "0005", 5, 0, REQUEST_BODY_WHOLE, 5, 0},
	{"chunked", CHUNKED, 5, 0, REQUEST_BODY_WHOLE, 5, 0},
	{"not announced", NULL, 5, 0, REQUEST_BODY_WHOLE, 0, 5},
	{"more than declared", "5", 9, 0, REQUEST_BODY_WHOLE, 5, 4},
	{"input after length 0", "0", 9, 0, REQUEST_BODY_WHOLE, 0, 9},
	{"exactly the limit", "65536", MAX_BODY, 0, REQUEST_BODY_WHOLE,
	 MAX_BODY, 0},
	{"the limit, no length", CHUNKED, MAX_BODY, 0, REQUEST_BODY_WHOLE,
	 MAX_BODY, 0},
	/* bad input */
	{"nothing of five", "5", 0, 0, REQUEST_BODY_SHORT, 0, 0},
	{"four of five", "5", 4, 0, REQUEST_BODY_SHORT, 4, 0},
	{"one too many", "65537", 65537, 0, REQUEST_BODY_TOO_LARGE, 0, 0},
	{"one too many, no length", CHUNKED, 65537, 0, REQUEST_BODY_TOO_LARGE,
	 0, 0},
	{"300 kB", "300000", 300000, 0, REQUEST_BODY_TOO_LARGE, 0, 0},
	{"300 kB, no length", CHUNKED, 300000, 0, REQUEST_BODY_TOO_LARGE, 0, 0},
	{"300 kB of more", "300000", 300007, 0, REQUEST_BODY_TOO_LARGE, 0, 7},
	{"64-bit overflow to 5", "18446744073709551621", 5, ANY_CODE, 0, 0, 0},
	{"40 digits", "1111111111111111111111111111111111111111", 5, ANY_CODE,
	 0, 0, 0},
	{"minus", "-5", 5, PROBLEM_BAD_REQUEST, 0, 0, 5},
	{"plus", "+5", 5, PROBLEM_BAD_REQUEST, 0, 0, 5},
	{"space before", " 5", 5, PROBLEM_BAD_REQUEST, 0, 0, 5},
	{"space after", "5 ", 5, PROBLEM_BAD_REQUEST, 0, 0, 5},
	{"hexadecimal", "0x5", 5, PROBLEM_BAD_REQUEST, 0, 0, 5},
	{"fraction", "5.0", 5, PROBLEM_BAD_REQUEST, 0, 0, 5},
	{"exponent", "5e0", 5, PROBLEM_BAD_REQUEST, 0, 0, 5},
	{"word", "five", 5, PROBLEM_BAD_REQUEST, 0, 0, 5},
	{"two lengths", "5, 5", 5, PROBLEM_BAD_REQUEST, 0, 0, 5},
};

/* Return the reading end of a pipe with this input and a closed writing end. */
static int pipe_with(const char *input, size_t length)
{
	int ends[2];

	if (pipe(ends) != 0)
		exit(1);
	(void)fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
	if (length && write(ends[1], input, length) != (ssize_t)length)
		exit(1);
	close(ends[1]);
	return ends[0];
}

static int left_in(int fd)
{
	int left = -1;

	ioctl(fd, FIONREAD, &left);
	return left;
}

static enum problem_code read_from(struct request *r, char *const env[], int fd,
				   struct arena *arena, struct problem *problem)
{
	struct gateway gateway = GATEWAY_CGI(fd, -1, -1);

	gateway.envp = env;
	return request_read(r, &gateway, MAX_BODY, arena, problem);
}

static void test_body(const struct body_case *c)
{
	static char input[300007];
	struct arena arena;
	struct request r;
	struct problem problem = {0};
	char length[64];
	char *env[] = {"REQUEST_METHOD=POST", c->length ? length : NULL, NULL};
	int fd, code, left;
	bool right;

	for (size_t i = 0; i < sizeof(input); i++)
		input[i] = "a\0b\xff\r\n"[i % 6];
	snprintf(length, sizeof(length), "%s=%s",
		 c->length && strcmp(c->length, CHUNKED) == 0
			 ? "HTTP_TRANSFER_ENCODING"
			 : "CONTENT_LENGTH",
		 c->length ? c->length : "");
	fd = pipe_with(input, c->input);
	arena_init(&arena, 1 << 20);
	code = (int)read_from(&r, env, fd, &arena, &problem);
	left = left_in(fd);
	close(fd);
	if (c->code == ANY_CODE)
		right = code == PROBLEM_BAD_REQUEST ||
			(!code && r.body_state != REQUEST_BODY_WHOLE);
	else
		right = code == c->code &&
			(code || (r.body_state == c->state &&
				  (r.body_state == REQUEST_BODY_SHORT ||
				   r.body_length == c->body)));
	if (!ok(right && r.body, "a body is whole or known not to be: %s",
		c->name))
		diag("code %d, state %d, %zu bytes", code, (int)r.body_state,
		     r.body_length);
	if (!code && r.body && r.body_length <= sizeof(input))
		ok(memcmp(r.body, input, r.body_length) == 0,
		   "no byte of it is changed: %s", c->name);
	if (!ok(left >= 0 && (size_t)left <= c->left,
		"a drained body saves the reply under mod_cgid: %s", c->name))
		diag("%d bytes left, %zu allowed", left, c->left);
	arena_release(&arena);
}

/* TASKS_MAX_BODY is applied after the body was read. */
static void test_limit(void)
{
	static const struct {
		const char *length;
		size_t input, limit;
		enum request_body state;
	} cases[] = {
		{"CONTENT_LENGTH=5", 5, 5, REQUEST_BODY_WHOLE},
		{"CONTENT_LENGTH=5", 5, 4, REQUEST_BODY_TOO_LARGE},
		{"CONTENT_LENGTH=5", 3, 4, REQUEST_BODY_TOO_LARGE},
		{"CONTENT_LENGTH=5", 3, 5, REQUEST_BODY_SHORT},
		{"HTTP_TRANSFER_ENCODING=chunked", 5, 5, REQUEST_BODY_WHOLE},
		{"HTTP_TRANSFER_ENCODING=chunked", 5, 4,
		 REQUEST_BODY_TOO_LARGE},
		{"NONE=", 5, 1, REQUEST_BODY_WHOLE},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char *env[] = {"REQUEST_METHOD=POST", (char *)cases[i].length,
			       NULL};
		int fd = pipe_with("12345", cases[i].input);
		struct problem problem = {0};
		struct arena arena;
		struct request r;

		arena_init(&arena, 1 << 20);
		ok(read_from(&r, env, fd, &arena, &problem) == PROBLEM_NONE,
		   "a body is read before its limit is known");
		request_limit_body(&r, cases[i].limit);
		ok(r.body_state == cases[i].state &&
			   (r.body_state != REQUEST_BODY_TOO_LARGE ||
			    (r.body_length == 0 && *r.body == '\0')),
		   "and judged by it: %s, %zu bytes, %zu allowed",
		   cases[i].length, cases[i].input, cases[i].limit);
		arena_release(&arena);
		close(fd);
	}
}

static void on_alarm(int number)
{
	(void)number;
}

/* The client sends one byte at a time, and signals interrupt read(). */
static void test_slow_body(void)
{
	struct sigaction action = {.sa_handler = on_alarm};
	struct itimerval timer = {{0, 700}, {0, 700}}, off = {{0, 0}, {0, 0}};
	char *env[] = {"REQUEST_METHOD=POST", "CONTENT_LENGTH=50", NULL};
	struct arena arena;
	struct request r;
	struct problem problem = {0};
	enum problem_code code;
	int ends[2];
	pid_t child;

	if (pipe(ends) != 0)
		exit(1);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		for (int i = 0; i < 50; i++) {
			usleep(1000);
			if (write(ends[1], "x", 1) != 1)
				_exit(1);
		}
		_exit(0);
	}
	close(ends[1]);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	arena_init(&arena, 1 << 20);
	code = read_from(&r, env, ends[0], &arena, &problem);
	setitimer(ITIMER_REAL, &off, NULL);
	ok(!code && r.body_state == REQUEST_BODY_WHOLE && r.body_length == 50,
	   "a slow client's body is whole in spite of signals");
	arena_release(&arena);
	close(ends[0]);
	waitpid(child, NULL, 0);
}

static void read_env(char *const env[], struct request *r, enum problem_code *c)
{
	static struct arena arena; /* reachable until the next call */
	struct problem problem = {0};
	int fd = pipe_with("", 0);

	arena_release(&arena);
	arena_init(&arena, 1 << 20);
	*c = read_from(r, env, fd, &arena, &problem);
	close(fd);
}

static void test_variables(void)
{
	static char *const env[] = {"REQUEST_METHOD=PATCH",
				    "PATH_INFO=/api/tasks/%2F",
				    "HTTP_AUTHORIZATION=Bearer x",
				    "HTTP_ORIGIN=https://a.example",
				    "CONTENT_TYPE=application/json",
				    "REDIRECT_STATUS=404",
				    NULL};
	static char *const refused[] = {"REQUEST_METHOD=GET",
					"REDIRECT_STATUS=200",
					"REDIRECT_STATUS=400", NULL};
	static char *const served[] = {"REQUEST_METHOD=GET",
				       "REDIRECT_STATUS=400",
				       "REDIRECT_STATUS=200", NULL};
	static char *const bare[] = {"REQUEST_METHOD=GET", NULL};
	static char *const other[] = {"REQUEST_METHOD=BREW",
				      "REDIRECT_STATUS=4o4", NULL};
	static char *const twice[] = {
		"REQUEST_METHOD=POST",	      "HTTP_IDEMPOTENCY_KEY=a",
		"HTTP_IDEMPOTENCY_KEY=",      "HTTP_ACCEPT=x",
		"HTTP_IDEMPOTENCY_KEY=b",     "HTTP_PREFER=wait=1",
		"HTTP_PREFER=return=minimal", NULL};
	struct request r;
	enum problem_code code;

	read_env(env, &r, &code);
	ok(!code && r.method == METHOD_PATCH && r.server_status == 404,
	   "method and server status are read");
	is_text(r.path, "/api/tasks/%2F", "the path is not decoded again");
	is_text(r.authorization, "Bearer x", "the token arrives");
	is_text(r.origin, "https://a.example", "the origin arrives");
	is_text(r.content_type, "application/json", "the type arrives");
	read_env(refused, &r, &code);
	ok(!code && r.server_status == 400, "the last status counts");
	read_env(served, &r, &code);
	ok(!code && r.server_status == 0, "also where it is none of an error");
	read_env(bare, &r, &code);
	ok(!code && r.method == METHOD_GET && r.server_status == 0,
	   "a bare request is a request");
	is_text(r.path, "", "no path is an empty path");
	ok(!r.authorization && !r.origin && !r.content_type,
	   "what was not sent is not there");
	read_env(other, &r, &code);
	ok(!code && r.method == METHOD_OTHER, "any method is read, to be 405");
	read_env(twice, &r, &code);
	is_text(r.idempotency_key, "a, , b", "fields of one name are one list");
	is_text(r.prefer, "wait=1, return=minimal", "and so are preferences");
	ok(r.server_status == 0, "a status that is no number is none");
}

#define TRACE "0af7651916cd43dd8448eb211c80319c"
#define TRACEPARENT "HTTP_TRACEPARENT=00-" TRACE "-b7ad6b7169203331-01"

static void test_seen(void)
{
	static char *const bare[] = {"REQUEST_METHOD=GET",
				     "HTTP_TASKS_LOG_HEADER=1",
				     "TASKS_LOG_HEADER=", NULL};
	static char *const whole[] = {"REQUEST_METHOD=GET", TRACEPARENT,
				      "TASKS_LOG_HEADER=X-My-Tasks-Log", NULL};
	static char *const bad[] = {
		"TASKS_LOG_HEADER=yes",
		"TASKS_LOG_HEADER=Status",
		"TASKS_LOG_HEADER=X-a:b",
		"TASKS_LOG_HEADER=X-a\r\nb",
		"TASKS_LOG_HEADER=X-a b Tasks-Log",
		"TASKS_LOG_HEADER=X-Request-Id",
		"TASKS_LOG_HEADER=X-1-Tasks-Log",
		"TASKS_LOG_HEADER=Tasks-Log",
	};
	static char *const twice[] = {"REQUEST_METHOD=GET", TRACEPARENT,
				      TRACEPARENT, NULL};
	struct request r;
	enum problem_code code;

	read_env(bare, &r, &code);
	ok(!code && r.log_header == NULL && *r.trace_id == '\0',
	   "no client asks for what is the server's");
	read_env(whole, &r, &code);
	ok(!code, "the server does");
	is_text(r.log_header, "X-My-Tasks-Log", "by the name of a header");
	is_text(r.trace_id, TRACE, "a request is part of its trace");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char *const unfit[] = {"REQUEST_METHOD=GET", bad[i], NULL};

		read_env(unfit, &r, &code);
		ok(!code && r.log_header == NULL, "%s is no such name", bad[i]);
	}
	read_env(twice, &r, &code);
	ok(!code && *r.trace_id == '\0', "and of no two at once");
}

static void test_no_method(void)
{
	static char *const envs[][3] = {
		{"CONTENT_LENGTH=5", NULL, NULL},
		{"REQUEST_METHOD=", "CONTENT_LENGTH=5", NULL},
	};

	for (size_t i = 0; i < COUNT(envs); i++) {
		struct arena arena;
		struct request r;
		struct problem problem = {0};
		int fd = pipe_with("12345", 5);

		arena_init(&arena, 1 << 20);
		ok(read_from(&r, envs[i], fd, &arena, &problem) ==
			   PROBLEM_BAD_REQUEST,
		   "without a method it is no request: %s", envs[i][0]);
		ok(left_in(fd) == 0, "and its body is drained all the same");
		ok(strlen(r.id) > 0, "and it has an id for the log");
		arena_release(&arena);
		close(fd);
	}
}

#define C64 "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789ab-_Zz"

static void test_id(void)
{
	static const char *const good[] = {"a", "-", "_",
					   "0", C64, "7b0c2b1e-4f5a-4c3d-9e8f"};
	static const char *const bad[] = {
		"",	"a b",	    " a",  "a ",  C64 "a", "a\nb", "a\r\nb",
		"a.b",	"a/b",	    "a\"", "a\\", "a=b",   "a;b",  "a\x7f",
		"a\tb", "\xc3\xa9", "a,b", "<b>", "$(id)",
	};
	char variable[256];
	char *env[] = {"REQUEST_METHOD=GET", variable, NULL};
	char last[REQUEST_ID_BYTES] = "";
	struct request r;
	enum problem_code code;

	for (size_t i = 0; i < COUNT(good); i++) {
		snprintf(variable, sizeof(variable), "HTTP_X_REQUEST_ID=%s",
			 good[i]);
		read_env(env, &r, &code);
		is_text(r.id, good[i], "a caller finds its own id again");
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		snprintf(variable, sizeof(variable), "HTTP_X_REQUEST_ID=%s",
			 bad[i]);
		read_env(env, &r, &code);
		ok(!code && strcmp(r.id, bad[i]) != 0 &&
			   strcmp(r.id, last) != 0 && strlen(r.id) >= 16 &&
			   strspn(r.id, C64 "GHIJKLMNOPQRSTUVWXYghijklmnopqrst"
					    "uvwxy") == strlen(r.id),
		   "no log line is forged by an id: '%s'", bad[i]);
		memcpy(last, r.id, sizeof(last));
	}

	static char ids[1000][REQUEST_ID_BYTES];
	unsigned same = 0;

	env[1] = NULL;
	for (size_t i = 0; i < COUNT(ids); i++) {
		read_env(env, &r, &code);
		memcpy(ids[i], r.id, sizeof(ids[i]));
		for (size_t j = 0; j < i; j++)
			same += strcmp(ids[i], ids[j]) == 0;
	}
	ok(same == 0, "of 1,000 new ids no two are the same");
}

/* Repeated header fields are joined into one list (RFC 9110, section 5.3). */
static void test_lists(void)
{
	char *const env[] = {"REQUEST_METHOD=GET",
			     "HTTP_ORIGIN=http://a.example",
			     "HTTP_ORIGIN=http://b.example",
			     "HTTP_AUTHORIZATION=Bearer a",
			     "HTTP_IF_NONE_MATCH=\"a\"",
			     "HTTP_X_REQUEST_ID=a",
			     "HTTP_AUTHORIZATION=Bearer b",
			     "CONTENT_TYPE=application/json",
			     "HTTP_IF_NONE_MATCH=\"b\"",
			     "HTTP_CONTENT_TYPE=application/json",
			     "HTTP_X_REQUEST_ID=b",
			     "HTTP_CONTENT_TYPE=text/plain",
			     NULL};
	struct request r;
	enum problem_code code;

	read_env(env, &r, &code);
	ok(!code, "they are read");
	is_text(r.origin, "http://a.example, http://b.example",
		"two origins are not the first one");
	is_text(r.authorization, "Bearer a, Bearer b",
		"two tokens are not the first one");
	is_text(r.if_none_match, "\"a\", \"b\"", "no tag is lost");
	is_text(r.content_type, "application/json, text/plain",
		"two types are not the first one");
	ok(strcmp(r.id, "a") != 0 && strcmp(r.id, "b") != 0,
	   "two ids are none");
}

static void test_long_fields(void)
{
	static const struct {
		const char *first, *second; /* the names */
		size_t length[2];	    /* with them */
		int code;
	} cases[] = {
		{"HTTP_COOKIE=", "HTTP_X=", {16384, 16384}, 0},
		{"HTTP_COOKIE=", "HTTP_COOKIE=", {8192, 8192}, 0},
		{"HTTP_COOKIE=", "HTTP_COOKIES=", {10000, 10000}, 0},
		{"HTTP_COOKIES=", "HTTP_COOKIE=", {10000, 10000}, 0},
		{"QUERY_STRING=", "TASKS_X=", {20000, 20000}, 0},
		/* bad input */
		{"HTTP_COOKIE=",
		 "HTTP_X=",
		 {16385, 20},
		 PROBLEM_HEADERS_TOO_LARGE},
		{"HTTP_X=",
		 "HTTP_COOKIE=",
		 {20, 16385},
		 PROBLEM_HEADERS_TOO_LARGE},
		{"HTTP_COOKIE=",
		 "HTTP_COOKIE=",
		 {8192, 8193},
		 PROBLEM_HEADERS_TOO_LARGE},
		{"HTTP_AUTHORIZATION=",
		 "HTTP_X=",
		 {100000, 20},
		 PROBLEM_HEADERS_TOO_LARGE},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		static char first[100001], second[20001];
		char *const env[] = {"REQUEST_METHOD=GET", first, second, NULL};
		struct request r;
		enum problem_code code;

		memset(first, 'x', sizeof(first));
		memset(second, 'x', sizeof(second));
		memcpy(first, cases[i].first, strlen(cases[i].first));
		memcpy(second, cases[i].second, strlen(cases[i].second));
		first[cases[i].length[0]] = '\0';
		second[cases[i].length[1]] = '\0';
		read_env(env, &r, &code);
		ok((int)code == cases[i].code,
		   "%s of %zu and %s of %zu bytes: %d", cases[i].first,
		   cases[i].length[0], cases[i].second, cases[i].length[1],
		   cases[i].code);
	}
}

int main(void)
{
	struct arena arena;
	struct request r;
	struct problem problem = {0};
	char *env[] = {"REQUEST_METHOD=POST", "CONTENT_LENGTH=5", NULL};

	for (size_t i = 0; i < COUNT(bodies); i++)
		test_body(&bodies[i]);
	test_limit();
	test_slow_body();
	test_variables();
	test_seen();
	test_no_method();
	test_id();
	test_lists();
	test_long_fields();
	arena_init(&arena, 1 << 20);
	ok(read_from(&r, env, -1, &arena, &problem) ||
		   r.body_state != REQUEST_BODY_WHOLE,
	   "a closed input is no whole body");
	arena_release(&arena);
	return tap_done();
}
