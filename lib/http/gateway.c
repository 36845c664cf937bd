#include "http/gateway.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/banned.h"

/*
 * Open descriptors 0 to 2 if they are closed.  Otherwise the next socket would
 * get such a number, and replies or log lines would be sent to the database.
 */
static bool secure_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return false;
	return true;
}

/*
 * Return true if fd is the socket of a FastCGI manager.  A CGI server may pass
 * a socket too, but a connected one.
 */
static bool is_listening(int fd)
{
	int listens = 0;
	socklen_t length = sizeof(listens);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) ==
		       0 &&
	       listens != 0;
}

static volatile sig_atomic_t end_asked;

static void ask_end(int signal_number)
{
	(void)signal_number;
	end_asked = 1;
}

/* Block the signals except in ppoll(), so that they interrupt no request. */
static bool hold_signals(void)
{
	struct sigaction action = {.sa_handler = ask_end};
	sigset_t held;

	return sigemptyset(&held) == 0 && sigaddset(&held, SIGTERM) == 0 &&
	       sigaddset(&held, SIGUSR1) == 0 &&
	       sigprocmask(SIG_BLOCK, &held, NULL) == 0 &&
	       sigaction(SIGTERM, &action, NULL) == 0 &&
	       sigaction(SIGUSR1, &action, NULL) == 0;
}

/*
 * Several processes may share the socket.  accept() must not block if another
 * process takes the connection first.
 */
static bool make_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

static bool open_fastcgi(struct gateway *gateway)
{
	gateway->fastcgi = calloc(1, sizeof(*gateway->fastcgi));
	return gateway->fastcgi != NULL && FCGX_Init() == 0 &&
	       FCGX_InitRequest(gateway->fastcgi, STDIN_FILENO, 0) == 0 &&
	       make_nonblocking(STDIN_FILENO) && hold_signals();
}

/*
 * ppoll() delivers a blocked signal only if it has to wait, which it never does
 * under load.  Check sigpending() as well.
 */
static bool is_end_asked(void)
{
	sigset_t held;

	return end_asked != 0 ||
	       (sigpending(&held) == 0 && (sigismember(&held, SIGTERM) == 1 ||
					   sigismember(&held, SIGUSR1) == 1));
}

/*
 * Wait for a connection, or for the next request on a connection that the
 * server keeps open.  Return false if the process must end.
 */
static bool wait_for_server(const struct gateway *gateway)
{
	const int kept = gateway->fastcgi->ipcFd;
	struct pollfd pfd = {kept >= 0 ? kept : STDIN_FILENO, POLLIN, 0};
	sigset_t none;
	int ready = -1;

	(void)sigemptyset(&none);
	while (!is_end_asked() && ready < 0) {
		ready = ppoll(&pfd, 1, NULL, &none);
		if (ready < 0 && errno != EINTR)
			return false;
	}
	return ready >= 0;
}

static bool accept_request(struct gateway *gateway)
{
	int failure = -EAGAIN;

	FCGX_Finish_r(gateway->fastcgi); /* finish the previous request */
	/* -EAGAIN also reports a connection without a request. */
	while (failure == -EAGAIN && wait_for_server(gateway))
		failure = FCGX_Accept_r(gateway->fastcgi);
	return failure == 0;
}

bool gateway_open(struct gateway *gateway)
{
	*gateway = (struct gateway)GATEWAY_CGI(STDIN_FILENO, STDOUT_FILENO,
					       STDERR_FILENO);
	if (!secure_descriptors())
		return false;
	if (is_listening(STDIN_FILENO) && !open_fastcgi(gateway))
		return false;
	/* FCGX_Init() sets its own SIGPIPE handler, so replace it here. */
	return signal(SIGPIPE, SIG_IGN) != SIG_ERR;
}

bool gateway_next(struct gateway *gateway)
{
	if (gateway->fastcgi == NULL) {
		gateway->envp = environ;
		return gateway->served++ == 0;
	}
	if (gateway->served == GATEWAY_MAX_REQUESTS || !accept_request(gateway))
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

void gateway_drain(struct gateway *gateway)
{
	char scrap[4096];

	if (gateway->fastcgi == NULL)
		return;
	while (FCGX_GetStr(scrap, sizeof(scrap), gateway->fastcgi->in) > 0)
		;
}

/* Write all parts, and continue after a short write. */
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
	return true; /* FCGX_Finish_r() flushes it */
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
