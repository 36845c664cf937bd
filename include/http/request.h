/*
 * request.h - a CGI request (RFC 3875) as one struct.
 *
 * Reading it drains the body that the server announces, wanted or not: under
 * Apache's mod_cgid a reply is lost when the program exits with input unread.
 * Without an announcement no byte is read, because a server may leave the
 * input open (RFC 3875, 4.2).
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/problem.h"
#include "http/method.h"
#include "http/trace.h"

struct arena;
struct gateway;

/*
 * The longest header field, its name included.  The servers' own limits are higher, so
 * that this refusal, which has CORS headers, comes first.
 */
#define REQUEST_FIELD_MAX_BYTES 16384

/* 1-64 of [A-Za-z0-9_-] and a NUL. */
#define REQUEST_ID_BYTES 65

enum request_body {
	REQUEST_BODY_WHOLE,	/* body and body_length are all of it */
	REQUEST_BODY_SHORT,	/* input ended before CONTENT_LENGTH, or broke
				   off where none was given */
	REQUEST_BODY_TOO_LARGE, /* over the limit; body is empty */
	REQUEST_BODY_CHUNKED,	/* passed on as it came: in pieces with their
				   lengths, and perhaps not all of them */
};

/*
 * All strings are borrowed from the gateway or the arena; NULL: header not
 * sent, or empty, but for the five that may be "": if_match, if_none_match,
 * prefer, idempotency_key and content_encoding.  Several fields of one name are
 * joined by ", ".
 */
struct request {
	enum http_method method;
	const char *path;  /* PATH_INFO, never NULL; with server_status the path
			     that the client asked for (REDIRECT_URL) */
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
	const char *body; /* never NULL; may hold NUL bytes */
	size_t body_length;
	unsigned long announced_bytes; /* CONTENT_LENGTH, else what was read */
	unsigned long server_status;   /* of the error that the web server asks
					us to word (REDIRECT_STATUS); 0: none */
	const char *log_header; /* the header that the web server takes off the
				   reply and into its log (TASKS_LOG_HEADER:
				   X-, letters and dashes, Tasks-Log); NULL: none */
	char id[REQUEST_ID_BYTES]; /* the caller's X-Request-Id or a new one */
	char trace_id[TRACE_ID_BYTES]; /* "": not part of a trace */
};

/*
 * Read the meta-variables and the body from the web server:
 * - CONTENT_LENGTH bytes of it.  Without that variable the client's own length
 *   (HTTP_CONTENT_LENGTH) counts: BusyBox httpd passes it with what it has of
 *   the body, which may be nothing.
 * - without a length, up to the end of the input if the client sent a
 *   Transfer-Encoding that ends in chunked.  BusyBox httpd does not decode a
 *   chunked body (REQUEST_BODY_CHUNKED).
 * - else nothing.
 * A body of over max_body_bytes is read and dropped.
 *
 * Errors: PROBLEM_BAD_REQUEST (no REQUEST_METHOD; CONTENT_LENGTH is not a plain
 * number; without one, another Transfer-Encoding), PROBLEM_HEADERS_TOO_LARGE (a
 * field of over REQUEST_FIELD_MAX_BYTES), PROBLEM_INTERNAL (memory).  request is
 * filled as far as it goes and request->id always.
 */
__attribute__((warn_unused_result)) enum problem_code request_read(
	struct request *request, struct gateway *gateway, size_t max_body_bytes,
	struct arena *arena, struct problem *problem);

/*
 * Apply a lower limit to a body that has been read: over it, the state becomes
 * REQUEST_BODY_TOO_LARGE and the body empty.
 */
void request_limit_body(struct request *request, size_t max_body_bytes);

/*
 * True when content_type (NULL: not sent) is application/json, with a charset
 * of UTF-8 (also called utf8) or none; other parameters do not matter if they
 * are some (RFC 9110, 8.3.1).
 */
bool request_is_json_type(const char *content_type);

/* True when codings (NULL: not sent) are none but identity (RFC 9110, 8.4). */
bool request_is_unencoded(const char *codings);

#endif
