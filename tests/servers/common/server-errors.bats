# Errors that the server itself reports also have the format of the API's contract.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/raw.bash"
}

@test "bytes that are no request are 400" {
	local bytes
	for bytes in 'garbage\r\n\r\n' 'GET\r\n\r\n' 'GET /api/tasks HTTP/9.9\r\n\r\n' 'GET /api/tasks HTTP/1.1\r\n\r\n' \
		'GET /api/tasks HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n' 'GET /api/tasks HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n' \
		'GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' 'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n'; do
		raw "$bytes"
		[[ $status == 400 || $status == 505 ]] || fail "400 was wanted, got $status" || return 1
		assert_server_error "$status"
	done
}

@test "a request that can be read in two ways is not served" {
	token_for "$user"
	raw "POST /api/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $token\r\nContent-Type: application/json\r\nContent-Length: 5\r\nContent-Length: 13\r\nConnection: close\r\n\r\n{\"title\":\"x\"}"
	assert_server_error 400
	raw "POST /api/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $token\r\nContent-Length: 1x\r\nConnection: close\r\n\r\n{}"
	assert_server_error 400
	request GET /api/tasks
	assert_same "$body" '[]' 'the list'
}

@test "a line that is too long is 414, a header that is too long 400 or 431" {
	repeat 9000 a
	raw "GET /$REPLY HTTP/1.1\r\nHost: x\r\n\r\n"
	assert_server_error 414
	repeat 40000 a
	raw "GET /api/tasks HTTP/1.1\r\nHost: x\r\nX-Long: $REPLY\r\n\r\n"
	[[ $status == 400 || $status == 431 ]] || fail "status $status"
	assert_server_error "$status"
}

@test "an expectation that nobody knows is 417" {
	local expected
	for expected in the-unexpected '\xff' '100-continue\xff' '100-continue, x'; do
		raw "GET /api/tasks HTTP/1.1\r\nHost: x\r\nExpect: $expected\r\nConnection: close\r\n\r\n"
		assert_server_error 417
	done
	request GET /api/tasks --header 'Expect: 100-Continue'
	assert_status 200
}

@test "a condition that a file does not meet is 412, where it is heeded" {
	local path condition
	for path in /docs /openapi.json; do
		for condition in 'If-Match: "x"' 'If-Unmodified-Since: Sat, 01 Jan 2000 00:00:00 GMT'; do
			request GET "$path" --unchecked --no-token --header "$condition"
			[[ $status == 412 ]] || { assert_status 200 && continue; } || return 1
			assert_server_error 412 || return 1
			[[ $body == *'"code":"precondition_failed"'* ]] || fail 'the code' || return 1
		done
		request GET "$path" --unchecked --no-token
		request GET "$path" --unchecked --no-token --header "If-Match: ${reply_headers[etag]:-}"
		assert_status 200
		request GET "$path" --unchecked --no-token --header "If-None-Match: ${reply_headers[etag]:-}"
		assert_status 304
	done
}

@test "the server's own 404, 405 and 413 are the contract's" {
	request GET /nothing
	assert_problem 404 not_found 'Not found'
	request TRACE /api/tasks --unchecked
	assert_server_error 405
	printf '%*s' 2000000 '' >"$BATS_TEST_TMPDIR/huge"
	request POST /api/tasks --body-file "$BATS_TEST_TMPDIR/huge"
	assert_problem 413 body_too_large
}

@test "a method that nobody has heard of is 405 where there is a route, 404 where there is none" {
	request BREW /api/tasks
	assert_problem 405 method_not_allowed
	assert_header_words Allow 'GET HEAD POST OPTIONS'
	request BREW /nothing
	assert_problem 404 not_found
}
