# Test the stand-in itself with a client's connections, because the other tests depend on
# it.  Test also the behaviour that only a program without a pooler can meet, or only one
# behind PgBouncer 1.24.
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

# assert_in URL: check that a login succeeds.  assert_out URL WORDS: check that it fails
# with these words in the error.
connect()
{
	# Close the kept connections, so that the client opens a new one.
	untraced ask disconnect
	untraced ask sql "$1" 'SELECT 1'
}
assert_in()
{
	connect "$1" || fail "$1: $why" || return 1
	assert_same "$REPLY" 1 "$1"
}
assert_out()
{
	! connect "$1" || fail "$1 got in" || return 1
	[[ $why == *"$2"* ]] || fail "not \"$2\" but: $why"
}

@test "only who names the endpoint by TLS gets to it" {
	assert_in "$(console_url)"
	assert_in "$(console_url "$endpoint-pooler.$domain")"
	assert_out "$(console_url)&sslsni=0" 'ERROR:  Endpoint ID is not specified.'
	assert_out "$(console_url "ep-other-$endpoint.$domain")" 'ERROR:  The requested endpoint could not be found'
	assert_out "$(url sslmode=disable)" 'ERROR:  connection is insecure'
	assert_in "$(url sslmode=require)"
}

@test "options= is refused where the pooler is asked" {
	local options='options=-c%20statement_timeout%3D5s'
	assert_out "$(console_url "$endpoint-pooler.$domain")&$options" \
		'ERROR:  unsupported startup parameter in options: statement_timeout. Please use unpooled'
	assert_in "$(console_url)&$options"
}

@test "a login is bound to the certificate" {
	local before
	before=$(neon_count bound)
	assert_in "$(console_url)"
	assert_same "$(neon_count bound)" $((before + 1)) 'logins bound to a certificate'
	assert_in "$(url 'sslmode=require&channel_binding=disable')"
	assert_same "$(neon_count bound)" $((before + 1)) 'logins bound to a certificate'
	neon certificate=twin
	assert_out "$(console_url)" 'SCRAM channel binding check failed'
	assert_in "$(url 'sslmode=require&channel_binding=disable')"
}

@test "a wrong password is refused as the proxy words it, and the right one is not" {
	local right
	right=$(console_url)
	assert_out "${right/pa55word/pa55wordX}" 'ERROR:  password authentication failed for user'
	assert_in "$right"
}

@test "a cold start answers as it is told, and then lets in" {
	local start=${EPOCHREALTIME/[.,]/}
	neon cold=held wake=600 sleep
	assert_in "$(console_url)"
	((${EPOCHREALTIME/[.,]/} - start > 600000)) || fail 'it did not take its time'
	neon cold=starting sleep
	assert_out "$(console_url)" 'FATAL:  the database system is starting up'
	wait_until_state awake
	neon cold=compute sleep
	assert_out "$(console_url)" "ERROR:  Couldn't connect to compute node"
	wait_until_state awake
	neon cold=reset sleep
	assert_out "$(console_url)" 'server closed the connection unexpectedly'
	wait_until_state awake
	assert_in "$(console_url)"
}

@test "it falls asleep when nobody asks, and ends the links" {
	local end before session
	before=$(neon_count wakes)
	for end in 57P01 silent reset; do
		neon "end=$end" idle=0
		assert_in "$(console_url)"
		exec {session}> >(psql -X -q -A -t "$(console_url)" >"$BATS_TEST_TMPDIR/$end" 2>&1 3>&-)
		echo "SELECT 'here';" >&"$session"
		wait_until grep -q '^here' "$BATS_TEST_TMPDIR/$end" || fail "$end: $(<"$BATS_TEST_TMPDIR/$end")"
		neon idle=300
		wait_until_state asleep
		echo "SELECT 'still here';" >&"$session"
		exec {session}>&-
		wait $! || true
		! grep -q '^still here' "$BATS_TEST_TMPDIR/$end" || fail "$end: the link was not cut"
		assert_same "$(neon_count state)/$(neon_count links)" asleep/0 'the compute and its links'
	done
	grep -q 'FATAL:  terminating connection due to administrator command' "$BATS_TEST_TMPDIR/57P01" ||
		fail "$(<"$BATS_TEST_TMPDIR/57P01")"
	! grep -q 'FATAL' "$BATS_TEST_TMPDIR/silent" "$BATS_TEST_TMPDIR/reset" || fail 'a word was said'
	(($(neon_count wakes) >= before + 3)) || fail 'nobody woke it up'
}

@test "a program is served by Neon's pooler; without SNI, or with options, it is not" {
	serve_from "$(console_url "$endpoint-pooler.$domain")"
	warm_up
	serve_from "$(console_url)&sslsni=0" TASKS_DB_TIMEOUT_MS=700
	assert_unavailable GET /api/tasks
	serve_from "$(console_url "$endpoint-pooler.$domain")&options=-csearch_path%3Dx" TASKS_DB_TIMEOUT_MS=700
	assert_unavailable GET /api/tasks
	serve_from "$(console_url)&options=-cwork_mem%3D8MB"
	warm_up
}

@test "behind PgBouncer 1.24, which passes on the error of its own login, a cold start is not noticed either" {
	local cold WAY=cgi-pooled PGBOUNCER
	find_newer
	export PGBOUNCER=$newer
	serve_from "$(neon_url sslmode=verify-full)"
	for cold in starting compute; do
		sleep_through "$cold" 1000 || return 1
	done
}
