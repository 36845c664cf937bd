/*
 * routes - for each path on standard input (decoded, one a line) that the
 * library knows, a line for each of its methods:
 *
 *   METHOD PATH TEMPLATE PROGRAM
 *
 * TEMPLATE is the path with {user_id} and {id} in the place of what they are.
 */
#include <stdio.h>
#include <string.h>

#include "app/route.h"

/* Where the part of path that is a variable begins; its end if there is none. */
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
