/*
 * relay SOCKET SERVER QUESTION ANSWER: relay a PostgreSQL client, which
 * connects to SOCKET, to SERVER.  Both are Unix sockets without TLS.
 *
 * Execute each line that is written to the fifo QUESTION as SQL in the client's
 * own session, which must be idle.  Write the values of the result to the file
 * ANSWER, one per line.  So a test can examine the state in which a client left
 * its session.  Serve one client at a time.
 */
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int open_socket(const char *path, bool listens)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
		fail("socket");
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (listens ? bind(fd, (struct sockaddr *)&address, sizeof(address)) !=
				      0 ||
			      listen(fd, 8) != 0
		    : connect(fd, (struct sockaddr *)&address,
			      sizeof(address)) != 0)
		fail(path);
	return fd;
}

static bool read_whole(int fd, void *bytes, size_t length)
{
	for (char *at = bytes; length > 0;) {
		ssize_t got = read(fd, at, length);

		if (got <= 0)
			return false;
		at += got;
		length -= (size_t)got;
	}
	return true;
}

static bool write_whole(int fd, const void *bytes, size_t length)
{
	return write(fd, bytes, length) == (ssize_t)length;
}

static uint32_t number(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
	       (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Print the values of a DataRow message. */
static void print_row(FILE *out, const unsigned char *body, size_t length)
{
	size_t at = 2;

	while (at + 4 <= length) {
		uint32_t size = number(body + at);

		at += 4;
		if (size == UINT32_MAX) {
			(void)fputs("NULL\n", out);
			continue;
		}
		(void)fprintf(out, "%.*s\n", (int)size,
			      (const char *)body + at);
		at += size;
	}
}

/* Send a Query message and read the response up to ReadyForQuery. */
static void ask(int server, const char *sql, const char *path)
{
	size_t length = strlen(sql) + 5;
	const unsigned char header[5] = {'Q', (unsigned char)(length >> 24),
					 (unsigned char)(length >> 16),
					 (unsigned char)(length >> 8),
					 (unsigned char)length};
	unsigned char head[5], body[8192];
	FILE *out = fopen(path, "w");

	if (out == NULL || !write_whole(server, header, 5) ||
	    !write_whole(server, sql, length - 4))
		fail("question");
	do {
		if (!read_whole(server, head, 5) ||
		    number(head + 1) - 4 > sizeof(body) ||
		    !read_whole(server, body, number(head + 1) - 4))
			fail("answer");
		if (head[0] == 'D')
			print_row(out, body, number(head + 1) - 4);
	} while (head[0] != 'Z');
	(void)fputs("end\n", out);
	if (fclose(out) != 0)
		fail(path);
}

/* Return false if either side has closed the connection. */
static bool pass_on(int from, int to)
{
	char bytes[8192];
	ssize_t got = read(from, bytes, sizeof(bytes));

	return got > 0 && write_whole(to, bytes, (size_t)got);
}

static void serve(int client, int server, int questions, const char *answer)
{
	struct pollfd fds[] = {{client, POLLIN, 0},
			       {server, POLLIN, 0},
			       {questions, POLLIN, 0}};
	char sql[4096];

	for (;;) {
		if (poll(fds, 3, -1) < 0)
			fail("poll");
		if (fds[2].revents & POLLIN) {
			ssize_t got = read(questions, sql, sizeof(sql) - 1);

			sql[got > 0 ? got - 1 : 0] = '\0';
			ask(server, sql, answer);
			continue;
		}
		if (fds[0].revents != 0 && !pass_on(client, server))
			return;
		if (fds[1].revents != 0 && !pass_on(server, client))
			return;
	}
}

int main(int argc, char **argv)
{
	int listener, questions;

	if (argc != 5)
		return 2;
	/* Open both ends, so that read() never returns the end of the file. */
	questions = open(argv[3], O_RDWR);
	if (questions < 0)
		fail(argv[3]);
	listener = open_socket(argv[1], true);
	for (;;) {
		int client = accept(listener, NULL, NULL), server;

		if (client < 0)
			fail("accept");
		server = open_socket(argv[2], false);
		serve(client, server, questions, argv[4]);
		(void)close(client);
		(void)close(server);
	}
}
