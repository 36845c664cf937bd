# Bodies that are refused before anybody looks at their members.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && begin; }

# No task was made or changed.
assert_nothing_happened()
{
	request GET /api/tasks
	assert_same "$body" "${1:-[]}" 'the list'
}

@test "a body that is no JSON is 400 and says where" {
	local text
	while IFS= read -r text; do
		request POST /api/tasks --body "$text"
		assert_problem 400 malformed_json
		assert_json '.detail | test("line [0-9]+")'
	done <<-'END'
		{
		{"title":"x"
		{"title":"x",}
		{title:"x"}
		{'title':'x'}
		{"title":"x"} x
		{"title":"x"}{"title":"y"}
		{"title":"x" "priority":"low"}
		{"title":"\x"}
		{"title":"\u12"}
		{"title":"\ud800"}
		{"title":"\udc00\ud800"}
		{"title":NaN}
		{"title":01}
		{"title":+1}
		title=x&priority=low
		<task/>
		undefined
		/**/{"title":"x"}
	END
	assert_nothing_happened
	request POST /api/tasks --body $' \t\r\n{ "title" :\n"x" }\r\n'
	assert_status 201
}

@test "a create without a body, or a word about one, is 400" {
	request POST /api/tasks
	assert_status 400
	assert_nothing_happened
}

@test "an empty body is 400 where one is needed" {
	create
	request POST /api/tasks --body ''
	assert_status 400
	request POST /api/tasks --body '' --type ''
	assert_status 400
	request PUT "/api/tasks/$id"
	assert_status 400
	request PATCH "/api/tasks/$id" --body ' '
	assert_problem 400 malformed_json
	assert_nothing_happened "[$task]"
}

@test "JSON that is no object is 422" {
	local text
	create
	for text in '[]' '[{"title":"x"}]' '"title"' 5 true null; do
		request POST /api/tasks --body "$text"
		assert_invalid body
		request PUT "/api/tasks/$id" --body "$text"
		assert_invalid body
	done
	assert_nothing_happened "[$task]"
}

@test "a member that stands twice, at any depth, is 400" {
	local text
	for text in '{"title":"x","title":"y"}' '{"title":"x","title":"x"}' \
		'{"title":"x","tags":{"a":1,"a":2}}' '{"title":"x","tags":[[{"a":1,"b":0,"a":2}]]}' \
		'{"title":"x","titl\u0065":"y"}'; do
		request POST /api/tasks --body "$text"
		assert_problem 400 malformed_json
	done
	assert_nothing_happened
	request POST /api/tasks --body '{"title":"x","a":{"b":1},"c":{"b":1}}'
	assert_status 201
}

@test "bytes that are no UTF-8, a byte-order mark and a raw NUL are 400" {
	local bytes
	for bytes in '\xff' '\xc3' '\xc3(' '\xc0\xaf' '\xed\xa0\x80' '\xf4\x90\x80\x80' '\xf8\x88\x80\x80\x80' '\x80'; do
		request POST /api/tasks --body "$(printf '{"title":"a%bb"}' "$bytes")"
		assert_problem 400 malformed_json
	done
	printf '\xef\xbb\xbf{"title":"x"}' >"$BATS_TEST_TMPDIR/bytes"
	request POST /api/tasks --body-file "$BATS_TEST_TMPDIR/bytes"
	assert_problem 400 malformed_json
	printf '{"title":"x"}\0' >"$BATS_TEST_TMPDIR/bytes"
	request POST /api/tasks --body-file "$BATS_TEST_TMPDIR/bytes"
	assert_problem 400 malformed_json
	printf '{"title":"a\0b"}' >"$BATS_TEST_TMPDIR/bytes"
	request POST /api/tasks --body-file "$BATS_TEST_TMPDIR/bytes"
	assert_problem 400 malformed_json
	printf '{\0"title":"ab"}' >"$BATS_TEST_TMPDIR/bytes"
	request POST /api/tasks --body-file "$BATS_TEST_TMPDIR/bytes"
	assert_problem 400 malformed_json
	iconv -t UTF-16 <<<'{"title":"x"}' >"$BATS_TEST_TMPDIR/bytes"
	request POST /api/tasks --body-file "$BATS_TEST_TMPDIR/bytes"
	assert_problem 400 malformed_json
	assert_nothing_happened
	request POST /api/tasks --body '{"title":"é\ud83d\ude00"}'
	assert_json '.title == "é😀"'
}

@test "JSON nested ten thousand deep is refused, not a crash" {
	repeat 10000 '['
	request POST /api/tasks --body "{\"title\":\"x\",\"tags\":$REPLY}"
	assert_problem 400 malformed_json
	repeat 10000 '{"a":'
	request POST /api/tasks --body "$REPLY"
	assert_problem 400 malformed_json
	request POST /api/tasks --body '{"title":"x","tags":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}'
	assert_status 201
}

@test "a body of 64 KiB is taken, one byte more is 413" {
	local padding
	printf -v padding '%*s' $((65536 - 13)) ''
	request POST /api/tasks --body "$padding{\"title\":\"x\"}"
	assert_status 201
	task=$body
	request POST /api/tasks --body " $padding{\"title\":\"x\"}"
	assert_problem 413 body_too_large
	id=$(gojq -r .id <<<"$task")
	request PUT "/api/tasks/$id" --body " $padding{\"title\":\"y\"}"
	assert_problem 413 body_too_large
	request PATCH "/api/tasks/$id/complete" --body " $padding{\"title\":\"y\"}"
	assert_problem 413 body_too_large
	assert_nothing_happened "[$task]"
}

@test "a body that is not application/json is 415, whatever is in it" {
	local type
	for type in '' text/plain application/x-www-form-urlencoded multipart/form-data \
		text/json application/jsonx application/json-patch+json application/ld+json \
		json application 'application/json; charset=iso-8859-1' \
		'application/json;charset=utf-16' 'application/json;charset=utf-8a' 'application/json;charset="utf-8' \
		'application/json;charset=utf-8"' 'application/json; x="y' 'application/json, text/plain'; do
		request POST /api/tasks --body '{"title":"x"}' --type "$type"
		assert_problem 415 unsupported_media_type
	done
	assert_nothing_happened
}

@test "application/json may be written in any case and with a charset of UTF-8" {
	local type
	create
	for type in application/json Application/JSON 'application/json; charset=utf-8' \
		'application/json;charset=UTF-8' 'application/json; charset="utf-8"' \
		'application/json ; charset=Utf-8' 'application/json; x="a;charset=latin1"; charset=utf-8' \
		'application/json;'; do
		request PATCH "/api/tasks/$id" --body '{"title":"x"}' --type "$type"
		assert_status 200
	done
}

@test "a body and a type that GET does not want do no harm" {
	create
	request GET "/api/tasks/$id" --body '{' --type text/plain
	assert_status 200
	printf -v REPLY '%*s' 200000 ''
	request GET /api/tasks --body "$REPLY"
	assert_status 200
	assert_same "$body" "[$task]" 'the list'
	request GET /health/live --body "$REPLY"
	assert_status 200
}

# All of them: tests/unit/test_json.c.
@test "of documents of every kind the malformed are 400, the others make a task" {
	local kind name text number=0
	while IFS=$'\t' read -r kind name text; do
		[[ $kind != '#'* ]] && ((number++ % 16 == 0)) || continue
		text=${text//\\/\\\\}
		printf '{"title":"x","a":%b}' "${text//\~/\\x}" >"$BATS_TEST_TMPDIR/bytes"
		request POST /api/tasks --body-file "$BATS_TEST_TMPDIR/bytes"
		case $kind in
		y | +) assert_status 201 ;;
		n | -) assert_problem 400 malformed_json ;;
		esac || fail "$name"
	done <"$API_ROOT/tests/json/documents"
	((number > 300))
}
