# ETag, If-None-Match and If-Match (RFC 9110, sections 8.8.3 and 13).
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && begin; }

# Set etag to the reply's, which is strong.
take_etag()
{
	etag=$(header ETag) || fail 'no ETag' || return 1
	[[ $etag =~ ^\"[!#-~]+\"$ ]] || fail 'not one strong ETag'
}

# assert_unchanged: $task is as it was, under the tag $etag.
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
	take_etag
	[[ $etag != "$first" ]] || fail 'the same ETag for another state'
	request PATCH "/api/tasks/$id/complete"
	[[ $(header ETag) != "$etag" ]] || fail 'the same ETag for another state'
	take_etag
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
	local json same seen=''
	create '{"title":"a","description":"d","due_date":"2026-01-09"}'
	take_etag
	for json in '{"title":"b"}' '{"title":"a"}' '{"description":null}' '{"description":"d"}' '{"status":"in_progress"}' \
		'{"completed":true}' '{"completed":false}' '{"priority":"low"}' '{"due_date":null}' '{"due_date":"2026-01-09"}'; do
		seen+=" $etag "
		request PATCH "/api/tasks/$id" --body "$json"
		assert_status 200
		take_etag
		[[ $seen != *" $etag "* ]] || fail "the ETag was there before $json" || return 1
		task=$body
		for same in '{}' '{"unknown":1}' "$task"; do
			request PUT "/api/tasks/$id" --body "$same"
			assert_header ETag "$etag"
		done
	done
	create '{"title":"another"}'
	request PATCH "/api/tasks/$id" --body '{"title":"changed"}'
	[[ $(header ETag) != "$etag" ]] || fail 'two tasks of one ETag'
}

@test "If-None-Match that has the tag is 304 without a body, for GET and HEAD" {
	local value tag
	create
	take_etag
	tag=$etag
	for method in GET HEAD; do
		for value in "$tag" "W/$tag" '*' " $tag " "\"x\", $tag" "$tag,\"x\"" "W/\"x\" ,,W/$tag" ", $tag,"; do
			request "$method" "/api/tasks/$id" --header "If-None-Match: $value"
			assert_status 304
			assert_header ETag "$tag"
		done
		for value in '"x"' 'W/"x"' '""' "\"${tag:2}" "${tag%?}x\"" "\"x${tag:1}" '"a", "b"' "\"${tag^^}"; do
			request "$method" "/api/tasks/$id" --header "If-None-Match: $value"
			assert_status 200
			assert_header ETag "$tag"
		done
	done
	request PATCH "/api/tasks/$id" --body '{"title":"new"}'
	request GET "/api/tasks/$id" --header "If-None-Match: $tag"
	assert_status 200
	assert_json '.title == "new"'
}

@test "the list has an ETag of its own that changes with its bytes, and its 304" {
	local tag path
	request GET /api/tasks
	take_etag
	tag=$etag
	create
	request GET /api/tasks
	take_etag
	[[ $etag != "$tag" ]] || fail 'the same ETag for another list'
	tag=$etag
	create
	for path in /api/tasks '/api/tasks?limit=1' "/api/$user/tasks?sort=title"; do
		request GET "$path"
		take_etag
		[[ $etag != "$tag" ]] || fail 'the same ETag for another list'
		for method in GET HEAD; do
			request "$method" "$path" --header "If-None-Match: \"x\", W/$etag"
			assert_status 304
			assert_header ETag "$etag"
			request "$method" "$path" --header 'If-None-Match: *'
			assert_status 304
			request "$method" "$path" --header "If-None-Match: $tag"
			assert_status 200
			assert_header ETag "$etag"
		done
	done
	request GET '/api/tasks?limit=1'
	take_etag
	request PATCH "/api/tasks/$id" --body '{"title":"new"}'
	request GET '/api/tasks?limit=1' --header "If-None-Match: $etag"
	assert_status 200
	assert_json '.[0].title == "new"'
}

@test "a 304 carries what every answer carries, and X-Total-Count and Link where they are due" {
	local link
	create
	create
	request GET '/api/tasks?limit=1'
	take_etag
	link=$(header Link)
	request GET '/api/tasks?limit=1' --header "If-None-Match: $etag" --header 'X-Request-Id: mine'
	assert_status 304
	assert_header X-Total-Count 2
	assert_header Link "$link"
	assert_header X-Request-Id mine
	assert_header Access-Control-Allow-Origin http://localhost:3000
	request GET '/api/tasks?limit=1' --header "If-None-Match: $etag" --origin https://elsewhere.example
	assert_status 304
	assert_no_header Access-Control-Allow-Origin
}

# What If-Match guards: method, rest of the path, body.
writes='PUT||{"title":"new"}
PATCH||{"title":"new"}
PATCH|/complete|
PUT|/complete|{"completed":true}
DELETE||'

# write HEADER: the write of $method, $rest, $json.
write()
{
	local -a content=()
	[[ -z $json ]] || content=(--body "$json")
	request "$method" "/api/tasks/$id$rest" "${content[@]}" --header "$1"
}

@test "If-Match that has the tag lets a write through" {
	local method rest json value tag
	while IFS='|' read -r method rest json; do
		for value in TAG '*' '"x", TAG' 'TAG , "x"' ',,TAG,' 'W/"x", TAG'; do
			create
			take_etag
			tag=$etag
			write "If-Match: ${value//TAG/$tag}"
			if [[ $method == DELETE ]]; then
				assert_status 204
				continue
			fi
			assert_status 200
			take_etag
			[[ $etag != "$tag" ]] || fail 'nothing changed'
			request GET "/api/tasks/$id"
			assert_header ETag "$etag"
		done
	done <<<"$writes"
}

@test "an empty If-Match is no leave to write" {
	local method rest json header='If-Match: '
	# As curl wants what is empty.
	[[ $TRANSPORT != http ]] || header='If-Match;'
	create
	take_etag
	while IFS='|' read -r method rest json; do
		write "$header"
		assert_problem 400 bad_request
	done <<<"$writes"
	assert_unchanged
}

@test "If-Match that does not is 412 and nothing changes; a weak tag never matches" {
	local method rest json value tag
	create
	take_etag
	tag=$etag
	while IFS='|' read -r method rest json; do
		for value in '"x"' 'W/TAG' '""' '"x", "y", W/TAG' '"5,TAG"' '"{}"' '"é"' "\"'\"" '"\"' '"NULL"' '"0"' '"%"'; do
			write "If-Match: ${value//TAG/$tag}" || return 1
			if [[ $value == '"5,TAG"' ]]; then
				assert_problem 400 bad_request
				continue
			fi
			assert_problem 412 precondition_failed
		done
	done <<<"$writes"
	assert_unchanged
	request PATCH "/api/tasks/$id" --body '{"title":"new"}' --header "If-Match: $tag"
	assert_status 200
	while IFS='|' read -r method rest json; do
		write "If-Match: $tag"
		assert_problem 412 precondition_failed
	done <<<"$writes"
	request GET "/api/tasks/$id"
	assert_json '.title == "new" and (.completed | not)'
}

@test "If-Match garbage is 400 and nothing changes" {
	local method rest json value
	create
	take_etag
	while IFS='|' read -r method rest json; do
		for value in x "${etag//\"/}" "${etag%?}" "${etag#?}" "'x'" '* , "x"' '"x", *' '**' "$etag $etag" "w/$etag" \
			"W/ $etag" "$etag;x" ',' '"a b"' '"a""b"' "W$etag"; do
			write "If-Match: $value"
			assert_problem 400 bad_request
		done
	done <<<"$writes"
	assert_unchanged
}

@test "64 tags are read, 65 are 400" {
	local tags
	create
	take_etag
	repeat 63 '"x",'
	tags=$REPLY
	request PATCH "/api/tasks/$id" --body '{"title":"new"}' --header "If-Match: $tags$etag"
	assert_status 200
	take_etag
	task=$body
	request PATCH "/api/tasks/$id" --body '{"title":"newer"}' --header "If-Match: $tags\"x\",$etag"
	assert_problem 400 bad_request
	assert_unchanged
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

@test "a write that changes nothing is checked against If-Match all the same" {
	create
	take_etag
	request PATCH "/api/tasks/$id" --body '{}' --header 'If-Match: "x"'
	assert_problem 412 precondition_failed
	request PATCH "/api/tasks/$id" --body '{}' --header "If-Match: $etag"
	assert_status 200
	assert_header ETag "$etag"
}

# One editor's write, into files of its own.
edit()
(
	BATS_TEST_TMPDIR=$(mktemp -d "$BATS_TEST_TMPDIR/editor-XXXX")
	request PATCH "/api/tasks/$id" --body "{\"$1\":\"$2\"}" --header "If-Match: $etag" >/dev/null 2>&1
	printf '%s\n' "$status" >"$outcome/$1"
)

@test "of two editors at once one gets 200, the other 412, and nothing is overwritten" {
	local round outcome=$BATS_TEST_TMPDIR/outcome pids both won
	mkdir "$outcome"
	create
	token_for "$user"
	for round in {1..25}; do
		rm -f "$outcome"/*
		request PATCH "/api/tasks/$id" --body '{"title":"start","description":"start"}'
		take_etag
		pids=()
		edit title "t$round" 3>&- &
		pids+=($!)
		edit description "d$round" 3>&- &
		pids+=($!)
		wait "${pids[@]}"
		both=$(sort "$outcome/title" "$outcome/description" | xargs)
		assert_same "$both" '200 412' "round $round: the two answers"
		request GET "/api/tasks/$id"
		won=$(<"$outcome/title")
		if [[ $won == 200 ]]; then
			assert_json '.title == $t and .description == "start"' --arg t "t$round"
		else
			assert_json '.title == "start" and .description == $d' --arg d "d$round"
		fi
	done
}

@test "of an editor and one who deletes at once, exactly one has their way" {
	local round outcome=$BATS_TEST_TMPDIR/outcome deleted pids
	mkdir "$outcome"
	token_for "$user"
	for round in {1..10}; do
		rm -f "$outcome"/*
		create
		take_etag
		edit title new 3>&- &
		pids=$!
		request DELETE "/api/tasks/$id" --header "If-Match: $etag"
		deleted=$status
		wait "$pids"
		case $deleted-$(<"$outcome/title") in
		204-404 | 412-200) ;;
		*) fail "round $round: DELETE $deleted, PATCH $(<"$outcome/title")" || return 1 ;;
		esac
	done
}
