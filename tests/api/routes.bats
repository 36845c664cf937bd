# Which paths and methods there are, and what the others answer.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && begin; }

@test "all three path styles work, with and without the final slash, and are one store" {
	local base slash before other
	before=$user
	for base in /api/tasks /api/v1/tasks "/api/$user/tasks"; do
		for slash in '' /; do
			request POST "$base$slash" --body '{"title":"made here"}'
			assert_status 201
			id=$(gojq -r .id <<<"$body")
			for other in /api/tasks /api/v1/tasks "/api/$before/tasks"; do
				request GET "$other$slash"
				assert_status 200
				[[ $body == "[{\"id\":\"$id\""* ]] || fail "not first under $other$slash"
				request GET "$other/$id$slash"
				assert_status 200
				request PUT "$other/$id$slash" --body '{"title":"put"}'
				assert_status 200
				request PATCH "$other/$id$slash" --body '{"title":"patched"}'
				assert_status 200
				request PATCH "$other/$id/complete$slash"
				assert_status 200
				request PUT "$other/$id/complete$slash"
				assert_status 200
			done
			request DELETE "$base/$id$slash"
			assert_status 204
			request GET "$base/$id$slash"
			assert_problem 404 task_not_found 'Task not found'
		done
	done
}

@test "a method that a path does not have is 405 and says which it has" {
	local path methods method allow none
	while read -r path allow; do
		methods=" ${allow//,/ } "
		for method in GET HEAD POST PUT PATCH DELETE PROPFIND; do
			[[ $methods != *" $method "* ]] || continue
			none=()
			[[ $method != POST ]] || none=(--body '')
			request "$method" "$path" --no-token "${none[@]}"
			assert_status 405
			assert_header_words Allow "${allow//,/ }"
			[[ $method == HEAD ]] || assert_problem 405 method_not_allowed 'Method not allowed'
		done
	done <<-END
		/api/tasks GET,HEAD,POST,OPTIONS
		/api/v1/tasks/ GET,HEAD,POST,OPTIONS
		/api/$user/tasks GET,HEAD,POST,OPTIONS
		/api/tasks/00000000-0000-4000-8000-000000000000 GET,HEAD,PUT,PATCH,DELETE,OPTIONS
		/api/tasks/00000000-0000-4000-8000-000000000000/complete/ PUT,PATCH,OPTIONS
		/api/me GET,OPTIONS
		/api/v1/auth/me/ GET,OPTIONS
		/health GET,OPTIONS
		/health/live/ GET,OPTIONS
		/health/ready GET,OPTIONS
	END
}

@test "any other path is 404, whatever the method, with or without a token" {
	local path
	for path in / /api /api/ /apix/tasks /api/task /api/tasksx /api/v1 \
		/api/v1/me /api/v1/auth /api/auth/me /api/v2/tasks/a/b/c \
		/api/tasks/a/b /api/tasks/a/complete/b /api/u/tasks/a/b \
		/api/v1/tasks/a/completed /health/x /health/live/x /healthy \
		/favicon.ico /robots.txt /docsx /.env /.git/config /server-status; do
		request GET "$path"
		assert_problem 404 not_found 'Not found'
		request DELETE "$path" --no-token
		assert_problem 404 not_found 'Not found'
	done
}

@test "the letters' case of a path counts" {
	local path
	for path in /API/tasks /api/Tasks /Health /api/tasks/00000000-0000-4000-8000-000000000000/Complete; do
		request PATCH "$path" --body '{}'
		assert_problem 404 not_found
	done
	request GET /api/tasks
	assert_status 200
}

@test "v1, me and tasks are nobody's user name in a path" {
	token_for v1
	request GET /api/v1/tasks --token "$token"
	assert_status 200
	assert_same "$body" '[]' 'the list of the user v1'
	request GET /api/v1/tasks
	assert_status 200
	request GET /api/me/tasks --user me
	assert_problem 404 not_found
	request POST /api/tasks/tasks --user tasks --body '{"title":"x"}'
	assert_status 405
}

# The reply's headers, but for those that each reply has its own of and how its
# body is sent.
headers()
{
	local name
	for name in "${!reply_headers[@]}"; do
		[[ $name =~ ^(x-request-id|date|content-length|transfer-encoding)$ ]] ||
			printf '%s: %s\n' "$name" "${reply_headers[$name]}"
	done | LC_ALL=C sort
}

@test "HEAD says what GET would, without a body" {
	local path wanted options said
	create
	create
	while read -r wanted path options; do
		request GET "$path" ${options:+"$options"}
		assert_status "$wanted"
		said=$(headers)
		request HEAD "$path" ${options:+"$options"}
		assert_status "$wanted"
		assert_same "$body" '' 'the body'
		assert_same "$(headers)" "$said" 'the headers'
	done <<-END
		200 /api/tasks
		200 /api/tasks?limit=1
		200 /api/tasks/$id
		200 /api/v1/tasks/$id/
		404 /api/tasks/00000000-0000-4000-8000-000000000000
		401 /api/tasks --no-token
	END
}

@test "a query string that nobody knows changes nothing" {
	create
	request GET '/api/tasks?utm_source=x&_=1&%zz&=&&a=%00'
	assert_status 200
	assert_json 'length == 1'
	request GET "/api/tasks/$id?x=/../y"
	assert_status 200
	request PATCH "/api/tasks/$id/complete?completed=false"
	assert_json '.completed == true'
}
