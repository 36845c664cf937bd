#include "http/gateway_fastcgi.h"

#include <errno.h>
#include <fastcgi.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/gateway.h"
#include "base/banned.h"

/* A server that connected sends its request at once. */
#define FIRST_BYTE_MS 2000

/* The largest multiple of 8, which needs no padding. */
#define MAX_RECORD_BYTES (FCGI_MAX_LENGTH & ~7)

struct fastcgi {
	FCGX_Request request;
	bool replied; /* the whole reply to the request was sent */
};

bool fastcgi_is_asked(void)
{
	int listens = 0;
	socklen_t length = sizeof(listens);

	return getsockopt(STDIN_FILENO, SOL_SOCKET, SO_ACCEPTCONN, &listens,
			  &length) == 0 &&
	       listens != 0;
}

static volatile sig_atomic_t end_asked;

/*
 * Close the listening socket, so that accept() fails even if the signal arrives
 * right before it.  A flag alone would be seen only after the next connection.
 */
static void ask_end(int signal_number)
{
	const int before = errno;

	(void)signal_number;
	if (end_asked == 0)
		(void)close(STDIN_FILENO);
	end_asked = 1;
	errno = before;
}

/* With SA_RESTART the signals do not interrupt the calls of a request. */
static bool handle_signals(void)
{
	struct sigaction action = {.sa_handler = ask_end,
				   .sa_flags = SA_RESTART};

	return sigemptyset(&action.sa_mask) == 0 &&
	       sigaddset(&action.sa_mask, SIGTERM) == 0 &&
	       sigaddset(&action.sa_mask, SIGUSR1) == 0 &&
	       sigaction(SIGTERM, &action, NULL) == 0 &&
	       sigaction(SIGUSR1, &action, NULL) == 0;
}

/*
 * Several processes may share the socket.  If accept() waits, the kernel wakes
 * only one of them for a connection.
 */
static bool make_blocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == 0;
}

struct fastcgi *fastcgi_open(void)
{
	struct fastcgi *fastcgi = calloc(1, sizeof(*fastcgi));

	if (fastcgi != NULL && FCGX_Init() == 0 &&
	    /* -1: libfcgi accepts no connections, because its accept() would
	       not end after a signal. */
	    FCGX_InitRequest(&fastcgi->request, -1, 0) == 0 &&
	    make_blocking(STDIN_FILENO) && handle_signals())
		return fastcgi;
	free(fastcgi);
	return NULL;
}

/* Wait until a new connection has input.  A signal does not shorten this. */
static bool has_input(int fd)
{
	struct pollfd pfd = {fd, POLLIN, 0};
	int ready;

	do
		ready = poll(&pfd, 1, FIRST_BYTE_MS);
	while (ready < 0 && errno == EINTR);
	return ready > 0;
}

/*
 * Return true if the error concerns one connection, not the socket.  EAGAIN:
 * another program that has the same socket made it non-blocking.
 */
static bool is_passing(int error)
{
	struct pollfd pfd = {STDIN_FILENO, POLLIN, 0};

	if (error == EAGAIN)
		(void)poll(&pfd, 1, -1);
	return error == EAGAIN || error == EINTR || error == ECONNABORTED;
}

/* Return a connection with input, or -1 if the process must end. */
static int accept_connection(void)
{
	while (end_asked == 0) {
		int fd = accept4(STDIN_FILENO, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0 && has_input(fd))
			return fd;
		if (fd >= 0)
			(void)close(fd);
		else if (!is_passing(errno))
			break;
	}
	return -1;
}

/*
 * Wait for the next request on a connection that the server keeps open.  If the
 * process must end, poll() reports that the listening socket was closed, or is
 * interrupted.  Then return true only if the server sent a request before.
 */
static bool wait_for_request(int kept)
{
	struct pollfd pfds[] = {{kept, POLLIN, 0}, {STDIN_FILENO, 0, 0}};

	while (end_asked == 0)
		if (poll(pfds, 2, -1) > 0)
			return pfds[0].revents != 0;
	return poll(pfds, 1, 0) > 0;
}

