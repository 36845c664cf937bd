# Apache's responses when programs fail or clients stall.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/raw.bash"
	. "$API_ROOT/tests/lib/access.bash"
	. "$API_ROOT/tests/lib/stand-in.bash"
}

teardown() { end_stand_in; }

@test "a program that crashes, says nothing or talks nonsense is a JSON 500 with CORS" {
	local text
	for text in "kill -SEGV \$\$" 'exit 1' ':' 'echo nonsense' "printf 'no header\\n\\nbody'" 'exec /nonexistent'; do
		stand_in me "$text"
		request GET /api/me
		line_of "${reply_headers[x-request-id]:-}"
		assert_line GET /api/me 500 fallback internal_error
		assert_problem 500 internal_error 'Internal server error'
		assert_header Access-Control-Allow-Origin http://localhost:3000
		end_stand_in
	done
	request GET /api/me
	assert_status 200
}

@test "a program that cannot be started is an error of the contract's shape" {
	stand_in me :
	chmod 644 "$API_RUN/programs/me"
	request GET /api/me --unchecked
	[[ $status == 500 || $status == 503 ]] || fail "status $status"
	assert_server_error "$status"
	rm "$API_RUN/programs/me"
	request GET /api/me --unchecked
	[[ $status == 500 || $status == 503 ]] || fail "status $status"
	assert_server_error "$status"
	[[ $status != 503 || -n ${reply_headers[retry-after]:-} ]] || fail '503 without Retry-After'
	# Remove also the program that writes the error responses for the others.
	take_away fallback
	request GET /api/me --unchecked
	[[ $status == 500 || $status == 503 ]] || fail "status $status"
	assert_server_error "$status"
	end_stand_in
	request GET /api/me
	assert_status 200
}

@test "a crashed program's output of before is not a reply" {
	stand_in me "echo 'Status: 200 OK'; kill -SEGV \$\$"
	request GET /api/me --unchecked
	[[ $status != 200 || $body == '' ]] || fail 'half a reply'
}

@test "too many headers are 400 or 431" {
	local many=''
	for n in {1..110}; do
		many+="X-$n: $n\r\n"
	done
	raw "GET /api/tasks HTTP/1.1\r\nHost: x\r\n$many\r\n"
	[[ $status == 400 || $status == 431 ]] || fail "status $status"
	assert_server_error "$status"
}

@test "a client that stalls is 408 and blocks nobody" {
	stall
	received header GET /
	assert_server_error 408
	line_of "${reply_headers[x-request-id]:-}"
	[[ $line =~ $line_form && $line == *' status=408 '*' -' ]] || fail "$line"
	# The program rejects a truncated body.  It may also reject the missing token first.
	received body POST /api/tasks
	if [[ $MODE == fcgi ]]; then
		assert_status 500 # mod_fcgid started no program, so no program could write the error response
		return
	fi
	[[ $status == 408 || $status == 40[01] || -z $status ]] || fail "status $status"
	[[ -z $status ]] || assert_server_error "$status"
}

@test "a method in small letters is another one: 405" {
	request get /api/tasks --no-token
	assert_problem 405 method_not_allowed
	request GET /api/tasks --no-token
	assert_problem 401 missing_token
}
