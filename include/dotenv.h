/*
 * dotenv.h - a file of NAME=value lines.
 *
 * Lines may begin with `export`; blank lines and those that start with # are
 * skipped.  A value stands bare (up to white space before a #, outer white
 * space cut), in '...' (literal) or in "..." (\n \r \t \" \\ \$ are escapes);
 * a quoted value ends on its line.  At most DOTENV_MAX_BYTES and
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