/* Release the request.  Close its connection unless the server keeps it. */
static void finish(struct fastcgi *fastcgi)
{
	FCGX_Request *request = &fastcgi->request;
	bool whole;

	if (request->in == NULL)
		return;
	whole = FCGX_HasSeenEOF(request->in) != 0 &&
		FCGX_GetError(request->in) == 0;
	/* libfcgi reads on before it closes a connection that is attached. */
	(void)(whole ? FCGX_Detach(request) : FCGX_Attach(request));
	FCGX_Free(request,
		  !(whole && fastcgi->replied && request->keepConnection));
	fastcgi->replied = false;
}

char *const *fastcgi_next(struct fastcgi *fastcgi)
{
	FCGX_Request *request = &fastcgi->request;

	finish(fastcgi);
	for (;;) {
		if (request->ipcFd >= 0 && !wait_for_request(request->ipcFd))
			return NULL;
		if (request->ipcFd < 0)
			request->ipcFd = accept_connection();
		if (request->ipcFd < 0)
			return NULL;
		/* Without this, FCGX_Accept_r() would close the connection. */
		request->keepConnection = 1;
		if (FCGX_Accept_r(request) == 0)
			return request->envp;
		/* There was no request, and libfcgi closed the connection. */
	}
}

ssize_t fastcgi_read(struct fastcgi *fastcgi, char *bytes, size_t size)
{
	FCGX_Stream *in = fastcgi->request.in;
	int got = FCGX_GetStr(bytes, size < INT_MAX ? (int)size : INT_MAX, in);

	return got == 0 && FCGX_GetError(in) != 0 ? -1 : got;
}

void fastcgi_drain(struct fastcgi *fastcgi)
{
	char scrap[4096];

	while (FCGX_GetStr(scrap, sizeof(scrap), fastcgi->request.in) > 0)
		;
}

static FCGI_Header header_of(const struct fastcgi *fastcgi, int type,
			     size_t length)
{
	const unsigned id = (unsigned)fastcgi->request.requestId;

	return (FCGI_Header){
		.version = FCGI_VERSION_1,
		.type = (unsigned char)type,
		.requestIdB1 = (unsigned char)(id >> 8),
		.requestIdB0 = (unsigned char)id,
		.contentLengthB1 = (unsigned char)(length >> 8),
		.contentLengthB0 = (unsigned char)length,
	};
}

/* The records that follow the last byte of a reply. */
struct ending {
	FCGI_Header no_more_output;
	FCGI_EndRequestRecord end_request;
};

/*
 * Move up to *room bytes from the beginning of part to taken.  Return the number
 * of entries of taken that are used: 0 or 1.
 */
static int move(struct iovec *part, size_t *room, struct iovec *taken)
{
	size_t length = part->iov_len < *room ? part->iov_len : *room;

	if (length == 0)
		return 0;
	*taken = (struct iovec){part->iov_base, length};
	part->iov_base = (char *)part->iov_base + length;
	part->iov_len -= length;
	*room -= length;
	return 1;
}

bool fastcgi_write(struct fastcgi *fastcgi, struct iovec *parts, int count)
{
	struct ending ending = {
		header_of(fastcgi, FCGI_STDOUT, 0),
		{header_of(fastcgi, FCGI_END_REQUEST,
			   sizeof(FCGI_EndRequestBody)),
		 {.protocolStatus = FCGI_REQUEST_COMPLETE}},
	};
	size_t left = 0;

	if (count > FASTCGI_MAX_PARTS)
		return false;
	for (int i = 0; i < count; i++)
		left += parts[i].iov_len;
	/* A call writes one record, and the last one also the ending. */
	do {
		size_t length =
			left < MAX_RECORD_BYTES ? left : MAX_RECORD_BYTES;
		FCGI_Header header = header_of(fastcgi, FCGI_STDOUT, length);
		struct iovec record[FASTCGI_MAX_PARTS + 2];
		int used = 0;

		left -= length;
		if (length > 0)
			record[used++] =
				(struct iovec){&header, sizeof(header)};
		for (int i = 0; i < count; i++)
			used += move(&parts[i], &length, &record[used]);
		if (left == 0)
			record[used++] =
				(struct iovec){&ending, sizeof(ending)};
		if (!gateway_write_all(fastcgi->request.ipcFd, record, used))
			return false;
	} while (left > 0);
	fastcgi->replied = true;
	return true;
}

void fastcgi_close(struct fastcgi *fastcgi)
{
	finish(fastcgi);
	if (fastcgi->request.ipcFd >= 0)
		(void)close(fastcgi->request.ipcFd);
	free(fastcgi);
}
