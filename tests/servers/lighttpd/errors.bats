# lighttpd's responses when programs fail or hang and when clients stall.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/raw.bash"
	. "$API_ROOT/tests/lib/stand-in.bash"
}

teardown() { end_stand_in; }

@test "a program that crashes, says nothing or cannot be started is a JSON 500 with CORS" {
	local text
	for text in "kill -SEGV \$\$" 'exit 1' ':' 'exec /nonexistent' mode; do
		stand_in me "$text"
		[[ $text != mode ]] || chmod 644 "$API_RUN/programs/me"
		request GET /api/me
		assert_problem 500 internal_error 'Internal server error'
		assert_header Access-Control-Allow-Origin http://localhost:3000
		end_stand_in
	done
	request GET /api/me
	assert_status 200
}

@test "a program that is not there is an error of the contract's shape" {
	take_away me
	request GET /api/me
	assert_problem 404 not_found
	# Remove also the program that writes the error responses for the others: the error
	# page reveals nothing.
	take_away fallback
	for path in /api/me /nothing /docs/nothing /api%2Fme; do
		request GET "$path" --unchecked
		[[ $status == 404 && $body != *tasks* && $body != *ighttpd* && -z ${reply_headers[server]:-} ]] ||
			fail 'it tells something' || return 1
	done
	end_stand_in
	request GET /api/me
	assert_status 200
}

@test "a program that hangs is 504 with Retry-After and CORS, ends, and holds up no other" {
	close_gate
	stand_in me "$at_gate"
	hangs_until_504
	# The gate is still closed, so the program was killed and did not return by itself.
	wait_until gone "${begun[0]}" || fail 'the program is left'
}

@test "as many headers as fit are served, more than fit are 431" {
	local many='' n
	for n in {1..70}; do
		many+="X-$n: $n\r\n"
	done
	repeat 15000 a
	many+="X-Long: $REPLY\r\nX-Longer: $REPLY\r\n"
	raw "GET /api/tasks HTTP/1.0\r\nHost: x\r\n$many\r\n"
	assert_server_error 401
	many+="X-Longest: $REPLY\r\n"
	raw "GET /api/tasks HTTP/1.1\r\nHost: x\r\n${many}\r\n"
	assert_server_error 431
}

@test "a method that lighttpd does not know is 501, one in small letters too" {
	local method
	for method in BREW get; do
		raw "$method /api/tasks HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
		assert_server_error 501
		[[ $body == *'"code":"not_implemented"'* ]] || fail 'the code' || return 1
	done
	request PROPFIND /api/tasks
	assert_problem 405 method_not_allowed
}

@test "a POST that says nothing of its body is 411, and a page may read that" {
	token_for "$user"
	raw "POST /api/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $token\r\nOrigin: http://localhost:3000\r\nConnection: close\r\n\r\n"
	assert_server_error 411
	assert_header Access-Control-Allow-Origin http://localhost:3000
	raw "POST /api/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $token\r\nContent-Type: application/json\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
	assert_server_error 400
}

@test "what is no URL is 400; what is no text is, too, whatever else it says, and in no log" {
	local path marker=m$RANDOM$RANDOM
	token_for "$user"
	for path in '/api/tasks?a b' '/api/tasks?\x01' '/api/tasks\x7f' '/api/tasks/%2' '/%zz?x'; do
		raw "GET $path HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $token\r\nConnection: close\r\n\r\n"
		assert_server_error 400
	done
	for path in '/api/caf\xe9/tasks' "/api/tasks?search=$marker\xe9" '/.bad?\xff' '/.error?\xff'; do
		raw "GET $path HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $token\r\nOrigin: http://localhost:3000\r\nConnection: close\r\n\r\n"
		assert_server_error 400
		assert_header Access-Control-Allow-Origin http://localhost:3000
	done
	! grep -q $marker "$API_RUN/lighttpd/error.log" || fail 'the query is in the log'
	raw "GET /api/tasks?x=%2F%00%ff%zz&y=/?\xc3\xa9 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $token\r\nConnection: close\r\n\r\n"
	assert_status 200
}

limit_is_reached()
{
	local text
	while IFS= read -r -u "$errors" text; do
		[[ $text != *'connection limit reached'* ]] || return 0
	done
	return 1
}

@test "more clients than programs may run wait, and all are answered" {
	local out=$BATS_TEST_TMPDIR/out errors hey old
	exec {errors}<"$API_RUN/lighttpd/error.log"
	mapfile -t -u "$errors" old
	close_gate
	stand_in health "$at_gate; printf 'Status: 200\r\nContent-Type: text/plain\r\n\r\n'"
	hey -n 300 -c 300 -t 0 "$API_URL/health/live" >"$out" 2>&1 3>&- &
	hey=$!
	wait_until have_begun 256 || fail 'the limit is not reached'
	wait_until limit_is_reached || fail 'the log does not say so'
	open_gate
	wait "$hey"
	body=$(<"$out")
	[[ $body == *$'[200]\t300 responses'* && $body != *'Error distribution'* ]] || fail 'not all are answered'
}

@test "a client that stalls is hung up on and blocks nobody" {
	local part
	stall
	for part in header body; do
		received "$part" GET /
		assert_same "$status$body" '' "half a $part"
	done
}

@test "a connection has one program run at a time: HTTP/2 is not spoken, so that max-connections limits programs" {
	local way said request=(-q -s --noproxy '*' -o /dev/null -w '%{http_version} %{http_code}')
	for way in --http2 --http2-prior-knowledge; do
		said=$(curl "${request[@]}" "$way" "$API_URL/health/live") || true
		[[ $said != 2* ]] || fail "$way: HTTP/$said"
	done
	said=$(curl "${request[@]}" "$API_URL/health/live")
	assert_same "$said" '1.1 200' 'without a wish'
}
