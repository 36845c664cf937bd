/*
 * routes - read decoded paths from standard input, one per line.  For each path
 * that the library knows, print one line per method:
 *
 *   METHOD PATH TEMPLATE PROGRAM
 *
 * TEMPLATE is the path with {user_id} and {id} in place of their values.
 */
#include <stdio.h>
#include <string.h>

#include "app/route.h"

/* Return the start of the variable part of path; the end of path if part is NULL. */
static const char *start_of(const char *part, const char *path)
{
	return part != NULL ? part : path + strlen(path);
}

static void print_template(const char *path, const struct route *route)
{
	const char *p = path, *user = start_of(route->user, path);
	const char *id = start_of(route->id, path);

	for (; *p != '\0'; p++) {
		if (p == user) {
			fputs("{user_id}", stdout);
			p += route->user_length - 1;
		} else if (p == id) {
			fputs("{id}", stdout);
			p += route->id_length - 1;
		} else {
			putchar(*p);
		}
	}
}

int main(void)
{
	static const char *const methods[] = {"GET",   "HEAD",	  "POST",
					      "PUT",   "PATCH",	  "DELETE",
					      "TRACE", "PROPFIND"};
	char path[512];

	while (fgets(path, sizeof(path), stdin) != NULL) {
		struct route route;

		path[strcspn(path, "\n")] = '\0';
		route_parse(path, &route);
		for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]);
		     i++) {
			const char *program = route_program(
				route.kind, method_parse(methods[i]));

			if (program == NULL)
				continue;
			printf("%s %s ", methods[i], path);
			print_template(path, &route);
			printf(" %s\n", program);
		}
	}
	return 0;
}
