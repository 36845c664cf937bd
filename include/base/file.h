/*
 * file.h - read a small text file, and detect later that it was changed.
 *
 * To keep what a file contains, call stat() before each use.  If the file was
 * settled when it was read, and is still the same, its content is the same.
 */
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct arena;

/*
 * Read the whole regular file at path without its byte-order mark (UTF-8).
 * Return its text, new in the arena and with a NUL after length bytes.
 *
 * Return NULL if it is not a regular file, cannot be read, has more than
 * max_bytes or grows while it is read.  Also return NULL if memory runs out
 * (arena->failed).
 */
__attribute__((warn_unused_result)) char *file_read(const char *path,
						    size_t max_bytes,
						    struct arena *arena,
						    size_t *length);

/*
 * Return true if both results of stat() describe one file with the same size
 * and the same times of its last change.
 */
bool file_is_same(const struct stat *a, const struct stat *b);

/*
 * Return true if any change after the instant now_us will change the file's
 * times.  A file that was changed within the last second is not settled,
 * because its times may be coarse.  If now_us is DATETIME_UNKNOWN_US, no file is
 * settled.
 */
bool file_is_settled(const struct stat *file, int64_t now_us);

#endif
