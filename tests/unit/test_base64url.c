/*
 * test_base64url.c - base64url: each byte string has exactly one encoding, and
 * all other texts are refused.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/base64url.h"
#include "tap.h"
#include "token.h"
#include "base/banned.h"

static void test_good(void)
{
	static const struct {
		const char *text;
		const char *bytes;
		size_t length;
	} cases[] = {
		/* RFC 4648, section 10, without padding */
		{"Zg", LIT("f")},
		{"Zm8", LIT("fo")},
		{"Zm9v", LIT("foo")},
		{"Zm9vYg", LIT("foob")},
		{"Zm9vYmE", LIT("fooba")},
		{"Zm9vYmFy", LIT("foobar")},
		/* RFC 7515, appendix C */
		{"A-z_4ME", LIT("\x03\xec\xff\xe0\xc1")},
		{"AA", LIT("\0")},
		{"AAA", LIT("\0\0")},
		{"AAAA", LIT("\0\0\0")},
		{"_w", LIT("\xff")},
		{"__8", LIT("\xff\xff")},
		{"____", LIT("\xff\xff\xff")},
		{"-_-_", LIT("\xfb\xff\xbf")},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena arena;
		size_t length = 99;
		const unsigned char *bytes;

		arena_init(&arena, 4096);
		bytes = base64url_decode(cases[i].text, strlen(cases[i].text),
					 &arena, &length);
		ok(bytes && length == cases[i].length &&
			   memcmp(bytes, cases[i].bytes, length) == 0,
		   "what an encoder made is read back: %s", cases[i].text);
		arena_release(&arena);
	}
}

static void test_bad(void)
{
	static const struct {
		const char *name;
		const char *text;
		size_t length;
	} cases[] = {
		{"nothing", LIT("")},
		{"one digit", LIT("A")},
		{"five digits", LIT("AAAAA")},
		{"padding =", LIT("Zm8=")},
		{"padding ==", LIT("Zg==")},
		{"padding alone", LIT("====")},
		{"padding %3D", LIT("Zm8%3D")},
		{"left-over bits of 4", LIT("Zh")},
		{"left-over bits of 4, the highest", LIT("Zo")},
		{"left-over bits of 2", LIT("Zm9")},
		{"left-over bits after a group", LIT("Zm9vYh")},
		{"+ of the other alphabet", LIT("A+z_")},
		{"/ of the other alphabet", LIT("A/z_")},
		{"space", LIT("Zm 8")},
		{"line end", LIT("Zm9v\n")},
		{"carriage return and line end", LIT("Zm9v\r\nYg")},
		{"tab", LIT("\tZm8")},
		{"dot", LIT("Zm.8")},
		{"comma", LIT("Zm,8")},
		{"tilde", LIT("Zm~8")},
		{"NUL inside", LIT("Zm\0008")},
		{"NUL at the end", LIT("Zm8\0")},
		{"a byte over 127", LIT("Zm\xc3\xa9")},
		{"all bits of a byte", LIT("Zm8\xff")},
		{"a byte before A", LIT("Zm@8")},
		{"a byte after Z", LIT("Zm[8")},
		{"a byte before a", LIT("Zm`8")},
		{"a byte after z", LIT("Zm{8")},
		{"a byte before 0", LIT("Zm/8")},
		{"a byte after 9", LIT("Zm:8")},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena arena;
		size_t length;
		/* no NUL at the end, so that ASan detects a read past it */
		char *text = malloc(cases[i].length + !cases[i].length);

		arena_init(&arena, 4096);
		if (text)
			memcpy(text, cases[i].text, cases[i].length);
		ok(text && !base64url_decode(text, cases[i].length, &arena,
					     &length),
		   "a text that no encoder makes is refused: %s",
		   cases[i].name);
		free(text);
		arena_release(&arena);
	}
}

/* Test each digit at each position, against OpenSSL's encoder. */
static void test_every_digit(void)
{
	unsigned same = 0, wanted = 0, spellings = 0;

	for (unsigned a = 0; a < 256; a++)
		for (unsigned b = 0; b < 256; b++) {
			const unsigned char in[3] = {(unsigned char)a,
						     (unsigned char)b,
						     (unsigned char)(a ^ b)};
			struct arena arena;
			size_t length = 0;
			const char *text = token_base64(in, 1 + b % 3);
			const unsigned char *out;

			arena_init(&arena, 4096);
			out = base64url_decode(text, strlen(text), &arena,
					       &length);
			wanted++;
			same += out && length == 1 + b % 3 &&
				memcmp(out, in, length) == 0;
			arena_release(&arena);
		}
	ok(same == wanted, "no byte is changed on its way: %u of %u", same,
	   wanted);
	/* Three digits encode two bytes: 256^2 of 64^3 texts are valid. */
	for (unsigned i = 0; i < 64 * 64 * 64; i++) {
		static const char digits[] =
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			"0123456789-_";
		const char text[3] = {digits[i >> 12], digits[i >> 6 & 63],
				      digits[i & 63]};
		struct arena arena;
		size_t length;

		arena_init(&arena, 4096);
		spellings += base64url_decode(text, 3, &arena, &length) != NULL;
		arena_release(&arena);
	}
	ok(spellings == 256 * 256, "one value has one spelling: %u", spellings);
}

static void test_memory(void)
{
	struct arena arena;
	size_t length;

	arena_init(&arena, 0);
	ok(!base64url_decode("Zm9v", 4, &arena, &length) && arena.failed,
	   "without memory there is an answer: none");
	arena_release(&arena);
}

int main(void)
{
	test_good();
	test_bad();
	test_every_digit();
	test_memory();
	return tap_done();
}
