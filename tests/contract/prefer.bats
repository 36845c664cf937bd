# Prefer: return=minimal on writes (RFC 7240).
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && begin; }

# bats test_tags=server
@test "return=minimal on each write: the same status and headers, no body, Preference-Applied" {
	local method rest wanted json etag
	while IFS='|' read -r method rest wanted json; do
		create
		[[ $rest == /api/tasks ]] || rest=/api/tasks/$id$rest
		request "$method" "$rest" --body "$json" --header 'Prefer: return=minimal'
		assert_status "$wanted"
		assert_same "$body" '' 'the body'
		assert_header Preference-Applied return=minimal
		assert_no_header Content-Type
		if [[ $wanted != 204 ]]; then
			etag=${reply_headers[etag]:-}
			[[ -n $etag ]] || fail 'no ETag'
			[[ $wanted != 201 ]] || rest=${reply_headers[location]}
			request GET "${rest%/complete}"
			assert_status 200
			assert_header ETag "$etag"
			assert_json '.title == "new" or .completed'
		else
			request GET "$rest"
			assert_status 404
		fi
	done <<-'END'
		POST|/api/tasks|201|{"title":"new"}
		PUT||200|{"title":"new"}
		PATCH||200|{"title":"new"}
		PATCH|/complete|200|{"completed":true}
		PUT|/complete|200|{"completed":true}
		DELETE||204|
	END
	create
	request PATCH "/api/tasks/$id" --body '{}' --header 'Prefer: respond-async, Return=Minimal; x="a,b"'
	assert_header Preference-Applied return=minimal
}

@test "without it, and with return=representation, a write answers with the task; it is found in any case and among others" {
	local prefer
	create '{"title":"new"}' --header 'Prefer: return=representation'
	assert_json '.title == "new"'
	assert_no_header Preference-Applied
	for prefer in 'return=representation' 'respond-async' 'x; return=minimal' 'return=representation, return=minimal' \
		'x="return=minimal"' 'returns=minimal' 'return=minimally' 'return' 'minimal' 'return=' 'wait=5' 'x, y=z; q="a,b"'; do
		request PATCH "/api/tasks/$id" --body '{"title":"newer"}' --header "Prefer: $prefer"
		assert_json '.title == "newer"'
		assert_no_header Preference-Applied
	done
	for prefer in 'Return=Minimal' 'return="minimal"' 'return = minimal' 'respond-async, return=minimal' \
		'x="a, return=representation", return=minimal' 'return=minimal; x=y' 'wait=5,return=minimal,y' \
		'return=minimal, return=representation' ', ,return=minimal'; do
		request POST /api/tasks --body '{"title":"new"}' --header "Prefer: $prefer"
		assert_status 201
		assert_header Preference-Applied return=minimal
		assert_same "$body" '' 'the body'
	done
}

@test "errors and reads keep their bodies" {
	create
	request POST /api/tasks --body '{}' --header 'Prefer: return=minimal'
	assert_invalid body.title
	assert_no_header Preference-Applied
	request PATCH "/api/tasks/$id" --body '{"title":"x"}' --header 'Prefer: return=minimal' --header 'If-Match: "x"'
	assert_problem 412 precondition_failed
	request GET "/api/tasks/$id" --header 'Prefer: return=minimal'
	assert_same "$body" "$task" 'the task'
	assert_no_header Preference-Applied
	request GET /api/tasks --header 'Prefer: return=minimal'
	assert_same "$body" "[$task]" 'the list'
	assert_no_header Preference-Applied
	request DELETE /api/tasks/00000000-0000-4000-8000-000000000000 --header 'Prefer: return=minimal'
	assert_problem 404 task_not_found
}
