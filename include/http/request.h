/*
 * request.h - read a CGI request (RFC 3875) into one struct.
 *
 * Every body that is announced (by a length or a Transfer-Encoding) is read to
 * its end, even if the program does not use it.  Under Apache's mod_cgid, a
 * reply is lost if the program exits with unread input.  Without an
 * announcement nothing is read, because a server may leave the input open (RFC
 * 3875, 4.2).
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/problem.h"
#include "http/method.h"
#include "http/traceparent.h"

struct arena;
struct gateway;

/*
 * The maximum size of a header field with its name.  The web servers' limits
 * are higher, so that a client gets this error, whose reply has CORS headers.
 */
#define REQUEST_FIELD_MAX_BYTES 16384

/* 1 to 64 characters of [A-Za-z0-9_-] and a NUL. */
#define REQUEST_ID_BYTES 65

enum request_body {
	REQUEST_BODY_WHOLE, /* body and body_length are complete */
	/* The input ended before CONTENT_LENGTH bytes, or broke off. */
	REQUEST_BODY_SHORT,
	REQUEST_BODY_TOO_LARGE, /* larger than the limit; body is empty */
	/* The server passes undecoded chunks, perhaps not all of them. */
	REQUEST_BODY_CHUNKED,
};

/*
 * A request.  All strings are borrowed from the gateway or in the arena.
 * Several fields of one name are joined by ", ".
 *
 * A header that was not sent or is empty is NULL.  Five headers are "" if they
 * were sent empty: if_match, if_none_match, prefer, idempotency_key and
 * content_encoding.
 */
struct request {
	enum http_method method;
	/*
	 * PATH_INFO, never NULL.  With server_status, the path that the client
	 * requested (REDIRECT_URL).
	 */
	const char *path;
	const char *query; /* QUERY_STRING, never NULL */
	const char *authorization;
	const char *origin;
	const char *content_type;
	const char *content_encoding;
	const char *if_match;
	const char *if_none_match;
	const char *prefer;
	const char *idempotency_key;
	enum request_body body_state;
	const char *body; /* never NULL; may contain NUL bytes */
	size_t body_length;
	unsigned long announced_bytes; /* CONTENT_LENGTH, else the bytes read */
	/*
	 * The status for which the web server wants an error reply
	 * (REDIRECT_STATUS); 0: none.
	 */
	unsigned long server_status;
	/*
	 * The reply header that the web server removes and logs, or NULL
	 * (TASKS_LOG_HEADER: "X-", letters and dashes, "Tasks-Log").
	 */
	const char *log_header;
	/* The client's X-Request-Id, else a random id. */
	char id[REQUEST_ID_BYTES];
	/* "": the request is not part of a trace. */
	char trace_id[TRACEPARENT_ID_BYTES];
};

/*
 * Read the meta-variables and the body.  The body ends as follows:
 * - CONTENT_LENGTH counts, if it is set.  Otherwise HTTP_CONTENT_LENGTH counts:
 *   BusyBox httpd passes it with the part of the body that it has, which may be
 *   nothing.
 * - Without a length, read to the end of the input if the client sent a
 *   Transfer-Encoding that ends in chunked.  BusyBox httpd does not decode such
 *   a body (REQUEST_BODY_CHUNKED).
 * - Otherwise read nothing.
 *
 * Read and discard a body of more than max_body_bytes.
 *
 * request->id is filled in any case, and the other members as far as possible.
 * Errors:
 * - PROBLEM_BAD_REQUEST: there is no REQUEST_METHOD, the length is not a plain
 *   number, or a Transfer-Encoding without a length does not end in chunked.
 * - PROBLEM_HEADERS_TOO_LARGE: a field is longer than REQUEST_FIELD_MAX_BYTES.
 * - PROBLEM_INTERNAL: memory ran out.
 */
__attribute__((warn_unused_result)) enum problem_code request_read(
	struct request *request, struct gateway *gateway, size_t max_body_bytes,
	struct arena *arena, struct problem *problem);

/*
 * Apply a lower limit to a body that was read.  If the body is larger, set
 * REQUEST_BODY_TOO_LARGE and make the body empty.
 */
void request_limit_body(struct request *request, size_t max_body_bytes);

/*
 * Return true if content_type (NULL: not sent) is application/json.  If it has
 * a charset, that must be utf-8 or utf8.  Other parameters are ignored if they
 * are well-formed (RFC 9110, section 8.3.1).
 */
bool request_is_json_type(const char *content_type);

/*
 * Return true if codings, the value of Content-Encoding (NULL: not sent), lists
 * nothing but identity (RFC 9110, section 8.4).
 */
bool request_is_unencoded(const char *codings);

#endif
