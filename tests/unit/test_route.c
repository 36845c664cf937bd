/*
 * test_route.c - routes: each style of path is recognised, and all other paths
 * are 404.
 */
#include "app/route.h"
#include "tap.h"
#include "base/banned.h"

struct path_case {
	const char *path;
	enum route_kind kind;
	const char *user; /* NULL: none */
	const char *id;	  /* NULL: none */
	size_t base;
};

#define ID "7b0c2b1e-4f5a-4c3d-9e8f-0123456789ab"

static const struct path_case cases[] = {
	/* users */
	{"/api/V1/tasks", ROUTE_TASKS, "V1", NULL, 13},
	{"/api/v2/tasks", ROUTE_TASKS, "v2", NULL, 13},
	{"/api/v1x/tasks", ROUTE_TASKS, "v1x", NULL, 14},
	{"/api/Me/tasks", ROUTE_TASKS, "Me", NULL, 13},
	{"/api/a-b_c.d~e/tasks", ROUTE_TASKS, "a-b_c.d~e", NULL, 20},
	{"/api/a b/tasks", ROUTE_TASKS, "a b", NULL, 14},
	{"/api/a%2Fb/tasks", ROUTE_TASKS, "a%2Fb", NULL, 16},
	{"/api/\xc3\xa9/tasks", ROUTE_TASKS, "\xc3\xa9", NULL, 13},
	{"/api/health/tasks", ROUTE_TASKS, "health", NULL, 17},
	/* ids that look like something else */
	{"/api/tasks/tasks", ROUTE_TASK, NULL, "tasks", 10},
	{"/api/tasks/complete", ROUTE_TASK, NULL, "complete", 10},
	{"/api/tasks/complete/complete", ROUTE_COMPLETE, NULL, "complete", 10},
	{"/api/tasks/tasks/complete", ROUTE_COMPLETE, NULL, "tasks", 10},
	{"/api/tasks/42", ROUTE_TASK, NULL, "42", 10},
	{"/api/tasks/a b", ROUTE_TASK, NULL, "a b", 10},
	{"/api/v1/tasks/v1", ROUTE_TASK, NULL, "v1", 13},
	{"/api/u/tasks/tasks", ROUTE_TASK, "u", "tasks", 12},
	/* /api/me and /health */
	{"/api/me", ROUTE_ME, NULL, NULL, 0},
	{"/api/me/", ROUTE_ME, NULL, NULL, 0},
	{"/api/v1/auth/me", ROUTE_ME, NULL, NULL, 0},
	{"/api/v1/auth/me/", ROUTE_ME, NULL, NULL, 0},
	{"/health", ROUTE_HEALTH, NULL, NULL, 0},
	{"/health/", ROUTE_HEALTH, NULL, NULL, 0},
	{"/health/live", ROUTE_LIVE, NULL, NULL, 0},
	{"/health/live/", ROUTE_LIVE, NULL, NULL, 0},
	{"/health/ready", ROUTE_READY, NULL, NULL, 0},
	{"/health/ready/", ROUTE_READY, NULL, NULL, 0},
};

static const char *const none[] = {
	"",
	"/",
	"//",
	"api/tasks",
	"/api",
	"/api/",
	"/api/v1",
	"/api/v1/",
	"/api/u",
	"/tasks",
	"/v1/tasks",
	"/u/tasks",
	"/api/task",
	"/api/taskss",
	"/api/Tasks",
	"/API/tasks",
	"/api /tasks",
	"/api/tasks//",
	"/api//tasks",
	"//api/tasks",
	"/api/tasks//" ID,
	"/api/tasks/" ID "//",
	"/api/tasks/" ID "//complete",
	"/api/tasks//complete",
	"/api/tasks/" ID "/complet",
	"/api/tasks/" ID "/completed",
	"/api/tasks/" ID "/Complete",
	"/api/tasks/" ID "/complete/x",
	"/api/tasks/" ID "/complete//",
	"/api/tasks/tasks/" ID,
	"/api/me/tasks",
	"/api/me/tasks/" ID,
	"/api/me/tasks/" ID "/complete",
	"/api/v1/me/tasks",
	"/api/v1/u/tasks",
	"/api/u/v1/tasks",
	"/api/u/w/tasks",
	"/api/v1/v1/tasks",
	"/api/tasks?limit=1",
	"/api/tasks;x",
	"/api/tasks\n",
	"/api/u/task",
	"/api/u/tasks2",
	"/api/ME",
	"/api/me/x",
	"/api/me//",
	"/api/auth/me",
	"/api/v1/me",
	"/api/v1/auth",
	"/api/v1/auth/me/x",
	"/api/v2/auth/me",
	"/healthz",
	"/Health",
	"/health/x",
	"/health/live/x",
	"/health/ready/ready",
	"/health//live",
	"/api/health",
	"/cgi-bin/tasks-list",
	"/api/v1/tasks/" ID "/complete/a/b/c/d/e/f/g/h",
};

