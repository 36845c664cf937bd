/*
 * Answer the requests that fit no program: unknown paths (404), other methods
 * on known paths (405), preflights (204), and the web server's own errors,
 * which Apache's ErrorDocument sends here.
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
