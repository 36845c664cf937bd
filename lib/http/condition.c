#include "http/condition.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/hex.h"
#include "base/text.h"
#include "base/banned.h"

struct tag {
	bool weak;
	const char *opaque; /* without quotes; not NUL-terminated */
	size_t length;
};

static const char *skip_space(const char *p)
{
	return p + strspn(p, " \t");
}

/* etagc (RFC 9110, section 8.8.3): not ASCII, or visible and not a quote. */
static bool is_tag_byte(char c)
{
	return c == 0x21 || (unsigned char)c >= 0x80 || (c > 0x22 && c < 0x7f);
}

/* Skip empty list elements (RFC 9110, section 5.6.1). */
static const char *first_element(const char *list)
{
	return list + strspn(list, " \t,");
}

/* Read the entity tag at p.  Return the next element, or NULL if invalid. */
static const char *read_tag(const char *p, struct tag *tag)
{
	tag->weak = p[0] == 'W' && p[1] == '/';
	if (tag->weak)
		p += 2;
	if (*p != '"')
		return NULL;
	for (tag->opaque = ++p; is_tag_byte(*p);)
		p++;
	if (*p != '"')
		return NULL;
	tag->length = (size_t)(p - tag->opaque);
	p = skip_space(p + 1);
	return *p == ',' || *p == '\0' ? first_element(p) : NULL;
}

bool condition_parse(const char *value, struct condition *condition)
{
	const char *p = skip_space(value);
	struct tag tag;

	condition->any = *p == '*';
	if (condition->any)
		return *skip_space(p + 1) == '\0';
	condition->tags = first_element(p);
	for (p = condition->tags; p != NULL && *p != '\0';)
		p = read_tag(p, &tag);
	return p != NULL && *condition->tags != '\0';
}

bool condition_matches_weakly(const struct condition *condition,
			      const char *opaque)
{
	const char *p = condition->tags;
	struct tag tag;

	if (condition->any)
		return true;
	while (*p != '\0' && (p = read_tag(p, &tag)) != NULL) {
		if (tag.length == strlen(opaque) &&
		    memcmp(tag.opaque, opaque, tag.length) == 0)
			return true;
	}
	return false;
}

/*
 * Our tags are lower-case hex.  Other tags never match, and PostgreSQL would
 * reject one that is not UTF-8.
 */
static bool is_ours(const struct tag *tag)
{
	return tag->length > 0 &&
	       strspn(tag->opaque, HEX_DIGITS) == tag->length;
}

const char *condition_array(const struct condition *condition,
			    enum condition_comparison comparison,
			    struct arena *arena)
{
	const char *p = condition->tags;
	struct buf array;
	struct tag tag;

	if (condition->any)
		return "{*}";
	buf_init(&array, arena, strlen(p) + sizeof("{}"));
	buf_puts(&array, "{");
	while (*p != '\0' && (p = read_tag(p, &tag)) != NULL) {
		if (!is_ours(&tag) ||
		    (tag.weak && comparison == CONDITION_STRONGLY))
			continue;
		if (array.length > 1)
			buf_puts(&array, ",");
		buf_add(&array, tag.opaque, tag.length);
	}
	buf_puts(&array, "}");
	if (buf_failed(&array))
		arena->failed = true;
	return buf_failed(&array) ? NULL : buf_text(&array);
}

/*
 * Read a preference and its parameters (RFC 7240, section 2).  Return the
 * position after them, or NULL if they are malformed.
 */
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
		/* The first of several `return` preferences decides. */
		if (p != NULL &&
		    text_is_word(pair.name, pair.name_length, "return"))
			return text_is_word(pair.value, pair.value_length,
					    "minimal");
	}
	return false;
}
