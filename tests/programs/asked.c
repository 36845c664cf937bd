/*
 * asked - a library to be loaded first (LD_PRELOAD): each name that anybody
 * asks the environment for goes to descriptor 9, a line each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *ask(const char *name)
{
	const size_t length = strlen(name);

	(void)dprintf(9, "%s\n", name);
	for (char **e = environ; e != NULL && *e != NULL; e++)
		if (strncmp(*e, name, length) == 0 && (*e)[length] == '=')
			return *e + length + 1;
	return NULL;
}

char *getenv(const char *name)
{
	return ask(name);
}

char *secure_getenv(const char *name)
{
	return ask(name);
}
