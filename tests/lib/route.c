/*
 * route METHOD PATH - the program that serves it, by the library's own table
 * of routes; PATH is decoded.  What no program has is fallback's.
 */
#include <stdio.h>

#include "route.h"

int main(int argc, char *argv[])
{
	struct route route;
	const char *program;

	if (argc != 3)
		return 1;
	route_parse(argv[2], &route);
	program = route_program(route.kind, route_method(argv[1]));
	return puts(program != NULL ? program : "fallback") < 0;
}
