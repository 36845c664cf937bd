# CORS and the headers of each reply.  request() checks the headers that all replies
# have in common, for each request of all these files.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && begin; }

# replies COMMAND [OPTION...]: call COMMAND with a request for each status that
# clients can provoke.
replies()
{
	local tail=("${@:2}")
	"$1" 200 GET /api/tasks "${tail[@]}"
	"$1" 201 POST /api/tasks --body '{"title":"x"}' "${tail[@]}"
	"$1" 400 POST /api/tasks --body '{' "${tail[@]}"
	"$1" 401 GET /api/tasks --no-token "${tail[@]}"
	"$1" 401 GET /api/tasks --token x "${tail[@]}"
	"$1" 403 GET /api/nobody/tasks "${tail[@]}"
	"$1" 404 GET /api/tasks/00000000-0000-4000-8000-000000000000 "${tail[@]}"
	"$1" 404 GET /nothing "${tail[@]}"
	"$1" 405 PUT /api/tasks "${tail[@]}"
	"$1" 415 POST /api/tasks --body x --type text/plain "${tail[@]}"
	"$1" 422 POST /api/tasks --body '{}' "${tail[@]}"
	"$1" 200 GET /health "${tail[@]}"
	"$1" 200 GET /api/me "${tail[@]}"
	"$1" 204 OPTIONS /api/tasks "${tail[@]}"
}

expect()
{
	request "${@:2}" && assert_status "$1"
}

# bats test_tags=server
@test "every answer to an allowed origin can be read by its page; tasks are never kept by a shared cache" {
	expect_readable()
	{
		expect "$@" || return 1
		assert_header Access-Control-Allow-Origin https://app.example.org || return 1
		assert_header Access-Control-Allow-Credentials true || return 1
		assert_header_words Access-Control-Expose-Headers \
			'ETag Location Link X-Total-Count X-Request-Id Retry-After Server-Timing'
	}
	replies expect_readable --origin https://app.example.org
	request GET /api/tasks --origin http://localhost:3000
	assert_header Access-Control-Allow-Origin http://localhost:3000
	# Positive control: another origin.
	request GET /api/me --origin https://evil.example
	request PUT /api/tasks --origin https://evil.example
	request GET /nothing --origin https://evil.example
	create
	for path in /api/tasks "/api/tasks/$id" /api/me; do
		request GET "$path"
		assert_header Cache-Control 'private, no-cache'
	done
	request PUT "/api/tasks/$id" --body '{}'
	assert_header Cache-Control 'private, no-cache'
}

@test "an origin that is not listed letter for letter gets no CORS headers" {
	local origin
	for origin in http://localhost:3001 https://localhost:3000 http://localhost http://localhost:3000/ \
		http://localhost:30000 HTTP://localhost:3000 http://evil.example https://app.example.org.evil.example \
		https://xapp.example.org https://app.example.or null '*' 'http://localhost:3000,https://app.example.org' \
		'http://localhost:3000 https://app.example.org' ','; do
		request GET /api/me --origin "$origin"
		assert_status 200
		assert_no_header Access-Control-Allow-Origin
		request OPTIONS /api/tasks --origin "$origin" --no-token --header 'Access-Control-Request-Method: POST'
		assert_status 204
		assert_no_header Access-Control-Allow-Origin
		assert_no_header Access-Control-Allow-Methods
	done
	replies expect --origin ''
	replies expect --origin https://evil.example
}

# bats test_tags=server
@test "a preflight is answered on every path without a token; of what is no route it is 404" {
	local path allow
	while read -r path allow; do
		request OPTIONS "$path" --no-token --header 'Access-Control-Request-Method: PUT' \
			--header 'Access-Control-Request-Headers: authorization,content-type'
		assert_status 204
		assert_header Access-Control-Allow-Origin http://localhost:3000
		assert_header Access-Control-Allow-Credentials true
		assert_header Access-Control-Max-Age 86400
		assert_header_words Access-Control-Allow-Methods 'GET HEAD POST PUT PATCH DELETE OPTIONS'
		assert_header_words Access-Control-Allow-Headers \
			'Authorization Content-Type If-Match If-None-Match Idempotency-Key Prefer X-Request-Id traceparent tracestate baggage sentry-trace'
		assert_header_words Allow "$allow"
	done <<-END
		/api/tasks GET HEAD POST OPTIONS
		/api/v1/tasks GET HEAD POST OPTIONS
		/api/$user/tasks GET HEAD POST OPTIONS
		/api/tasks/x GET HEAD PUT PATCH DELETE OPTIONS
		/api/v1/tasks/00000000-0000-4000-8000-000000000000 GET HEAD PUT PATCH DELETE OPTIONS
		/api/tasks/x/complete PUT PATCH OPTIONS
		/api/me GET HEAD OPTIONS
		/api/v1/auth/me GET HEAD OPTIONS
		/health GET HEAD OPTIONS
		/health/live GET HEAD OPTIONS
		/health/ready GET HEAD OPTIONS
	END
	request OPTIONS /api/nothing --no-token --header 'Access-Control-Request-Method: GET'
	assert_problem 404 not_found
	assert_header Access-Control-Allow-Origin http://localhost:3000
}

# bats test_tags=server
@test "the caller's request id comes back where it is fit, else a new one" {
	local sent first
	repeat 64 a
	for sent in x "$REPLY" 0-_Az 123e4567-e89b-42d3-a456-426614174000; do
		request GET /api/me --header "X-Request-Id: $sent"
		assert_header X-Request-Id "$sent"
		request GET /nothing --header "X-Request-Id: $sent"
		assert_header X-Request-Id "$sent"
		assert_json '.request_id == $i' --arg i "$sent"
	done
	for sent in "${REPLY}a" 'a b' a.b a/b 'a"b' 'a,b' a=b é 'a;b' '<x>'; do
		request GET /nothing --header "X-Request-Id: $sent"
		[[ ${reply_headers[x-request-id]} != "$sent" ]] || fail 'an unfit id came back'
	done
	request GET /api/me
	first=${reply_headers[x-request-id]}
	request GET /api/me
	[[ ${reply_headers[x-request-id]} != "$first" ]] || fail 'the same id twice'
}
