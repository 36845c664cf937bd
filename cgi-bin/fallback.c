/*
 * Answer the requests that fit no program: unknown paths (404), other methods
 * on known paths (405) and preflights (204).  Also reply to the web server's
 * own errors, for example as Apache's ErrorDocument.
 */
#include "app/endpoint.h"

int main(void)
{
	static const struct endpoint endpoint = {
		.program = "fallback",
		.is_fallback = true,
	};

	return endpoint_main(&endpoint);
}
