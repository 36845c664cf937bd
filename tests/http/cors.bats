# CORS as a browser asks for it.
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
