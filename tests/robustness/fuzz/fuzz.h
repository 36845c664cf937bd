/* fuzz.h - shared by the fuzz targets. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/arena.h"

#define FUZZ_PATH_BYTES 40

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Abort with a message if the condition is false; the fuzzer then reports it. */
#define must(condition)                                                    \
	do {                                                               \
		if (!(condition)) {                                        \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, \
				__LINE__, #condition);                     \
			abort();                                           \
		}                                                          \
	} while (0)

/*
 * Make a file in memory with these bytes, and set path to it. Return its
 * descriptor, which the caller closes.
 */
static inline int fuzz_file(const void *bytes, size_t length,
			    char path[FUZZ_PATH_BYTES])
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	must(fd >= 0 && write(fd, bytes, length) == (ssize_t)length);
	snprintf(path, FUZZ_PATH_BYTES, "/proc/self/fd/%d", fd);
	return fd;
}

/*
 * Return a new string with these bytes, which the caller frees.
 * AddressSanitizer notices a read beyond its end.
 */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	must(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

/* No allocation failed, and the arena is within its limit. */
static inline void must_fit(const struct arena *arena)
{
	must(!arena->failed && arena->total_bytes <= arena->limit_bytes);
}

/* Compare two strings. NULL is equal only to NULL. */
static inline bool fuzz_same(const char *a, const char *b)
{
	return a != NULL && b != NULL ? strcmp(a, b) == 0 : a == b;
}

/*
 * Return whether the text is UTF-8. Decodes and checks ranges, unlike
 * lib/base/utf8.c, to have an independent result.
 */
static inline bool fuzz_is_utf8(const char *text, size_t length)
{
	const unsigned char *s = (const unsigned char *)text;

	for (size_t i = 0, n; i < length; i += n) {
		uint32_t point = s[i];

		n = s[i] < 0x80 ? 1 : s[i] < 0xe0 ? 2 : s[i] < 0xf0 ? 3 : 4;
		if (n == 1)
			continue;
		if ((s[i] & 0xc0) != 0xc0 || s[i] >= 0xf8 || n > length - i)
			return false;
		point &= 0x7fU >> n;
		for (size_t j = 1; j < n; j++) {
			if ((s[i + j] & 0xc0) != 0x80)
				return false;
			point = point << 6 | (s[i + j] & 0x3fU);
		}
		if (point < (n == 2   ? 0x80U
			     : n == 3 ? 0x800U
				      : 0x10000U) ||
		    point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
			return false;
	}
	return true;
}

#endif
