#include "http/method.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static const struct {
	enum http_method method;
	const char *name;
} methods_by_name[] = {
	{METHOD_GET, "GET"},	     {METHOD_HEAD, "HEAD"},
	{METHOD_POST, "POST"},	     {METHOD_PUT, "PUT"},
	{METHOD_PATCH, "PATCH"},     {METHOD_DELETE, "DELETE"},
	{METHOD_OPTIONS, "OPTIONS"},
};

#define METHOD_ROWS (sizeof(methods_by_name) / sizeof(methods_by_name[0]))

enum http_method method_parse(const char *name)
{
	for (size_t i = 0; i < METHOD_ROWS; i++)
		if (strcmp(methods_by_name[i].name, name) == 0)
			return methods_by_name[i].method;
	return METHOD_OTHER;
}

void method_list(unsigned methods, char text[METHOD_LIST_BYTES])
{
	size_t length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < METHOD_ROWS; i++)
		if ((methods & methods_by_name[i].method) != 0)
			length += (size_t)snprintf(
				text + length, METHOD_LIST_BYTES - length,
				"%s%s", length > 0 ? ", " : "",
				methods_by_name[i].name);
}
