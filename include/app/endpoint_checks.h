/*
 * endpoint_checks.h - check a request before its handler runs; only for
 * endpoint.c.  It calls the checks in this order: route, user, task id, body.
 *
 * Each check returns PROBLEM_NONE, or sets call->problem and returns its code.
 */
#ifndef ENDPOINT_CHECKS_H
#define ENDPOINT_CHECKS_H

#include "base/problem.h"

struct call;
struct endpoint;

/* Return the methods that this program serves on the path, or 0. */
unsigned endpoint_methods(const struct endpoint *endpoint,
			  const struct call *call);

/*
 * Check that this program serves the path and the method.  In the fallback, if
 * the web server reports an error status, return the code for this status.
 * Errors: PROBLEM_NOT_FOUND, PROBLEM_METHOD_NOT_ALLOWED, problem_from_status().
 */
__attribute__((warn_unused_result)) enum problem_code endpoint_check_route(
	const struct endpoint *endpoint, struct call *call);

/*
 * Unless the program is for everyone, check that the token is valid and that
 * the path names no other user.  Set call->user; its id is NULL without a
 * valid token.
 * Errors: those of auth->user(), PROBLEM_FORBIDDEN.
 */
__attribute__((warn_unused_result)) enum problem_code endpoint_check_user(
	const struct endpoint *endpoint, struct call *call);

/*
 * Check that an id in the path is a UUID.  Set call->task_id, in the arena.
 * Errors: PROBLEM_INVALID, PROBLEM_INTERNAL (allocation failed).
 */
__attribute__((warn_unused_result)) enum problem_code endpoint_check_task_id(
	struct call *call);

/*
 * If the program takes a body, check that the body is complete and that its
 * size, type and encoding are accepted.  An empty body needs no type.
 * Errors: PROBLEM_TOO_LARGE, PROBLEM_NO_LENGTH, PROBLEM_NOT_JSON_TYPE,
 * PROBLEM_BAD_REQUEST (shorter than declared).
 */
__attribute__((warn_unused_result)) enum problem_code endpoint_check_body(
	const struct endpoint *endpoint, struct call *call);

#endif
