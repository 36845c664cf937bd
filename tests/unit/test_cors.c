/*
 * test_cors.c - CORS headers: pages of the allowed origins can use the API, and
 * all other pages cannot.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "config/config.h"
#include "http/cors.h"
#include "http/response.h"
#include "tap.h"
#include "base/banned.h"

static const struct config config = {
	.origins = {{LIT("https://app.example")},
		    {LIT("http://localhost:3000")}},
	.origin_count = 2,
};

static const struct {
	const char *name;
	const char *origin;
	bool allowed;
} cases[] = {
	{"the first", "https://app.example", true},
	{"the second", "http://localhost:3000", true},
	/* near misses */
	{"none", NULL, false},
	{"empty", "", false},
	{"null", "null", false},
	{"*", "*", false},
	{"another", "https://evil.example", false},
	{"a prefix", "https://app.exampl", false},
	{"longer", "https://app.example.evil.example", false},
	{"a letter more", "https://app.examplex", false},
	{"a suffix", "app.example", false},
	{"a subdomain", "https://x.app.example", false},
	{"a longer name", "https://evilapp.example", false},
	{"another scheme", "http://app.example", false},
	{"the default port", "https://app.example:443", false},
	{"another port", "http://localhost:3001", false},
	{"no port", "http://localhost", false},
	{"another case", "HTTPS://APP.EXAMPLE", false},
	{"a slash", "https://app.example/", false},
	{"a space before", " https://app.example", false},
	{"a space after", "https://app.example ", false},
	{"two", "https://app.example, http://localhost:3000", false},
	{"two with a space", "https://app.example http://localhost:3000",
	 false},
	{"user info", "https://app.example@evil.example", false},
	{"a header", "https://app.example\r\nX-Injected: 1", false},
};

/* Return the value of the header, NULL unless it occurs exactly once. */
static const char *header(const struct response *response, const char *name,
			  struct arena *arena)
{
	const char *found = NULL;
	const char *p = buf_text(&response->headers);
	size_t length = strlen(name);

	while (*p) {
		const char *end = strstr(p, "\r\n");

		if (!end)
			return NULL;
		if (strncmp(p, name, length) == 0 && p[length] == ':') {
			if (found)
				return NULL;
			p += length + 1;
			p += strspn(p, " ");
			found = arena_strndup(arena, p, (size_t)(end - p));
		}
		p = end + 2;
	}
	return found;
}

static void test_reply(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena arena;
		struct response r;
		const char *text;

		arena_init(&arena, 1 << 20);
		response_init(&r, &arena);
		cors_headers(&config, cases[i].origin, &r);
		text = buf_text(&r.headers);
		is_text(header(&r, "Vary", &arena), "Origin",
			"no cache mixes up two origins");
		ok(!response_failed(&r), "the reply can be sent: %s",
		   cases[i].name);
		if (cases[i].allowed) {
			is_text(header(&r, "Access-Control-Allow-Origin",
				       &arena),
				cases[i].origin, "a front end may read");
			is_text(header(&r, "Access-Control-Allow-Credentials",
				       &arena),
				"true", "with credentials");
			is_text(header(&r, "Access-Control-Expose-Headers",
				       &arena),
				"ETag, Location, Link, X-Total-Count, "
				"X-Request-Id, Retry-After, Server-Timing",
				"and these headers");
			ok(!strstr(text, "Access-Control-Allow-Methods"),
			   "a preflight's headers are for preflights");
		} else {
			ok(!strstr(text, "Access-Control"),
			   "no other page may read: %s", cases[i].name);
		}
		ok(!strstr(text, "\r\nX-Injected"), "nothing is injected");
		arena_release(&arena);
	}
}

static void test_preflight(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena arena;
		struct response r;

		arena_init(&arena, 1 << 20);
		response_init(&r, &arena);
		cors_headers(&config, cases[i].origin, &r);
		cors_preflight_headers(&config, cases[i].origin, &r);
		is_text(header(&r, "Vary", &arena), "Origin",
			"no cache mixes up two preflights");
		if (cases[i].allowed) {
			is_text(header(&r, "Access-Control-Allow-Origin",
				       &arena),
				cases[i].origin, "a front end may ask");
			is_text(header(&r, "Access-Control-Allow-Methods",
				       &arena),
				"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
				"for these methods");
			is_text(header(&r, "Access-Control-Allow-Headers",
				       &arena),
				"Authorization, Content-Type, If-Match, "
				"If-None-Match, Idempotency-Key, Prefer, "
				"X-Request-Id, traceparent, tracestate, "
				"baggage, sentry-trace",
				"with these headers");
			is_text(header(&r, "Access-Control-Max-Age", &arena),
				"86400", "and remember it for a day");
		} else {
			ok(!strstr(buf_text(&r.headers), "Access-Control"),
			   "no other page may ask: %s", cases[i].name);
		}
		arena_release(&arena);
	}
}

static void test_timing(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct config timed = config;
		struct arena arena;
		struct response r;

		arena_init(&arena, 1 << 20);
		response_init(&r, &arena);
		cors_headers(&config, cases[i].origin, &r);
		ok(!strstr(buf_text(&r.headers), "Timing-Allow-Origin"),
		   "no page times a server that shows no times");
		timed.server_timing = true;
		response_init(&r, &arena);
		cors_headers(&timed, cases[i].origin, &r);
		if (cases[i].allowed)
			is_text(header(&r, "Timing-Allow-Origin", &arena),
				cases[i].origin, "a front end may time");
		else
			ok(!strstr(buf_text(&r.headers), "Timing-Allow-Origin"),
			   "no other page may: %s", cases[i].name);
		arena_release(&arena);
	}
}

static void test_no_origins(void)
{
	static const struct config empty = {0};
	struct arena arena;
	struct response r;

	arena_init(&arena, 1 << 20);
	response_init(&r, &arena);
	cors_headers(&empty, "http://localhost:3000", &r);
	cors_preflight_headers(&empty, "http://localhost:3000", &r);
	is_text(buf_text(&r.headers), "Vary: Origin\r\n",
		"where no origin is allowed, none is");
	arena_release(&arena);
}

int main(void)
{
	test_reply();
	test_preflight();
	test_timing();
	test_no_origins();
	return tap_done();
}
