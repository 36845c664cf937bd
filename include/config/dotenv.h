/*
 * dotenv.h - a file of NAME=value lines.
 *
 * Lines may begin with `export`; blank lines and those that start with # are
 * skipped, and so is a byte-order mark at the start.  A value stands bare (outer
 * white space cut), in '...' (literal) or in "..." (\n \r \t \" \\ \$ are
 * escapes); a quoted value ends on its line.  A comment may follow a value after
 * white space.  Any other # outside quotes is a fault, since the tools that share
 * such a file do not agree on it.  At most DOTENV_MAX_BYTES and
 * DOTENV_MAX_ENTRIES values; no NUL bytes.
 */
#ifndef DOTENV_H
#define DOTENV_H

#include <stddef.h>

struct arena;

#define DOTENV_MAX_BYTES 65536
#define DOTENV_MAX_ENTRIES 256

struct dotenv {
	size_t count;
	struct dotenv_entry {
		const char *name;
		const char *value;
	} * entries; /* in the arena */
};

/*
 * Read the file at path.  NULL on success, else the reason for the log, which
 * tells the line and nothing of its text.
 */
__attribute__((warn_unused_result)) const char *dotenv_read(
	const char *path, struct arena *arena, struct dotenv *dotenv);

/* The last value of name, borrowed; NULL when there is none or it is "". */
const char *dotenv_get(const struct dotenv *dotenv, const char *name);

#endif
