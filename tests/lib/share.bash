# shellcheck shell=bash disable=SC2016,SC2034,SC2153,SC2154
# One client's slow requests and another client: source this file after api.bash.  The
# sourcing file defines start_limited(), which starts a server with the limits that ship
# on port $1 and with its files in $place, and stop_limited().
. "$API_ROOT/tests/lib/raw.bash"
. "$API_ROOT/tests/lib/later.bash"
. "$API_ROOT/tests/lib/at-once.bash"
. "$API_ROOT/tests/lib/apache.bash"

begin_limited()
{
	make_place
	give_time
	for _ in {1..5}; do
		free_port
		! start_limited "$REPLY" || break
	done
	API_PORT=$REPLY API_URL=http://127.0.0.1:$REPLY
}

# Replace teardown() of at-once.bash.
teardown()
{
	release
	stop_limited
	rm -rf -- "$place"
	[[ ! -e $saved ]] || cat "$saved" >"$API_RUN/env"
}

# as_many_wait COUNT: succeed if exactly so many requests wait for a lock.
as_many_wait() { is 'SELECT count(*) FROM pg_locks WHERE NOT granted' "$1"; }

# another OPTION...: send a request from another client address and print its status.
another()
{
	curl -q -gsS -m 60 --noproxy '*' --interface 127.0.0.2 -o /dev/null -w '%{http_code}' "$@"
}

# slow NUMBER: send a request that waits for the lock over the connection of that number.
slow()
{
	send_raw "slow$1" "PATCH /api/tasks/$id/complete HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $token\r\nConnection: close\r\n\r\n" ||
		fail "no connection $1"
}

# leaves_some COUNT: one client sends 24 requests for one program, and all of them wait for
# a lock.  Check that COUNT of them run, also after the client hangs up and sends more.
# Check that another client's request for this program is answered meanwhile.
leaves_some()
{
	local n said other
	create
	other=$id
	create
	token_for "$user"
	hold "SELECT FROM tasks WHERE id = '$id' FOR UPDATE"
	for n in {1..24}; do
		slow "$n" || return 1
	done
	wait_until as_many_wait "$1" || fail "not $1 requests wait" || return 1
	for n in {1..8}; do
		ask hang-up "slow$n"
		slow "$n" || return 1
	done
	said=$(another -X PATCH -H "Authorization: Bearer $token" "$API_URL/api/tasks/$other/complete")
	assert_same "$said" 200 "another client's request" || return 1
	as_many_wait "$1" || fail 'the slow requests were over before' || return 1
	release
	for n in {1..24}; do
		received "slow$n" PATCH "/api/tasks/$id/complete"
		[[ $status == 200 || $status == 429 ]] || fail '200 or 429 was wanted' || return 1
	done
}
