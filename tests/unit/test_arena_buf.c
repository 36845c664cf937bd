/*
 * test_arena_buf.c - the arena and the buffer: a request cannot exceed its
 * memory limit, and a truncated reply is not taken for a complete one.
 */
#include <limits.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "tap.h"
#include "base/banned.h"

#define LIMIT 65536

static bool is_zero(const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (bytes[i])
			return false;
	return true;
}

static void test_ceiling(void)
{
	static const size_t sizes[] = {1, 7, 64, 1000, 4096, 10000, 65536};
	struct arena arena;

	for (size_t i = 0; i < COUNT(sizes); i++) {
		size_t got = 0;

		arena_init(&arena, LIMIT);
		while (got <= LIMIT) {
			char *p = arena_alloc(&arena, sizes[i]);

			if (!p)
				break;
			memset(p, 0xa5, sizes[i]);
			got += (sizes[i] + 15) / 16 * 16;
		}
		ok(got <= LIMIT + 16 && arena.total_bytes <= LIMIT,
		   "one request cannot take the server's memory: by %zu",
		   sizes[i]);
		ok(sizes[i] > 10000 || got >= LIMIT / 4,
		   "the memory allowed can be used: by %zu, %zu bytes",
		   sizes[i], got);
		arena_release(&arena);
	}
	arena_init(&arena, 0);
	ok(!arena_alloc(&arena, 1), "a ceiling of nothing gives nothing");
	arena_release(&arena);
}

static void test_sizes(void)
{
	/* volatile: the compiler warns about some constant sizes */
	static const volatile size_t sizes[] = {
		LIMIT + 1,	  INT_MAX,	 (size_t)INT_MAX + 1,
		(size_t)UINT_MAX, SIZE_MAX / 2,	 SIZE_MAX / 2 + 1,
		SIZE_MAX - 4096,  SIZE_MAX - 64, SIZE_MAX - 32,
		SIZE_MAX - 24,	  SIZE_MAX - 16, SIZE_MAX - 15,
		SIZE_MAX - 8,	  SIZE_MAX - 7,	 SIZE_MAX - 1,
		SIZE_MAX,
	};

	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct arena arena;
		char *p, *q;

		arena_init(&arena, LIMIT);
		p = arena_alloc(&arena, sizes[i]);
		q = arena_alloc(&arena, 16);
		ok(!p && q, "a size of %zu is refused, a small one is not",
		   sizes[i]);
		arena_release(&arena);
		arena_init(&arena, SIZE_MAX);
		p = sizes[i] > SIZE_MAX - 8 ? arena_alloc(&arena, sizes[i])
					    : NULL;
		ok(!p, "a size of %zu does not wrap round", sizes[i]);
		arena_release(&arena);
	}
}

static void test_memory(void)
{
	struct arena arena;
	bool aligned = true, zeroed = true, apart = true;
	char *last = NULL;
	size_t last_size = 0;

	arena_init(&arena, LIMIT * 16);
	for (int round = 0; round < 2; round++) {
		for (size_t size = 1; size <= 600; size++) {
			char *p = arena_alloc(&arena, size);

			if (!p) {
				zeroed = false;
				break;
			}
			aligned &= (uintptr_t)p % alignof(max_align_t) == 0;
			zeroed &= is_zero(p, size);
			apart &= !last || p + size <= last ||
				 last + last_size <= p;
			memset(p, 0xa5, size);
			last = p;
			last_size = size;
		}
		arena_release(&arena);
		ok(arena.total_bytes == 0 && !arena.chunks,
		   "released memory is given back, round %d", round);
		last = NULL;
	}
	ok(aligned, "any object fits any allocation");
	ok(zeroed, "no request sees what another one left");
	ok(apart, "allocations do not overlap");
	arena_release(&arena);
	arena_release(&arena);
	ok(arena.total_bytes == 0, "releasing twice is harmless");
}

