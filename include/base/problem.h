/*
 * problem.h - everything that can go wrong, in one table.
 *
 * A function that can fail returns an enum problem_code; zero is success.
 * The code decides status, slug and text of the reply (the table is in
 * problem.c); the rest of struct problem is either a validated list of
 * fields for the client or a reason for the log alone.  No text from a
 * library, a host, a file or a token ever gets in here.
 */
#ifndef PROBLEM_H
#define PROBLEM_H

#include <stddef.h>

struct arena;

enum problem_code {
	PROBLEM_NONE = 0,
	PROBLEM_BAD_REQUEST,	    /* 400, the request itself is malformed */
	PROBLEM_BAD_JSON,	    /* 400, the body is */
	PROBLEM_NO_TOKEN,	    /* 401 */
	PROBLEM_TOKEN_EXPIRED,	    /* 401 */
	PROBLEM_BAD_TOKEN,	    /* 401 */
	PROBLEM_FORBIDDEN,	    /* 403 */
	PROBLEM_TASK_NOT_FOUND,	    /* 404 */
	PROBLEM_NOT_FOUND,	    /* 404, no such route */
	PROBLEM_METHOD_NOT_ALLOWED, /* 405 */
	PROBLEM_NO_LENGTH,	    /* 411, also by the web server */
	PROBLEM_PRECONDITION,	    /* 412 */
	PROBLEM_TOO_LARGE,	    /* 413 */
	PROBLEM_URI_TOO_LONG,	    /* 414, by the web server */
	PROBLEM_NOT_JSON_TYPE,	    /* 415 */
	PROBLEM_EXPECTATION,	    /* 417, by the web server */
	PROBLEM_INVALID,	    /* 422, with a list of fields */
	PROBLEM_TOO_MANY,	    /* 429, also by the web server's count */
	PROBLEM_HEADERS_TOO_LARGE,  /* 431 */
	PROBLEM_INTERNAL,	    /* 500 */
	PROBLEM_NOT_IMPLEMENTED,    /* 501, by the web server: the method */
	PROBLEM_NO_DATABASE,	    /* 503 */
	PROBLEM_UNAVAILABLE,	    /* 503, no program answers */
	PROBLEM_TIMEOUT,	    /* 504, a program took too long */
	PROBLEM_COUNT
};

/* One entry of a 422's list. */
struct problem_field {
	const char *in;	  /* "body", "path", "query" or "header" */
	const char *name; /* NULL: all of it */
	const char *type; /* machine-readable: "string_too_long" */
	const char *message;
};

#define PROBLEM_MAX_FIELDS 16

struct problem {
	/* For the client. */
	const char *detail; /* replaces the table's text; NULL: the table's */
	struct problem_field fields[PROBLEM_MAX_FIELDS];
	size_t field_count;
	/* For the log. */
	const char *site;    /* where it was found: "db.connect" */
	const char *reason;  /* a sentence of ours; NULL: none */
	const char *setting; /* the variable at fault; NULL: none */
	char sqlstate[6];    /* "" where PostgreSQL gave none */
};

/* Status, slug and default text of a code; PROBLEM_NONE is not in the table. */
int problem_status(enum problem_code code);
const char *problem_slug(enum problem_code code);
const char *problem_text(enum problem_code code);

/*
 * The code for a status that a web server reports by itself: 404 for 403, and
 * what has no code of its own is BAD_REQUEST or INTERNAL.
 */
enum problem_code problem_from_status(unsigned long status);

/*
 * Note where and why and return code, so that a function can end with
 * `return problem_set(p, PROBLEM_X, "module.site", "why")`.  Both strings
 * are literals or outlive the request; reason may be NULL.
 */
enum problem_code problem_set(struct problem *problem, enum problem_code code,
			      const char *site, const char *reason);

/* The same for a fault in the setting called variable: PROBLEM_INTERNAL. */
enum problem_code problem_setting(struct problem *problem, const char *variable,
				  const char *reason);

/*
 * Add a field to the list; all strings as in problem_set().  A list that is
 * full stays as it is.
 */
void problem_add_field(struct problem *problem, const char *in,
		       const char *name, const char *type, const char *message);

/*
 * The reply's JSON for code: {"detail", "code", "request_id"}.  New memory
 * in arena; NULL when that is short.
 */
__attribute__((warn_unused_result)) const char *problem_json(
	enum problem_code code, const struct problem *problem,
	const char *request_id, struct arena *arena);

#endif
