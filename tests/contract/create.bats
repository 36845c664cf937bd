# POST BASE: the members of a new task.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && begin; }

# bats test_tags=server
@test "a title alone makes a task with every member and the documented defaults" {
	local before=$EPOCHSECONDS
	request POST /api/tasks --body '{"title":"buy milk"}'
	assert_status 201
	assert_json 'keys == (["id","user_id","title","description","status",
		"completed","priority","due_date","completed_at","created_at",
		"updated_at"] | sort)'
	assert_json '(.id | test("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"))
		and .user_id == $u and .title == "buy milk" and .description == null
		and .status == "pending" and .completed == false
		and .priority == "medium" and .due_date == null
		and .completed_at == null and .created_at == .updated_at
		and (.created_at | test("^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{6}Z$"))
		and ((.created_at | sub("[.][0-9]+"; "") | fromdate) | . >= $before and . <= now)' \
		--arg u "$user" --argjson before "$before"
}

@test "every member that may be written is kept as sent; SQL, HTML, shell and format characters are text" {
	local text quoted
	request POST /api/tasks --body '{"title":" Ünï ✓ \"q\" \\ \/ \u00e9\n","description":"two\nlines\ttab","status":"in_progress","priority":"high","due_date":"2026-01-09T12:00:00.123456Z"}'
	assert_status 201
	assert_json '.title == " Ünï ✓ \"q\" \\ / é\n" and .description == "two\nlines\ttab"
		and .status == "in_progress" and .completed == false
		and .priority == "high" and .due_date == "2026-01-09T12:00:00.123456Z"'
	task=$body
	take_id
	request GET "/api/tasks/$id"
	assert_same "$body" "$task" 'the task as it is read again'
	while IFS= read -r text; do
		quoted=${text//\\/\\\\}
		quoted=\"${quoted//\"/\\\"}\"
		request POST /api/tasks --body "{\"title\":$quoted,\"description\":$quoted}"
		assert_status 201
		assert_json '.title == $t and .description == $t' --arg t "$text"
	done <<-'END'
		'; DROP TABLE tasks; --
		$1 $2 ${x} `id` $(id)
		<script>alert(1)</script>
		%s%n%d %00 \x00 \\ NULL
		{"title":"y"}
	END
}

@test "the owner comes from the token alone; id and times are the server's, unknown members are ignored" {
	request POST /api/tasks --body '{"title":"x","user_id":"mallory","id":"00000000-0000-4000-8000-000000000000",
		"created_at":"2001-01-01T00:00:00Z","updated_at":"2001-01-01T00:00:00Z","completed_at":"2001-01-01T00:00:00Z"}'
	assert_status 201
	assert_json '.user_id == $u and .id != "00000000-0000-4000-8000-000000000000"
		and (.created_at[:4] | tonumber) > 2024 and .created_at == .updated_at
		and .completed_at == null' --arg u "$user"
	# Members that the server sets are ignored, even with values of a wrong type.
	request POST /api/tasks --body '{"title":"x","user_id":5,"id":"no uuid","created_at":null,"updated_at":[],"completed_at":{}}'
	assert_status 201
	request POST /api/tasks --body '{"title":"x","tags":["a","b"],"category":null,"nested":{"a":{"b":[1,2.5,1e300]}},"big":123456789012345678901234567890,"":0}'
	assert_status 201
	assert_json 'has("tags") or has("category") or has("nested") | not'
}

@test "a completed task can be made, by status, by completed, by both; that contradict each other they make none" {
	local json
	for json in '"status":"completed"' '"completed":true' '"status":"completed","completed":true'; do
		request POST /api/tasks --body "{\"title\":\"x\",$json}"
		assert_status 201
		assert_json '.status == "completed" and .completed == true and .completed_at == .created_at'
	done
	for json in '"status":"pending"' '"completed":false' '"status":"pending","completed":false'; do
		request POST /api/tasks --body "{\"title\":\"x\",$json}"
		assert_json '.status == "pending" and .completed == false and .completed_at == null'
	done
	request POST /api/tasks --body '{"title":"x","status":"in_progress","completed":false}'
	assert_json '.status == "in_progress" and .completed == false'
	for json in '"status":"pending","completed":true' '"status":"in_progress","completed":true' \
		'"completed":false,"status":"completed"'; do
		request POST /api/tasks --body "{\"title\":\"x\",$json}"
		assert_invalid body.completed
	done
	request GET /api/tasks
	assert_json 'length == 7'
}

