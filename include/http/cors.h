/*
 * cors.h - which other origins a browser may call from (Fetch, 3.2).
 *
 * An origin is allowed when it equals one of CORS_ORIGINS byte for byte.
 * Every reply says Vary: Origin; a reply to any other origin carries nothing
 * else from here.
 */
#ifndef CORS_H
#define CORS_H

struct config;
struct response;

/* Add the headers for a reply to origin (NULL: none was sent). */
void cors_headers(const struct config *config, const char *origin,
		  struct response *response);

/* Add what a preflight's reply carries besides. */
void cors_preflight_headers(const struct config *config, const char *origin,
			    struct response *response);

#endif
