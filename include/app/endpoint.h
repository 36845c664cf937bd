/*
 * endpoint.h - process requests in the same steps for every program.
 *
 * A program describes itself in a struct endpoint with a handler, and calls
 * endpoint_main().  For each request, endpoint_main() does these steps:
 * 1. Read the request with its body.
 * 2. Read the clock, the settings and the keys.
 * 3. Check the route and the method.  Answer OPTIONS.
 * 4. Check the token, the path's user, the task id, the body's size and type.
 * 5. Call the handler.
 * 6. Write the reply.
 *
 * The handler's transaction is committed before the reply is written.  The
 * reply is written in one call.  All resources are released in one place.
 *
 * Under FastCGI a process serves one request after another (gateway.h).
 * Between requests it keeps only the database connection, the settings and the
 * keys.  After an allocation failure in a library the process ends with that
 * request (oom.h).
 */
#ifndef ENDPOINT_H
#define ENDPOINT_H

#include "base/arena.h"
#include "auth/auth.h"
#include "config/settings.h"
#include "db/db.h"
#include "http/gateway.h"
#include "base/problem.h"
#include "http/request.h"
#include "http/response.h"
#include "app/route.h"

/* The state of one request, for its handler. */
struct call {
	struct arena arena;
	struct settings *settings; /* kept between requests */
	struct auth_keys *keys;	   /* loaded; kept between requests */
	struct request request;
	struct route route;
	const char *task_id; /* in the arena; NULL if the route has none */
	struct user user;    /* {0} unless the program needs a user */
	struct db *db;	     /* kept between requests */
	struct response response;
	struct problem problem;
	int64_t began_us;	  /* datetime_monotonic_us() at the start */
	int64_t now_us;		  /* wall clock, once the body was read */
	enum problem_code logged; /* the code to log; a handler that makes an
				     error reply itself sets it */
	char oom_body[192];	  /* the body if allocation failed */
};

struct endpoint {
	const char *program;  /* the program's name in route.c's table */
	bool takes_body;      /* JSON; the handler decides if it is required */
	bool is_for_everyone; /* needs no token, although it loads keys */
	bool is_fallback;     /* answers requests that fit no program */
	const struct auth_scheme *auth; /* NULL: needs no user and no keys */
	const struct db_driver *db;	/* NULL: needs no database */
	/* Fill call->response and return PROBLEM_NONE.  On an error, return its
	   code; the caller then makes the reply.  NULL in the fallback. */
	enum problem_code (*handle)(struct call *call);
};

/* Serve this process's requests.  Return the exit status for main(). */
__attribute__((warn_unused_result)) int endpoint_main(
	const struct endpoint *endpoint);

#endif
