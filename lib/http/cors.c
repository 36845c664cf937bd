#include "http/cors.h"

#include <stdbool.h>
#include <string.h>

#include "config/config.h"
#include "http/response.h"
#include "base/banned.h"

static bool is_allowed(const struct config *config, const char *origin)
{
	if (origin == NULL)
		return false;
	for (size_t i = 0; i < config->origin_count; i++)
		if (strlen(origin) == config->origins[i].length &&
		    memcmp(origin, config->origins[i].text,
			   config->origins[i].length) == 0)
			return true;
	return false;
}

void cors_headers(const struct config *config, const char *origin,
		  struct response *response)
{
	response_header(response, "Vary", "Origin");
	if (!is_allowed(config, origin))
		return;
	response_header(response, "Access-Control-Allow-Origin", origin);
	response_header(response, "Access-Control-Allow-Credentials", "true");
	response_header(response, "Access-Control-Expose-Headers",
			"ETag, Location, Link, X-Total-Count, X-Request-Id, "
			"Retry-After, Server-Timing");
	/* Allow the same pages to read Server-Timing as performance entries. */
	if (config->server_timing)
		response_header(response, "Timing-Allow-Origin", origin);
}

void cors_preflight_headers(const struct config *config, const char *origin,
			    struct response *response)
{
	if (!is_allowed(config, origin))
		return;
	response_header(response, "Access-Control-Allow-Methods",
			"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
	response_header(response, "Access-Control-Allow-Headers",
			"Authorization, Content-Type, If-Match, If-None-Match, "
			"Idempotency-Key, Prefer, X-Request-Id, traceparent, "
			"tracestate, baggage, sentry-trace");
	response_header(response, "Access-Control-Max-Age", "86400");
}
