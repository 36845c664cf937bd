/*
 * resolve.h - resolve host names within a deadline.
 *
 * libpq calls the resolver itself and blocks until it returns.  If the name
 * server is unreachable, that takes ten seconds or more.
 */
#ifndef RESOLVE_H
#define RESOLVE_H

#include <stddef.h>
#include <stdint.h>

#define RESOLVE_MAX_ADDRESSES 8
#define RESOLVE_ADDRESS_BYTES 64 /* an IPv6 address with a scope id and a NUL */

struct resolve_addresses {
	size_t count; /* 0: unknown host, timeout or allocation failure */
	char text[RESOLVE_MAX_ADDRESSES][RESOLVE_ADDRESS_BYTES];
};

/*
 * Find the addresses of host, in the order of preference of RFC 6724.  Give up
 * at deadline_us on the clock of datetime_monotonic_us().
 */
void resolve_host(const char *host, int64_t deadline_us,
		  struct resolve_addresses *addresses);

#endif
