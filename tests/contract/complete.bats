# PATCH and PUT BASE/{id}/complete, and DELETE BASE/{id}.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && begin; }

@test "without a body completion is toggled: completed becomes pending, anything else completed" {
	local method from wanted type sent
	create
	for method in PATCH PUT; do
		while read -r from wanted; do
			request PUT "/api/tasks/$id" --body "{\"status\":\"$from\"}"
			request "$method" "/api/tasks/$id/complete"
			assert_status 200
			assert_json '.id == $id and .status == $w and .completed == ($w == "completed")
				and (.completed_at != null) == .completed' --arg id "$id" --arg w "$wanted"
		done <<-'END'
			pending completed
			in_progress completed
			completed pending
		END
	done
	# An empty body of any media type toggles the task, and so does an empty object.
	request PUT "/api/tasks/$id" --body '{"status":"pending"}'
	for type in '' application/json text/plain; do
		request PATCH "/api/tasks/$id/complete" --body '' --type "$type"
		assert_status 200
	done
	assert_json .completed
	request PATCH "/api/tasks/$id/complete" --body '{}'
	assert_json '.completed | not'
	# axios sends these bodies for "no data" if a Content-Type is set.
	for method in PATCH PUT; do
		for sent in null '""' ' null '; do
			request PUT "/api/tasks/$id" --body '{"status":"in_progress"}'
			request "$method" "/api/tasks/$id/complete" --body "$sent"
			assert_status 200
			assert_json .completed
			request "$method" "/api/tasks/$id/complete" --body "$sent"
			assert_json '.status == "pending"'
			request "$method" "/api/tasks/$id/complete" --body "$sent" --type ''
			assert_problem 415 unsupported_media_type
		done
	done
	request PATCH "/api/tasks/$id/complete" --body '{"status":"pending","x":1}'
	assert_json .completed
}

@test "a body sets: completed or complete, true or false, again and again" {
	local name from sent wanted
	create
	while read -r from sent wanted; do
		for name in completed complete; do
			request PUT "/api/tasks/$id" --body "{\"status\":\"$from\"}"
			request PATCH "/api/tasks/$id/complete" --body "{\"$name\":$sent}"
			assert_status 200
			assert_json '.status == $w' --arg w "$wanted"
			task=$body
			request PUT "/api/tasks/$id/complete" --body "{\"$name\":$sent}"
			assert_same "$body" "$task" 'the task the second time'
		done
	done <<-'END'
		pending true completed
		pending false pending
		in_progress true completed
		in_progress false in_progress
		completed true completed
		completed false pending
	END
	request PATCH "/api/tasks/$id/complete" --body '{"completed":true,"complete":true}'
	assert_json .completed
}

@test "a completion that is no boolean, or two that differ, is refused and changes nothing; a good one nothing else" {
	local json
	create '{"title":"t","description":"d","priority":"high","due_date":"2026-01-09"}'
	for json in '{"completed":"true"}' '{"completed":1}' '{"completed":null}'; do
		request PATCH "/api/tasks/$id/complete" --body "$json"
		assert_invalid body.completed
	done
	request PATCH "/api/tasks/$id/complete" --body '{"complete":0}'
	assert_invalid body.complete
	request PATCH "/api/tasks/$id/complete" --body '{"completed":true,"complete":false}'
	assert_status 422
	request PATCH "/api/tasks/$id/complete" --body '[]'
	assert_invalid body
	for json in true false 0 '" "' '"null"' '"\u0000"'; do
		request PATCH "/api/tasks/$id/complete" --body "$json"
		assert_invalid body
	done
	request PATCH "/api/tasks/$id/complete" --body undefined
	assert_problem 400 malformed_json
	request PATCH "/api/tasks/$id/complete" --body '{'
	assert_problem 400 malformed_json
	request PATCH "/api/tasks/$id/complete" --body '{"completed":true}' --type text/plain
	assert_problem 415 unsupported_media_type
	request PATCH /api/tasks/00000000-0000-4000-8000-000000000000/complete
	assert_problem 404 task_not_found 'Task not found'
	request GET "/api/tasks/$id"
	assert_same "$body" "$task" 'the task'
	# The toggle changes no other members.
	request PATCH "/api/tasks/$id/complete"
	assert_json '(. | del(.status, .completed, .completed_at, .updated_at))
		== ($t | fromjson | del(.status, .completed, .completed_at, .updated_at)) and .completed' --arg t "$task"
}

@test "a deleted task is gone for good, and no other one with it" {
	local gone base
	create '{"title":"stays"}'
	for base in /api/tasks /api/v1/tasks "/api/$user/tasks"; do
		create '{"title":"goes"}'
		gone=$id
		request DELETE "$base/$gone"
		assert_status 204
		request DELETE "$base/$gone"
		assert_problem 404 task_not_found 'Task not found'
		request GET "$base/$gone"
		assert_status 404
		request PUT "$base/$gone" --body '{"title":"back"}'
		assert_status 404
	done
	request GET /api/tasks
	assert_json 'map(.title) == ["stays"]'
}

