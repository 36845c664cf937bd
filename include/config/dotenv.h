/*
 * dotenv.h - read a file of NAME=value lines.
 *
 * - A line may begin with `export`.
 * - Blank lines, lines that start with "#" and a byte-order mark at the start
 *   of the file are skipped.
 * - A value is bare (outer white space is removed), '...' (literal) or "..."
 *   (with the escapes \n \r \t \" \\ \$).  A quoted value ends on its line.
 * - A comment may follow a value after white space.  Any other unquoted "#" is
 *   an error, because tools that share such files read it in different ways.
 * - The file is a regular file of at most DOTENV_MAX_BYTES, with at most
 *   DOTENV_MAX_ENTRIES values and no NUL byte.
 */
#ifndef DOTENV_H
#define DOTENV_H

#include <stddef.h>

struct arena;

#define DOTENV_MAX_BYTES 65536
#define DOTENV_MAX_ENTRIES 256

struct dotenv_entry {
	const char *name;
	const char *value;
};

struct dotenv {
	size_t count;
	struct dotenv_entry *entries; /* in the arena */
};

/*
 * Read the file at path.  Return NULL on success, else the reason for the log.
 * The reason gives the line number and never repeats text of the file.
 */
__attribute__((warn_unused_result)) const char *dotenv_read(
	const char *path, struct arena *arena, struct dotenv *dotenv);

/*
 * Return the last value of name, borrowed from dotenv.  Return NULL if name is
 * absent or its last value is empty.
 */
const char *dotenv_get(const struct dotenv *dotenv, const char *name);

#endif
