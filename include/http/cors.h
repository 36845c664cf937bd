/*
 * cors.h - allow browsers to call from other origins (Fetch standard, section
 * 3.2).
 *
 * An origin is allowed if it equals one of CORS_ORIGINS byte for byte.  Every
 * reply has Vary: Origin.  Replies to other origins have no other CORS header.
 */
#ifndef CORS_H
#define CORS_H

struct config;
struct response;

/* Add the CORS headers of a reply.  origin is NULL if no Origin was sent. */
void cors_headers(const struct config *config, const char *origin,
		  struct response *response);

/* Add the further headers that only a preflight reply has. */
void cors_preflight_headers(const struct config *config, const char *origin,
			    struct response *response);

#endif
