/*
 * test_hex.c - hexadecimal: the encoding of bytes and the value of each digit.
 */
#include "base/hex.h"
#include "tap.h"
#include "base/banned.h"

static void test_encode(void)
{
	static const struct {
		const char *bytes;
		size_t length;
		const char *text;
	} cases[] = {
		{LIT(""), ""},
		{LIT("\0"), "00"},
		{LIT("\x09\x0a\x0f\x10"), "090a0f10"},
		{LIT("\x7f\x80\xff"), "7f80ff"},
		{LIT("foobar"), "666f6f626172"},
		{LIT("\x01\x23\x45\x67\x89\xab\xcd\xef"), "0123456789abcdef"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[HEX_TEXT_BYTES(8) + 1];

		memset(text, '!', sizeof(text));
		hex_encode(cases[i].bytes, cases[i].length, text);
		ok(!strcmp(text, cases[i].text) &&
			   text[HEX_TEXT_BYTES(cases[i].length)] == '!',
		   "two digits a byte and a NUL, no more: %s", cases[i].text);
	}
}

static void test_value(void)
{
	for (int byte = 0; byte < 256; byte++) {
		static const char upper[] = "ABCDEF";
		const char *digit = byte ? strchr(HEX_DIGITS, byte) : NULL;
		const char *capital = byte ? strchr(upper, byte) : NULL;
		int want = digit     ? (int)(digit - HEX_DIGITS)
			   : capital ? (int)(capital - upper) + 10
				     : -1;

		ok(hex_value((char)byte) == want, "the value of byte %d is %d",
		   byte, want);
	}
}

int main(void)
{
	test_encode();
	test_value();
	return tap_done();
}
