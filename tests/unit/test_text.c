/*
 * test_text.c - UTF-8, blank texts, UUIDs, bounded numbers and comparison
 * without case.
 */
#include <limits.h>
#include <stdint.h>

#include "tap.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/banned.h"

struct utf8_case {
	const char *name;
	const char *text;
	size_t length;
	bool valid;
	size_t points;
};

static const struct utf8_case utf8_cases[] = {
	{"empty", LIT(""), true, 0},
	{"ASCII", LIT("abc"), true, 3},
	{"NUL inside", LIT("a\0b"), true, 3},
	{"U+0080", LIT("\xc2\x80"), true, 1},
	{"U+07FF", LIT("\xdf\xbf"), true, 1},
	{"U+0800", LIT("\xe0\xa0\x80"), true, 1},
	{"U+D7FF", LIT("\xed\x9f\xbf"), true, 1},
	{"U+E000", LIT("\xee\x80\x80"), true, 1},
	{"U+FEFF", LIT("\xef\xbb\xbf"), true, 1},
	{"U+FFFF", LIT("\xef\xbf\xbf"), true, 1},
	{"U+10000", LIT("\xf0\x90\x80\x80"), true, 1},
	{"U+10FFFF", LIT("\xf4\x8f\xbf\xbf"), true, 1},
	{"emoji of five points",
	 LIT("\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d"
	     "\xf0\x9f\x91\xa7"),
	 true, 5},
	{"combining marks are counted", LIT("e\xcc\x81"), true, 2},
	/* bad input */
	{"lone continuation", LIT("\x80"), false, 0},
	{"continuation after text", LIT("a\xbf"), false, 0},
	{"overlong slash of 2", LIT("\xc0\xaf"), false, 0},
	{"overlong NUL", LIT("\xc0\x80"), false, 0},
	{"overlong U+007F", LIT("\xc1\xbf"), false, 0},
	{"overlong slash of 3", LIT("\xe0\x80\xaf"), false, 0},
	{"overlong U+07FF", LIT("\xe0\x9f\xbf"), false, 0},
	{"overlong slash of 4", LIT("\xf0\x80\x80\xaf"), false, 0},
	{"overlong U+FFFF", LIT("\xf0\x8f\xbf\xbf"), false, 0},
	{"overlong slash of 5", LIT("\xf8\x80\x80\x80\xaf"), false, 0},
	{"overlong slash of 6", LIT("\xfc\x80\x80\x80\x80\xaf"), false, 0},
	{"surrogate U+D800", LIT("\xed\xa0\x80"), false, 0},
	{"surrogate U+DFFF", LIT("\xed\xbf\xbf"), false, 0},
	{"CESU-8 pair", LIT("\xed\xa0\xbd\xed\xb8\x80"), false, 0},
	{"U+110000", LIT("\xf4\x90\x80\x80"), false, 0},
	{"U+140000", LIT("\xf5\x80\x80\x80"), false, 0},
	{"byte fe", LIT("\xfe"), false, 0},
	{"byte ff", LIT("\xff"), false, 0},
	{"2 cut after 1", LIT("\xc3"), false, 0},
	{"3 cut after 1", LIT("\xe2"), false, 0},
	{"3 cut after 2", LIT("\xe2\x82"), false, 0},
	{"4 cut after 1", LIT("\xf0"), false, 0},
	{"4 cut after 2", LIT("\xf0\x9f"), false, 0},
	{"4 cut after 3", LIT("\xf0\x9f\x98"), false, 0},
	{"cut, then ASCII", LIT("\xe2\x82 "), false, 0},
	{"Latin-1", LIT("caf\xe9!"), false, 0},
	{"UTF-16", LIT("\xff\xfe\x41\x00"), false, 0},
	{"bad after a NUL", LIT("a\0\xff"), false, 0},
};

/* Encode a code point as UTF-8.  Return the number of bytes. */
static size_t encode(uint32_t point, char out[4])
{
	if (point < 0x80) {
		out[0] = (char)point;
		return 1;
	}
	size_t more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
	uint32_t lead = more == 1 ? 0xc0 : more == 2 ? 0xe0 : 0xf0;

	out[0] = (char)(lead | point >> 6 * more);
	for (size_t i = 1; i <= more; i++)
		out[i] = (char)(0x80 | (point >> 6 * (more - i) & 0x3f));
	return more + 1;
}

static void test_utf8(void)
{
	for (size_t i = 0; i < COUNT(utf8_cases); i++) {
		const struct utf8_case *c = &utf8_cases[i];

		ok(utf8_is_valid(c->text, c->length) == c->valid,
		   "text is kept only if readers can read it: %s %s", c->name,
		   c->valid ? "accepted" : "refused");
		if (c->valid)
			ok(utf8_code_points(c->text, c->length) == c->points,
			   "limits count characters, not bytes: %s", c->name);
	}
	ok(utf8_is_valid("\xc3\xa9", 2) && !utf8_is_valid("\xc3\xa9", 1),
	   "the length given is the end, not the NUL");
}

