/*
 * route METHOD PATH - print the name of the program for this request, by the
 * library's table of routes.  PATH has no percent-encoding.  If no program
 * serves it, print fallback.  Without arguments, do this for each line `METHOD
 * PATH` of standard input.
 */
#include <stdio.h>
#include <string.h>

#include "app/route.h"

static int print_program(const char *method, const char *path)
{
	struct route route;
	const char *program;

	route_parse(path, &route);
	program = route_program(route.kind, method_parse(method));
	return puts(program != NULL ? program : "fallback");
}

int main(int argc, char *argv[])
{
	static char line[16384];

	if (argc == 3)
		return print_program(argv[1], argv[2]) < 0;
	while (argc == 1 && fgets(line, sizeof(line), stdin) != NULL) {
		char *path = line;

		line[strcspn(line, "\n")] = '\0';
		(void)strsep(&path, " ");
		if (path == NULL || print_program(line, path) < 0)
			return 1;
	}
	return argc != 1;
}
