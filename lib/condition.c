#include "condition.h"

#include <string.h>

#include "arena.h"
#include "buf.h"
#include "text.h"
#include "banned.h"

#define ARRAY_MAX_BYTES 32768

static const char *skip_space(const char *p)
{
	return p + strspn(p, " \t");
}

/* etagc (RFC 9110, 8.8.3): visible but the quote, and what is not ASCII. */
static bool is_tag_byte(char c)
{
	return c == 0x21 || (unsigned char)c >= 0x80 || (c > 0x22 && c < 0x7f);
}

/* One entity tag; where it ends, or NULL. */
static const char *read_tag(const char *p, struct arena *arena,
			    struct condition_tag *tag)
{
	const char *start;

	tag->weak = p[0] == 'W' && p[1] == '/';
	if (tag->weak)
		p += 2;
	if (*p != '"')
		return NULL;
	for (start = ++p; is_tag_byte(*p);)
		p++;
	if (*p != '"')
		return NULL;
	tag->opaque = arena_strndup(arena, start, (size_t)(p - start));
	return tag->opaque != NULL ? p + 1 : NULL;
}

bool condition_parse(const char *value, struct arena *arena,
		     struct condition *condition)
{
	const char *p = skip_space(value);

	*condition = (struct condition){0};
	if (*p == '*') {
		condition->any = true;
		return *skip_space(p + 1) == '\0';
	}
	while (*p != '\0') {
		if (*p == ',') { /* RFC 9110, 5.6.1: empty elements are none */
			p = skip_space(p + 1);
			continue;
		}
		if (condition->count == CONDITION_MAX_TAGS)
			return false;
		p = read_tag(p, arena, &condition->tags[condition->count]);
		if (p == NULL)
			return false;
		condition->count++;
		p = skip_space(p);
		if (*p != ',' && *p != '\0')
			return false;
	}
	return condition->count > 0;
}

bool condition_matches_weakly(const struct condition *condition,
			      const char *opaque)
{
	if (condition->any)
		return true;
	for (size_t i = 0; i < condition->count; i++)
		if (strcmp(condition->tags[i].opaque, opaque) == 0)
			return true;
	return false;
}

const char *condition_strong_array(const struct condition *condition,
				   struct arena *arena)
{
	struct buf array;

	if (condition->any)
		return NULL;
	buf_init(&array, arena, ARRAY_MAX_BYTES);
	buf_puts(&array, "{");
	for (size_t i = 0; i < condition->count; i++) {
		const char *p = condition->tags[i].opaque;

		/* Not UTF-8, or not of our own alphabet: no tag of ours. */
		if (condition->tags[i].weak ||
		    p[strspn(p, "0123456789abcdef")] != '\0' || *p == '\0')
			continue;
		buf_printf(&array, "%s%s", array.length > 1 ? "," : "", p);
	}
	buf_puts(&array, "}");
	if (buf_failed(&array))
		arena->failed = true;
	return buf_failed(&array) ? NULL : buf_text(&array);
}

/* A preference and its parameters (RFC 7240, 2); where it ends, or NULL. */
static const char *read_preference(const char *p, struct text_pair *preference)
{
	struct text_pair parameter;

	p = text_read_pair(p, preference);
	while (p != NULL && *(p = skip_space(p)) == ';') {
		p = skip_space(p + 1);
		if (*p != ';' && *p != ',' && *p != '\0')
			p = text_read_pair(p, &parameter);
	}
	return p != NULL && (*p == ',' || *p == '\0') ? p : NULL;
}

bool condition_prefers_minimal(const char *prefer)
{
	const char *p = prefer != NULL ? prefer : "";

	while (p != NULL && *(p += strspn(p, " \t,")) != '\0') {
		struct text_pair pair;

		p = read_preference(p, &pair);
		/* Of two the first counts. */
		if (p != NULL &&
		    text_is_word(pair.name, pair.name_length, "return"))
			return text_is_word(pair.value, pair.value_length,
					    "minimal");
	}
	return false;
}
