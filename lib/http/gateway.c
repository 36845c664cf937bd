#include "http/gateway.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "http/gateway_fastcgi.h"
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

bool gateway_open(struct gateway *gateway)
{
	*gateway = (struct gateway)GATEWAY_CGI(STDIN_FILENO, STDOUT_FILENO,
					       STDERR_FILENO);
	if (!secure_descriptors())
		return false;
	if (fastcgi_is_asked()) {
		gateway->fastcgi = fastcgi_open();
		if (gateway->fastcgi == NULL)
			return false;
	}
	/* FCGX_Init() sets its own SIGPIPE handler, so replace it here. */
	return signal(SIGPIPE, SIG_IGN) != SIG_ERR;
}

bool gateway_next(struct gateway *gateway)
{
	if (gateway->fastcgi == NULL) {
		gateway->envp = environ;
		return gateway->served++ == 0;
	}
	if (gateway->served == GATEWAY_MAX_REQUESTS)
		return false;
	gateway->served++;
	gateway->envp = fastcgi_next(gateway->fastcgi);
	return gateway->envp != NULL;
}

ssize_t gateway_read(struct gateway *gateway, char *bytes, size_t size)
{
	ssize_t got;

	if (gateway->fastcgi != NULL)
		return fastcgi_read(gateway->fastcgi, bytes, size);
	do
		got = read(gateway->input, bytes, size);
	while (got < 0 && errno == EINTR);
	return got;
}

void gateway_drain(struct gateway *gateway)
{
	if (gateway->fastcgi != NULL)
		fastcgi_drain(gateway->fastcgi);
}

bool gateway_write_all(int fd, struct iovec *parts, int count)
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

bool gateway_write(struct gateway *gateway, struct iovec *parts, int count)
{
	return gateway->fastcgi != NULL
		       ? fastcgi_write(gateway->fastcgi, parts, count)
		       : gateway_write_all(gateway->output, parts, count);
}

void gateway_log(struct gateway *gateway, const char *line, size_t length)
{
	if (write(gateway->log, line, length) < 0)
		return;
}

void gateway_close(struct gateway *gateway)
{
	if (gateway->fastcgi != NULL)
		fastcgi_close(gateway->fastcgi);
	gateway->fastcgi = NULL;
}
