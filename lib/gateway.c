#include "gateway.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "banned.h"

/*
 * A closed standard descriptor would be given to the next socket, and replies
 * or log lines would go to the database.
 */
static bool secure_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return false;
	return true;
}

/* A listening socket has no peer; a CGI server's input is no socket, or has. */
static bool is_listening(int fd)
{
	struct sockaddr_storage peer;
	socklen_t length = sizeof(peer);

	return getpeername(fd, (struct sockaddr *)&peer, &length) != 0 &&
	       errno == ENOTCONN;
}

static void end_after_this(int signal_number)
{
	(void)signal_number;
	FCGX_ShutdownPending();
}

/* Without SA_RESTART: waiting for a request ends, serving one goes on. */
static bool catch_signals(void)
{
	struct sigaction action = {.sa_handler = end_after_this};

	return sigaction(SIGTERM, &action, NULL) == 0 &&
	       sigaction(SIGUSR1, &action, NULL) == 0;
}

static bool open_fastcgi(struct gateway *gateway)
{
	gateway->fastcgi = calloc(1, sizeof(*gateway->fastcgi));
	return gateway->fastcgi != NULL && FCGX_Init() == 0 &&
	       FCGX_InitRequest(gateway->fastcgi, STDIN_FILENO,
				FCGI_FAIL_ACCEPT_ON_INTR) == 0 &&
	       catch_signals();
}

bool gateway_open(struct gateway *gateway)
{
	*gateway = (struct gateway)GATEWAY_CGI(STDIN_FILENO, STDOUT_FILENO,
					       STDERR_FILENO);
	if (!secure_descriptors())
		return false;
	if (is_listening(STDIN_FILENO) && !open_fastcgi(gateway))
		return false;
	/* libfcgi has a handler of its own for it. */
	return signal(SIGPIPE, SIG_IGN) != SIG_ERR;
}

bool gateway_next(struct gateway *gateway)
{
	if (gateway->fastcgi == NULL) {
		gateway->envp = environ;
		return gateway->served++ == 0;
	}
	/* Ends the request before, too. */
	if (gateway->served == GATEWAY_MAX_REQUESTS ||
	    FCGX_Accept_r(gateway->fastcgi) != 0)
		return false;
	gateway->envp = gateway->fastcgi->envp;
	gateway->served++;
	return true;
}

ssize_t gateway_read(struct gateway *gateway, char *bytes, size_t size)
{
	FCGX_Stream *in;
	ssize_t got;

	if (gateway->fastcgi == NULL) {
		do
			got = read(gateway->input, bytes, size);
		while (got < 0 && errno == EINTR);
		return got;
	}
	in = gateway->fastcgi->in;
	got = FCGX_GetStr(bytes, size < INT_MAX ? (int)size : INT_MAX, in);
	return got == 0 && FCGX_GetError(in) != 0 ? -1 : got;
}

/* One pass over the parts; those that the kernel has taken are used up. */
static bool write_descriptor(int fd, struct iovec *parts, int count)
{
	while (count > 0) {
		ssize_t wrote = writev(fd, parts, count);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return false;
		while (count > 0 && (size_t)wrote >= parts->iov_len) {
			wrote -= (ssize_t)parts->iov_len;
			parts++;
			count--;
		}
		if (count > 0) {
			parts->iov_base = (char *)parts->iov_base + wrote;
			parts->iov_len -= (size_t)wrote;
		}
	}
	return true;
}

static bool put(FCGX_Stream *stream, const char *bytes, size_t length)
{
	return length <= INT_MAX &&
	       FCGX_PutStr(bytes, (int)length, stream) == (int)length;
}

bool gateway_write(struct gateway *gateway, struct iovec *parts, int count)
{
	FCGX_Stream *out;

	if (gateway->fastcgi == NULL)
		return write_descriptor(gateway->output, parts, count);
	out = gateway->fastcgi->out;
	for (int i = 0; i < count; i++)
		if (!put(out, parts[i].iov_base, parts[i].iov_len))
			return false;
	return true; /* leaves with the end of the request */
}

void gateway_log(struct gateway *gateway, const char *line, size_t length)
{
	if (write(gateway->log, line, length) < 0)
		return;
}

void gateway_close(struct gateway *gateway)
{
	if (gateway->fastcgi == NULL)
		return;
	FCGX_Finish_r(gateway->fastcgi);
	free(gateway->fastcgi);
	gateway->fastcgi = NULL;
}
