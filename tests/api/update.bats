# PUT and PATCH BASE/{id}: only what was sent changes.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && begin; }

full='{"title":"old","description":"words","status":"in_progress","priority":"high","due_date":"2026-01-09"}'

@test "each member changes alone, by PUT and by PATCH, and the rest stays" {
	local method member value
	for method in PUT PATCH; do
		create "$full"
		while read -r member value; do
			request "$method" "/api/tasks/$id" --body "{\"$member\":$value}"
			assert_status 200
			assert_json '(. | del(.updated_at)) == ($t | fromjson | .[$m] = ($v | fromjson) | del(.updated_at))
				and .updated_at > ($t | fromjson | .updated_at)' \
				--arg t "$task" --arg m "$member" --arg v "$value"
			task=$body
		done <<-'END'
			title "new"
			description "other words"
			description null
			description ""
			status "pending"
			status "in_progress"
			priority "low"
			priority "medium"
			due_date "2027-02-03T04:05:06.000007Z"
			due_date null
		END
		request GET "/api/tasks/$id"
		assert_same "$body" "$task" 'the task as it is read again'
	done
}

@test "several members change at once" {
	create
	request PUT "/api/tasks/$id" --body "$full"
	assert_status 200
	assert_json '.title == "old" and .description == "words" and .status == "in_progress"
		and .priority == "high" and .due_date == "2026-01-09T00:00:00.000000Z"'
}

@test "nothing sent, or what is there already, changes nothing, updated_at neither" {
	local method json
	create "$full"
	for method in PUT PATCH; do
		for json in '{}' '{"unknown":1}' '{"title":"old"}' '{"status":"in_progress","priority":"high"}' \
			'{"due_date":"2026-01-09T01:00:00+01:00"}' '{"completed":false}' "$full" "$task"; do
			request "$method" "/api/tasks/$id" --body "$json"
			assert_status 200
			assert_same "$body" "$task" "the task after $json"
		done
	done
	request PATCH "/api/tasks/$id" --body '{"title":"new"}'
	assert_json '.updated_at > ($t | fromjson | .updated_at)' --arg t "$task"
}

@test "id, owner and times cannot be changed" {
	create
	request PUT "/api/tasks/$id" --body '{"id":"00000000-0000-4000-8000-000000000000","user_id":"mallory",
		"created_at":"2001-01-01T00:00:00Z","updated_at":"2001-01-01T00:00:00Z","completed_at":"2001-01-01T00:00:00Z"}'
	assert_status 200
	assert_same "$body" "$task" 'the task'
}

@test "completed_at comes with completion, stays while it lasts and goes with it" {
	local at
	create
	request PATCH "/api/tasks/$id" --body '{"status":"completed"}'
	assert_json '.completed and .completed_at == .updated_at and .completed_at > .created_at'
	at=$(gojq -r .completed_at <<<"$body")
	request PATCH "/api/tasks/$id" --body '{"title":"still completed","completed":true}'
	assert_json '.completed_at == $at and .updated_at > $at' --arg at "$at"
	request PATCH "/api/tasks/$id" --body '{"status":"in_progress"}'
	assert_json '(.completed | not) and .completed_at == null'
	request PATCH "/api/tasks/$id" --body '{"completed":true}'
	assert_json '.status == "completed" and .completed_at > $at' --arg at "$at"
}

@test "any status may follow any, and completed says the same" {
	local from to json
	create
	for from in pending in_progress completed; do
		for to in pending in_progress completed; do
			request PUT "/api/tasks/$id" --body "{\"status\":\"$from\"}"
			assert_json '.status == $s' --arg s "$from"
			request PUT "/api/tasks/$id" --body "{\"status\":\"$to\"}"
			assert_json '.status == $s and .completed == ($s == "completed")
				and (.completed_at != null) == .completed' --arg s "$to"
		done
	done
}

