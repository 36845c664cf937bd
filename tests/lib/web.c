/*
 * web FOLDER: an HTTP server that answers every request with the bytes of the
 * file FOLDER/reply, then ends the connection.
 *
 * It listens on a port of 127.0.0.1 that the kernel chooses, writes the number
 * to FOLDER/port, and appends each request line to FOLDER/requests.  A path
 * whose last part is NAME gets FOLDER/reply.NAME instead, if that exists.
 *
 * Serve one connection at a time.  If the reply is a fifo, wait until another
 * process writes to it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	HEAD_BYTES = 65536
};

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int listen_somewhere(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr =
					      htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	FILE *file;

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 ||
	    listen(fd, 64) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) != 0)
		fail("listen");
	file = fopen("port.new", "we");
	if (file == NULL ||
	    fprintf(file, "%d\n", ntohs(address.sin_port)) < 0 ||
	    fclose(file) != 0 || rename("port.new", "port") != 0)
		fail("port");
	return fd;
}

/* Read up to the header's end.  Return false if the client closes before. */
static bool read_head(int fd, char head[static HEAD_BYTES])
{
	size_t length = 0;
	ssize_t got;

	while (length < HEAD_BYTES - 1 &&
	       (got = read(fd, head + length, HEAD_BYTES - 1 - length)) > 0) {
		length += (size_t)got;
		head[length] = '\0';
		if (strstr(head, "\r\n\r\n") != NULL)
			return true;
	}
	return false;
}

static void note(const char *head)
{
	FILE *file = fopen("requests", "ae");

	if (file == NULL ||
	    fprintf(file, "%.*s\n", (int)strcspn(head, "\r\n"), head) < 0 ||
	    fclose(file) != 0)
		fail("requests");
}

static int open_reply(char *head)
{
	char name[256], *path = strchr(head, ' ');
	int fd;

	if (path != NULL) {
		path[1 + strcspn(path + 1, " ?\r\n")] = '\0';
		path = strrchr(path, '/');
	}
	(void)snprintf(name, sizeof(name), "reply.%s",
		       path == NULL ? "" : path + 1);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	return fd >= 0 ? fd : open("reply", O_RDONLY | O_CLOEXEC);
}

static void answer(int fd)
{
	static char head[HEAD_BYTES];
	char block[16384];
	ssize_t got;
	int reply;

	if (!read_head(fd, head))
		return;
	note(head);
	reply = open_reply(head);
	if (reply < 0)
		fail("reply");
	while ((got = read(reply, block, sizeof(block))) > 0 &&
	       send(fd, block, (size_t)got, MSG_NOSIGNAL) == got)
		;
	(void)close(reply);
}

int main(int argc, char *argv[])
{
	int listener;

	if (argc != 2 || chdir(argv[1]) != 0)
		fail("usage: web FOLDER");
	/* End together with the test. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		fail("prctl");
	listener = listen_somewhere();
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			fail("accept");
		answer(fd);
		(void)close(fd);
	}
}
