/*
 * endpoint.h - the life of a request, the same for every program.
 *
 * A program says what it is in a struct endpoint and hands over a handler;
 * endpoint_main() does the rest, in this order: request (the body is drained),
 * clock, settings, keys, route, method (OPTIONS is answered here), token, path user,
 * task id, body size and type, handler, reply.  The handler's transaction is
 * committed before a byte is written; the reply leaves in one write; all is
 * released in one place.  Under FastCGI a process serves one request after the
 * other (gateway.h); from one to the next it keeps the database connection and
 * the keys, and nothing else.  A process in which a library was refused memory
 * ends with that request (memory.h).
 */
#ifndef ENDPOINT_H
#define ENDPOINT_H

#include "base/arena.h"
#include "auth/auth.h"
#include "config/config.h"
#include "db/db.h"
#include "http/gateway.h"
#include "base/problem.h"
#include "http/request.h"
#include "http/response.h"
#include "app/route.h"

/* Everything of one request; what a handler works with. */
struct call {
	struct arena arena;
	struct config config;
	struct auth_keys *keys; /* loaded; kept for the next */
	struct request request;
	struct route route;
	const char *task_id; /* in the arena; NULL where the route has none */
	struct user user;    /* {0} unless the program needs a user */
	struct db *db;	     /* begun; kept for the next */
	struct response response;
	struct problem problem;
	int64_t began_us;	  /* datetime_monotonic_us() at the start */
	int64_t now_us;		  /* the wall clock once the body was read */
	enum problem_code logged; /* to log, where the handler worded the reply
				     to a problem itself */
	char last_words[192];	  /* the body of the reply without memory */
};

struct endpoint {
	const char *program; /* its name in the table of routes */
	bool takes_body; /* JSON; whether there must be one, the handler says */
	bool is_for_everyone; /* no token is asked for, though it has keys */
	bool is_fallback;     /* it answers all paths that no program has */
	const struct auth_scheme *auth; /* NULL: it needs no user and no keys */
	const struct db_driver *db;	/* NULL: it needs no database */
	/* Fill call->response, or return a problem for the endpoint to word.
	   NULL in the fallback. */
	enum problem_code (*handle)(struct call *call);
};

/* Serve what the web server has for this process; main()'s result. */
__attribute__((warn_unused_result)) int endpoint_main(
	const struct endpoint *endpoint);

#endif
