/*
 * gateway.h - exchange requests and replies by CGI (RFC 3875) or FastCGI.
 *
 * A CGI server starts one process per request.  The process gets the request in
 * its environment and on standard input, and replies on standard output.
 *
 * A FastCGI manager starts a process whose standard input is a listening socket
 * (FastCGI specification, section 2.2).  The process serves requests from this
 * socket one after the other (gateway_fastcgi.h).
 *
 * The rest of a program is the same for both: it serves a request each time
 * gateway_next() returns true.  Settings come from the environment of the
 * process, never from that of a request.
 */
#ifndef GATEWAY_H
#define GATEWAY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

/*
 * The number of requests after which a FastCGI process exits.  Its manager then
 * starts another one.
 */
#ifndef GATEWAY_MAX_REQUESTS
#define GATEWAY_MAX_REQUESTS 200000
#endif

struct fastcgi;

struct gateway {
	/* The meta-variables of the request; borrowed until the next one. */
	char *const *envp;
	int input, output;	 /* file descriptors; CGI only */
	int log;		 /* file descriptor */
	struct fastcgi *fastcgi; /* owned; NULL with CGI */
	unsigned long served;	 /* requests so far */
};

/* Initialise a CGI gateway with these file descriptors. */
/* clang-format off */
#define GATEWAY_CGI(input, output, log) {NULL, (input), (output), (log), NULL, 0}
/* clang-format on */

/*
 * Detect whether a CGI server or a FastCGI manager started the process, and
 * initialise the gateway.  Return false if descriptors 0 to 2, libfcgi or the
 * signal handlers cannot be set up, or if memory runs out.
 */
__attribute__((warn_unused_result)) bool gateway_open(struct gateway *gateway);

/*
 * Finish the previous request and wait for the next one.  Return false if there
 * is none:
 * - With CGI, after the first request.
 * - With FastCGI, after GATEWAY_MAX_REQUESTS, after an error of the socket, or
 *   when the manager ends the process by SIGTERM or SIGUSR1.  A request that is
 *   being served, or whose connection was accepted, is completed first.
 */
bool gateway_next(struct gateway *gateway);

/*
 * Read at most size bytes of the request body.  Return their number, 0 at the
 * end, or -1 on an error.
 */
ssize_t gateway_read(struct gateway *gateway, char *bytes, size_t size);

/*
 * Read and discard the rest of the request body.  With FastCGI, unread input on
 * a connection that is kept open would be taken for the next request.  With
 * CGI, do nothing, because a server may leave the input open.
 */
void gateway_drain(struct gateway *gateway);

/*
 * Write the whole reply in one system call, or in more if the kernel accepts
 * less.  With FastCGI there is a system call for each 64 KiB.  There may be at
 * most FASTCGI_MAX_PARTS parts, and this ends the request: call it once.  The
 * entries of parts may be changed.  Return false on an error.
 */
__attribute__((warn_unused_result)) bool gateway_write(struct gateway *gateway,
						       struct iovec *parts,
						       int count);

/*
 * Write all parts to a descriptor, and continue after a short write.  Only for
 * this module and gateway_fastcgi.c.
 */
__attribute__((warn_unused_result)) bool gateway_write_all(int fd,
							   struct iovec *parts,
							   int count);

/*
 * Write a line to standard error in one system call, and ignore errors.
 * FastCGI's own error stream is not used, because nginx logs its lines together
 * with the query of the request.
 */
void gateway_log(struct gateway *gateway, const char *line, size_t length);

/* Finish the last request and release all resources. */
void gateway_close(struct gateway *gateway);

#endif
