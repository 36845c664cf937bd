/*
 * asked - a library for LD_PRELOAD that appends each name passed to getenv() or
 * secure_getenv() to the file NAMES, one per line.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int names = -1;

/* Open the file before the program enters its sandbox. */
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
