/*
 * gateway.h - the web server's side of a program: CGI (RFC 3875) or FastCGI.
 *
 * Started by a CGI server, a program gets one request: its environment,
 * standard input and output.  Started by a FastCGI manager, its standard input
 * is a listening socket (FastCGI specification, 2.2) from which requests come
 * one after the other; libfcgi reads and writes them.  A program does not see
 * the difference: it serves as long as gateway_next() is true.
 *
 * Settings are the process's environment in both cases, never a request's.
 */
#ifndef GATEWAY_H
#define GATEWAY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

/*
 * A FastCGI process ends itself after so many requests, and its manager starts
 * another one.  A manager with a limit of its own should have a lower one.
 */
#ifndef GATEWAY_MAX_REQUESTS
#define GATEWAY_MAX_REQUESTS 200000
#endif

struct FCGX_Request;

struct gateway {
	char *const *envp; /* the request's meta-variables; borrowed until the
			      next request */
	int input, output; /* descriptors; CGI only */
	int log;	   /* descriptor */
	struct FCGX_Request *fastcgi; /* owned; NULL: CGI */
	unsigned long served;	      /* requests so far */
};

/* A gateway to descriptors: what CGI is. */
#define GATEWAY_CGI(input, output, log)                 \
	{                                               \
		NULL, (input), (output), (log), NULL, 0 \
	}

/*
 * Find out who started the process.  False when descriptors 0 to 2 cannot be
 * made safe or memory is short: then nothing can be served.
 */
__attribute__((warn_unused_result)) bool gateway_open(struct gateway *gateway);

/*
 * Wait for a request and end the one before.  False when there is none: after
 * the first one in CGI; in FastCGI after GATEWAY_MAX_REQUESTS, or when the
 * manager ends the process (SIGTERM, SIGUSR1: the request under way is
 * served).
 */
bool gateway_next(struct gateway *gateway);

/* read(2) of the request's body: bytes, 0 at its end, -1 when it broke off. */
ssize_t gateway_read(struct gateway *gateway, char *bytes, size_t size);

/*
 * Drop what is left of the input up to its end, which in FastCGI belongs to
 * the request: on a connection that is kept it would be taken for the next
 * one.  In CGI nothing: a server may leave the input open.
 */
void gateway_drain(struct gateway *gateway);

/*
 * Write all of the parts, in one call unless the kernel takes less; what they
 * point to is used up.  False when they could not be written.
 */
__attribute__((warn_unused_result)) bool gateway_write(struct gateway *gateway,
						       struct iovec *parts,
						       int count);

/*
 * A line for the server's log, in one call: standard error in both cases.  What
 * goes by FastCGI's own stream nginx logs together with the request's query.
 * Nothing is done about a failure.
 */
void gateway_log(struct gateway *gateway, const char *line, size_t length);

/* End the last request and release everything. */
void gateway_close(struct gateway *gateway);

#endif
