/*
 * endpoint_checks.h - what a request must be before its handler runs; for
 * endpoint.c alone, which asks in this order: route and method, user, id, body.
 *
 * Each check returns PROBLEM_NONE or sets call->problem and returns its code.
 */
#ifndef ENDPOINT_CHECKS_H
#define ENDPOINT_CHECKS_H

#include "base/problem.h"

struct call;
struct endpoint;

/* The methods that this program answers on the path; 0: the path is not its own. */
unsigned endpoint_methods(const struct endpoint *endpoint,
			  const struct call *call);

/*
 * The path and its method are the program's.  In the fallback, what the web
 * server refused by itself is its problem.
 * Errors: PROBLEM_NOT_FOUND, PROBLEM_METHOD_NOT_ALLOWED, problem_from_status().
 */
__attribute__((warn_unused_result)) enum problem_code endpoint_check_route(
	const struct endpoint *endpoint, struct call *call);

/*
 * Unless the program is for everyone: the token is valid, and the path names no other user.  Sets
 * call->user; without a valid token it has no id.
 * Errors: those of auth->user(), PROBLEM_FORBIDDEN.
 */
__attribute__((warn_unused_result)) enum problem_code endpoint_check_user(
	const struct endpoint *endpoint, struct call *call);

/*
 * An id in the path is a UUID.  Sets call->task_id, in the arena.
 * Errors: PROBLEM_INVALID, PROBLEM_INTERNAL (memory).
 */
__attribute__((warn_unused_result)) enum problem_code endpoint_check_task_id(
	struct call *call);

/*
 * If the program takes a body: the body is whole, of a size, a type and an
 * encoding that we take.  No body needs no type.
 * Errors: PROBLEM_TOO_LARGE, PROBLEM_NO_LENGTH, PROBLEM_NOT_JSON_TYPE,
 * PROBLEM_BAD_REQUEST (shorter than declared).
 */
__attribute__((warn_unused_result)) enum problem_code endpoint_check_body(
	const struct endpoint *endpoint, struct call *call);

#endif
