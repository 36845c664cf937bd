#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/datetime.h"
#include "base/banned.h"

/* File systems may store times in whole seconds. */
#define SETTLES_US 1000000

/* Editors on Windows write it at the start of a file. */
static const char byte_order_mark[] = "\xef\xbb\xbf";

/* Read up to size bytes.  Return their number, or -1 on an error. */
static ssize_t read_bytes(int fd, char *text, size_t size)
{
	size_t length = 0;
	ssize_t got;

	do {
		got = read(fd, text + length, size - length);
		if (got > 0)
			length += (size_t)got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	return got < 0 ? -1 : (ssize_t)length;
}

/* Read an open file.  One byte more than its size detects that it grew. */
static char *read_open(int fd, size_t max_bytes, struct arena *arena,
		       size_t *length)
{
	struct stat file;
	ssize_t got;
	char *text;

	if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode) ||
	    (size_t)file.st_size > max_bytes)
		return NULL;
	text = arena_alloc(arena, (size_t)file.st_size + 1);
	got = text != NULL ? read_bytes(fd, text, (size_t)file.st_size + 1)
			   : -1;
	if (got < 0 || got > file.st_size)
		return NULL;
	text[got] = '\0';
	*length = (size_t)got;
	return text;
}

char *file_read(const char *path, size_t max_bytes, struct arena *arena,
		size_t *length)
{
	const size_t mark = sizeof(byte_order_mark) - 1;
	/* O_NONBLOCK: opening a FIFO would wait for its other end. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text;

	if (fd < 0)
		return NULL;
	text = read_open(fd, max_bytes, arena, length);
	(void)close(fd);
	if (text == NULL || strncmp(text, byte_order_mark, mark) != 0)
		return text;
	*length -= mark;
	return text + mark;
}

bool file_is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

bool file_is_settled(const struct stat *file, int64_t now_us)
{
	int64_t changed_us =
		file->st_ctim.tv_sec * 1000000 + file->st_ctim.tv_nsec / 1000;

	return now_us != DATETIME_UNKNOWN_US &&
	       now_us - changed_us > SETTLES_US;
}
