/*
 * gateway_fastcgi.h - serve FastCGI requests from a listening socket; only for
 * gateway.c.  libfcgi reads the requests.  The replies are framed here, so that
 * each one needs a single system call.
 */
#ifndef GATEWAY_FASTCGI_H
#define GATEWAY_FASTCGI_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

struct fastcgi;

/*
 * Return true if standard input is the socket of a FastCGI manager.  A CGI
 * server may pass a socket too, but a connected one.
 */
bool fastcgi_is_asked(void);

/*
 * Initialise libfcgi and the handlers of SIGTERM and SIGUSR1.  Return NULL on an
 * error.  Only one may be open.
 */
struct fastcgi *fastcgi_open(void);

/*
 * Finish the previous request and wait for the next one.  Return its
 * meta-variables, borrowed until the next call.  Return NULL after an error of
 * the socket, or after SIGTERM or SIGUSR1.  A connection that was accepted
 * before the signal is served first, and so is a request that was sent before
 * it on a kept connection.  Connections that wait in the queue are left to other
 * processes.
 *
 * A connection is closed after its request unless the server wants to keep it.
 * Unread input would then reset the connection, so that the reply could be
 * lost.  If the request was not read to its end, close the sending half first,
 * and read on for at most two seconds after the last byte.
 */
char *const *fastcgi_next(struct fastcgi *fastcgi);

/* See gateway_read(). */
ssize_t fastcgi_read(struct fastcgi *fastcgi, char *bytes, size_t size);

/* See gateway_drain(). */
void fastcgi_drain(struct fastcgi *fastcgi);

/* The maximum number of parts of fastcgi_write(). */
#define FASTCGI_MAX_PARTS 8

/*
 * Send the whole reply and end the request.  Call it once per request.  The
 * entries of parts are changed.  Return false on an error.
 */
__attribute__((warn_unused_result)) bool fastcgi_write(struct fastcgi *fastcgi,
						       struct iovec *parts,
						       int count);

/* Finish the last request and release all resources. */
void fastcgi_close(struct fastcgi *fastcgi);

#endif
