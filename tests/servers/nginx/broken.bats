# nginx's responses when programs fail or hang.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/raw.bash"
	. "$API_ROOT/tests/lib/access.bash"
	. "$API_ROOT/tests/lib/stand-in.bash"
	sockets=$API_RUN/fcgi
	stand_in=
}

teardown()
{
	local saved
	open_gate
	if [[ -n $stand_in ]]; then
		kill -- "-$stand_in" 2>/dev/null || true
		wait "$stand_in" 2>/dev/null || true
		stand_in=
	fi
	for saved in "$sockets"/*.saved; do
		[[ -e $saved ]] || continue
		mv -f -- "$saved" "${saved%.saved}"
	done
}

hide()
{
	mv -- "$sockets/$1.sock" "$sockets/$1.sock.saved"
}

# replace PROGRAM COMMAND [OPTION]: until the test ends, answer each connection to PROGRAM's
# socket by running COMMAND.  OPTION is an option for socat's listener.
replace()
{
	hide "$1"
	setsid socat "UNIX-LISTEN:$sockets/$1.sock,mode=0666,fork${3:+,$3}" "SYSTEM:$2" 2>/dev/null 3>&- &
	stand_in=$!
	wait_until test -S "$sockets/$1.sock" || fail 'the stand-in does not listen'
}

@test "a program that breaks off, says nothing or talks nonsense is a JSON 500 with CORS" {
	local text
	for text in 'exit 1' 'head -c 20 >/dev/null; kill -SEGV \$\$' 'head -c 20 >/dev/null' 'echo nonsense' \
		'head -c 8 /dev/zero'; do
		replace me "$text"
		request GET /api/me
		line_of "${reply_headers[x-request-id]:-}"
		assert_line GET /api/me 500 fallback internal_error
		assert_problem 500 internal_error 'Internal server error'
		assert_header Access-Control-Allow-Origin http://localhost:3000
		teardown
	done
	request GET /api/me
	assert_status 200
}

@test "a program that does not run is 503 with Retry-After and CORS" {
	hide me
	request GET /api/me
	assert_problem 503 service_unavailable 'Service unavailable'
	assert_header Access-Control-Allow-Origin http://localhost:3000
	# Remove also the program that writes the error responses for the others.  The
	# response is then plain text, without CORS headers.
	hide fallback
	for path in /api/me /nothing /docs/nothing /api%2Fme; do
		request GET "$path" --unchecked
		assert_server_error 503
		line_of "${reply_headers[x-request-id]:-}"
		[[ $line =~ $line_form && $line == *" path=\"$path\" status=503 "*' -' ]] || fail "$line" || return 1
		[[ ${reply_headers[retry-after]:-} == 1 ]] || fail 'no Retry-After' || return 1
	done
	request HEAD /nothing --unchecked
	assert_status 503
	assert_same "$body" '' 'body of HEAD'
	teardown
	request GET /api/me
	assert_status 200
}

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

@test "a program that hangs is 504 with Retry-After and CORS, and holds up no other" {
	close_gate
	replace me "$at_gate"
	hangs_until_504
	line_of "${reply_headers[x-request-id]:-}"
	assert_line GET /api/me 504 fallback timeout
}
