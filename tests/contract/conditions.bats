# ETag, If-None-Match and If-Match (RFC 9110, sections 8.8.3 and 13).
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/at-once.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && . "$API_ROOT/tests/lib/at-once.bash" && begin; }

# Set etag to the ETag of the reply, which must be strong.
take_etag()
{
	etag=${reply_headers[etag]:-}
	[[ $etag =~ ^\"[!#-~]+\"$ ]] || fail 'not one strong ETag'
}

# assert_another ETAG: the reply has an ETag that differs from this one.  Sets etag.
assert_another()
{
	take_etag || return 1
	[[ $etag != "$1" ]] || fail 'the same ETag for another state'
}

# The task $id still has the representation $task and the tag $etag.
assert_unchanged()
{
	request GET "/api/tasks/$id"
	assert_status 200 && assert_same "$body" "$task" 'the task' && assert_header ETag "$etag"
}

@test "every answer that is one task carries its ETag, the same for the same state" {
	local base first
	create
	take_etag
	first=$etag
	for base in /api/tasks /api/v1/tasks "/api/$user/tasks"; do
		request GET "$base/$id"
		assert_header ETag "$first"
		request HEAD "$base/$id"
		assert_header ETag "$first"
		request PATCH "$base/$id" --body '{}'
		assert_header ETag "$first"
	done
	request PUT "/api/tasks/$id" --body '{"title":"new"}'
	assert_another "$first"
	request PATCH "/api/tasks/$id/complete"
	assert_another "$etag"
	request GET "/api/tasks/$id"
	assert_header ETag "$etag"
	request DELETE "/api/tasks/$id"
	assert_status 204
	assert_no_header ETag
	request GET "/api/tasks/$id"
	assert_status 404
	assert_no_header ETag
}

@test "the ETag changes with every change, also back to what was, and with nothing else" {
	local json same seen='' n=0
	local -a sames=('{}' '{"unknown":1}')
	create '{"title":"a","description":"d","due_date":"2026-01-09"}'
	take_etag
	for json in '{"title":"b"}' '{"title":"a"}' '{"description":null}' '{"description":"d"}' '{"status":"in_progress"}' \
		'{"completed":true}' '{"completed":false}' '{"priority":"low"}' '{"due_date":null}' '{"due_date":"2026-01-09"}'; do
		seen+=" $etag "
		request PATCH "/api/tasks/$id" --body "$json"
		assert_status 200
		take_etag
		[[ $seen != *" $etag "* ]] || fail "the ETag was there before $json" || return 1
		for same in "$body" "${sames[n++ % 2]}"; do
			request PUT "/api/tasks/$id" --body "$same"
			assert_header ETag "$etag"
		done
	done
	create '{"title":"another"}'
	request PATCH "/api/tasks/$id" --body '{"title":"changed"}'
	assert_another "$etag"
}

# bats test_tags=server
@test "a client that has the task or the list already gets a 304 without a body, and what every answer carries" {
	local path link
	create
	create
	for path in "/api/tasks/$id" '/api/tasks?limit=1'; do
		request GET "$path"
		take_etag
		link=${reply_headers[link]:-}
		for method in GET HEAD; do
			request "$method" "$path" --header "If-None-Match: \"x\", W/$etag" --header 'X-Request-Id: mine'
			assert_status 304
			assert_header ETag "$etag"
			assert_header X-Request-Id mine
			assert_header Access-Control-Allow-Origin http://localhost:3000
			request "$method" "$path" --header 'If-None-Match: *'
			assert_status 304
			request "$method" "$path" --header 'If-None-Match: "x"'
			assert_status 200
			assert_header ETag "$etag"
		done
	done
	request GET "$path" --header "If-None-Match: $etag" --origin https://elsewhere.example
	assert_status 304
	assert_no_header Access-Control-Allow-Origin
	assert_header X-Total-Count 2
	[[ -n $link ]] || fail 'no Link'
	assert_header Link "$link"
}

# bats test_tags=server
@test "If-None-Match that has the tag is 304, in every way of writing it; any other is 200" {
	local value n=0
	local -a methods=(GET HEAD)
	create
	take_etag
	for value in "$etag" "W/$etag" '*' " $etag " "\"x\", $etag" "$etag,\"x\"" "W/\"x\" ,,W/$etag" ", $etag,"; do
		request "${methods[n++ % 2]}" "/api/tasks/$id" --header "If-None-Match: $value"
		assert_status 304
		assert_header ETag "$etag"
	done
	for value in '"x"' 'W/"x"' '""' "\"${etag:2}" "${etag%?}x\"" "\"x${etag:1}" '"a", "b"' "\"${etag^^}"; do
		request "${methods[n++ % 2]}" "/api/tasks/$id" --header "If-None-Match: $value"
		assert_status 200
		assert_header ETag "$etag"
	done
	request PATCH "/api/tasks/$id" --body '{"title":"new"}'
	request GET "/api/tasks/$id" --header "If-None-Match: $etag"
	assert_status 200
	assert_json '.title == "new"'
}

# bats test_tags=server
@test "the list has an ETag of its own that changes with its bytes" {
	local tag path
	request GET /api/tasks
	take_etag
	create
	request GET /api/tasks
	assert_another "$etag"
	tag=$etag
	create
	for path in /api/tasks '/api/tasks?limit=1' "/api/$user/tasks?sort=title"; do
		request GET "$path"
		assert_another "$tag"
		request GET "$path" --header 'If-None-Match: *'
		assert_status 304
		request GET "$path" --header "If-None-Match: $tag"
		assert_status 200
		assert_header ETag "$etag"
	done
	request GET '/api/tasks?limit=1'
	take_etag
	request PATCH "/api/tasks/$id" --body '{"title":"new"}'
	request GET '/api/tasks?limit=1' --header "If-None-Match: $etag"
	assert_status 200
	assert_json '.[0].title == "new"'
}

# The writes of a task, one per line: method|rest of the path|body.
writes='PATCH||{"title":"new"}
PUT||{"title":"newer"}
PATCH|/complete|
PUT|/complete|{"completed":false}
DELETE||'

# write HEADER: send the write that $method, $rest and $json describe.
write()
{
	local -a content=()
	[[ -z $json ]] || content=(--body "$json")
	request "$method" "/api/tasks/$id$rest" "${content[@]}" --header "$1"
}

# bats test_tags=server
@test "If-Match lets each write through by the tag or * alone; else it is 412, and garbage 400" {
	local method rest json first
	create
	take_etag
	first=$etag
	request PATCH "/api/tasks/$id" --body '{}' --header 'If-Match: *'
	assert_status 200
	while IFS='|' read -r method rest json; do
		write 'If-Match: "x"'
		assert_problem 412 precondition_failed
		[[ $etag == "$first" ]] || write "If-Match: W/$first, $first"
		[[ $status == 412 ]] || fail 'a tag of an earlier state'
		write 'If-Match: * , "x"'
		assert_problem 400 bad_request
		write "If-Match: \"x\", $etag"
		if [[ $method != DELETE ]]; then
			assert_status 200
			assert_another "$etag"
		fi
	done <<<"$writes"
	assert_status 204
}

@test "If-Match that has the tag lets a write through, in every way of writing it" {
	local method rest json value
	create
	take_etag
	method=PATCH rest=''
	for value in '*' 'TAG' '"x", TAG' 'TAG , "x"' ',,TAG,' 'W/"x", TAG'; do
		json="{\"title\":\"new ${value//\"/}\"}"
		write "If-Match: ${value//TAG/$etag}"
		assert_status 200
		assert_another "$etag"
		request GET "/api/tasks/$id"
		assert_header ETag "$etag"
	done
	while IFS='|' read -r method rest json; do
		write 'If-Match: *'
		[[ $status == 20[04] ]] || fail '* is refused'
	done <<<"$writes"
	request GET "/api/tasks/$id"
	assert_status 404
}

# bats test_tags=server
@test "an empty If-Match is no leave to write" {
	local method rest json header='If-Match: '
	# curl sends an empty header field only if a semicolon follows its name.
	[[ $TRANSPORT != http ]] || header='If-Match;'
	create
	take_etag
	while IFS='|' read -r method rest json; do
		write "$header"
		assert_problem 400 bad_request
	done <<<"$writes"
	assert_unchanged
}

@test "If-Match that does not is 412 and garbage 400, and nothing changes; a weak tag never matches" {
	local method rest json value tag
	local -a others=('W/TAG' '""' '"x", "y", W/TAG') garbage
	create
	take_etag
	garbage=(x "$etag $etag" '* , "x"')
	while IFS='|' read -r method rest json; do
		for value in "${others[@]}"; do
			write "If-Match: ${value//TAG/$etag}"
			assert_problem 412 precondition_failed
		done
		for value in "${garbage[@]}"; do
			write "If-Match: $value"
			assert_problem 400 bad_request
		done
	done <<<"$writes"
	method=PATCH rest='' json='{"title":"new"}'
	for value in '"{}"' '"é"' "\"'\"" '"\"' '"NULL"' '"0"' '"%"'; do
		write "If-Match: $value"
		assert_problem 412 precondition_failed
	done
	for value in "\"5,$etag\"" "${etag//\"/}" "${etag%?}" "${etag#?}" "'x'" '"x", *' '**' "w/$etag" \
		"W/ $etag" "$etag;x" ',' '"a b"' '"a""b"' "W$etag"; do
		write "If-Match: $value"
		assert_problem 400 bad_request
	done
	assert_unchanged
	tag=$etag
	write "If-Match: $tag"
	assert_status 200
	while IFS='|' read -r method rest json; do
		write "If-Match: $tag"
		assert_problem 412 precondition_failed
	done <<<"$writes"
	request GET "/api/tasks/$id"
	assert_json '.title == "new" and (.completed | not)'
}

@test "a write that changes nothing is checked all the same" {
	create
	take_etag
	request PATCH "/api/tasks/$id" --body '{}' --header 'If-Match: "x"'
	assert_problem 412 precondition_failed
	request PATCH "/api/tasks/$id" --body '{}' --header "If-Match: $etag"
	assert_status 200
	assert_header ETag "$etag"
}

@test "If-Match on another's task is 403, on none 404, and fields come before it" {
	local value foreign
	create
	take_etag
	foreign=$id
	new_user
	for value in "$etag" '"x"' '*'; do
		for method in PUT PATCH DELETE; do
			request "$method" "/api/tasks/$foreign" --user "$REPLY" --body '{"title":"taken"}' --header "If-Match: $value"
			assert_problem 403 forbidden
			request "$method" /api/tasks/00000000-0000-4000-8000-000000000000 --body '{"title":"taken"}' \
				--header "If-Match: $value"
			assert_problem 404 task_not_found
		done
		request PATCH "/api/tasks/$foreign/complete" --user "$REPLY" --header "If-Match: $value"
		assert_problem 403 forbidden
		request PATCH /api/tasks/00000000-0000-4000-8000-000000000000/complete --header "If-Match: $value"
		assert_problem 404 task_not_found
	done
	request GET "/api/tasks/$foreign" --user "$REPLY" --header "If-None-Match: $etag"
	assert_problem 403 forbidden
	request PATCH "/api/tasks/$foreign" --body '{"title":5}' --header 'If-Match: "x"'
	assert_invalid body.title
	assert_unchanged
	request PATCH "/api/tasks/$foreign" --body '{"title":"own"}' --header "If-Match: $etag"
	assert_status 200
}

# edit NUMBER: editor 1 changes the title, editor 2 the description.
edit()
{
	local -a json=('{"title":"new"}' '{"description":"new"}')
	request PATCH "/api/tasks/$id" --body "${json[$1 - 1]}" --header "If-Match: $etag"
}

# edit_or_delete NUMBER: editor 1 changes the title, editor 2 deletes the task.
edit_or_delete()
{
	if (($1 == 1)); then
		edit 1
	else
		request DELETE "/api/tasks/$id" --header "If-Match: $etag"
	fi
}

# bats test_tags=server
@test "of two editors at once one gets 200, the other 412, and nothing is overwritten" {
	local round
	for round in 1 2 3; do
		create '{"title":"start","description":"start"}'
		take_etag
		keep_for_two "SELECT FROM tasks WHERE id = '$id' FOR UPDATE"
		at_once 2 edit
		assert_same "$outcome" '1x200 1x412' "round $round: the answers"
		request GET "/api/tasks/$id"
		assert_json '[.title, .description] == if $first == "200" then ["new", "start"] else ["start", "new"] end' \
			--arg first "${statuses[1]}"
	done
}

@test "of an editor and one who deletes at once, exactly one has their way" {
	local round
	for round in 1 2 3; do
		create
		take_etag
		keep_for_two "SELECT FROM tasks WHERE id = '$id' FOR UPDATE"
		at_once 2 edit_or_delete
		[[ "${statuses[*]}" == '404 204' || "${statuses[*]}" == '200 412' ]] ||
			fail "round $round: PATCH ${statuses[1]}, DELETE ${statuses[2]}"
	done
}
