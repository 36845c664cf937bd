/*
 * conninfo: DATABASE_URL as libpq itself reads it.  Each parameter that it
 * sets goes to standard output as NAME=VALUE and a zero byte.
 */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/banned.h"

int main(void)
{
	const char *url = getenv("DATABASE_URL");
	/* What is wrong goes unsaid: libpq would quote the password. */
	PQconninfoOption *options =
		url != NULL ? PQconninfoParse(url, NULL) : NULL;

	if (options == NULL) {
		(void)fputs("conninfo: DATABASE_URL cannot be read\n", stderr);
		return 1;
	}
	for (const PQconninfoOption *o = options; o->keyword != NULL; o++)
		if (o->val != NULL)
			(void)printf("%s=%s%c", o->keyword, o->val, '\0');
	PQconninfoFree(options);
	return fflush(stdout) == 0 ? 0 : 1;
}
