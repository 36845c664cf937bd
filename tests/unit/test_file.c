/*
 * test_file.c - reading files: a file that is too large is refused, not
 * truncated, and a file without an end does not block the program.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "tap.h"
#include "base/banned.h"

#define MAX 8

static char folder[] = "/tmp/tasks-file-XXXXXX";
static char path[sizeof(folder) + 8];

static void write_file(const char *text, size_t length)
{
	FILE *file = fopen(path, "w");

	if (!file || fwrite(text, 1, length, file) != length || fclose(file))
		diag("cannot write %s", path);
}

/* Test that the file is read as text, or refused if text is NULL. */
static void expect(const char *from, const char *text, size_t length,
		   const char *name)
{
	struct arena arena;
	size_t got = 99;
	const char *read;

	arena_init(&arena, 4096);
	read = file_read(from, MAX, &arena, &got);
	if (text)
		ok(read && got == length && !memcmp(read, text, length) &&
			   read[length] == '\0',
		   "a file is read whole: %s", name);
	else
		ok(!read && !arena.failed, "a file is refused: %s", name);
	arena_release(&arena);
}

static void test_bytes(void)
{
	static const struct {
		const char *name, *bytes;
		size_t length;
		const char *text;
		size_t text_length;
	} cases[] = {
		{"empty", LIT(""), LIT("")},
		{"one byte", LIT("a"), LIT("a")},
		{"as many bytes as may be", LIT("12345678"), LIT("12345678")},
		{"a NUL byte", LIT("a\0b"), LIT("a\0b")},
		{"a byte-order mark", LIT("\xef\xbb\xbf"), LIT("")},
		{"text after a byte-order mark",
		 LIT("\xef\xbb\xbf"
		     "abc"),
		 LIT("abc")},
		{"half a byte-order mark", LIT("\xef\xbb"), LIT("\xef\xbb")},
		{"two byte-order marks", LIT("\xef\xbb\xbf\xef\xbb\xbf"),
		 LIT("\xef\xbb\xbf")},
		/* bad input */
		{"a byte too many", LIT("123456789"), NULL, 0},
		{"a byte too many with its mark",
		 LIT("\xef\xbb\xbf"
		     "123456"),
		 NULL, 0},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		write_file(cases[i].bytes, cases[i].length);
		expect(path, cases[i].text, cases[i].text_length,
		       cases[i].name);
	}
}

static void test_others(void)
{
	unlink(path);
	expect(path, NULL, 0, "there is none");
	expect(folder, NULL, 0, "a folder");
	expect("/dev/zero", NULL, 0, "a device without an end");
	expect("/proc/self/status", NULL, 0, "more bytes than its size");
	ok(mkfifo(path, 0600) == 0, "a pipe is made");
	expect(path, NULL, 0, "a pipe that nobody writes");
	unlink(path);
}

static void test_memory(void)
{
	struct arena arena;
	size_t length;

	write_file(LIT("12345678"));
	arena_init(&arena, MAX);
	ok(!file_read(path, MAX, &arena, &length) && arena.failed,
	   "a file without memory is no file, and the caller can tell");
	arena_release(&arena);
	unlink(path);
}

int main(void)
{
	if (!mkdtemp(folder))
		return 1;
	(void)snprintf(path, sizeof(path), "%s/file", folder);
	test_bytes();
	test_others();
	test_memory();
	rmdir(folder);
	return tap_done();
}
