# A web server's responses when FastCGI processes fail or hang.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/raw.bash"
	. "$API_ROOT/tests/lib/access.bash"
	. "$API_ROOT/tests/lib/stand-in.bash"
	. "$API_ROOT/tests/lib/socket.bash"
}

teardown() { end_replacement; }

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
		end_replacement
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
	paths=(/api/me /nothing)
	# What Apache refuses before it selects a program is then a page.
	[[ $API_SERVER != nginx ]] || paths+=(/docs/nothing /api%2Fme)
	for path in "${paths[@]}"; do
		request GET "$path" --unchecked
		assert_server_error 503
		line_of "${reply_headers[x-request-id]:-}"
		[[ $line =~ $line_form && $line == *" path=\"$path\" status=503 "*' -' ]] || fail "$line" || return 1
		[[ ${reply_headers[retry-after]:-} == 1 ]] || fail 'no Retry-After' || return 1
	done
	request HEAD /nothing --unchecked
	assert_status 503
	assert_same "$body" '' 'body of HEAD'
	end_replacement
	request GET /api/me
	assert_status 200
}

@test "a program that hangs is 504 with Retry-After and CORS, and holds up no other" {
	close_gate
	replace me "$at_gate"
	hangs_until_504
	line_of "${reply_headers[x-request-id]:-}"
	assert_line GET /api/me 504 fallback timeout || return 1
	# The limit is 20 s on every server (man 8 tasks-cgi).
	[[ $line == *' ms=2'????' '* ]] || fail "not after 20 s: $line"
}
