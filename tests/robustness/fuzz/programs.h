/*
 * programs.h - all programs in one. The Makefile renames each main() to
 * run_NAME(). serve() is that of endpoint.c, without the code for the process.
 */
#ifndef PROGRAMS_H
#define PROGRAMS_H

#include <jansson.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <unistd.h>

#define endpoint_main endpoint_main_of_a_process
#include "../../../lib/app/endpoint.c"
#undef endpoint_main

/* Defined by the target: serve one request. */
int endpoint_main(const struct endpoint *endpoint);

int run_tasks_list(void), run_tasks_create(void), run_tasks_get(void),
	run_tasks_update(void), run_tasks_delete(void),
	run_tasks_complete(void), run_me(void), run_health(void),
	run_fallback(void);

static int (*const programs[])(void) = {
	run_tasks_list,	  run_tasks_create, run_tasks_get,
	run_tasks_update, run_tasks_delete, run_tasks_complete,
	run_me,		  run_health,	    run_fallback,
};
#define PROGRAM_COUNT (sizeof(programs) / sizeof(programs[0]))

#endif
