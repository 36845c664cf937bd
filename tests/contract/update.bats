# PUT and PATCH BASE/{id}: only the members in the body change.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/at-once.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && . "$API_ROOT/tests/lib/at-once.bash" && begin; }

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

# bats test_tags=server
@test "several members change at once; id, owner and times cannot be changed" {
	create
	request PUT "/api/tasks/$id" --body "$full"
	assert_status 200
	assert_json '.title == "old" and .description == "words" and .status == "in_progress"
		and .priority == "high" and .due_date == "2026-01-09T00:00:00.000000Z"'
	task=$body
	request PUT "/api/tasks/$id" --body '{"id":"00000000-0000-4000-8000-000000000000","user_id":"mallory",
		"created_at":"2001-01-01T00:00:00Z","updated_at":"2001-01-01T00:00:00Z","completed_at":"2001-01-01T00:00:00Z"}'
	assert_status 200
	assert_same "$body" "$task" 'the task'
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

@test "completed_at comes with completion, stays while it lasts and goes with it" {
	local at
	create
	request PATCH "/api/tasks/$id" --body '{"status":"completed"}'
	assert_json '.completed and .completed_at == .updated_at and .completed_at > .created_at'
	json .completed_at
	at=$REPLY
	request PATCH "/api/tasks/$id" --body '{"title":"still completed","completed":true}'
	assert_json '.completed_at == $at and .updated_at > $at' --arg at "$at"
	request PATCH "/api/tasks/$id" --body '{"status":"in_progress"}'
	assert_json '(.completed | not) and .completed_at == null'
	request PATCH "/api/tasks/$id" --body '{"completed":true}'
	assert_json '.status == "completed" and .completed_at > $at' --arg at "$at"
}

@test "any status may follow any; of status and completed, the one that differs from the task wins" {
	local from sent wanted now=pending
	create
	# One row per case: all transitions of status, then completed alone, then both members.
	while read -r from sent wanted; do
		[[ $from == "$now" ]] || request PUT "/api/tasks/$id" --body "{\"status\":\"$from\"}"
		request PUT "/api/tasks/$id" --body "{$sent}"
		assert_status 200
		assert_json '.status == $s and .completed == ($s == "completed")
			and (.completed_at != null) == .completed' --arg s "$wanted" || fail "$from, $sent: $wanted was wanted"
		now=$wanted
	done <<-'END'
		pending "status":"pending" pending
		pending "status":"in_progress" in_progress
		in_progress "status":"in_progress" in_progress
		in_progress "status":"completed" completed
		completed "status":"completed" completed
		completed "status":"in_progress" in_progress
		in_progress "status":"pending" pending
		pending "status":"completed" completed
		completed "status":"pending" pending
		pending "completed":false pending
		pending "completed":true completed
		completed "completed":true completed
		completed "completed":false pending
		in_progress "completed":false in_progress
		in_progress "completed":true completed
		pending "status":"pending","completed":true completed
		completed "status":"completed","completed":false pending
		pending "status":"completed","completed":false completed
		completed "status":"pending","completed":true pending
		pending "status":"in_progress","completed":false in_progress
		in_progress "status":"in_progress","completed":true completed
		completed "status":"in_progress","completed":true in_progress
		in_progress "status":"completed","completed":false completed
		completed "completed":true,"status":"in_progress" in_progress
		completed "status":"in_progress","completed":false in_progress
		pending "status":"completed","completed":true completed
	END
}

# bats test_tags=server
@test "a change with a fault in it changes nothing at all, and makes no task" {
	local member
	create "$full"
	request PUT "/api/tasks/$id" --body '{"title":"new","priority":"urgent"}'
	assert_invalid body.priority
	request PATCH "/api/tasks/$id" --body '{"title":"","description":5,"status":"x","completed":"y","priority":"z","due_date":"never"}'
	assert_invalid body.title body.description body.status body.completed body.priority body.due_date
	# null clears description and due_date; for the other members it is an error.
	for member in title status completed priority; do
		request PATCH "/api/tasks/$id" --body "{\"$member\":null}"
		assert_invalid "body.$member"
	done
	# The same limits as for a new task.
	repeat 255 😀
	request PATCH "/api/tasks/$id" --body "{\"title\":\"${REPLY}x\"}"
	assert_invalid body.title
	repeat 2001 x
	request PATCH "/api/tasks/$id" --body "{\"description\":\"$REPLY\"}"
	assert_invalid body.description
	request PATCH "/api/tasks/$id" --body '{"title":" \u3000 "}'
	assert_invalid body.title
	request PATCH "/api/tasks/$id" --body '{"title":"a\u0000"}'
	assert_invalid body.title
	request PUT /api/tasks/00000000-0000-4000-8000-00000000abcd --body '{"title":"x"}'
	assert_problem 404 task_not_found 'Task not found'
	request GET /api/tasks
	assert_same "$body" "[$task]" 'the list'
	repeat 255 😀
	request PATCH "/api/tasks/$id" --body "{\"title\":\"$REPLY\",\"description\":null,\"due_date\":null}"
	assert_status 200
	assert_json '.description == null and .due_date == null and .title == $t' --arg t "$REPLY"
}

title_or_priority()
{
	local -a json=('{"title":"t"}' '{"priority":"high"}')
	request PATCH "/api/tasks/$id" --body "${json[$1 - 1]}"
}

@test "two changes at once of different members both last" {
	local n
	create
	for n in 1 2; do
		keep_for_two "SELECT FROM tasks WHERE id = '$id' FOR UPDATE"
		at_once 2 title_or_priority
		assert_same "$outcome" 2x200 'the answers'
		request GET "/api/tasks/$id"
		assert_json '.title == "t" and .priority == "high"'
		request PATCH "/api/tasks/$id" --body '{"title":"a task","priority":"medium"}'
	done
}
