/*
 * response.h - a CGI reply (RFC 3875, 6), built whole and written once.
 *
 * Header values are checked: a byte below 0x20 or 0x7f would let a client
 * write headers of its own, so such a header makes the response unsendable
 * (response_failed()) and the endpoint sends a 500 instead.
 */
#ifndef RESPONSE_H
#define RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct gateway;

/* When to come again after a 503 (RFC 9110, 10.2.3), in seconds. */
#define RESPONSE_RETRY_AFTER_S "2"

struct response {
	int status;
	struct buf headers; /* "Name: value\r\n" ... */
	char first[1536];   /* where they begin, so that an error can be worded
			       when memory is short */
	const char *body;   /* borrowed until response_write(); JSON or NULL */
	size_t body_length;
};

/* Start a response: status 200, no headers, no body. */
void response_init(struct response *response, struct arena *arena);

/* Add a header; name outlives the response, value is copied. */
void response_header(struct response *response, const char *name,
		     const char *value);

/*
 * Add a header that the reply can do without: one that is unfit, or that memory
 * or the ceiling refuse, is left out, and the response is as it was.
 */
void response_extra(struct response *response, const char *name,
		    const char *value);

/* Set status and a JSON body (borrowed until response_write()). */
void response_json(struct response *response, int status, const char *json,
		   size_t length);

/* True when a header was refused or memory was short. */
bool response_failed(const struct response *response);

/*
 * Write status, headers and, unless head_only, the body to the web server.
 * False when it could not be written.
 */
__attribute__((warn_unused_result)) bool response_write(
	const struct response *response, struct gateway *gateway,
	bool head_only);

#endif