@test "a title has 1 to 255 characters, a description 0 to 2000, counted as people do, not bytes" {
	local letter
	for letter in x é 任 😀; do
		repeat 255 "$letter"
		request POST /api/tasks --body "{\"title\":\"$REPLY\"}"
		assert_status 201
		assert_json '.title | length == 255'
		repeat 256 "$letter"
		request POST /api/tasks --body "{\"title\":\"$REPLY\"}"
		assert_invalid body.title
		assert_json '.detail[0].type == "string_too_long"'
	done
	request POST /api/tasks --body '{"title":"x"}'
	assert_status 201
	for letter in x 😀; do
		repeat 2000 "$letter"
		request POST /api/tasks --body "{\"title\":\"x\",\"description\":\"$REPLY\"}"
		assert_status 201
		assert_json '.description | length == 2000'
		repeat 2001 "$letter"
		request POST /api/tasks --body "{\"title\":\"x\",\"description\":\"$REPLY\"}"
		assert_invalid body.description
	done
	request POST /api/tasks --body '{"title":"x","description":""}'
	assert_json '.description == ""'
	request POST /api/tasks --body '{"title":"x","description":null}'
	assert_json '.description == null'
}

@test "a title of white space alone is refused, in every script, and an escaped NUL; elsewhere in text nothing is lost" {
	local space
	for space in '' ' ' '\t' '\n' '\r' '\u000b' '\u000c' '\u0085' '\u00a0' '\u1680' \
		'\u2000' '\u2009' '\u200a' '\u2028' '\u2029' '\u202f' '\u205f' '\u3000' ' \u00a0\t\u3000'; do
		request POST /api/tasks --body "{\"title\":\"$space\"}"
		assert_invalid body.title
	done
	# Zero width space and soft hyphen do not count as white space.
	for space in '\u200b' '\u00ad' ' x '; do
		request POST /api/tasks --body "{\"title\":\"$space\"}"
		assert_status 201
	done
	request POST /api/tasks --body '{"title":"a\u0000b"}'
	assert_invalid body.title
	request POST /api/tasks --body '{"title":"x","description":"\u0000"}'
	assert_invalid body.description
	request POST /api/tasks --body '{"title":"x","status":"pending\u0000","priority":"low\u0000","due_date":"2026-01-09\u0000"}'
	assert_invalid body.status body.priority body.due_date
	request POST /api/tasks --body '{"title":"a\u0001\u001f\u007fb"}'
	assert_json '.title == "a\u0001\u001f\u007fb"'
}

@test "values of the wrong type or word are 422 and say which" {
	local member value
	while read -r member value; do
		request POST /api/tasks --body "{\"title\":\"x\",\"$member\":$value}"
		if [[ $member == title ]]; then
			# A duplicate member is a different error, so send title alone.
			request POST /api/tasks --body "{\"title\":$value}"
		fi
		assert_invalid "body.$member"
	done <<-'END'
		title null
		title 5
		title true
		title ["x"]
		title {}
		description 5
		description false
		description []
		status null
		status "done"
		status "PENDING"
		status "pending "
		status ""
		status 1
		completed null
		completed "true"
		completed 1
		completed 0
		priority null
		priority "urgent"
		priority "Low"
		priority 2
		due_date 5
		due_date true
		due_date " "
		due_date {}
	END
}

@test "all faults of a body are told at once" {
	request POST /api/tasks --body '{"description":5,"status":"x","completed":"y","priority":"z","due_date":"never"}'
	assert_invalid body.title body.description body.status body.completed body.priority body.due_date
	request POST /api/tasks --body '{}'
	assert_invalid body.title
	assert_json '.detail[0].type == "missing" and .detail[0].loc == ["body","title"]'
	request GET /api/tasks
	assert_same "$body" '[]' 'the list'
}
