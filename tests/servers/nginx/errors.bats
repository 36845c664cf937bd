# nginx's own responses to bad requests and to clients that stall.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/raw.bash"
	. "$API_ROOT/tests/lib/access.bash"
}

@test "as many headers as fit are served, more than fit are 431" {
	local many='' n
	for n in {1..70}; do
		many+="X-$n: $n\r\n"
	done
	raw "GET /api/tasks HTTP/1.0\r\nHost: x\r\n$many\r\n"
	assert_server_error 401
	repeat 15000 a
	for n in {1..5}; do
		many+="X-Long-$n: $REPLY\r\n"
	done
	raw "GET /api/tasks HTTP/1.1\r\nHost: x\r\n${many}\r\n"
	assert_server_error 431
}

@test "a method in small letters is 400" {
	raw 'get /api/tasks HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
	assert_server_error 400
}

@test "a client that stalls is hung up on and blocks nobody" {
	local part
	stall
	for part in header body; do
		received "$part" GET /
		assert_same "$status$body" '' "half a $part"
	done
	wait_until is_logged ' status=408 ' || fail 'no line for half a header'
	[[ ${line%%$'\n'*} =~ $line_form ]] || fail "$line"
}
