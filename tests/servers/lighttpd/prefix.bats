# A proxy in front of the server that strips a path prefix, configured as in
# docs/servers.md.
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/apache.bash
# shellcheck source=tests/lib/front.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/apache.bash"
	. "$API_ROOT/tests/lib/front.bash"
	make_place
}

teardown() { stop_front; }

@test "behind a proxy that strips PUBLIC_PREFIX, Location and Link lead to the task and the next page" {
	start_front lighttpd
	leads_back lighttpd
}
