/*
 * Everything that is no other program's: unknown paths (404), known paths with
 * another method (405), preflights (204), and the web server's own errors,
 * which Apache's ErrorDocument sends here to be worded.
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
