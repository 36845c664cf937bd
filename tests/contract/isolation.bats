# No user can read or change another user's tasks.  tests/run also runs this file
# without the predicates on user_id, and with row-level security off.  It checks that
# each of these tests fails if both protections are off.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	# Create a task for $user and one for $other.
	create '{"title":"private","description":"of the owner"}'
	owner=$user victim=$id before=$task
	new_user
	other=$REPLY
	create '{"title":"of the other"}' --user "$other"
}

# The task is unchanged, and its owner can still change it.
assert_untouched()
{
	request GET "/api/tasks/$victim" --user "$owner"
	assert_status 200 && assert_same "$body" "$before" 'the task' || return 1
	request PATCH "/api/tasks/$victim" --user "$owner" --body '{"title":"changed"}'
	assert_status 200 && assert_json '.title == "changed"'
}

@test "nobody lists another user's tasks" {
	local base
	request GET /api/tasks --user "$owner"
	assert_json 'map(.title) == ["private"]'
	for base in /api/tasks /api/v1/tasks "/api/$other/tasks"; do
		request GET "$base" --user "$other"
		assert_status 200
		assert_json 'map(.title) == ["of the other"]'
	done
	new_user
	request GET /api/tasks --user "$REPLY"
	assert_same "$body" '[]' "a stranger's list"
}

@test "nobody reads another user's task: 403, and 404 where there is none" {
	local base
	request GET "/api/tasks/$victim" --user "$owner"
	assert_status 200
	request GET "/api/tasks/00000000-0000-4000-8000-000000000000" --user "$other"
	assert_problem 404 task_not_found
	for base in /api/tasks /api/v1/tasks "/api/$other/tasks"; do
		request GET "$base/$victim" --user "$other"
		assert_problem 403 forbidden 'Not authorized to access this resource'
		[[ $body != *private* ]]
		request HEAD "$base/$victim" --user "$other"
		assert_status 403
	done
}

@test "nobody changes another user's task" {
	local method json
	for method in PUT PATCH; do
		for json in '{"title":"taken"}' '{"status":"completed"}' '{}' '{"user_id":"me"}'; do
			request "$method" "/api/tasks/$victim" --user "$other" --body "$json"
			assert_problem 403 forbidden
		done
		request "$method" /api/tasks/00000000-0000-4000-8000-000000000000 \
			--user "$other" --body '{"title":"taken"}'
		assert_problem 404 task_not_found
	done
	assert_untouched
}

@test "nobody completes or reopens another user's task" {
	local method
	for method in PUT PATCH; do
		request "$method" "/api/tasks/$victim/complete" --user "$other"
		assert_problem 403 forbidden
		request "$method" "/api/tasks/$victim/complete" --user "$other" --body '{"completed":true}'
		assert_problem 403 forbidden
		request "$method" /api/tasks/00000000-0000-4000-8000-000000000000/complete --user "$other"
		assert_problem 404 task_not_found
	done
	assert_untouched
	request PATCH "/api/tasks/$victim/complete" --user "$owner"
	assert_json '.completed == true'
}

@test "nobody deletes another user's task" {
	request DELETE "/api/tasks/$victim" --user "$other"
	assert_problem 403 forbidden
	request DELETE /api/tasks/00000000-0000-4000-8000-000000000000 --user "$other"
	assert_problem 404 task_not_found
	assert_untouched
	request DELETE "/api/tasks/$victim" --user "$owner"
	assert_status 204
	request DELETE "/api/tasks/$victim" --user "$other"
	assert_problem 404 task_not_found
}

@test "a change of one's own task changes no other row" {
	local mine
	request GET /api/tasks --user "$other"
	take_id
	mine=$id
	request PATCH "/api/tasks/$mine" --user "$other" --body '{"title":"mine"}'
	assert_status 200
	assert_json '.title == "mine"'
	request DELETE "/api/tasks/$mine" --user "$other"
	assert_status 204
	request GET /api/tasks --user "$other"
	assert_same "$body" '[]' "the other's list"
	assert_untouched
}

