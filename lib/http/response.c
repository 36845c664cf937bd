#include "http/response.h"

#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

#include "base/arena.h"
#include "http/gateway.h"
#include "base/banned.h"

#define MAX_HEADER_BYTES 16384

/* RFC 9110, section 15, and RFC 6585.  It has each status of problem.c. */
static const char *reason_phrase(int status)
{
	static const struct {
		int status;
		const char *phrase;
	} table[] = {
		{200, "OK"},
		{201, "Created"},
		{204, "No Content"},
		{304, "Not Modified"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{411, "Length Required"},
		{412, "Precondition Failed"},
		{413, "Content Too Large"},
		{414, "URI Too Long"},
		{415, "Unsupported Media Type"},
		{417, "Expectation Failed"},
		{422, "Unprocessable Content"},
		{429, "Too Many Requests"},
		{431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"},
		{501, "Not Implemented"},
		{503, "Service Unavailable"},
		{504, "Gateway Timeout"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].status == status)
			return table[i].phrase;
	return "Unknown";
}

void response_init(struct response *response, struct arena *arena)
{
	*response = (struct response){.status = 200};
	buf_init(&response->headers, arena, MAX_HEADER_BYTES);
	response->headers.data = response->first;
	response->headers.capacity = sizeof(response->first);
}

void response_header(struct response *response, const char *name,
		     const char *value)
{
	struct buf *headers = &response->headers;

	for (const char *p = value; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			headers->failed = true;
	buf_puts(headers, name);
	buf_puts(headers, ": ");
	buf_puts(headers, value);
	buf_puts(headers, "\r\n");
}

void response_optional_header(struct response *response, const char *name,
			      const char *value)
{
	const struct buf before = response->headers;

	response_header(response, name, value);
	if (buf_failed(&response->headers))
		response->headers = before;
}

void response_json(struct response *response, int status, const char *json,
		   size_t length)
{
	response->status = status;
	response->body = json;
	response->body_length = length;
}

bool response_failed(const struct response *response)
{
	return buf_failed(&response->headers);
}

/*
 * With its length, a FastCGI server need not send the body in chunks.  A 204 or
 * 304 has no length (RFC 9110, section 8.6).  A CGI server counts the bytes
 * itself, except BusyBox httpd, which closes the connection without telling the
 * client: with a length, the client would send its next request there.
 */
static int format_body_headers(const struct response *response, bool has_length,
			       char *text, size_t size)
{
	const char *type = response->body != NULL
				   ? "Content-Type: application/json\r\n"
				   : "";

	if (!has_length ||
	    (response->body == NULL &&
	     (response->status == 204 || response->status == 304)))
		return snprintf(text, size, "%s\r\n", type);
	return snprintf(text, size, "%sContent-Length: %zu\r\n\r\n", type,
			response->body != NULL ? response->body_length : 0);
}

bool response_write(const struct response *response, struct gateway *gateway,
		    bool head_only)
{
	char status[64], last[96];
	int status_length =
		snprintf(status, sizeof(status), "Status: %d %s\r\n",
			 response->status, reason_phrase(response->status));
	int last_length = format_body_headers(
		response, gateway->fastcgi != NULL, last, sizeof(last));
	struct iovec parts[] = {
		{status, (size_t)status_length},
		{(void *)buf_text(&response->headers),
		 response->headers.length},
		{last, (size_t)last_length},
		{(void *)response->body, response->body_length},
	};

	return gateway_write(gateway, parts, head_only ? 3 : 4);
}