/* 128^3 + 2*128*1920 + 61440 of all strings of three bytes are valid. */
static void test_utf8_exhaustively(void)
{
	unsigned long valid = 0;
	char s[4];

	for (uint32_t n = 0; n < 1u << 24; n++) {
		s[0] = (char)(n >> 16);
		s[1] = (char)(n >> 8);
		s[2] = (char)n;
		valid += utf8_is_valid(s, 3);
	}
	if (!ok(valid == 2650112, "no three bytes pass that should not"))
		diag("%lu valid, wanted 2650112", valid);

	/* strings of four bytes with a first byte of 0xf0 or higher */
	static const unsigned char last[] = {0x7f, 0x80, 0xbf, 0xc0};

	valid = 0;
	for (uint32_t n = 0; n < 1u << 22; n++) {
		s[0] = (char)(0xf0 | n >> 18);
		s[1] = (char)(n >> 10);
		s[2] = (char)(n >> 2);
		s[3] = (char)last[n & 3];
		valid += utf8_is_valid(s, 4);
	}
	if (!ok(valid == 32768, "no four bytes pass that should not"))
		diag("%lu valid, wanted 32768", valid);
}

static bool is_white_space(uint32_t p)
{
	return (p >= 9 && p <= 13) || p == 0x20 || p == 0x85 || p == 0xa0 ||
	       p == 0x1680 || (p >= 0x2000 && p <= 0x200a) || p == 0x2028 ||
	       p == 0x2029 || p == 0x202f || p == 0x205f || p == 0x3000;
}

