/*
 * route.h - the routes: one table of path, method and program.
 *
 *   /api/tasks                 BASE, also /api/v1/tasks and /api/USER/tasks
 *   /api/tasks/ID              a task
 *   /api/tasks/ID/complete     its completion
 *   /api/me, /api/v1/auth/me   who am I
 *   /health[/live|/ready]      is it up
 *   /docs, /openapi.json       files, which the web server sends by itself
 *
 * Each with or without one final slash.  USER is any segment but `v1`, `me`
 * and `tasks`; it and ID are not validated here.  The path comes as PATH_INFO:
 * decoded once by the server, never to be decoded again (RFC 3875, 4.1.5).
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

/* A parsed path.  The strings are borrowed from it and not terminated. */
struct route {
	enum route_kind kind;
	const char *user; /* of /api/USER/tasks; NULL in the other styles */
	size_t user_length;
	const char *id; /* ROUTE_TASK and ROUTE_COMPLETE, else NULL */
	size_t id_length;
	size_t base_length; /* of BASE in the path, without a final slash */
};

/* Parse path; kind is ROUTE_NONE when it is none of ours. */
void route_parse(const char *path, struct route *route);

/*
 * The methods that program serves on kind, METHOD_OPTIONS with them; of all
 * programs together when program is NULL.  Zero: the path is not its own.
 */
unsigned route_methods(enum route_kind kind, const char *program);

/* The program for a request; NULL when no row of the table fits. */
const char *route_program(enum route_kind kind, enum http_method method);

#endif