static void test_strings(void)
{
	struct arena arena;
	volatile size_t huge = SIZE_MAX;
	char *p;

	arena_init(&arena, LIMIT);
	is_text(arena_strndup(&arena, "task", 4), "task", "a copy is whole");
	is_text(arena_strndup(&arena, "tasks", 4), "task", "and ends in a NUL");
	is_text(arena_strndup(&arena, "", 0), "", "a copy of nothing is empty");
	p = arena_strndup(&arena, "a\0b", 3);
	ok(p && memcmp(p, "a\0b", 4) == 0, "a copy keeps NUL bytes");
	ok(!arena_strndup(&arena, "x", huge), "a length cannot wrap to 0");
	is_text(arena_printf(&arena, "%s-%d", "a", 7), "a-7", "text is made");
	is_text(arena_printf(&arena, "%s", ""), "", "empty text too");
	p = arena_printf(&arena, "%5000d", 1);
	ok(p && strlen(p) == 5000, "long text is whole");
	ok(!arena_printf(&arena, "%70000d", 1),
	   "text over the ceiling is none, not a part");
	arena_release(&arena);
	arena_init(&arena, 0);
	ok(!arena_printf(&arena, "x"), "without memory there is no text");
	ok(!arena_strndup(&arena, "x", 1), "without memory there is no copy");
	arena_release(&arena);
}

static void test_buf(void)
{
	struct arena arena;
	struct buf buf;
	bool same = true;
	char *room;

	arena_init(&arena, LIMIT * 16);
	buf_init(&buf, &arena, 8);
	is_text(buf_text(&buf), "", "an empty buffer is an empty text");
	ok(!buf_failed(&buf), "and has not failed");
	buf_add(&buf, "", 0);
	buf_puts(&buf, "12345678");
	ok(!buf_failed(&buf) && buf.length == 8, "a full buffer is whole");
	is_text(buf_text(&buf), "12345678", "and has its text");
	buf_puts(&buf, "");
	ok(!buf_failed(&buf), "nothing more fits into a full one");
	buf_puts(&buf, "9");
	ok(buf_failed(&buf), "one byte over the ceiling is noticed");
	buf_puts(&buf, "");
	buf_add(&buf, "x", 1);
	buf_printf(&buf, "y");
	room = buf_room(&buf, 1);
	ok(buf_failed(&buf) && !room && buf.length <= 8,
	   "a failure is not forgotten by what comes later");

	buf_init(&buf, &arena, 100000);
	for (int i = 0; i < 100000; i++)
		buf_add(&buf, &"0123456789"[i % 10], 1);
	for (size_t i = 0; i < buf.length; i++)
		same &= buf_text(&buf)[i] == "0123456789"[i % 10];
	ok(!buf_failed(&buf) && buf.length == 100000 && same &&
		   buf_text(&buf)[100000] == '\0',
	   "a reply of 100,000 additions is whole");

	buf_init(&buf, &arena, 100);
	buf_add(&buf, "a\0b", 3);
	buf_printf(&buf, "%s%03d", "c", 7);
	ok(buf.length == 7 && memcmp(buf_text(&buf), "a\0bc007", 8) == 0,
	   "NUL bytes are kept");
	buf_printf(&buf, "%200d", 1);
	ok(buf_failed(&buf), "printed text over the ceiling is noticed");

	buf_init(&buf, &arena, 10000);
	buf_printf(&buf, "%9999d", 1);
	buf_printf(&buf, "%d", 2);
	ok(!buf_failed(&buf) && buf.length == 10000 &&
		   strcmp(buf_text(&buf) + 9998, "12") == 0,
	   "printed text up to the ceiling is whole");
	arena_release(&arena);
}

static void test_buf_room(void)
{
	static const volatile size_t huge[] = {101, SIZE_MAX / 2, SIZE_MAX - 1,
					       SIZE_MAX};
	struct arena arena;
	struct buf buf;
	char *room;

	arena_init(&arena, LIMIT);
	buf_init(&buf, &arena, 100);
	buf_puts(&buf, "ab");
	room = buf_room(&buf, 98);
	if (ok(room != NULL, "there is room up to the ceiling")) {
		memset(room, 'x', 98);
		buf_added(&buf, 1);
	}
	is_text(buf_text(&buf), "abx", "what was not added is not text");
	room = buf_room(&buf, 97);
	ok(room == buf_text(&buf) + 3, "room follows the text");
	for (size_t i = 0; i < COUNT(huge); i++) {
		buf_init(&buf, &arena, i ? SIZE_MAX : 100);
		buf_puts(&buf, "ab");
		ok(!buf_room(&buf, huge[i]) && buf_failed(&buf),
		   "room for %zu is refused", huge[i]);
	}
	buf_init(&buf, &arena, SIZE_MAX);
	buf_puts(&buf, "ab");
	buf_printf(&buf, "%70000d", 1);
	ok(buf_failed(&buf), "an arena that is full fails the buffer");
	arena_release(&arena);
}

int main(void)
{
	test_ceiling();
	test_sizes();
	test_memory();
	test_strings();
	test_buf();
	test_buf_room();
	return tap_done();
}
