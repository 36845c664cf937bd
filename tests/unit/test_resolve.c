/* test_resolve.c - host names: known, unknown, too long, past the deadline. */
#include <netdb.h>

#include "base/datetime.h"
#include "db/resolve.h"
#include "tap.h"
#include "base/banned.h"

#define SECOND_US INT64_C(1000000)

static struct resolve_addresses ask(const char *host, int64_t patience_us)
{
	struct resolve_addresses addresses = {.count = 99};

	resolve_host(host, datetime_monotonic_us() + patience_us, &addresses);
	return addresses;
}

int main(void)
{
	struct resolve_addresses found;
	char name[NI_MAXHOST + 1];
	int64_t since;

	found = ask("192.0.2.7", SECOND_US);
	ok(found.count == 1, "an address is its own name");
	is_text(found.text[0], "192.0.2.7", "and stays what it is");
	found = ask("localhost", 5 * SECOND_US);
	ok(found.count > 0, "a name has addresses");

	/* These lookups are abandoned at their deadline.  Later calls free the
	   ones that have ended. */
	since = datetime_monotonic_us();
	for (int i = 0; i < 100; i++)
		(void)ask("localhost", i * 10);
	ok(datetime_monotonic_us() - since < 5 * SECOND_US,
	   "past the deadline no name is waited for");
	found = ask("localhost", 5 * SECOND_US);
	ok(found.count > 0, "those given up are in nobody's way");

	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	ok(ask(name, SECOND_US).count == 0, "a name longer than names are");
	ok(ask("", SECOND_US).count == 0, "no name");
	ok(ask("a name", SECOND_US).count == 0, "what is no name");
	return tap_done();
}
