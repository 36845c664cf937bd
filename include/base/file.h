/*
 * file.h - read a small text file.
 */
#ifndef FILE_H
#define FILE_H

#include <stddef.h>

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

#endif
