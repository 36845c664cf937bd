/*
 * json_scan.h - find the parts of a JSON text without memory.
 *
 * A scan walks over the structure: brackets, commas, colons and strings are
 * checked, so that the text of a value begins and ends where a strict parser
 * sees it.  What a string, a number or a literal says is not checked, nor are
 * names that stand twice: give the part that is used to a parser.  More than
 * 64 arrays and objects in each other are a failure.
 */
#ifndef JSON_SCAN_H
#define JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/* A place in a text; a failure is sticky. */
struct json_scan {
	const char *at;
	const char *end;
	bool failed;
};

/* A part of the text, borrowed. */
struct json_span {
	const char *text; /* of a string: after its first quote */
	size_t length;	  /* of a string: without its quotes */
	bool escaped;	  /* a string with a backslash in it */
};

/* Whether a string without escapes is this text. */
bool json_span_is(const struct json_span *string, const char *text);

/* Enter a value that begins with open, '{' or '['; false where it does not. */
bool json_scan_enter(struct json_scan *scan, char open);

/*
 * Go to the next item of the object or array that was entered, whose last
 * character is close; index counts them from 0.  False at its end, which is
 * then behind the scan, and after a failure.
 */
bool json_scan_next(struct json_scan *scan, char close, size_t index);

/* Read the name of an object's member and the colon after it. */
void json_scan_name(struct json_scan *scan, struct json_span *name);

/* Read a string; false, and no failure, where another value stands. */
bool json_scan_string(struct json_scan *scan, struct json_span *string);

/* Go over a value; span (may be NULL) is its text, with a string's quotes. */
void json_scan_value(struct json_scan *scan, struct json_span *span);

#endif