@test "completed is writable; an in_progress that is not completed stays so" {
	local from sent wanted
	create
	while read -r from sent wanted; do
		request PUT "/api/tasks/$id" --body "{\"status\":\"$from\"}"
		request PUT "/api/tasks/$id" --body "{\"completed\":$sent}"
		assert_status 200
		assert_json '.status == $s' --arg s "$wanted"
	done <<-'END'
		pending true completed
		pending false pending
		in_progress true completed
		in_progress false in_progress
		completed true completed
		completed false pending
	END
}

@test "of status and completed that contradict each other, the one that differs from the task wins" {
	local from sent wanted
	create
	while read -r from sent wanted; do
		request PUT "/api/tasks/$id" --body "{\"status\":\"$from\"}"
		request PUT "/api/tasks/$id" --body "{$sent}"
		assert_status 200
		assert_json '.status == $w' --arg w "$wanted"
	done <<-'END'
		pending "status":"pending","completed":true completed
		pending "status":"completed","completed":false completed
		in_progress "status":"in_progress","completed":true completed
		in_progress "status":"completed","completed":false completed
		completed "status":"completed","completed":false pending
		completed "status":"pending","completed":true pending
		completed "status":"in_progress","completed":true in_progress
		completed "completed":true,"status":"in_progress" in_progress
		pending "status":"in_progress","completed":false in_progress
		completed "status":"in_progress","completed":false in_progress
		pending "status":"completed","completed":true completed
	END
}

@test "a change with a fault in it changes nothing at all" {
	create "$full"
	request PUT "/api/tasks/$id" --body '{"title":"new","priority":"urgent"}'
	assert_invalid body.priority
	request PATCH "/api/tasks/$id" --body '{"title":"","description":5,"status":"x","completed":"y","priority":"z","due_date":"never"}'
	assert_invalid body.title body.description body.status body.completed body.priority body.due_date
	request GET "/api/tasks/$id"
	assert_same "$body" "$task" 'the task'
}

@test "null clears description and due_date and nothing else" {
	local member
	create "$full"
	for member in title status completed priority; do
		request PATCH "/api/tasks/$id" --body "{\"$member\":null}"
		assert_invalid "body.$member"
	done
	request PATCH "/api/tasks/$id" --body '{"description":null,"due_date":null}'
	assert_status 200
	assert_json '.description == null and .due_date == null and .title == "old"'
}

@test "titles and descriptions have the same limits as in a new task" {
	create
	repeat 255 😀
	request PATCH "/api/tasks/$id" --body "{\"title\":\"$REPLY\"}"
	assert_status 200
	request PATCH "/api/tasks/$id" --body "{\"title\":\"${REPLY}x\"}"
	assert_invalid body.title
	repeat 2001 x
	request PATCH "/api/tasks/$id" --body "{\"description\":\"$REPLY\"}"
	assert_invalid body.description
	request PATCH "/api/tasks/$id" --body '{"title":" \u3000 "}'
	assert_invalid body.title
	request PATCH "/api/tasks/$id" --body '{"title":"a\u0000"}'
	assert_invalid body.title
}

@test "a task that is not there is not made by PUT" {
	request PUT /api/tasks/00000000-0000-4000-8000-00000000abcd --body '{"title":"x"}'
	assert_problem 404 task_not_found 'Task not found'
	request GET /api/tasks
	assert_same "$body" '[]' 'the list'
}

@test "two changes at once of different members both last" {
	local n pids=()
	create
	token_for "$user"
	for n in 1 2 3 4; do
		(apart "title$n" request PATCH "/api/tasks/$id" --body "{\"title\":\"t\"}" >/dev/null) 3>&- &
		pids+=($!)
		(apart "priority$n" request PATCH "/api/tasks/$id" --body "{\"priority\":\"high\"}" >/dev/null) 3>&- &
		pids+=($!)
		wait "${pids[@]}"
		request GET "/api/tasks/$id"
		assert_json '.title == "t" and .priority == "high"'
		request PATCH "/api/tasks/$id" --body '{"title":"a task","priority":"medium"}'
	done
}
