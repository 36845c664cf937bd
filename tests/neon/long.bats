# A cold start that lasts longer than PgBouncer lets anybody wait.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/pool.bash
# shellcheck source=tests/lib/tls.bash
# shellcheck source=tests/lib/neon.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash"
	. "$API_ROOT/tests/lib/pool.bash"
	. "$API_ROOT/tests/lib/tls.bash"
	. "$API_ROOT/tests/lib/neon.bash"
	begin_way
}

teardown() { end_way; }

@test "a cold start of 4.5 s is not noticed where the deadline allows it" {
	sleep_through held 4500 TASKS_DB_TIMEOUT_MS=8000
}
