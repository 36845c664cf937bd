/*
 * test_traceparent.c - the traceparent header: valid trace ids are accepted,
 * and no other text reaches the log and the database.
 */
#include "tap.h"
#include "http/traceparent.h"
#include "base/banned.h"

#define TRACE "0af7651916cd43dd8448eb211c80319c"
#define PARENT "b7ad6b7169203331"
#define ZERO16 "0000000000000000"

static const struct {
	const char *header;
	bool right;
} cases[] = {
	{"00-" TRACE "-" PARENT "-01", true},
	{"00-" TRACE "-" PARENT "-00", true},
	{"00-" TRACE "-" PARENT "-ff", true},
	{"01-" TRACE "-" PARENT "-01", true},
	{"cc-" TRACE "-" PARENT "-01-", true},
	{"cc-" TRACE "-" PARENT "-01-what will be", true},
	{"fe-" TRACE "-" PARENT "-01", true},
	/* bad input */
	{NULL, false},
	{"", false},
	{"00", false},
	{"00-" TRACE "-" PARENT "-0", false},
	{"00-" TRACE "-" PARENT, false},
	{"00-" TRACE "-" PARENT "-01-", false},
	{"00-" TRACE "-" PARENT "-01-x", false},
	{"00-" TRACE "-" PARENT "-011", false},
	{"00-" TRACE "-" PARENT "-01 ", false},
	{" 00-" TRACE "-" PARENT "-01", false},
	{"cc-" TRACE "-" PARENT "-01.what will be", false},
	{"cc-" TRACE "-" PARENT "-011", false},
	{"ff-" TRACE "-" PARENT "-01", false},
	{"ff-" TRACE "-" PARENT "-01-x", false},
	{"0-" TRACE "-" PARENT "-01x", false},
	{"0g-" TRACE "-" PARENT "-01", false},
	{"CC-" TRACE "-" PARENT "-01", false},
	{"00-0AF7651916CD43DD8448EB211C80319C-" PARENT "-01", false},
	{"00-0af7651916cd43dd8448eb211c80319G-" PARENT "-01", false},
	{"00-" TRACE "-B7AD6B7169203331-01", false},
	{"00-" TRACE "-" PARENT "-0A", false},
	{"00-" ZERO16 ZERO16 "-" PARENT "-01", false},
	{"00-" TRACE "-" ZERO16 "-01", false},
	{"00-" TRACE TRACE "-01", false},
	{"00_" TRACE "-" PARENT "-01", false},
	{"00-" TRACE "_" PARENT "-01", false},
	{"00-" TRACE "-" PARENT "_01", false},
	{"00-" TRACE "\n" PARENT "-01", false},
	{"00-" TRACE "-" PARENT "-01, 00-" TRACE "-" PARENT "-01", false},
	{"cc-" TRACE "-" PARENT "-01, cc-" TRACE "-" PARENT "-01", false},
};

int main(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		char id[TRACEPARENT_ID_BYTES] = "before";

		traceparent_id(cases[i].header, id);
		is_text(id, cases[i].right ? TRACE : "", "a trace's id alone");
	}
	return tap_done();
}
