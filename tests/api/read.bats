# GET: one task, and the list.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/lists.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && begin; }

@test "a new user's list is an empty array" {
	request GET /api/tasks
	assert_status 200
	assert_same "$body" '[]' 'the list'
}

@test "the list is a bare array, newest first, of whole tasks" {
	local n
	for n in 1 2 3; do
		create "{\"title\":\"$n\"}"
	done
	request GET /api/tasks
	assert_status 200
	assert_json 'map(.title) == ["3", "2", "1"] and .[0] == ($t | fromjson)' --arg t "$task"
}

@test "a change does not move a task in the list" {
	create '{"title":"old"}'
	create '{"title":"new"}'
	request GET /api/tasks
	id=$(gojq -r '.[1].id' <<<"$body")
	request PATCH "/api/tasks/$id" --body '{"title":"changed"}'
	request GET /api/tasks
	assert_json 'map(.title) == ["new", "changed"]'
}

@test "a list of 900 tasks comes whole and in order" {
	create '{"title":"the newest"}'
	sql "INSERT INTO tasks (user_id, title, description, created_at)
		SELECT '$user', 'task ' || n, repeat('é', 300), now() - n * interval '1 minute'
		  FROM generate_series(1, 899) AS n"
	request GET /api/tasks
	assert_status 200
	assert_json 'length == 900 and .[0].title == "the newest" and .[1].title == "task 1"
		and .[899].title == "task 899" and (map(.description // "" | length) | unique) == [0, 300]
		and (map(.created_at) | . == (sort | reverse)) and (map(.id) | unique | length) == 900'
}

@test "a list of more than TASKS_MAX_ROWS is not cut off silently" {
	. "$API_ROOT/tests/lib/lists.bash"
	create
	sql "INSERT INTO tasks (user_id, title)
		SELECT '$user', 'task ' || n FROM generate_series(1, 1199) AS n"
	request GET /api/tasks
	assert_status 200
	assert_json 'length == 1000'
	walk /api/tasks
	assert_same "$pages $(gojq '[length, (map(.id) | unique | length)] | join(" ")' -r <<<"$seen")" \
		'2 1200 1200' 'pages, tasks, and different ones'
}

@test "an id that no task has is 404, one that is no UUID is 422" {
	local method path wrong
	create
	for path in "/api/tasks/00000000-0000-4000-8000-000000000000" \
		"/api/v1/tasks/ffffffff-ffff-ffff-ffff-ffffffffffff/" \
		"/api/$user/tasks/00000000-0000-0000-0000-000000000000"; do
		request GET "$path"
		assert_problem 404 task_not_found 'Task not found'
	done
	for wrong in 1 x "${id}0" "${id%?}" "${id//-/}" "{$id}" "${id/-/_}" "${id%?}g" \
		%20"$id" "$id%20" "$id%0a" "$id%27" "urn:uuid:$id" ..x -1 null undefined; do
		for method in GET DELETE; do
			request "$method" "/api/tasks/$wrong"
			assert_invalid path.id
		done
		request PATCH "/api/tasks/$wrong/complete"
		assert_invalid path.id
		request PUT "/api/tasks/$wrong" --body '{"title":"x"}'
		assert_invalid path.id
	done
	request GET "/api/tasks/$id"
	assert_same "$body" "$task" 'the task'
}

@test "an id may be written in capitals" {
	create
	request GET "/api/tasks/${id^^}"
	assert_status 200
	assert_json '.id == $id' --arg id "$id"
}
