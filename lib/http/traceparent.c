#include "http/traceparent.h"

#include <stdbool.h>
#include <string.h>

#include "base/hex.h"
#include "base/banned.h"

/* Check length hex digits.  Unless zeros is set, at least one is not 0. */
static bool is_hex(const char *text, size_t length, bool zeros)
{
	return strspn(text, HEX_DIGITS) >= length &&
	       (zeros || strspn(text, "0") < length);
}

/* Offsets in VERSION-TRACE-PARENT-FLAGS. */
enum {
	TRACE = 3,
	PARENT = 36,
	FLAGS = 53,
	END = 55
};

static bool is_traceparent(const char *text)
{
	if (strnlen(text, END) < END || !is_hex(text, 2, true) ||
	    text[TRACE - 1] != '-' || !is_hex(text + TRACE, 32, false) ||
	    text[PARENT - 1] != '-' || !is_hex(text + PARENT, 16, false) ||
	    text[FLAGS - 1] != '-' || !is_hex(text + FLAGS, 2, true))
		return false;
	if (strncmp(text, "00", 2) == 0)
		return text[END] == '\0';
	/* Version ff is invalid.  Later versions may append a dash and data. */
	return strncmp(text, "ff", 2) != 0 &&
	       (text[END] == '\0' || text[END] == '-');
}

void traceparent_id(const char *traceparent, char id[TRACEPARENT_ID_BYTES])
{
	*id = '\0';
	if (traceparent == NULL || !is_traceparent(traceparent))
		return;
	memcpy(id, traceparent + TRACE, TRACEPARENT_ID_BYTES - 1);
	id[TRACEPARENT_ID_BYTES - 1] = '\0';
}
