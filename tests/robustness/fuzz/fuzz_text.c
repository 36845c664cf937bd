/*
 * fuzz_text.c - the small parsers: date-times, entity tags, preferences, media
 * types, base64url, paths, numbers, UTF-8. The first byte selects the parser.
 */
#include <time.h>

#include "base/base64url.h"
#include "base/buf.h"
#include "http/etag.h"
#include "http/prefer.h"
#include "base/datetime.h"
#include "http/request.h"
#include "app/route.h"
#include "base/text.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "base/banned.h"

#define ARENA_BYTES (4 << 20)

static int two(const char *p)
{
	return (p[0] - '0') * 10 + p[1] - '0';
}

/* The C library agrees on the instant of an accepted date-time. */
static void try_datetime(const char *text, size_t length, struct arena *arena)
{
	char again[DATETIME_TEXT_BYTES];
	int64_t us = 42, back;
	struct tm tm = {0};

	(void)arena;
	if (!datetime_parse(text, length, &us)) {
		must(us == 42);
		return;
	}
	must(us >= DATETIME_MIN_US && us <= DATETIME_MAX_US);
	datetime_format(us, again);
	must(strlen(again) == DATETIME_TEXT_BYTES - 1);
	must(datetime_parse(again, strlen(again), &back) && back == us);
	must(datetime_parse_parameter(text, length, &back) && back == us);
	tm.tm_year = two(again) * 100 + two(again + 2) - 1900;
	tm.tm_mon = two(again + 5) - 1;
	tm.tm_mday = two(again + 8);
	tm.tm_hour = two(again + 11);
	tm.tm_min = two(again + 14);
	tm.tm_sec = two(again + 17);
	back = (us - DATETIME_MIN_US) / 1000000 + DATETIME_MIN_US / 1000000;
	must(timegm(&tm) == back);
	if (length == 10) /* a date means 00:00 UTC */
		must(memcmp(again, text, 10) == 0 &&
		     strcmp(again + 10, "T00:00:00.000000Z") == 0);
}

/* The list matches each of its tags that etag_list_join() returns. */
static void try_condition(const char *text, size_t length, struct arena *arena)
{
	struct etag_list condition, again;
	const char *strong, *weak, *p;

	if (!etag_list_parse(text, &condition))
		return;
	strong = etag_list_join(&condition, ETAG_STRONGLY, arena);
	weak = etag_list_join(&condition, ETAG_WEAKLY, arena);
	must(strong != NULL && weak != NULL);
	must(strlen(strong) <= strlen(weak) && strlen(weak) <= length + 2);
	if (condition.any) {
		must(etag_list_matches_weakly(&condition, "5a"));
		must(strcmp(strong, "*") == 0 && strcmp(weak, "*") == 0);
		return;
	}
	must(etag_list_parse(condition.tags, &again));
	must(strspn(weak, ",0123456789abcdef") == strlen(weak));
	for (p = weak; *p != '\0';) {
		size_t tag = strspn(p, "0123456789abcdef");

		must(tag > 0);
		must(etag_list_matches_weakly(&condition,
					      arena_strndup(arena, p, tag)));
		p += tag;
		p += *p == ',';
	}
}

static void try_prefer(const char *text, size_t length, struct arena *arena)
{
	(void)length;
	(void)arena;
	if (prefer_is_minimal(text))
		must(strcasestr(text, "return") != NULL &&
		     strcasestr(text, "minimal") != NULL);
}

static void try_type(const char *text, size_t length, struct arena *arena)
{
	const char *charset;

	(void)arena;
	if (!request_is_json_type(text))
		return;
	must(length >= 16 && strncasecmp(text, "application/json", 16) == 0);
	must(text[16] == '\0' || strchr("; \t", text[16]) != NULL);
	/* With quotes, ";charset=" may be part of another parameter's value. */
	charset = strcasestr(text, ";charset=");
	must(charset == NULL || strchr(text, '"') != NULL ||
	     strcasestr(charset, "utf-8") != NULL ||
	     strcasestr(charset, "utf8") != NULL);
}

/* A value has one accepted encoding, and is the same after decoding it. */
static void try_base64url(const char *text, size_t length, struct arena *arena)
{
	size_t decoded_length, back_length;
	const unsigned char *decoded =
		base64url_decode(text, length, arena, &decoded_length);
	const unsigned char *back;
	struct buf encoded;

	buf_init(&encoded, arena, ARENA_BYTES / 4);
	if (decoded != NULL) {
		base64url_add(&encoded, decoded, decoded_length);
		must(encoded.length == length &&
		     memcmp(buf_text(&encoded), text, length) == 0);
	}
	if (length == 0)
		return;
	buf_init(&encoded, arena, ARENA_BYTES / 4);
	base64url_add(&encoded, text, length);
	back = base64url_decode(buf_text(&encoded), encoded.length, arena,
				&back_length);
	must(back != NULL && back_length == length &&
	     memcmp(back, text, length) == 0);
}

/* Every part of a route is inside the path, and the parts make up the path. */
static void try_route(const char *text, size_t length, struct arena *arena)
{
	struct route route, again;
	const char *path;

	route_parse(text, &route);
	must((route.id != NULL) ==
	     (route.kind == ROUTE_TASK || route.kind == ROUTE_COMPLETE));
	must(route.base_length <= strlen(text));
	must((route.base_length > 0) ==
	     (route.kind == ROUTE_TASKS || route.id != NULL));
	if (route.user != NULL)
		must(route.user_length > 0 &&
		     memchr(route.user, '/', route.user_length) == NULL);
	if (route.id != NULL)
		must(route.id + route.id_length <= text + length &&
		     route.id == text + route.base_length + 1);
	if (route.base_length == 0)
		return;
	path = arena_printf(arena, "%.*s%s%.*s%s/", (int)route.base_length,
			    text, route.id != NULL ? "/" : "",
			    (int)route.id_length,
			    route.id != NULL ? route.id : "",
			    route.kind == ROUTE_COMPLETE ? "/complete" : "");
	must(strncmp(path, text, strlen(text)) == 0);
	route_parse(path, &again);
	must(again.kind == route.kind && again.id_length == route.id_length &&
	     again.user_length == route.user_length);
}

static void try_plain(const char *text, size_t length, struct arena *arena)
{
	unsigned long number = 7;
	char *end;

	(void)arena;
	must(utf8_is_valid(text, length) == fuzz_is_utf8(text, length));
	if (text_is_uuid(text, length))
		must(length == 36 &&
		     strspn(text, "0123456789abcdefABCDEF-") == length);
	if (text_to_number(text, length, 1000000, &number))
		must(number <= 1000000 && strtoul(text, &end, 10) == number &&
		     *end == '\0');
	else
		must(number == 7);
	must(text_equal_nocase(text, text));
	if (utf8_is_valid(text, length))
		must(utf8_code_points(text, length) <= length &&
		     (!utf8_is_blank(text, length) || length == 0 ||
		      (unsigned char)text[0] <= ' ' ||
		      (unsigned char)text[0] >= 0x80));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const all[])(const char *text, size_t length,
				   struct arena *arena) = {
		try_datetime,  try_condition, try_prefer, try_type,
		try_base64url, try_route,     try_plain,
	};
	struct arena arena;
	char *text;

	if (size == 0)
		return 0;
	text = fuzz_text(data + 1, size - 1);
	arena_init(&arena, ARENA_BYTES);
	all[data[0] % (sizeof(all) / sizeof(all[0]))](text, size - 1, &arena);
	must_fit(&arena);
	arena_release(&arena);
	free(text);
	return 0;
}
