# nginx's response when a program's queue is full.  Apache has fewer threads than the
# queue has places.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/raw.bash"
	. "$API_ROOT/tests/lib/stand-in.bash"
	. "$API_ROOT/tests/lib/socket.bash"
}

teardown() { end_replacement; }

# queued COUNT: succeed if the stand-in serves one connection and COUNT connections wait.
queued()
{
	have_begun 1 && ss -Hlx | grep -qE " LISTEN +$1 +[0-9]+ +$sockets/me.sock "
}

@test "a full queue is 503 with Retry-After for who finds no place in it" {
	local n
	close_gate
	# One connection is served, and two wait.
	replace me "$at_gate" max-children=1,backlog=1
	for n in 0 1 2; do
		send_raw "$n" 'GET /api/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
		wait_until queued "$n" || fail "there are not $n in the queue"
	done
	for n in {1..5}; do
		request GET /api/me
		assert_problem 503 service_unavailable
		assert_header Access-Control-Allow-Origin http://localhost:3000
	done
	ask waits 0 || fail 'the first was not waited for'
}
