#include "config/dotenv.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/banned.h"

/* The error for a "#" that only some tools read as a comment. */
#define UNCLEAR                                                         \
	"has a # outside quotes: quote the value, or write the comment" \
	" on its own line"

#define NO_END "has an unclosed quote, or text after a closing quote"

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool is_name(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || c == '_';
}

static const char *skip_space(const char *p)
{
	while (is_space(*p))
		p++;
	return p;
}

/* Read a quoted value.  Return NULL or the error. */
static const char *read_quoted(const char *p, struct buf *value)
{
	char quote = *p++;

	for (; *p != '\0' && *p != quote; p++) {
		static const char names[] = "nrt\"\\$";
		static const char bytes[] = "\n\r\t\"\\$";
		const char *escape = NULL;

		if (quote == '"' && *p == '\\' && p[1] != '\0')
			escape = strchr(names, p[1]);
		if (escape != NULL) {
			buf_add(value, &bytes[escape - names], 1);
			p++;
		} else {
			buf_add(value, p, 1);
		}
	}
	if (*p != quote)
		return NO_END;
	if (p[1] == '#')
		return UNCLEAR;
	p = skip_space(p + 1);
	return *p == '\0' || *p == '#' ? NULL : NO_END;
}

/* Read a value without quotes.  Return NULL or the error. */
static const char *read_bare(const char *p, struct buf *value)
{
	const char *end = p + strcspn(p, "#");

	/*
	 * Most tools require a blank before a comment.  For Node.js any "#"
	 * begins a comment.  For Python's parser a "#" at the start of a value
	 * begins none.
	 */
	if (*end == '#' && (end == p || !is_space(end[-1])))
		return UNCLEAR;
	while (end > p && is_space(end[-1]))
		end--;
	buf_add(value, p, (size_t)(end - p));
	return NULL;
}

/*
 * Read a line that is neither blank nor a comment.  Return NULL or the error.
 */
static const char *read_line(const char *line, struct arena *arena,
			     struct dotenv *dotenv)
{
	const char *name = line, *end, *fault;
	struct buf value;
	struct dotenv_entry *entry;

	if (strncmp(name, "export", 6) == 0 && is_space(name[6]))
		name = skip_space(name + 6);
	for (end = name; is_name(*end);)
		end++;
	line = skip_space(end);
	if (end == name || *line != '=')
		return "is not NAME=value";
	if (dotenv->count == DOTENV_MAX_ENTRIES)
		return "exceeds the maximum of 256 settings";
	line = skip_space(line + 1);
	buf_init(&value, arena, DOTENV_MAX_BYTES);
	fault = *line == '"' || *line == '\'' ? read_quoted(line, &value)
					      : read_bare(line, &value);
	if (fault != NULL)
		return fault;
	entry = &dotenv->entries[dotenv->count++];
	entry->name = arena_strndup(arena, name, (size_t)(end - name));
	entry->value = buf_text(&value);
	return entry->name != NULL && !buf_failed(&value)
		       ? NULL
		       : "needs more memory than is available";
}

const char *dotenv_read(const char *path, struct arena *arena,
			struct dotenv *dotenv)
{
	size_t length;
	char *line = file_read(path, DOTENV_MAX_BYTES, arena, &length), *next;

	*dotenv = (struct dotenv){0};
	if (line == NULL)
		return "names a file that cannot be read, is not a regular "
		       "file or is larger than 64 KiB";
	if (strlen(line) != length)
		return "names a file that contains a NUL byte";
	dotenv->entries = arena_alloc(arena, DOTENV_MAX_ENTRIES *
						     sizeof(*dotenv->entries));
	if (dotenv->entries == NULL)
		return "names a file that needs more memory than is available";
	for (size_t number = 1; line != NULL; number++, line = next) {
		const char *fault = NULL;

		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		line += strspn(line, " \t\r");
		if (*line != '\0' && *line != '#')
			fault = read_line(line, arena, dotenv);
		if (fault != NULL) {
			const char *reason = arena_printf(
				arena, "names a file whose line %zu %s", number,
				fault);

			return reason != NULL ? reason : fault;
		}
	}
	return NULL;
}

const char *dotenv_get(const struct dotenv *dotenv, const char *name)
{
	for (size_t i = dotenv->count; i > 0; i--) {
		const struct dotenv_entry *entry = &dotenv->entries[i - 1];

		if (strcmp(entry->name, name) == 0)
			return *entry->value != '\0' ? entry->value : NULL;
	}
	return NULL;
}
