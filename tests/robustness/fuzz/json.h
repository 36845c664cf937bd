/*
 * json.h - a second parser for the grammar of RFC 8259, independent of jansson.
 */
#ifndef JSON_H
#define JSON_H

#include "fuzz.h"

#define JSON_MAX_DEPTH 100000

/* The parser's state, and properties for which a parser may refuse the text. */
struct json_look {
	const char *at, *end;
	bool surrogate; /* a surrogate escape, perhaps unpaired */
	bool exponent;	/* a number that may be out of range */
	size_t depth, deepest;
};

static inline bool json_take(struct json_look *look, char c)
{
	if (look->at == look->end || *look->at != c)
		return false;
	look->at++;
	return true;
}

static inline void json_space(struct json_look *look)
{
	while (json_take(look, ' ') || json_take(look, '\t') ||
	       json_take(look, '\n') || json_take(look, '\r'))
		;
}

static inline bool json_digits(struct json_look *look)
{
	const char *start = look->at;

	while (look->at < look->end && *look->at >= '0' && *look->at <= '9')
		look->at++;
	return look->at > start;
}

static inline bool json_escape(struct json_look *look)
{
	static const char hex[] = "0123456789abcdefABCDEF";

	if (look->at == look->end)
		return false;
	if (!json_take(look, 'u'))
		return memchr("\"\\/bfnrt", *look->at++, 8) != NULL;
	if (look->end - look->at < 4)
		return false;
	for (size_t i = 0; i < 4; i++)
		if (memchr(hex, look->at[i], sizeof(hex) - 1) == NULL)
			return false;
	if ((look->at[0] == 'd' || look->at[0] == 'D') && look->at[1] > '7')
		look->surrogate = true;
	look->at += 4;
	return true;
}

static inline bool json_string_is(struct json_look *look)
{
	if (!json_take(look, '"'))
		return false;
	while (look->at < look->end && *look->at != '"') {
		if ((unsigned char)*look->at < 0x20)
			return false;
		if (*look->at++ == '\\' && !json_escape(look))
			return false;
	}
	return json_take(look, '"');
}

static inline bool json_number_is(struct json_look *look)
{
	(void)json_take(look, '-');
	if (!json_take(look, '0') && !json_digits(look))
		return false;
	if (json_take(look, '.') && !json_digits(look))
		return false;
	if (json_take(look, 'e') || json_take(look, 'E')) {
		look->exponent = true;
		if (!json_take(look, '+'))
			(void)json_take(look, '-');
		return json_digits(look);
	}
	return true;
}

static inline bool json_word(struct json_look *look)
{
	static const char *const words[] = {"true", "false", "null"};

	for (size_t i = 0; i < 3; i++) {
		size_t length = strlen(words[i]);

		if ((size_t)(look->end - look->at) >= length &&
		    memcmp(look->at, words[i], length) == 0) {
			look->at += length;
			return true;
		}
	}
	return false;
}

static inline bool json_name(struct json_look *look)
{
	json_space(look);
	if (!json_string_is(look))
		return false;
	json_space(look);
	return json_take(look, ':');
}

/*
 * Skip closing brackets and a comma. Set *more if another value must follow.
 * Return false if the text is invalid here.
 */
static inline bool json_after(struct json_look *look, const char *open,
			      bool *more)
{
	for (*more = false; look->depth > 0; look->depth--) {
		bool object = open[look->depth - 1] == '{';

		json_space(look);
		if (json_take(look, ',')) {
			*more = true;
			return !object || json_name(look);
		}
		if (!json_take(look, object ? '}' : ']'))
			return false;
	}
	return true;
}

/* Return whether the text is exactly one JSON value in UTF-8. */
static inline bool json_is_one(struct json_look *look, const char *text,
			       size_t length)
{
	static char open[JSON_MAX_DEPTH];
	bool more = true;

	*look = (struct json_look){.at = text, .end = text + length};
	while (more) {
		char c;

		json_space(look);
		c = look->at < look->end ? *look->at : '\0';
		if (c == '{' || c == '[') {
			must(look->depth < JSON_MAX_DEPTH);
			look->at++;
			open[look->depth++] = c;
			if (look->depth > look->deepest)
				look->deepest = look->depth;
			json_space(look);
			if (!json_take(look, c == '{' ? '}' : ']')) {
				if (c == '{' && !json_name(look))
					return false;
				continue;
			}
			look->depth--;
		} else if (!(c == '"' ? json_string_is(look)
				      : json_word(look) ||
						json_number_is(look))) {
			return false;
		}
		if (!json_after(look, open, &more))
			return false;
	}
	json_space(look);
	return look->at == look->end && fuzz_is_utf8(text, length);
}

#endif
