/*
 * response.h - build a CGI reply in memory and write it once (RFC 3875, section
 * 6).
 *
 * With a control character in a header value, a client could add headers of its
 * choice to the reply.  response_failed() is then true, and the endpoint sends
 * a 500 instead.
 */
#ifndef RESPONSE_H
#define RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct gateway;

/* Retry-After of a 503 (RFC 9110, section 10.2.3), in seconds. */
#define RESPONSE_RETRY_AFTER_S "2"

struct response {
	int status;
	struct buf headers; /* lines of "Name: value\r\n" */
	/* The first bytes of headers, for an error reply without memory. */
	char first[1536];
	/* Borrowed until response_write().  JSON, or NULL: no body. */
	const char *body;
	size_t body_length;
};

/* Initialise a response with status 200, no headers and no body. */
void response_init(struct response *response, struct arena *arena);

/* Add a header.  name and value are copied. */
void response_header(struct response *response, const char *name,
		     const char *value);

/*
 * Add an optional header.  If its value is invalid, or it does not fit, leave
 * it out and keep the response unchanged.
 */
void response_optional_header(struct response *response, const char *name,
			      const char *value);

/* Set the status and a JSON body, which is borrowed until response_write(). */
void response_json(struct response *response, int status, const char *json,
		   size_t length);

/* Return true if a header was invalid, too long, or memory ran out. */
bool response_failed(const struct response *response);

/*
 * Write status, headers (over FastCGI with Content-Length) and, unless head_only
 * is set, the body.  Return false if gateway_write() fails.
 */
__attribute__((warn_unused_result)) bool response_write(
	const struct response *response, struct gateway *gateway,
	bool head_only);

#endif
