/*
 * conninfo: print how libpq parses DATABASE_URL.
 *
 * Each parameter that it sets goes to standard output as NAME=VALUE and a zero
 * byte.  Exit status 1, with a line on standard error, if it is unset or
 * invalid.
 */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/banned.h"

int main(void)
{
	const char *url = getenv("DATABASE_URL");
	/* libpq's error message would quote the password. */
	PQconninfoOption *options =
		url != NULL ? PQconninfoParse(url, NULL) : NULL;

	if (options == NULL) {
		(void)fputs("conninfo: DATABASE_URL is unset or is not a valid "
			    "connection string\n",
			    stderr);
		return 1;
	}
	for (const PQconninfoOption *o = options; o->keyword != NULL; o++)
		if (o->val != NULL)
			(void)printf("%s=%s%c", o->keyword, o->val, '\0');
	PQconninfoFree(options);
	return fflush(stdout) == 0 ? 0 : 1;
}