static bool is(const char *text, size_t length, const char *want)
{
	if (!want || !text)
		return !want && !text;
	return length == strlen(want) && memcmp(text, want, length) == 0;
}

static void test_path(const struct path_case *c)
{
	struct route r;

	memset(&r, 0x5a, sizeof(r));
	route_parse(c->path, &r);
	if (!ok(r.kind == c->kind && is(r.user, r.user_length, c->user) &&
			is(r.id, r.id_length, c->id) &&
			(!c->base || r.base_length == c->base),
		"a client finds %s", c->path))
		diag("kind %d, user %.*s, id %.*s, base %zu", (int)r.kind,
		     r.user ? (int)r.user_length : 0, r.user ? r.user : "",
		     r.id ? (int)r.id_length : 0, r.id ? r.id : "",
		     r.base_length);
}

/* Test three styles and three routes, with and without a trailing slash. */
static void test_styles(void)
{
	static const struct {
		const char *base;
		const char *user;
	} styles[] = {
		{"/api/tasks", NULL},
		{"/api/v1/tasks", NULL},
		{"/api/u-1/tasks", "u-1"},
	};
	static const struct {
		const char *rest;
		enum route_kind kind;
		const char *id;
	} rests[] = {
		{"", ROUTE_TASKS, NULL},
		{"/" ID, ROUTE_TASK, ID},
		{"/" ID "/complete", ROUTE_COMPLETE, ID},
	};

	for (size_t s = 0; s < COUNT(styles); s++)
		for (size_t r = 0; r < COUNT(rests); r++)
			for (int slash = 0; slash < 2; slash++) {
				char path[128];
				struct path_case c = {
					path, rests[r].kind, styles[s].user,
					rests[r].id, strlen(styles[s].base)};

				snprintf(path, sizeof(path), "%s%s%s",
					 styles[s].base, rests[r].rest,
					 slash ? "/" : "");
				test_path(&c);
			}
}

static void test_none(void)
{
	for (size_t i = 0; i < COUNT(none); i++) {
		struct route r;

		memset(&r, 0x5a, sizeof(r));
		route_parse(none[i], &r);
		ok(r.kind == ROUTE_NONE && !r.user && !r.id,
		   "what is no route is no route: '%s'", none[i]);
	}
}

/* The table of routes in the contract. */
static const struct {
	enum route_kind kind;
	unsigned methods;
	const char *program;
} programs[] = {
	{ROUTE_TASKS, METHOD_GET | METHOD_HEAD, "tasks-list"},
	{ROUTE_TASKS, METHOD_POST, "tasks-create"},
	{ROUTE_TASK, METHOD_GET | METHOD_HEAD, "tasks-get"},
	{ROUTE_TASK, METHOD_PUT | METHOD_PATCH, "tasks-update"},
	{ROUTE_TASK, METHOD_DELETE, "tasks-delete"},
	{ROUTE_COMPLETE, METHOD_PATCH | METHOD_PUT, "tasks-complete"},
	{ROUTE_ME, METHOD_GET | METHOD_HEAD, "me"},
	{ROUTE_HEALTH, METHOD_GET | METHOD_HEAD, "health"},
	{ROUTE_LIVE, METHOD_GET | METHOD_HEAD, "health"},
	{ROUTE_READY, METHOD_GET | METHOD_HEAD, "health"},
};

