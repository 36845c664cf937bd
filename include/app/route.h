/*
 * route.h - the table of routes: path, method and program.
 *
 *   /api/tasks                 BASE, also /api/v1/tasks and /api/USER/tasks
 *   /api/tasks/ID              one task
 *   /api/tasks/ID/complete     its completion
 *   /api/me, /api/v1/auth/me   the token's user
 *   /health[/live|/ready]      state of the service
 *   /docs, /openapi.json       files, which the web server sends itself
 *
 * Each path may end with one slash.  USER is any segment except `v1`, `me` and
 * `tasks`.  USER and ID are not validated here.  The path comes from PATH_INFO.
 * The server has decoded it once, so it must not be decoded again (RFC 3875,
 * 4.1.5).
 */
#ifndef ROUTE_H
#define ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "http/method.h"

enum route_kind {
	ROUTE_NONE,
	ROUTE_TASKS,
	ROUTE_TASK,
	ROUTE_COMPLETE,
	ROUTE_ME,
	ROUTE_HEALTH,
	ROUTE_LIVE,
	ROUTE_READY,
	ROUTE_FILE,
};

/* A parsed path.  Strings are borrowed from it and have no NUL at the end. */
struct route {
	enum route_kind kind;
	const char *user; /* in /api/USER/tasks; NULL in other paths */
	size_t user_length;
	const char *id; /* of ROUTE_TASK and ROUTE_COMPLETE, else NULL */
	size_t id_length;
	size_t base_length; /* of BASE in the path, without a final slash */
};

/* Parse path.  kind becomes ROUTE_NONE if the path has no route. */
void route_parse(const char *path, struct route *route);

/*
 * Return the methods that program serves on kind, including METHOD_OPTIONS.  If
 * program is NULL, return those of all programs.  Return 0 if there are none.
 */
unsigned route_methods(enum route_kind kind, const char *program);

/* Return the program for kind and method; NULL if the table has no such row. */
const char *route_program(enum route_kind kind, enum http_method method);

#endif
