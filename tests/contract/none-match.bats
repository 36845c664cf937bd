# If-None-Match on writes (RFC 9110, 13.1.2 and 13.2.2).
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/at-once.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && . "$API_ROOT/tests/lib/at-once.bash" && begin; }

# Create a task and set etag to its tag.
begin_with_task()
{
	create '{"title":"as it was"}'
	etag=${reply_headers[etag]}
}

# The task $id still has the representation $task and the tag $etag.
assert_unchanged()
{
	request GET "/api/tasks/$id"
	assert_status 200 && assert_same "$body" "$task" 'the task' && assert_header ETag "$etag"
}

# The writes of a task, one per line: method|rest of the path|body.
writes='PATCH||{"title":"new"}
PUT||{"title":"newer"}
PATCH||{}
PATCH|/complete|
PUT|/complete|{"completed":false}
DELETE||'

# write HEADER...: send the write that $method, $rest and $json describe.
write()
{
	local -a content=()
	local header
	[[ -z $json ]] || content=(--body "$json")
	for header; do
		content+=(--header "$header")
	done
	request "$method" "/api/tasks/$id$rest" "${content[@]}"
}

# bats test_tags=server
@test "If-None-Match that has the tag, or *, lets no write through; one that has it not does" {
	local method rest json value
	begin_with_task
	while IFS='|' read -r method rest json; do
		for value in '*' "$etag" "\"x\", W/$etag"; do
			write "If-None-Match: $value"
			assert_problem 412 precondition_failed
		done
	done <<<"$writes"
	assert_unchanged
	while IFS='|' read -r method rest json; do
		write 'If-None-Match: "x", W/"1"'
		[[ $status == 20[04] ]] || fail 'a tag of no state is in the way'
	done <<<"$writes"
	assert_status 204
	request GET "/api/tasks/$id"
	assert_status 404
}

@test "If-None-Match on a write compares weakly, in every way of writing a list" {
	local method=PATCH rest='' json='{"title":"new"}' value tag
	begin_with_task
	for value in ' * ' 'W/TAG' ' TAG ' '"x", TAG' 'TAG,"x"' 'W/"x" ,,W/TAG' ',TAG,' '"", TAG' '"é", TAG' '"{}", W/TAG'; do
		write "If-None-Match: ${value//TAG/$etag}"
		assert_problem 412 precondition_failed
	done
	assert_unchanged
	for value in '"x"' 'W/"x"' '""' '"*"' 'W/"*"' "\"${etag:2}" "${etag%?}0\"" "\"0${etag:1}" \
		"${etag^^}" '"{*}"' '"NULL"' '"é"' "\"'\"" '"\"' '"0"'; do
		write "If-None-Match: $value"
		assert_status 200
		etag=${reply_headers[etag]}
	done
}

# bats test_tags=server
@test "an If-None-Match that is no list of tags is no leave to write, and is no word to a GET or a create" {
	local method rest json value
	local -a garbage
	begin_with_task
	garbage=("${etag//\"/}" "$etag $etag" '*, "x"' '"x", *' 'w/"x"' ',')
	while IFS='|' read -r method rest json; do
		for value in "${garbage[@]}"; do
			write "If-None-Match: $value"
			assert_problem 400 bad_request
		done
	done <<<"$writes"
	assert_unchanged
	for value in "${garbage[@]}"; do
		request GET "/api/tasks/$id" --header "If-None-Match: $value"
		assert_status 200
		request POST /api/tasks --body '{"title":"x"}' --header "If-None-Match: $value"
		assert_status 201
	done
}

# bats test_tags=server
@test "an empty If-None-Match is no leave to write" {
	local method rest json header='If-None-Match: '
	# curl sends an empty header field only if a semicolon follows its name.
	[[ $TRANSPORT != http ]] || header='If-None-Match;'
	begin_with_task
	while IFS='|' read -r method rest json; do
		write "$header"
		assert_problem 400 bad_request
	done <<<"$writes"
	assert_unchanged
}

# bats test_tags=server
@test "of If-Match and If-None-Match both must hold" {
	local method rest json match none
	begin_with_task
	while IFS='|' read -r method rest json; do
		while IFS='|' read -r match none; do
			write "If-Match: ${match//TAG/$etag}" "If-None-Match: ${none//TAG/$etag}"
			assert_problem 412 precondition_failed
		done <<-'EOF'
			TAG|TAG
			TAG|*
			*|W/TAG
			*|*
			"x"|"x"
			"x"|TAG
			W/TAG|"x"
		EOF
		write "If-Match: $etag" 'If-None-Match: x'
		assert_problem 400 bad_request
		write 'If-Match: x' 'If-None-Match: "x"'
		assert_problem 400 bad_request
	done <<<"$writes"
	assert_unchanged
	while IFS='|' read -r method rest json; do
		write "If-Match: $etag" 'If-None-Match: "x"'
		[[ $status == 20[04] ]] || fail 'both hold'
		etag=${reply_headers[etag]:-}
	done <<<"$writes"
	assert_status 204
}