static const struct {
	const char *name;
	enum http_method method;
} methods[] = {
	{"GET", METHOD_GET},	     {"HEAD", METHOD_HEAD},
	{"POST", METHOD_POST},	     {"PUT", METHOD_PUT},
	{"PATCH", METHOD_PATCH},     {"DELETE", METHOD_DELETE},
	{"OPTIONS", METHOD_OPTIONS},
};

static void test_programs(void)
{
	static const enum route_kind kinds[] = {
		ROUTE_TASKS,  ROUTE_TASK, ROUTE_COMPLETE, ROUTE_ME,
		ROUTE_HEALTH, ROUTE_LIVE, ROUTE_READY};
	unsigned all[ROUTE_READY + 1] = {0};

	for (size_t p = 0; p < COUNT(programs); p++)
		all[programs[p].kind] |= programs[p].methods;
	for (size_t k = 0; k < COUNT(kinds); k++) {
		ok(route_methods(kinds[k], NULL) ==
			   (all[kinds[k]] | METHOD_OPTIONS),
		   "Allow tells all that route %d has", (int)kinds[k]);
		for (size_t m = 0; m + 1 < COUNT(methods); m++) {
			const char *want = NULL;
			const char *got =
				route_program(kinds[k], methods[m].method);

			for (size_t p = 0; p < COUNT(programs); p++)
				if (programs[p].kind == kinds[k] &&
				    programs[p].methods & methods[m].method)
					want = programs[p].program;
			ok(is(got, got ? strlen(got) : 0, want),
			   "%s on route %d goes to %s", methods[m].name,
			   (int)kinds[k], want ? want : "nobody");
		}
		ok(!route_program(kinds[k], METHOD_OTHER),
		   "an unknown method on route %d goes to nobody",
		   (int)kinds[k]);
	}
	for (size_t p = 0; p < COUNT(programs); p++)
		ok(route_methods(programs[p].kind, programs[p].program) ==
			   (programs[p].methods | METHOD_OPTIONS),
		   "%s serves its own methods, and no other, on route %d",
		   programs[p].program, (int)programs[p].kind);
	ok(!route_methods(ROUTE_TASK, "tasks-list") &&
		   !route_methods(ROUTE_TASKS, "tasks-delete") &&
		   !route_methods(ROUTE_HEALTH, "me") &&
		   !route_methods(ROUTE_TASKS, "tasks") &&
		   !route_methods(ROUTE_TASKS, ""),
	   "a program refuses a path that is another's");
	ok(!route_methods(ROUTE_NONE, NULL) &&
		   !route_program(ROUTE_NONE, METHOD_GET),
	   "what is no route has no method");
}

static void test_methods(void)
{
	static const char *const unknown[] = {
		"",	"get",	 "Get",	    "GET ",	" GET",	  "GETX", "GE",
		"LINK", "TRACE", "CONNECT", "PROPFIND", "OPTION", "*",
	};

	for (size_t i = 0; i < COUNT(methods); i++)
		ok(method_parse(methods[i].name) == methods[i].method,
		   "%s is known", methods[i].name);
	for (size_t i = 0; i < COUNT(unknown); i++)
		ok(method_parse(unknown[i]) == METHOD_OTHER,
		   "'%s' is no method of ours", unknown[i]);
}

static void test_allow(void)
{
	static const struct {
		unsigned methods;
		const char *text;
	} allow[] = {
		{0, ""},
		{METHOD_GET, "GET"},
		{METHOD_GET | METHOD_HEAD | METHOD_OPTIONS,
		 "GET, HEAD, OPTIONS"},
		{METHOD_POST | METHOD_OPTIONS, "POST, OPTIONS"},
		{METHOD_OPTIONS | METHOD_PATCH | METHOD_PUT,
		 "PUT, PATCH, OPTIONS"},
		{0x7f, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"},
	};

	for (size_t i = 0; i < COUNT(allow); i++) {
		char text[METHOD_LIST_BYTES];

		method_list(allow[i].methods, text);
		is_text(text, allow[i].text, "a 405 tells what is allowed");
	}
}

int main(void)
{
	test_styles();
	for (size_t i = 0; i < COUNT(cases); i++)
		test_path(&cases[i]);
	test_none();
	test_programs();
	test_methods();
	test_allow();
	return tap_done();
}
