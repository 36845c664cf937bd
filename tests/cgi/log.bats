# The log has one line for each failed request.  Clients cannot forge lines, and lines
# contain no data of clients.  request() checks this for each request.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && begin; }

@test "what is the client's is never in the log: token, body, path, query, headers" {
	local secret=s3cr3t arguments
	user=$secret$user
	create "{\"title\":\"$secret\"}"
	while read -r -a arguments; do
		request "${arguments[@]}"
		((status >= 400)) || fail 'it did not fail'
		[[ $log != *"$secret"* ]] || fail 'it is in the log'
	done <<-END
		GET /$secret
		GET /api/$secret/tasks
		GET /api/tasks/$secret
		PUT /api/tasks?$secret
		GET /api/tasks/00000000-0000-4000-8000-000000000000?$secret
		POST /api/tasks --type $secret --body $secret
		POST /api/tasks --body {"title":5,"$secret":1}
		POST /api/tasks --body {"$secret
		GET /api/tasks --token $secret.$secret.$secret
		GET /api/tasks --authorization $secret
		FOO$secret /api/tasks
		GET /nothing --header X-Request-Id:$secret! --header User-Agent:$secret --origin http://$secret
	END
	raw_token "{\"sub\":\"$user\",\"exp\":1,\"email\":\"$secret@example.org\"}"
	request GET /api/tasks --token "$token"
	assert_problem 401 token_expired
	[[ $log != *"$secret"* && $log != *"${token##*.}"* ]] || fail 'it is in the log'
}

@test "control characters and quotes of a client cannot forge a line" {
	local hostile
	for hostile in $'x\ny' $'x\r\ntime=2026' $'\e[31m' '" level=error "' $'\x7f' $'\u0085' \\; do
		bare fallback /dev/null REQUEST_METHOD="$hostile" PATH_INFO="/$hostile" QUERY_STRING="$hostile" \
			HTTP_X_REQUEST_ID="$hostile" HTTP_ORIGIN="$hostile" CONTENT_TYPE="$hostile" \
			HTTP_AUTHORIZATION="Bearer $hostile" HTTP_USER_AGENT="$hostile"
		assert_status 404
		[[ $log =~ ^[\ -~]+$ ]] || fail 'bytes in the log that are not plain'
		bare tasks-list /dev/null REQUEST_METHOD=GET PATH_INFO=/api/tasks HTTP_AUTHORIZATION="Bearer $hostile" \
			HTTP_ORIGIN="$hostile" HTTP_X_REQUEST_ID="$hostile"
		assert_status 401
		[[ $log =~ ^[\ -~]+$ ]] || fail 'bytes in the log that are not plain'
	done
}

@test "a header of a client cannot write headers of the reply" {
	local hostile=$'x\r\nX-Injected: yes'
	bare fallback /dev/null REQUEST_METHOD=GET PATH_INFO=/ HTTP_X_REQUEST_ID="$hostile" HTTP_ORIGIN="$hostile"
	assert_status 404
	assert_no_header X-Injected
	settings+=("CORS_ORIGINS=http://a.example"$'\r\n'"X-Injected: yes")
	bare fallback /dev/null REQUEST_METHOD=GET PATH_INFO=/ HTTP_ORIGIN="http://a.example"$'\r\n'"X-Injected: yes"
	assert_status 500
	assert_no_header X-Injected
	begin
	token_for "$user"$'\r\nX-Injected: yes'
	printf '{"title":"x"}' >"$BATS_TEST_TMPDIR/input"
	bare tasks-create "$BATS_TEST_TMPDIR/input" REQUEST_METHOD=POST CONTENT_TYPE=application/json \
		HTTP_AUTHORIZATION="Bearer $token" PATH_INFO="/api/$user"$'\r\nX-Injected: yes/tasks'
	assert_no_header X-Injected
}

@test "a line can be found by the request id of the reply, that of a refused token with its reason" {
	request GET /nothing --header 'X-Request-Id: find-me'
	[[ $log == *' request_id=find-me '* ]] || fail 'the id is not in the log'
	request GET /nothing
	[[ $log == *" request_id=${reply_headers[x-request-id]} "* ]] || fail 'the id is not in the log'
	token_for "$user"
	request GET /api/tasks --token "${token%?????}AAAAA"
	assert_problem 401 invalid_token
	[[ $log == *" request_id=${reply_headers[x-request-id]} "*' site=auth.token reason="the token'\''s alg or signature does not match the key"' &&
		$log != *"${token%%.*}"* ]] || fail 'not this refusal, or the token'
	raw_token "{\"sub\":\"$user\"}"
	request GET /api/tasks --token "$token" --header 'X-Request-Id: find-me-too'
	assert_problem 401 invalid_token
	[[ $log == *' request_id=find-me-too '*' site=auth.dates reason="the claim exp is missing, or exp or nbf is not a number"' &&
		$log != *"${token##*.}"* && $log != *"$user"* ]] || fail 'not this refusal, or the token'
}

@test "faults of ours are errors in the log, those of clients are not" {
	request GET /nothing
	[[ $log == *' level=info '* ]] || fail 'not info'
	settings+=(TASKS_MAX_ROWS=0)
	request GET /nothing
	[[ $log == *' level=error '* ]] || fail 'not error'
}