static void test_blank(void)
{
	static const struct {
		const char *name;
		const char *text;
		size_t length;
		bool blank;
	} cases[] = {
		{"nothing", LIT(""), true},
		{"ASCII white space", LIT(" \t\n\v\f\r"), true},
		{"NEL", LIT("\xc2\x85"), true},
		{"no-break space", LIT("\xc2\xa0"), true},
		{"ideographic space", LIT("\xe3\x80\x80 "), true},
		/* near misses: not blank */
		{"NUL", LIT("\0"), false},
		{"U+001C", LIT("\x1c"), false},
		{"U+180E", LIT("\xe1\xa0\x8e"), false},
		{"zero width space", LIT("\xe2\x80\x8b"), false},
		{"word joiner", LIT("\xe2\x81\xa0"), false},
		{"byte-order mark", LIT("\xef\xbb\xbf"), false},
		{"braille blank", LIT("\xe2\xa0\x80"), false},
		{"hangul filler", LIT("\xe3\x85\xa4"), false},
		{"letter after spaces", LIT("   x"), false},
		{"letter before spaces", LIT("x   "), false},
		{"space, NUL, letter", LIT(" \0x"), false},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		ok(utf8_is_blank(cases[i].text, cases[i].length) ==
			   cases[i].blank,
		   "a task keeps a title one can see: %s is %s", cases[i].name,
		   cases[i].blank ? "blank" : "a title");

	unsigned blanks = 0, wrong = 0;

	for (uint32_t p = 0; p <= 0x10ffff; p++) {
		char s[4];
		bool got;

		if (p >= 0xd800 && p <= 0xdfff)
			continue;
		size_t length = encode(p, s);

		got = utf8_is_blank(s, length);
		blanks += got;
		wrong += got != is_white_space(p) ||
			 !utf8_is_valid(s, length) ||
			 utf8_code_points(s, length) != 1;
	}
	ok(blanks == 25 && wrong == 0,
	   "every code point is text, 25 of them white space (%u, %u wrong)",
	   blanks, wrong);
}

static void test_uuid(void)
{
	static const struct {
		const char *name;
		const char *text;
		size_t length;
		bool valid;
	} cases[] = {
		{"v4", LIT("7b0c2b1e-4f5a-4c3d-9e8f-0123456789ab"), true},
		{"upper", LIT("7B0C2B1E-4F5A-4C3D-9E8F-0123456789AB"), true},
		{"mixed", LIT("7b0C2b1E-4f5A-4c3D-9e8F-0123456789aB"), true},
		{"v1", LIT("c232ab00-9414-11ec-b3c8-9f6bdeced846"), true},
		{"nil", LIT("00000000-0000-0000-0000-000000000000"), true},
		{"max", LIT("ffffffff-ffff-ffff-ffff-ffffffffffff"), true},
		/* bad input */
		{"empty", LIT(""), false},
		{"short", LIT("7b0c2b1e-4f5a-4c3d-9e8f-0123456789a"), false},
		{"long", LIT("7b0c2b1e-4f5a-4c3d-9e8f-0123456789abc"), false},
		{"no dashes", LIT("7b0c2b1e4f5a4c3d9e8f0123456789ab"), false},
		{"36 digits", LIT("7b0c2b1e04f5a04c3d09e8f00123456789ab"),
		 false},
		{"dash moved", LIT("7b0c2b1-e4f5a-4c3d-9e8f-0123456789ab"),
		 false},
		{"g", LIT("7b0c2b1e-4f5a-4c3d-9e8f-0123456789ag"), false},
		{"braces", LIT("{7b0c2b1e-4f5a-4c3d-9e8f-0123456789ab}"),
		 false},
		{"urn", LIT("urn:uuid:7b0c2b1e-4f5a-4c3d-9e8f-0123456789ab"),
		 false},
		{"space before", LIT(" 7b0c2b1e-4f5a-4c3d-9e8f-0123456789a"),
		 false},
		{"newline at the end",
		 LIT("7b0c2b1e-4f5a-4c3d-9e8f-0123456789a\n"), false},
		{"NUL",
		 LIT("7b0c2b1e-4f5a-4c3d-9e8f-\0"
		     "123456789ab"),
		 false},
		{"full-width digit",
		 LIT("7b0c2b1e-4f5a-4c3d-9e8f-0123456\xef\xbc\x91"
		     "ab"),
		 false},
		{"SQL", LIT("7b0c2b1e-4f5a-4c3d-9e8f-012345' or 1"), false},
		{"number", LIT("42"), false},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		ok(text_is_uuid(cases[i].text, cases[i].length) ==
			   cases[i].valid,
		   "a wrong id is a clear 422, a right one works: %s %s",
		   cases[i].name, cases[i].valid ? "accepted" : "refused");
}

static void test_number(void)
{
	static const struct {
		const char *name;
		const char *text;
		size_t length;
		unsigned long max;
		bool valid;
		unsigned long value;
	} cases[] = {
		{"0", LIT("0"), 10, true, 0},
		{"the limit", LIT("10"), 10, true, 10},
		{"leading zeros", LIT("0000000000000000000000000007"), 10, true,
		 7},
		{"0 of 0", LIT("0"), 0, true, 0},
		{"ULONG_MAX", LIT("18446744073709551615"), ULONG_MAX, true,
		 ULONG_MAX},
		{"length before the NUL", "123", 2, 99, true, 12},
		/* bad input */
		{"nothing", LIT(""), 10, false, 0},
		{"past the limit", LIT("11"), 10, false, 0},
		{"1 of 0", LIT("1"), 0, false, 0},
		{"ULONG_MAX + 1", LIT("18446744073709551616"), ULONG_MAX, false,
		 0},
		{"wraps to a small one", LIT("18446744073709551621"), ULONG_MAX,
		 false, 0},
		{"ten times too big", LIT("184467440737095516150"), ULONG_MAX,
		 false, 0},
		{"40 digits", LIT("1111111111111111111111111111111111111111"),
		 ULONG_MAX, false, 0},
		{"minus", LIT("-1"), 10, false, 0},
		{"minus zero", LIT("-0"), 10, false, 0},
		{"plus", LIT("+1"), 10, false, 0},
		{"space before", LIT(" 1"), 10, false, 0},
		{"space after", LIT("1 "), 10, false, 0},
		{"newline", LIT("1\n"), 10, false, 0},
		{"hexadecimal", LIT("0x1"), 10, false, 0},
		{"fraction", LIT("1.0"), 10, false, 0},
		{"exponent", LIT("1e1"), 10, false, 0},
		{"comma", LIT("1,1"), 99, false, 0},
		{"NUL after", LIT("1\0"), 10, false, 0},
		{"other digits", LIT("\xd9\xa1"), 10, false, 0},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		unsigned long got = 4711;
		bool valid = text_to_number(cases[i].text, cases[i].length,
					    cases[i].max, &got);

		ok(valid == cases[i].valid &&
			   got == (valid ? cases[i].value : 4711),
		   "a number is never guessed: %s %s", cases[i].name,
		   cases[i].valid ? "accepted" : "refused");
	}
}

static void test_nocase(void)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} cases[] = {
		{"", "", true},
		{"Bearer", "bearer", true},
		{"ABCXYZ", "abcxyz", true},
		{"a-1_[", "A-1_[", true},
		/* near misses */
		{"", "a", false},
		{"bearer", "beare", false},
		{"beare", "bearer", false},
		{"[", "{", false},
		{"@", "`", false},
		{"k", "\xe2\x84\xaa", false},
		{"\xc3\xa9", "\xc3\x89", false},
		{"i", "\xc4\xb0", false},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		ok(text_equal_nocase(cases[i].a, cases[i].b) == cases[i].equal,
		   "names match in any case, and only ASCII's: '%s' %s '%s'",
		   cases[i].a, cases[i].equal ? "is" : "is not", cases[i].b);
}

int main(void)
{
	test_utf8();
	test_utf8_exhaustively();
	test_blank();
	test_uuid();
	test_number();
	test_nocase();
	return tap_done();
}
