/*
 * json_scan.h - locate values in a JSON text without allocating memory.
 *
 * The scanner checks only the structure: brackets, commas, colons and the ends
 * of strings.  Each value therefore begins and ends where a strict parser finds
 * it.  It does not check escapes, numbers, literals or duplicate names, so pass
 * each part that is used to a parser.
 *
 * json_scan_value() fails if a value stands inside 64 or more nested arrays and
 * objects.
 */
#ifndef JSON_SCAN_H
#define JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/* A position in a text.  Once failed is set, it stays set. */
struct json_scan {
	const char *at;
	const char *end;
	bool failed;
};

/* A part of the text, borrowed from it. */
struct json_span {
	const char *text; /* of a string: after the opening quote */
	size_t length;	  /* of a string: without its quotes */
	bool escaped;	  /* the string contains a backslash */
};

/* Return true if string equals text.  A string with escapes is never equal. */
bool json_span_is(const struct json_span *string, const char *text);

/*
 * Enter an array or object, whose first character is open: '[' or '{'.  Return
 * false if the next value begins with another character.
 */
bool json_scan_enter(struct json_scan *scan, char open);

/*
 * Move to the next item of the array or object that was entered.  close is its
 * last character, and index counts its items from 0.  Return false at its end,
 * which is then consumed, and after a failure.
 */
bool json_scan_next(struct json_scan *scan, char close, size_t index);

/* Read a member name and its colon.  Set failed if either is missing. */
void json_scan_name(struct json_scan *scan, struct json_span *name);

/*
 * Read a string.  Return false, without a failure, if the next value is not a
 * string.  Return true and set failed if the string does not end.
 */
bool json_scan_string(struct json_scan *scan, struct json_span *string);

/*
 * Skip a value, or set failed if it is malformed.  Unless span is NULL, set it
 * to the text of the value, which includes the quotes of a string.
 */
void json_scan_value(struct json_scan *scan, struct json_span *span);

#endif
