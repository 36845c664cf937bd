# GET: one task, and the list.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/lists.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && . "$API_ROOT/tests/lib/lists.bash" && begin; }

# bats test_tags=server
@test "the list is a bare array, empty at first, newest first, of whole tasks; a change moves none" {
	local n
	request GET /api/tasks
	assert_status 200
	assert_same "$body" '[]' 'the list'
	for n in 1 2 3; do
		create "{\"title\":\"$n\"}"
	done
	request GET /api/tasks
	assert_status 200
	assert_json 'map(.title) == ["3", "2", "1"] and .[0] == ($t | fromjson)' --arg t "$task"
	json '.[1].id'
	id=$REPLY
	# Upper-case hexadecimal digits are accepted in an id.
	request PATCH "/api/tasks/${id^^}" --body '{"title":"changed"}'
	assert_status 200
	request GET "/api/tasks/${id^^}"
	assert_status 200
	assert_json '.id == $id' --arg id "$id"
	request GET /api/tasks
	assert_json 'map(.title) == ["3", "changed", "1"]'
}

# bats test_tags=server
@test "a list of 900 tasks comes whole and in order" {
	create '{"title":"the newest"}'
	rows "INSERT INTO tasks (user_id, title, description, created_at)
		SELECT '$user', 'task ' || n, repeat('é', 300), now() - n * interval '1 minute'
		  FROM generate_series(1, 899) AS n"
	request GET /api/tasks
	assert_status 200
	assert_json 'length == 900 and .[0].title == "the newest" and .[1].title == "task 1"
		and .[899].title == "task 899" and (map(.description // "" | length) | unique) == [0, 300]
		and (map(.created_at) | . == (sort | reverse)) and (map(.id) | unique | length) == 900'
}

@test "a list of more than TASKS_MAX_ROWS is not cut off silently" {
	create
	rows "INSERT INTO tasks (user_id, title)
		SELECT '$user', 'task ' || n FROM generate_series(1, 1199) AS n"
	request GET /api/tasks
	assert_status 200
	assert_json 'length == 1000'
	walk /api/tasks
	assert_same "$pages" 2 pages
	body=$seen
	assert_json 'length == 1200 and (map(.id) | unique | length) == 1200'
}

# bats test_tags=server
@test "an id that no task has is 404, one that is no UUID is 422" {
	local path wrong n=0
	create
	for path in "/api/tasks/00000000-0000-4000-8000-000000000000" \
		"/api/v1/tasks/ffffffff-ffff-ffff-ffff-ffffffffffff" \
		"/api/$user/tasks/00000000-0000-0000-0000-000000000000"; do
		request GET "$path"
		assert_problem 404 task_not_found 'Task not found'
	done
	for wrong in 1 x "${id}0" "${id%?}" "${id//-/}" "{$id}" "${id/-/_}" "${id%?}g" \
		%20"$id" "$id%20" "$id%0a" "$id%27" "urn:uuid:$id" ..x -1 null undefined; do
		request GET "/api/tasks/$wrong"
		assert_invalid path.id
		# Test one of the other methods for each id.
		case $((n++ % 3)) in
		0) request DELETE "/api/tasks/$wrong" ;;
		1) request PATCH "/api/tasks/$wrong/complete" ;;
		2) request PUT "/api/tasks/$wrong" --body '{"title":"x"}' ;;
		esac
		assert_invalid path.id
	done
	request GET "/api/tasks/$id"
	assert_same "$body" "$task" 'the task'
}
