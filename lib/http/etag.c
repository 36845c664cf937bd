#include "http/etag.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/hex.h"
#include "base/banned.h"

struct etag {
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
static const char *read_tag(const char *p, struct etag *tag)
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

bool etag_list_parse(const char *value, struct etag_list *list)
{
	const char *p = skip_space(value);
	struct etag tag;

	list->any = *p == '*';
	if (list->any)
		return *skip_space(p + 1) == '\0';
	list->tags = first_element(p);
	for (p = list->tags; p != NULL && *p != '\0';)
		p = read_tag(p, &tag);
	return p != NULL && *list->tags != '\0';
}

bool etag_list_matches_weakly(const struct etag_list *list, const char *opaque)
{
	const char *p = list->tags;
	struct etag tag;

	if (list->any)
		return true;
	while (*p != '\0' && (p = read_tag(p, &tag)) != NULL) {
		if (tag.length == strlen(opaque) &&
		    memcmp(tag.opaque, opaque, tag.length) == 0)
			return true;
	}
	return false;
}

/* Our tags are lower-case hex.  Other tags never match. */
static bool is_ours(const struct etag *tag)
{
	return tag->length > 0 &&
	       strspn(tag->opaque, HEX_DIGITS) == tag->length;
}

const char *etag_list_join(const struct etag_list *list,
			   enum etag_comparison comparison, struct arena *arena)
{
	const char *p = list->tags;
	struct buf joined;
	struct etag tag;

	if (list->any)
		return "*";
	buf_init(&joined, arena, strlen(p) + 1);
	while (*p != '\0' && (p = read_tag(p, &tag)) != NULL) {
		if (!is_ours(&tag) || (tag.weak && comparison == ETAG_STRONGLY))
			continue;
		if (joined.length > 0)
			buf_puts(&joined, ",");
		buf_add(&joined, tag.opaque, tag.length);
	}
	if (buf_failed(&joined))
		arena->failed = true;
	return buf_failed(&joined) ? NULL : buf_text(&joined);
}
