/*
 * resolve.h - host names to addresses, within a deadline.
 *
 * libpq asks the resolver itself and waits for it as long as that takes, which
 * with a name server that is away is ten seconds and more.
 */
#ifndef RESOLVE_H
#define RESOLVE_H

#include <stddef.h>
#include <stdint.h>

#define RESOLVE_MAX_ADDRESSES 8
#define RESOLVE_ADDRESS_BYTES 64 /* an IPv6 address with a scope, and a NUL */

struct resolve_addresses {
	size_t count; /* 0: unknown, time is up, or no memory */
	char text[RESOLVE_MAX_ADDRESSES][RESOLVE_ADDRESS_BYTES];
};

/*
 * Find the addresses of host, in the order in which they are best tried
 * (RFC 6724), before deadline_us of datetime_monotonic_us().
 */
void resolve_host(const char *host, int64_t deadline_us,
		  struct resolve_addresses *addresses);

#endif