# bats test_tags=server
@test "a create is made whatever its If-None-Match says" {
	local value
	for value in '*' '"x"' 'W/"x", *' x; do
		request POST /api/tasks --body '{"title":"x"}' --header "If-None-Match: $value"
		assert_status 201
	done
	request POST /api/tasks --body '{"title":"x"}' --header 'If-None-Match: *' --header 'Idempotency-Key: once'
	assert_status 201
	task=$body
	request POST /api/tasks --body '{"title":"x"}' --header 'If-None-Match: *' --header 'Idempotency-Key: once'
	assert_status 201
	assert_same "$body" "$task" 'the first answer'
	request GET /api/tasks
	assert_json 'length == 5'
}

@test "If-None-Match on a write of another's task is 403, of none 404, and fields come before it" {
	local value foreign method other
	begin_with_task
	foreign=$id
	new_user
	other=$REPLY
	for value in "$etag" '"x"' '*'; do
		for method in PUT PATCH DELETE; do
			request "$method" "/api/tasks/$foreign" --user "$other" --body '{"title":"taken"}' \
				--header "If-None-Match: $value"
			assert_problem 403 forbidden
			request "$method" /api/tasks/00000000-0000-4000-8000-000000000000 --body '{"title":"taken"}' \
				--header "If-None-Match: $value"
			assert_problem 404 task_not_found
		done
		request PATCH "/api/tasks/$foreign/complete" --user "$other" --header "If-None-Match: $value"
		assert_problem 403 forbidden
		request PUT /api/tasks/00000000-0000-4000-8000-000000000000/complete --header "If-None-Match: $value"
		assert_problem 404 task_not_found
	done
	request PATCH "/api/tasks/$foreign" --body '{"title":5}' --header 'If-None-Match: *'
	assert_invalid body.title
	assert_unchanged
}

# bats test_tags=server
@test "each tag of a list counts, as many as a header holds" {
	local tags
	begin_with_task
	repeat 1500 '"x",'
	tags=$REPLY
	request GET "/api/tasks/$id" --header "If-None-Match: $tags$etag"
	assert_status 304
	request PATCH "/api/tasks/$id" --body '{"title":"new"}' --header "If-None-Match: $tags$etag"
	assert_problem 412 precondition_failed
	request PATCH "/api/tasks/$id" --body '{"title":"new"}' --header "If-Match: $tags\"y\""
	assert_problem 412 precondition_failed
	assert_unchanged
	request PATCH "/api/tasks/$id" --body '{"title":"new"}' --header "If-None-Match: $tags\"y\""
	assert_status 200
	etag=${reply_headers[etag]}
	request PATCH "/api/tasks/$id" --body '{"title":"newer"}' --header "If-Match: $tags$etag"
	assert_status 200
}

# edit NUMBER: change the title unless the task's tag is $coming.
edit() { request PUT "/api/tasks/$id" --body "{\"title\":\"edit $1\"}" --header "If-None-Match: $coming"; }

@test "If-None-Match is judged by the state that a write finds once it is its turn" {
	local coming pid
	begin_with_task
	# The tag that the task gets: its updated_at in microseconds, hexadecimal.
	printf -v coming '"%x"' 1893456000000000
	rows "BEGIN; UPDATE tasks SET updated_at = '2030-01-01Z' WHERE id = '$id'"
	give_time || true
	token_for "$user"
	(apart 1 one_of_them edit 1) 3>&- &
	pid=$!
	wait_until one_waits || fail 'the edit does not wait'
	rows COMMIT
	wait "$pid" || true
	IFS= read -r status <"$BATS_TEST_TMPDIR/1/answer-of-it"
	assert_same "$status" 412 'the status of the edit'
	request GET "/api/tasks/$id"
	assert_json '.title == "as it was"'
	coming='"x"'
	edit 2
	assert_status 200
}

one_waits()
{
	local REPLY
	rows 'SELECT count(*) > 0 FROM pg_locks WHERE NOT granted' && [[ $REPLY == t ]]
}
