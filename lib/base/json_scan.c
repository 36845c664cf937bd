#include "base/json_scan.h"

#include <string.h>

#include "base/banned.h"

/* The maximum nesting of arrays and objects. */
#define MAX_DEPTH 64

static void skip_space(struct json_scan *scan)
{
	while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\n' ||
					*scan->at == '\t' || *scan->at == '\r'))
		scan->at++;
}

/* If c is the next character after white space, consume it and return true. */
static bool take(struct json_scan *scan, char c)
{
	skip_space(scan);
	if (scan->failed || scan->at == scan->end || *scan->at != c)
		return false;
	scan->at++;
	return true;
}

static void must_take(struct json_scan *scan, char c)
{
	if (!take(scan, c))
		scan->failed = true;
}

bool json_span_is(const struct json_span *string, const char *text)
{
	return !string->escaped && string->length == strlen(text) &&
	       memcmp(string->text, text, string->length) == 0;
}

bool json_scan_enter(struct json_scan *scan, char open)
{
	return take(scan, open);
}

bool json_scan_next(struct json_scan *scan, char close, size_t index)
{
	if (take(scan, close))
		return false;
	if (index > 0)
		must_take(scan, ',');
	return !scan->failed;
}

bool json_scan_string(struct json_scan *scan, struct json_span *string)
{
	const char *p;

	*string = (struct json_span){0};
	if (!take(scan, '"'))
		return false;
	string->text = scan->at;
	for (p = scan->at; p < scan->end && *p != '"'; p++) {
		if ((unsigned char)*p < ' ')
			break;
		if (*p != '\\')
			continue;
		string->escaped = true;
		if (++p == scan->end)
			break;
	}
	if (p >= scan->end || *p != '"') {
		scan->failed = true;
		return true;
	}
	string->length = (size_t)(p - string->text);
	scan->at = p + 1;
	return true;
}

void json_scan_name(struct json_scan *scan, struct json_span *name)
{
	if (!json_scan_string(scan, name))
		scan->failed = true;
	must_take(scan, ':');
}

/* Skip a number, true, false, null, or a word of the same characters. */
static void skip_word(struct json_scan *scan)
{
	const char *start = scan->at;

	while (scan->at < scan->end &&
	       ((*scan->at >= 'a' && *scan->at <= 'z') ||
		(*scan->at >= '0' && *scan->at <= '9') || *scan->at == '-' ||
		*scan->at == '+' || *scan->at == '.' || *scan->at == 'E'))
		scan->at++;
	if (scan->at == start)
		scan->failed = true;
}

static void skip_value(struct json_scan *scan, unsigned depth)
{
	struct json_span string;

	if (depth == MAX_DEPTH)
		scan->failed = true;
	if (scan->failed || json_scan_string(scan, &string))
		return;
	if (json_scan_enter(scan, '[')) {
		for (size_t i = 0; json_scan_next(scan, ']', i); i++)
			skip_value(scan, depth + 1);
	} else if (json_scan_enter(scan, '{')) {
		for (size_t i = 0; json_scan_next(scan, '}', i); i++) {
			json_scan_name(scan, &string);
			skip_value(scan, depth + 1);
		}
	} else {
		skip_word(scan);
	}
}

void json_scan_value(struct json_scan *scan, struct json_span *span)
{
	skip_space(scan);
	if (span != NULL)
		*span = (struct json_span){.text = scan->at};
	skip_value(scan, 0);
	if (span != NULL && !scan->failed)
		span->length = (size_t)(scan->at - span->text);
}
