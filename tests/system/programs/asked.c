/*
 * asked - a library to be loaded first (LD_PRELOAD): each name that anybody
 * asks the environment for goes to the file NAMES, a line each.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int names = -1;

/* Before the program locks itself in. */
__attribute__((constructor)) static void open_names(void)
{
	if (names < 0)
		names = open(NAMES, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
			     0666);
}

static char *ask(const char *name)
{
	const size_t length = strlen(name);

	open_names();
	(void)dprintf(names, "%s\n", name);
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
