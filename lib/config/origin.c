#include "config/origin.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/banned.h"

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* The limits of RFC 1035, section 2.3.4, in characters of a name as text. */
#define LABEL_MAX_BYTES 63
#define NAME_MAX_BYTES 253

struct span {
	const char *text;
	size_t length;
};

static bool is_text(struct span span, const char *text)
{
	return span.length == strlen(text) &&
	       memcmp(span.text, text, span.length) == 0;
}

/* Return how many bytes at the start of span are in bytes. */
static size_t count_of(struct span span, const char *bytes)
{
	size_t i = 0;

	while (i < span.length && span.text[i] != '\0' &&
	       strchr(bytes, span.text[i]) != NULL)
		i++;
	return i;
}

static bool has_any(struct span span, const char *bytes)
{
	for (size_t i = 0; i < span.length; i++)
		if (span.text[i] != '\0' && strchr(bytes, span.text[i]) != NULL)
			return true;
	return false;
}

/*
 * Truncate span before the first c and return the text after it.  If there is
 * no c, return a span whose text is NULL.
 */
static struct span split(struct span *span, char c)
{
	struct span rest = {NULL, 0};
	const char *at =
		span->text != NULL ? memchr(span->text, c, span->length) : NULL;

	if (at == NULL)
		return rest;
	rest.text = at + 1;
	rest.length = span->length - (size_t)(rest.text - span->text);
	span->length = (size_t)(at - span->text);
	return rest;
}

static const char *scheme_fault(struct span scheme)
{
	/* Browsers support these schemes, but no page has such an origin. */
	static const char *const never[] = {
		"ws", "wss", "ftp", "data", "blob", "javascript", "about"};

	if (scheme.length == 0 || count_of(scheme, LOWER) == 0 ||
	    count_of(scheme, LOWER DIGITS "+-.") < scheme.length)
		return "begin with a scheme in lower case, for example "
		       "https://";
	if (is_text(scheme, "file"))
		return "serve the page over http or https, because a file has "
		       "no origin";
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (is_text(scheme, never[i]))
			return "use the scheme of the page, http or https";
	return NULL;
}

/* Copy span into a string of size bytes.  Return false if it does not fit. */
static bool copy(struct span span, char *string, size_t size)
{
	if (span.length >= size)
		return false;
	memcpy(string, span.text, span.length);
	string[span.length] = '\0';
	return true;
}

static bool is_ipv4(struct span host)
{
	char text[INET_ADDRSTRLEN];
	struct in_addr address;

	return copy(host, text, sizeof(text)) &&
	       inet_pton(AF_INET, text, &address) == 1;
}

/*
 * Write an IPv6 address as the URL standard does.  inet_ntop() differs from
 * that for an IPv4-mapped address: it writes the last bytes as dotted decimal.
 */
static void write_ipv6(const struct in6_addr *address,
		       char text[INET6_ADDRSTRLEN])
{
	const uint8_t *bytes = address->s6_addr;
	size_t zeros = 0, first = 8, at = 0; /* pieces of 16 bits */

	for (size_t i = 0, run = 0; i < 8; i++) {
		run = bytes[2 * i] == 0 && bytes[2 * i + 1] == 0 ? run + 1 : 0;
		if (run > 1 && run > zeros) {
			zeros = run;
			first = i + 1 - run;
		}
	}
	for (size_t i = 0; i < 8; i++) {
		const char *colon = i > 0 && i != first + zeros ? ":" : "";
		const unsigned piece =
			(unsigned)(bytes[2 * i] << 8 | bytes[2 * i + 1]);

		if (i < first || i >= first + zeros)
			at += (size_t)snprintf(text + at, INET6_ADDRSTRLEN - at,
					       "%s%x", colon, piece);
		else if (i == first)
			at += (size_t)snprintf(text + at, INET6_ADDRSTRLEN - at,
					       "::");
	}
}

