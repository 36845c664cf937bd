/* Parse the reply of a CGI program or an HTTP server into shell variables. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client.h"

enum {
	MAX_HEADERS = 128
};

struct header {
	const char *name; /* within the reply, without a NUL at its end */
	size_t name_length;
	struct bytes value;
};

struct headers {
	struct header at[MAX_HEADERS];
	size_t count;
	char status[8];
};

static void set_status(struct headers *headers, const char *text, size_t length)
{
	size_t digits = 0;

	while (digits < length && digits < sizeof(headers->status) - 1 &&
	       text[digits] != ' ')
		digits++;
	memcpy(headers->status, text, digits);
	headers->status[digits] = '\0';
}

static void add_header(struct headers *headers, const char *line, size_t length)
{
	const char *colon = memchr(line, ':', length), *value;
	struct header *header = headers->at;
	size_t name_length;

	name_length = colon != NULL ? (size_t)(colon - line) : length;
	value = colon != NULL ? colon + 1 : line + length;
	if (value < line + length && *value == ' ')
		value++;
	length -= (size_t)(value - line);
	if (name_length == 0 || memchr(line, '\'', name_length) != NULL)
		die("reply", "a header's name is empty or contains a quote");
	if (headers->status[0] == '\0' && name_length == 6 &&
	    strncasecmp(line, "status", 6) == 0) {
		set_status(headers, value, length);
		return;
	}
	while (header < headers->at + headers->count &&
	       (header->name_length != name_length ||
		strncasecmp(header->name, line, name_length) != 0))
		header++;
	if (header == headers->at + headers->count) {
		if (headers->count == MAX_HEADERS)
			die("reply", "more headers than the client keeps");
		*header = (struct header){line, name_length, {0}};
		headers->count++;
	} else {
		bytes_add(&header->value, ", ", 2);
	}
	bytes_add(&header->value, value, length);
}

static void clear(struct headers *headers)
{
	for (size_t i = 0; i < headers->count; i++)
		free(headers->at[i].value.text);
	headers->count = 0;
	headers->status[0] = '\0';
}

/* Read the header lines at *text up to the empty line, and set *text to the
 * byte after that line.  The first line may be an HTTP status line. */
static void read_headers(struct headers *headers, const char **text,
			 const char *end)
{
	bool first = true;

	while (*text < end) {
		const char *line = *text;
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t length = newline != NULL ? (size_t)(newline - line)
						: (size_t)(end - line);

		*text = newline != NULL ? newline + 1 : end;
		if (length > 0 && line[length - 1] == '\r')
			length--;
		if (length == 0)
			return;
		if (first && length > 5 && memcmp(line, "HTTP/", 5) == 0) {
			const char *space = memchr(line, ' ', length);

			if (space != NULL)
				set_status(headers, space + 1,
					   length - (size_t)(space + 1 - line));
		} else {
			add_header(headers, line, length);
		}
		first = false;
	}
}

void assign_reply(FILE *answer, const struct bytes *reply)
{
	struct headers headers = {.count = 0};
	const char *text = reply->text, *end = text + reply->length;

	do {
		clear(&headers);
		read_headers(&headers, &text, end);
	} while (headers.status[0] == '1' && text < end);
	assign(answer, "status", headers.status, strlen(headers.status));
	(void)fputs("reply_headers=()\n", answer);
	for (size_t i = 0; i < headers.count; i++) {
		const struct header *header = &headers.at[i];
		char name[256];
		int length = snprintf(name, sizeof(name), "reply_headers['");

		for (size_t n = 0; n < header->name_length && length < 200; n++)
			name[length++] =
				(char)tolower((unsigned char)header->name[n]);
		(void)snprintf(name + length, sizeof(name) - (size_t)length,
			       "']");
		assign(answer, name, header->value.text, header->value.length);
	}
	assign(answer, "body", text, (size_t)(end - text));
	clear(&headers);
}
