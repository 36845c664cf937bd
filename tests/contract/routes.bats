# The paths and methods that exist, and the responses to all others.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# bats file_tags=server
setup() { . "$API_ROOT/tests/lib/api.bash" && begin; }

# round BASE NEXT SLASH: create a task under BASE and send each kind of request for it
# under NEXT, another style of path.
round()
{
	local base=$1 next=$2 slash=$3 location
	request POST "$base$slash" --body '{"title":"made here"}'
	assert_status 201
	take_id
	location=${reply_headers[location]}
	assert_same "$location" "$base/$id" Location
	request GET "$location"
	assert_status 200
	assert_json '.id == $i' --arg i "$id"
	request GET "$base$slash"
	assert_status 200
	[[ $body == "[{\"id\":\"$id\""* ]] || fail 'not first in the list'
	request HEAD "$next$slash"
	assert_status 200
	request GET "$next/$id$slash"
	assert_status 200
	request HEAD "$next/$id$slash"
	assert_status 200
	request PUT "$next/$id$slash" --body '{"title":"put"}'
	assert_status 200
	request PATCH "$next/$id$slash" --body '{"title":"patched"}'
	assert_status 200
	request PATCH "$next/$id/complete$slash"
	assert_status 200
	request PUT "$next/$id/complete$slash"
	assert_status 200
	request GET "$base/$id$slash"
	assert_json '.title == "patched" and .status == "pending"'
	request DELETE "$next/$id$slash"
	assert_status 204
	request GET "$base/$id$slash"
	assert_problem 404 task_not_found 'Task not found'
}

@test "all three path styles work and are one store" {
	round /api/tasks /api/v1/tasks ''
	round /api/v1/tasks "/api/$user/tasks" ''
	round "/api/$user/tasks" /api/tasks ''
}

@test "each path answers with a final slash as without, directly" {
	local path
	round /api/tasks "/api/$user/tasks" /
	round /api/v1/tasks /api/tasks /
	round "/api/$user/tasks" /api/v1/tasks /
	for path in /api/me/ /api/v1/auth/me/ /health/ /health/live/ /health/ready/; do
		request GET "$path"
		assert_status 200
		request DELETE "$path"
		assert_status 405
		request OPTIONS "$path" --no-token --header 'Access-Control-Request-Method: GET'
		assert_status 204
		assert_header_words Allow 'GET HEAD OPTIONS'
	done
	for path in "/api/$user/tasks/" "/api/v1/tasks/$id/" /api/tasks/x/complete/; do
		request OPTIONS "$path" --no-token --header 'Access-Control-Request-Method: PUT'
		assert_status 204
		request PROPFIND "$path"
		assert_status 405
	done
	request GET "/api/x$user/tasks/"
	assert_problem 403 forbidden
	request GET /api/tasks/x/
	assert_invalid path.id
	request GET '/api/tasks/?limit=1&sort=title'
	assert_same "$body" '[]' 'the list'
	for path in / /api/ /api/nothing/; do
		request GET "$path"
		assert_problem 404 not_found 'Not found'
		request DELETE "$path" --no-token
		assert_problem 404 not_found 'Not found'
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
		/api/v1/tasks GET,HEAD,POST,OPTIONS
		/api/$user/tasks GET,HEAD,POST,OPTIONS
		/api/tasks/00000000-0000-4000-8000-000000000000 GET,HEAD,PUT,PATCH,DELETE,OPTIONS
		/api/tasks/00000000-0000-4000-8000-000000000000/complete PUT,PATCH,OPTIONS
		/api/me GET,HEAD,OPTIONS
		/api/v1/auth/me GET,HEAD,OPTIONS
		/health GET,HEAD,OPTIONS
		/health/live GET,HEAD,OPTIONS
		/health/ready GET,HEAD,OPTIONS
	END
}

@test "any other path is 404, whatever the method, with or without a token; the letters' case counts, and v1, me and tasks are nobody's user name" {
	local path
	for path in /api /apix/tasks /api/task /api/tasksx /api/v1 \
		/api/v1/me /api/v1/auth /api/auth/me /api/v2/tasks/a/b/c \
		/api/tasks/a/b /api/tasks/a/complete/b /api/u/tasks/a/b \
		/api/v1/tasks/a/completed /health/x /health/live/x /healthy \
		/favicon.ico /robots.txt /docsx /.env /.git/config /server-status; do
		request GET "$path"
		assert_problem 404 not_found 'Not found'
		request DELETE "$path" --no-token
		assert_problem 404 not_found 'Not found'
	done
	for path in /API/tasks /api/Tasks /Health /api/tasks/00000000-0000-4000-8000-000000000000/Complete; do
		request PATCH "$path" --body '{}'
		assert_problem 404 not_found
	done
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

# Set said to the headers of the reply, except those that differ between replies or
# depend on the transfer of the body.
take_headers()
{
	local name
	said=()
	for name in "${!reply_headers[@]}"; do
		[[ $name =~ ^(x-request-id|date|content-length|transfer-encoding)$ ]] || said[$name]=${reply_headers[$name]}
	done
}

@test "HEAD says what GET would, without a body" {
	local path wanted options name
	local -A said get
	create
	create
	while read -r wanted path options; do
		request GET "$path" ${options:+"$options"}
		assert_status "$wanted"
		get=()
		take_headers
		for name in "${!said[@]}"; do
			get[$name]=${said[$name]}
		done
		request HEAD "$path" ${options:+"$options"}
		assert_status "$wanted"
		assert_same "$body" '' 'the body'
		take_headers
		assert_same "${#said[@]}" "${#get[@]}" 'the number of headers'
		for name in "${!get[@]}"; do
			assert_same "${said[$name]:-}" "${get[$name]}" "$name"
		done
	done <<-END
		200 /api/tasks
		200 /api/tasks?limit=1
		200 /api/tasks/$id
		200 /api/v1/tasks/$id
		200 /api/me
		200 /api/v1/auth/me
		200 /health
		200 /health/live --no-token
		200 /health/ready
		401 /api/me --no-token
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