/* host is the text between the brackets. */
static bool is_ipv6(struct span host)
{
	char text[INET6_ADDRSTRLEN], right[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (!copy(host, text, sizeof(text)) ||
	    inet_pton(AF_INET6, text, &address) != 1)
		return false;
	write_ipv6(&address, right);
	return strcmp(text, right) == 0;
}

/* Return true if the last label makes browsers parse the host as IPv4. */
static bool is_number(struct span label)
{
	if (label.length >= 2 && memcmp(label.text, "0x", 2) == 0) {
		label.text += 2;
		label.length -= 2;
		return count_of(label, DIGITS "abcdef") == label.length;
	}
	return count_of(label, DIGITS) == label.length;
}

static const char *label_fault(struct span label)
{
	if (label.length == 0)
		return "remove the empty label from the host name";
	if (label.length > LABEL_MAX_BYTES)
		return "use labels of at most 63 characters in the host name";
	if (label.length >= 4 && memcmp(label.text, "xn--", 4) == 0 &&
	    (label.length == 4 || label.text[label.length - 1] == '-'))
		return "complete the Punycode label (xn--...)";
	return NULL;
}

/* Check the host of an http or https origin. */
static const char *name_fault(struct span host)
{
	struct span name = host, rest, label = {NULL, 0};
	const char *fault = NULL;

	if (has_any(host, UPPER))
		return "write the host in lower case";
	if (count_of(host, LOWER DIGITS "-._") < host.length)
		return "use only letters, digits and - . _ in the host; write "
		       "any other name in Punycode (xn--...)";
	if (name.text[name.length - 1] == '.')
		name.length--;
	if (name.length > NAME_MAX_BYTES)
		return "use a host name of at most 253 characters";
	for (rest = name; fault == NULL && rest.text != NULL;) {
		label = rest;
		rest = split(&label, '.');
		fault = label_fault(label);
	}
	if (fault == NULL && is_number(label) && !is_ipv4(host))
		fault = "write an IPv4 address as four decimal numbers, for "
			"example 127.0.0.1";
	return fault;
}

static const char *port_fault(struct span scheme, struct span port)
{
	unsigned long number;

	if (port.length == 0)
		return "remove the colon, or write a port after it";
	if (!text_to_number(port.text, port.length, 65535, &number) ||
	    port.text[0] == '0')
		return "write the port as a number from 1 to 65535, without "
		       "leading zeros";
	if ((number == 443 && is_text(scheme, "https")) ||
	    (number == 80 && is_text(scheme, "http")))
		return "remove the port, because it is the scheme's default";
	return NULL;
}

/*
 * Check the host and split off the port.  port->text is NULL if there is none.
 */
static const char *host_fault(bool is_web, struct span *host, struct span *port)
{
	struct span address, after;

	if (host->length > 0 && host->text[0] == '[') {
		address = (struct span){host->text + 1, host->length - 1};
		after = split(&address, ']');
		*port = split(&after, ':');
		return after.text != NULL && after.length == 0 &&
				       is_ipv6(address)
			       ? NULL
			       : "write an IPv6 address in brackets, in lower "
				 "case and in its shortest form, for example "
				 "[::1]";
	}
	*port = split(host, ':');
	if (port->text != NULL && memchr(port->text, ':', port->length) != NULL)
		return "write only one port, and an IPv6 address in brackets";
	if (host->length == 0)
		return "write a host after ://";
	if (is_web)
		return name_fault(*host);
	/* In other schemes the host is an identifier that the app chooses. */
	return count_of(*host, LOWER UPPER DIGITS "-._~") == host->length
		       ? NULL
		       : "use only letters, digits and - . _ ~ in the host";
}

/* Check for common mistakes that concern the whole origin. */
static const char *common_fault(struct span origin)
{
	if (is_text(origin, "null"))
		return "serve the page over http or https, because browsers "
		       "send null for every page without an origin";
	if (has_any(origin, "*"))
		return "list each origin, because wildcards are not supported";
	if (has_any(origin, " \t\r\n"))
		return "separate two origins by a comma";
	if (has_any(origin, "\"'"))
		return "remove the quotes";
	return NULL;
}

const char *origin_fault(const char *text, size_t length)
{
	struct span scheme = {text, length}, host, port = {NULL, 0};
	const char *fault = common_fault(scheme);

	if (fault != NULL)
		return fault;
	host = split(&scheme, ':');
	if (host.length < 2 || memcmp(host.text, "//", 2) != 0)
		return "write scheme://host or scheme://host:port";
	host = (struct span){host.text + 2, host.length - 2};
	fault = scheme_fault(scheme);
	if (fault == NULL && has_any(host, "/\\?#"))
		fault = "write only scheme, host and port, without a path or "
			"a final slash";
	if (fault == NULL && has_any(host, "@"))
		fault = "remove the user and password";
	if (fault == NULL)
		fault = host_fault(is_text(scheme, "http") ||
					   is_text(scheme, "https"),
				   &host, &port);
	if (fault == NULL && port.text != NULL)
		fault = port_fault(scheme, port);
	return fault;
}
