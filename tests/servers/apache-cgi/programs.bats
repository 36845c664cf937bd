# Apache's responses when CGI programs fail.
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
