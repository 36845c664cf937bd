# CORS requests as a browser sends them.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && begin; }

@test "a browser's whole conversation: preflight, request, and an error it can read" {
	local method path
	create
	while read -r method path json; do
		request OPTIONS "$path" --no-token --header "Access-Control-Request-Method: $method" \
			--header 'Access-Control-Request-Headers: authorization,content-type'
		assert_status 204
		[[ ", ${reply_headers[access-control-allow-methods]:-}," == *", $method,"* ]] || fail "$method is not allowed"
		assert_header Access-Control-Allow-Origin http://localhost:3000
		request "$method" "$path" ${json:+--body "$json"}
		[[ $status == 20[014] ]] || fail "$method $path: $status"
		request "$method" "$path" --token x ${json:+--body "$json"}
		assert_problem 401 invalid_token
		assert_header Access-Control-Allow-Origin http://localhost:3000
	done <<-END
		GET /api/tasks
		POST /api/tasks {"title":"x"}
		PUT /api/tasks/$id {"title":"y"}
		PATCH /api/v1/tasks/$id/ {"priority":"low"}
		PATCH /api/$user/tasks/$id/complete
		DELETE /api/tasks/$id/
		GET /api/me
	END
}

@test "errors that the server words can be read by the page where a program runs" {
	printf '%*s' 2000000 '' >"$BATS_TEST_TMPDIR/huge"
	request POST /api/tasks --body-file "$BATS_TEST_TMPDIR/huge"
	assert_header Access-Control-Allow-Origin http://localhost:3000
	request GET /api/a%2Fb/tasks
	assert_header Access-Control-Allow-Origin http://localhost:3000
}

@test "errors that the server words are none for the page of an origin that is not listed" {
	local origin
	printf '%*s' 2000000 '' >"$BATS_TEST_TMPDIR/huge"
	for origin in https://evil.example http://localhost:3000.evil.example null; do
		request POST /api/tasks --body-file "$BATS_TEST_TMPDIR/huge" --origin "$origin"
		assert_problem 413 body_too_large
		assert_no_header Access-Control-Allow-Origin
	done
}

@test "a page of an allowed origin may read the documentation, as its preflight promises, and no other may" {
	local path method origin
	for path in /docs /docs/ /openapi.json /openapi.json/ /docs/docs.css /docs/swagger-ui-bundle.js; do
		request OPTIONS "$path" --no-token --unchecked --header 'Access-Control-Request-Method: GET'
		for origin in http://localhost:3000 https://app.example.org; do
			for method in GET HEAD; do
				request "$method" "$path" --unchecked --no-token --origin "$origin"
				assert_status 200 || return 1
				assert_readable || return 1
			done
			request GET "$path" --unchecked --no-token --origin "$origin" --header "If-None-Match: ${reply_headers[etag]}"
			assert_status 304 || return 1
			assert_readable || return 1
		done
		for origin in '' null '*' https://evil.example http://localhost:3001 http://localhost:3000.evil.example HTTP://localhost:3000 \
			https://appXexample.org 'http://localhost:3000,https://app.example.org' http://localhost http://localhost:3000/; do
			request GET "$path" --unchecked --no-token --origin "$origin"
			assert_status 200 || return 1
			assert_header Vary Origin
			check_cors || return 1
		done
	done
}

# assert_readable: check that the reply has the CORS headers that a program would set.
assert_readable()
{
	assert_header Access-Control-Allow-Origin "$origin" || return 1
	assert_header Access-Control-Allow-Credentials true || return 1
	assert_header Vary Origin || return 1
	assert_header_words Access-Control-Expose-Headers \
		'ETag Location Link X-Total-Count X-Request-Id Retry-After Server-Timing'
}
