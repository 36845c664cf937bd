/*
 * fcgi SOCKET COUNT: send COUNT requests, one after another, to a FastCGI
 * process (FastCGI 1.0) and compare their statuses.
 *
 * Each line of standard input is a request, with fields separated by tabs: the
 * expected status, the body, and the parameters as NAME=value.  The requests
 * are repeated in turn.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	BEGIN = 1,
	PARAMS = 4,
	STDIN = 5,
	STDOUT = 6
};
enum {
	REQUEST_BYTES = 65536,
	REPLY_BYTES = 1 << 20,
	MAX_REQUESTS = 64
};

struct request {
	char status[4];
	unsigned char bytes[REQUEST_BYTES];
	size_t length;
};

static struct request requests[MAX_REQUESTS];

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void add(struct request *request, const void *bytes, size_t length)
{
	if (length > sizeof(request->bytes) - request->length) {
		(void)fprintf(stderr, "fcgi: the request is too long\n");
		exit(1);
	}
	if (length > 0)
		memcpy(request->bytes + request->length, bytes, length);
	request->length += length;
}

static void add_record(struct request *request, int type, const void *bytes,
		       size_t length)
{
	const unsigned char header[8] = {1,
					 (unsigned char)type,
					 0,
					 1,
					 (unsigned char)(length >> 8),
					 (unsigned char)length,
					 0,
					 0};

	add(request, header, sizeof(header));
	add(request, bytes, length);
}

/* Write the length of a parameter's name or value as four bytes. */
static void add_length(unsigned char *bytes, size_t length)
{
	bytes[0] = (unsigned char)(0x80 | length >> 24);
	bytes[1] = (unsigned char)(length >> 16);
	bytes[2] = (unsigned char)(length >> 8);
	bytes[3] = (unsigned char)length;
}

static void read_request(struct request *request, char *line)
{
	static const unsigned char responder[8] = {0, 1};
	const char *status = strsep(&line, "\t");
	const char *body = strsep(&line, "\t");

	(void)snprintf(request->status, sizeof(request->status), "%s", status);
	add_record(request, BEGIN, responder, sizeof(responder));
	while (line != NULL) {
		const char *param = strsep(&line, "\t");
		size_t name = strcspn(param, "=");
		size_t value = strlen(param + name + 1);
		unsigned char pair[16384];

		if (name + value + 8 > sizeof(pair))
			exit(1);
		add_length(pair, name);
		add_length(pair + 4, value);
		memcpy(pair + 8, param, name);
		memcpy(pair + 8 + name, param + name + 1, value);
		add_record(request, PARAMS, pair, name + value + 8);
	}
	add_record(request, PARAMS, NULL, 0);
	if (body != NULL && *body != '\0')
		add_record(request, STDIN, body, strlen(body));
	add_record(request, STDIN, NULL, 0);
}

/* Send the request and read the reply up to the end of the connection. */
static size_t ask(const char *path, const struct request *request,
		  unsigned char *reply)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	size_t length = 0;
	ssize_t got = 1;

	if (strlen(path) >= sizeof(address.sun_path) || fd < 0)
		fail("socket");
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		fail("connect");
	if (write(fd, request->bytes, request->length) !=
	    (ssize_t)request->length)
		fail("write");
	while (got > 0 && length < REPLY_BYTES) {
		got = read(fd, reply + length, REPLY_BYTES - length);
		if (got < 0)
			fail("read");
		length += (size_t)got;
	}
	(void)close(fd);
	return length;
}

/* Return whether the first FCGI_STDOUT record begins with this status. */
static bool has_status(const unsigned char *reply, size_t length,
		       const char *status)
{
	size_t at = 0;

	while (at + 19 <= length && reply[at + 1] != STDOUT)
		at += 8U + (size_t)(reply[at + 4] << 8) + reply[at + 5] +
		      reply[at + 6];
	return at + 19 <= length &&
	       memcmp(reply + at + 8, "Status: ", 8) == 0 &&
	       memcmp(reply + at + 16, status, 3) == 0;
}

int main(int argc, char **argv)
{
	static unsigned char reply[REPLY_BYTES];
	static char line[REQUEST_BYTES];
	unsigned long count = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	size_t known = 0;

	while (known < MAX_REQUESTS && fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		read_request(&requests[known++], line);
	}
	if (count == 0 || known == 0)
		return 2;
	for (unsigned long i = 0; i < count; i++) {
		const struct request *request = &requests[i % known];
		size_t length = ask(argv[1], request, reply);

		if (has_status(reply, length, request->status))
			continue;
		(void)fprintf(stderr, "request %lu: not %s but: %.*s\n", i,
			      request->status, length > 200 ? 200 : (int)length,
			      length > 8 ? (const char *)reply + 8 : "");
		return 1;
	}
	return 0;
}
