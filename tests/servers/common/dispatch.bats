# The real server passes each method and path to the right program.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	uuid=00000000-0000-4000-8000-000000000000
	error_log=$API_LOG
}

@test "each method and path reaches the program of the table of routes" {
	local path slash method id=d-$RANDOM-$RANDOM count=0 line lines program
	local -A wanted=() got=()
	while read -r path; do
		for slash in '' /; do
			for method in GET POST PUT PATCH DELETE PROPFIND; do
				# Each of these requests fails, and the log names the
				# program that handled it.
				count=$((count + 1))
				ask route "$method" "$path$slash"
				request "$method" "$path$slash" --no-token --body '{' --header "X-Request-Id: $id-$count" --unchecked
				[[ $program != health ]] || continue
				((status >= 400)) || fail 'it did not fail' || return 1
				wanted["$method $path$slash"]=$program
				got["$method $path$slash"]=$id-$count
			done
		done
	done <<-END
		/api/tasks
		/api/v1/tasks
		/api/$user/tasks
		/api/tasks/x
		/api/v1/tasks/$uuid
		/api/$user/tasks/$uuid
		/api/tasks/x/complete
		/api/v1/tasks/$uuid/complete
		/api/$user/tasks/$uuid/complete
		/api/me
		/api/v1/auth/me
		/api/me/tasks
		/health
		/health/live
		/nothing
	END
	mapfile -t lines <"$error_log"
	printf -v lines '%s\n' "${lines[@]}"
	for path in "${!wanted[@]}"; do
		[[ $lines == *"request_id=${got[$path]} program=${wanted[$path]} "* ]] ||
			fail "$path was not served by ${wanted[$path]}" || return 1
	done
}

@test "files are read only, and under no other name" {
	local path method
	for path in /docs /docs/ /openapi.json /openapi.json/; do
		for method in GET HEAD; do
			request "$method" "$path" --unchecked --no-token
			assert_status 200
			assert_header X-Content-Type-Options nosniff
			assert_header Vary Origin
			assert_header Cache-Control no-cache
			[[ ${reply_headers[content-security-policy]:-} == "default-src 'none'; script-src 'self'; "* ]] || fail 'no policy'
		done
		for method in POST PUT DELETE PROPFIND; do
			request "$method" "$path" --no-token --body ''
			assert_problem 405 method_not_allowed
			assert_header_words Allow 'GET HEAD OPTIONS'
		done
		request OPTIONS "$path" --no-token --header 'Access-Control-Request-Method: GET'
		assert_status 204
	done
	for path in /docs/nothing /docs%2Findex.html /docs/x/index.html; do
		request GET "$path" --no-token
		assert_problem 404 not_found
	done
}

@test "a range of a list is the whole list" {
	create
	for range in 0-3 99999999-; do
		request GET /api/tasks --header "Range: bytes=$range"
		assert_status 200
		assert_same "$body" "[$task]" 'the list'
	done
}

@test "a range of a file is the whole file" {
	local whole range
	request GET /openapi.json --unchecked --no-token
	whole=$body
	for range in 0-3 99999999-; do
		request GET /openapi.json --unchecked --no-token --header "Range: bytes=$range"
		assert_status 200
		assert_same "$body" "$whole" 'the file'
	done
}

@test "no rule redirects: the answer comes at once, with and without the slash" {
	local path slash
	for path in /api/tasks /api/v1/tasks "/api/$user/tasks" "/api/tasks/$uuid" "/api/tasks/$uuid/complete" \
		/api/me /health /health/live /nothing /api /cgi-bin /; do
		for slash in '' /; do
			request OPTIONS "${path%/}$slash" --unchecked --no-token --header 'Access-Control-Request-Method: GET'
			[[ $status != 3?? ]] || fail 'a redirect' || return 1
			request GET "${path%/}$slash" --unchecked
			[[ $status != 3?? ]] || fail 'a redirect' || return 1
		done
	done
}

@test "Authorization arrives at every program" {
	create
	while read -r method path; do
		request "$method" "$path" --token x.y.z --body '{}'
		assert_problem 401 invalid_token
	done <<-END
		GET /api/tasks
		POST /api/tasks
		GET /api/tasks/$id
		PUT /api/tasks/$id
		PATCH /api/tasks/$id
		PATCH /api/tasks/$id/complete
		PUT /api/tasks/$id/complete
		DELETE /api/tasks/$id
		GET /api/me
		GET /api/v1/auth/me
	END
	request GET "/api/tasks/$id"
	assert_status 200
}

@test "two Authorization headers are no way in" {
	token_for "$user"
	request GET /api/tasks --token "$token" --header "Authorization: Bearer $token" --unchecked
	[[ $status == 401 || $status == 400 ]] || fail 'let in'
	request GET /api/tasks --token "$token"
	assert_status 200
}

@test "HEAD has the headers of GET and no body, and the connection goes on" {
	local head
	. "$API_ROOT/tests/lib/raw.bash"
	create
	token_for "$user"
	on_server HEAD "/api/tasks/$id"
	head="HEAD $REPLY HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $token\r\n\r\n"
	on_server GET "/api/tasks/$id"
	raw "${head}GET $REPLY HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $token\r\nConnection: close\r\n\r\n"
	assert_status 200
	assert_header Content-Type application/json
	[[ $body == 'HTTP/1.1 200 '*"$task"* ]] || fail 'it is not the answer to GET that follows'
}

@test "the programs' folder reached directly is safe and tells nothing" {
	local path
	for path in /cgi-bin /cgi-bin/ /cgi-bin/nothing /cgi-bin/../cgi-bin/ /cgi-bin/tasks-list /cgi-bin/fallback \
		/cgi-bin/tasks-list/ /cgi-bin/tasks-list/etc/passwd /cgi-bin/.. /cgi-bin/%2e%2e/env; do
		request GET "$path" --unchecked
		[[ $status == 40[034] || $status == 503 ]] || fail "$path is served" || return 1
		[[ $body == '{"detail":'* && $body != *tasks-* ]] || fail "$path tells something" || return 1
	done
	request GET /cgi-bin/tasks-list/api/tasks --no-token --unchecked
	[[ $status == 401 || $status == 404 ]] || fail 'without a token'
	create
	request GET "/cgi-bin/tasks-delete/api/tasks/$id" --unchecked
	[[ $status == 404 || $status == 405 ]] || fail 'GET of tasks-delete'
	request GET "/api/tasks/$id"
	assert_status 200
}

@test "no folder is listed and no file beside the API is served" {
	local path
	for path in / /htdocs /htdocs/ /icons/ /env /programs/ /httpd.conf /../env /%2e%2e/env /.htaccess /server-info /error.log; do
		request GET "$path" --unchecked
		[[ $status == 40[034] ]] || fail "$path: $status" || return 1
		[[ $body != *Index* && $body != *SECRET* ]] || fail "$path tells something" || return 1
	done
}

@test "TRACE is refused, and the server tells neither version nor modules" {
	request TRACE /api/tasks --unchecked
	[[ $status == 405 ]] || fail 'TRACE'
	request GET /nothing
	[[ ${reply_headers[server]:-} =~ ^(Apache|nginx)?$ ]] || fail 'Server tells more than it must'
}