@test "a user whose name looks like another's, or like SQL, is somebody else" {
	local name
	for name in "${owner^^}" "$owner " " $owner" "${owner%?}" "${owner}%" '%' '_' \
		"' OR ''='" "$owner' --" '$1' '*'; do
		request GET /api/tasks --user "$name"
		assert_status 200
		[[ $body != *private* ]] || fail "the user \"$name\" sees the owner's task" || return 1
		request GET "/api/tasks/$victim" --user "$name"
		assert_problem 403 forbidden
	done
	assert_untouched
}

@test "nobody finds another user's tasks by a filter, a search or a page, nor counts them" {
	local query
	for query in q=private search=owner status=pending completed=false 'sort=title&order=desc' priority=medium \
		limit=10 offset=1 'limit=1&page=2' has_due_date=false overdue=false; do
		request GET "/api/tasks?$query" --user "$other"
		assert_status 200
		[[ $body != *private* ]] || fail "another's task by $query" || return 1
	done
	request GET '/api/tasks?limit=10' --user "$other"
	assert_header X-Total-Count 1
	request GET '/api/tasks?q=private&limit=10' --user "$owner"
	assert_header X-Total-Count 1
	assert_json 'map(.title) == ["private"]'
}

@test "nobody walks into another user's tasks: a cursor is its user's, and leads to that user's alone" {
	local query cursor
	create '{"title":"private too"}'
	for query in sort=created_at sort=title:desc sort=due_date; do
		request GET "/api/tasks?$query&limit=1" --user "$owner"
		assert_header X-Total-Count 2
		[[ ${reply_headers[link]} =~ cursor=([A-Za-z0-9_-]+) ]] || fail 'no cursor' || return 1
		cursor=${BASH_REMATCH[1]}
		request GET "/api/tasks?$query&limit=1&cursor=$cursor" --user "$other"
		assert_invalid query.cursor
		request GET "/api/tasks?$query&limit=1&cursor=$cursor" --user "$owner"
		assert_status 200
		assert_json 'length == 1 and (.[0].title | startswith("private"))'
		request GET "/api/tasks?$query&limit=1" --user "$other"
		assert_json 'map(.title) == ["of the other"]'
		assert_no_header Link
	done
}

@test "nobody gets past 403 with another user's entity tag" {
	local etag method
	request GET "/api/tasks/$victim" --user "$owner"
	etag=${reply_headers[etag]}
	request GET "/api/tasks/$victim" --user "$other" --header "If-None-Match: $etag"
	assert_problem 403 forbidden
	for method in PUT PATCH DELETE; do
		request "$method" "/api/tasks/$victim" --user "$other" --body '{"title":"taken"}' --header "If-Match: $etag"
		assert_problem 403 forbidden
	done
	assert_untouched
	request GET "/api/tasks/$victim" --user "$owner" --header "If-None-Match: $etag"
	assert_status 200
}

@test "nobody's idempotency key reads, spoils or removes another user's" {
	local first
	request POST /api/tasks --user "$owner" --body '{"title":"private once"}' --header 'Idempotency-Key: key'
	assert_status 201
	first=$body
	# The key has expired: the next create with a key by its own user would delete it.
	rows "UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE user_id = '$owner'"
	request POST /api/tasks --user "$other" --body '{"title":"private once"}' --header 'Idempotency-Key: key'
	assert_status 201
	assert_json '.user_id == $o and .id != ($f | fromjson | .id)' --arg o "$other" --arg f "$first"
	request POST /api/tasks --user "$other" --body '{"title":"else"}' --header 'Idempotency-Key: another'
	assert_status 201
	rows "SELECT string_agg(key, ' ') FROM idempotency_keys WHERE user_id = '$owner'"
	assert_same "$REPLY" key "the owner's keys"
	rows "UPDATE idempotency_keys SET created_at = now() WHERE user_id = '$owner'"
	request POST /api/tasks --user "$owner" --body '{"title":"private once"}' --header 'Idempotency-Key: key'
	assert_same "$body" "$first" 'the first answer'
}
