#include "app/route.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* The routes.  httpd.conf.example has the same ones; a test compares them. */
static const struct {
	enum route_kind kind;
	unsigned methods;
	const char *program;
} table[] = {
	{ROUTE_TASKS, METHOD_GET | METHOD_HEAD, "tasks-list"},
	{ROUTE_TASKS, METHOD_POST, "tasks-create"},
	{ROUTE_TASK, METHOD_GET | METHOD_HEAD, "tasks-get"},
	{ROUTE_TASK, METHOD_PUT | METHOD_PATCH, "tasks-update"},
	{ROUTE_TASK, METHOD_DELETE, "tasks-delete"},
	{ROUTE_COMPLETE, METHOD_PUT | METHOD_PATCH, "tasks-complete"},
	{ROUTE_ME, METHOD_GET | METHOD_HEAD, "me"},
	{ROUTE_HEALTH, METHOD_GET | METHOD_HEAD, "health"},
	{ROUTE_LIVE, METHOD_GET | METHOD_HEAD, "health"},
	{ROUTE_READY, METHOD_GET | METHOD_HEAD, "health"},
	/* Sent by the web server; for other methods fallback replies 405. */
	{ROUTE_FILE, METHOD_GET | METHOD_HEAD, "files"},
};

#define TABLE_ROWS (sizeof(table) / sizeof(table[0]))

/* Segments of /api/USER/tasks/ID/complete, the longest path. */
#define MAX_SEGMENTS 5

struct segment {
	const char *text;
	size_t length;
};

/* Split path at its slashes.  Return the number of segments; 0: no route. */
static size_t split(const char *path, struct segment segments[MAX_SEGMENTS])
{
	size_t count = 0;

	if (*path != '/')
		return 0;
	while (*path == '/' && path[1] != '\0') {
		size_t length = strcspn(path + 1, "/");

		if (length == 0 || count == MAX_SEGMENTS)
			return 0;
		segments[count++] = (struct segment){path + 1, length};
		path += 1 + length;
	}
	/* The rest is empty or a final slash. */
	return count;
}

static bool is(const struct segment *segment, const char *name)
{
	return segment->length == strlen(name) &&
	       memcmp(segment->text, name, segment->length) == 0;
}

/* Return true if the segments are exactly names. */
static bool is_path(const struct segment *segments, size_t count,
		    const char *const *names)
{
	for (size_t i = 0; i < count; i++)
		if (names[i] == NULL || !is(&segments[i], names[i]))
			return false;
	return names[count] == NULL;
}

static enum route_kind fixed_kind(const struct segment *segments, size_t count)
{
	static const struct {
		enum route_kind kind;
		const char *names[MAX_SEGMENTS + 1];
	} fixed[] = {
		{ROUTE_ME, {"api", "me"}},
		{ROUTE_ME, {"api", "v1", "auth", "me"}},
		{ROUTE_HEALTH, {"health"}},
		{ROUTE_LIVE, {"health", "live"}},
		{ROUTE_READY, {"health", "ready"}},
		{ROUTE_FILE, {"docs"}},
		{ROUTE_FILE, {"openapi.json"}},
	};

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (is_path(segments, count, fixed[i].names))
			return fixed[i].kind;
	return ROUTE_NONE;
}

void route_parse(const char *path, struct route *route)
{
	struct segment segments[MAX_SEGMENTS];
	size_t count = split(path, segments);
	size_t base; /* the number of segments in BASE */

	*route = (struct route){.kind = fixed_kind(segments, count)};
	if (count < 2 || !is(&segments[0], "api"))
		return;
	if (is(&segments[1], "tasks"))
		base = 2;
	else if (count >= 3 && is(&segments[2], "tasks") &&
		 !is(&segments[1], "me"))
		base = 3;
	else
		return;
	if (base == 3 && !is(&segments[1], "v1")) {
		route->user = segments[1].text;
		route->user_length = segments[1].length;
	}
	route->base_length = (size_t)(segments[base - 1].text - path) +
			     segments[base - 1].length;
	if (count == base)
		route->kind = ROUTE_TASKS;
	else if (count == base + 1)
		route->kind = ROUTE_TASK;
	else if (count == base + 2 && is(&segments[base + 1], "complete"))
		route->kind = ROUTE_COMPLETE;
	else
		*route = (struct route){.kind = ROUTE_NONE};
	if (route->kind == ROUTE_TASK || route->kind == ROUTE_COMPLETE) {
		route->id = segments[base].text;
		route->id_length = segments[base].length;
	}
}

unsigned route_methods(enum route_kind kind, const char *program)
{
	unsigned methods = 0;

	for (size_t i = 0; i < TABLE_ROWS; i++)
		if (table[i].kind == kind &&
		    (program == NULL || strcmp(table[i].program, program) == 0))
			methods |= table[i].methods | METHOD_OPTIONS;
	return methods;
}

const char *route_program(enum route_kind kind, enum http_method method)
{
	for (size_t i = 0; i < TABLE_ROWS; i++)
		if (table[i].kind == kind && (table[i].methods & method) != 0)
			return table[i].program;
	return NULL;
}
