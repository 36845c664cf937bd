# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/access.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/access.bash"
}

@test "each request is one line of logfmt with its path, and without its query" {
	local id=access-$RANDOM-$RANDOM
	request GET "/api/tasks/%22a%3Fb%22?secret=1" --header "X-Request-Id: $id"
	line_of "$id"
	[[ $line =~ ^time=20[0-9-]+T[0-9:]+\+[0-9]{4}\ client=127\.0\.0\.1\ method=\"GET\"\ path=\"/api/tasks/%22a%3Fb%22\"\ status=422\ bytes=[1-9][0-9]*\ ms=[1-9][0-9]*\ request_id=\"$id\"\ (-|program=tasks-get\ .*)$ ]] ||
		fail "$line"
}

@test "a quote in a path does not end its value" {
	local id=quote-$RANDOM-$RANDOM
	. "$API_ROOT/tests/lib/raw.bash"
	raw "GET /a\"\\\\\xc3\xa9?secret HTTP/1.1\r\nHost: x\r\nX-Request-Id: $id\r\nConnection: close\r\n\r\n"
	assert_server_error 404
	line_of "$id"
	[[ $line == *' path="/a\"'*'" status=404 '* && $line != *secret* ]] || fail "$line"
}

@test "what a program tells the log is in its line, and not in the reply" {
	local id=told-$RANDOM-$RANDOM
	request GET /api/tasks --header "X-Request-Id: $id" --header 'X-LIGHTTPD-Tasks-Log: program=forged'
	assert_status 200
	assert_no_header X-LIGHTTPD-Tasks-Log
	line_of "$id"
	[[ $line =~ \ request_id=\"$id\"\ program=tasks-list\ program_ms=[0-9.]+\ db_ms=[0-9.]+$ ]] || fail "$line"
	request GET /nothing --header "X-Request-Id: $id-b"
	line_of "$id-b"
	[[ $line =~ \ status=404\ .*\ program=fallback\ code=not_found\ program_ms=[0-9.]+$ ]] || fail "$line"
}
