# Tests during a cold start: one that lasts longer than PgBouncer's query_wait_timeout, and
# whether a command line shows the password meanwhile.
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
	serve_from "$(neon_url sslmode=verify-full)" TASKS_DB_TIMEOUT_MS=$((patience + 3000))
	sleep_through held 4500
}

@test "the password is in no command line while requests wait" {
	local seen control_pid
	serve_from "$(neon_url sslmode=verify-full)" TASKS_DB_TIMEOUT_MS=15000
	warm_up
	printf '%s\n' "$password" >"$BATS_TEST_TMPDIR/word"
	neon cold=held wake=60000 sleep
	ask_later list GET /api/tasks
	ask_later create POST /api/tasks --body '{"title":"x"}'
	bash -c 'exec -a "$0" sleep infinity' "$password" 3>&- &
	control_pid=$!
	wait_until_state waking
	nap 0.3
	seen=$(grep -slaF -f "$BATS_TEST_TMPDIR/word" /proc/[0-9]*/cmdline) || true
	assert_same "$seen" "/proc/$control_pid/cmdline" 'command lines with the password'
	kill "$control_pid"
	neon awake
	answers
	[[ $REPLY == create:\ 201*list:\ 200* ]] || fail "$REPLY"
}
