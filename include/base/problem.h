/*
 * problem.h - every error of the API, in one table.
 *
 * A function whose error becomes the reply returns an enum problem_code.  Zero
 * means success.  The table in problem.c has the status, slug and default text
 * of each code.
 *
 * struct problem adds a validated list of fields for the client, or a reason
 * that goes only to the log.  It never contains text from a library, a host, a
 * file or a token.
 */
#ifndef PROBLEM_H
#define PROBLEM_H

#include <stddef.h>

struct arena;

enum problem_code {
	PROBLEM_NONE = 0,
	PROBLEM_BAD_REQUEST,	    /* 400, the request is malformed */
	PROBLEM_BAD_JSON,	    /* 400, the body is not valid JSON */
	PROBLEM_NO_TOKEN,	    /* 401 */
	PROBLEM_TOKEN_EXPIRED,	    /* 401 */
	PROBLEM_BAD_TOKEN,	    /* 401 */
	PROBLEM_FORBIDDEN,	    /* 403 */
	PROBLEM_TASK_NOT_FOUND,	    /* 404 */
	PROBLEM_NOT_FOUND,	    /* 404, there is no such route */
	PROBLEM_METHOD_NOT_ALLOWED, /* 405 */
	PROBLEM_NO_LENGTH,	    /* 411, also from the web server */
	PROBLEM_PRECONDITION,	    /* 412 */
	PROBLEM_TOO_LARGE,	    /* 413 */
	PROBLEM_URI_TOO_LONG,	    /* 414, from the web server */
	PROBLEM_NOT_JSON_TYPE,	    /* 415 */
	PROBLEM_EXPECTATION,	    /* 417, from the web server */
	PROBLEM_INVALID,	    /* 422, with a list of fields */
	PROBLEM_TOO_MANY,	    /* 429, also from the web server */
	PROBLEM_HEADERS_TOO_LARGE,  /* 431 */
	PROBLEM_INTERNAL,	    /* 500 */
	PROBLEM_NOT_IMPLEMENTED,    /* 501, from the web server */
	PROBLEM_NO_DATABASE,	    /* 503 */
	PROBLEM_UNAVAILABLE,	    /* 503, the web server reaches no program */
	PROBLEM_TIMEOUT,	    /* 504, a program took too long */
	PROBLEM_COUNT
};

/* One entry of the list in a 422 reply. */
struct problem_field {
	const char *in;	  /* "body", "path", "query" or "header" */
	const char *name; /* NULL: the whole part that `in` names */
	const char *type; /* machine-readable: "string_too_long" */
	const char *message;
};

#define PROBLEM_MAX_FIELDS 16

struct problem {
	/* For the client. */
	const char *detail; /* replaces the default text; NULL: default */
	struct problem_field fields[PROBLEM_MAX_FIELDS];
	size_t field_count;
	/* For the log. */
	const char *site;    /* where it was detected: "db.connect" */
	const char *reason;  /* a literal or arena text of ours; NULL: none */
	const char *setting; /* the setting that is wrong; NULL: none */
	char sqlstate[6];    /* "" if PostgreSQL gave none */
};

/* Return the status, slug or default text of a code other than PROBLEM_NONE. */
int problem_status(enum problem_code code);
const char *problem_slug(enum problem_code code);
const char *problem_text(enum problem_code code);

/*
 * Return the code for an error status that the web server reports.  403 becomes
 * PROBLEM_NOT_FOUND.  A status that has no code becomes PROBLEM_BAD_REQUEST if
 * it is below 500, else PROBLEM_INTERNAL.
 */
enum problem_code problem_from_status(unsigned long status);

/*
 * Store site and reason and return code, so that a function can end with
 * `return problem_set(p, PROBLEM_X, "module.site", "why")`.  Both strings are
 * borrowed and must live as long as the request.  reason may be NULL.
 */
enum problem_code problem_set(struct problem *problem, enum problem_code code,
			      const char *site, const char *reason);

/* Store an invalid setting and the reason, and return PROBLEM_INTERNAL. */
enum problem_code problem_setting(struct problem *problem, const char *variable,
				  const char *reason);

/*
 * Append a field to the list and set problem->site to in.  The strings are
 * borrowed as in problem_set().  Ignore the field if the list is full.
 */
void problem_add_field(struct problem *problem, const char *in,
		       const char *name, const char *type, const char *message);

/*
 * Return the JSON body of the reply, {"detail", "code", "request_id"}, in new
 * arena memory.  Return NULL if memory runs out.
 */
__attribute__((warn_unused_result)) const char *problem_json(
	enum problem_code code, const struct problem *problem,
	const char *request_id, struct arena *arena);

#endif
