# Apache's responses to invalid requests and to clients that stall.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/raw.bash"
	. "$API_ROOT/tests/lib/access.bash"
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
	[[ $status == 408 || $status == 40[01] || -z $status ]] || fail "status $status"
	[[ -z $status ]] || assert_server_error "$status"
}

@test "a method in small letters is another one: 405" {
	request get /api/tasks --no-token
	assert_problem 405 method_not_allowed
	request GET /api/tasks --no-token
	assert_problem 401 missing_token
}
