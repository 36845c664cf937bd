# Request bodies that are refused before their members are checked.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && begin; }

# assert_nothing_happened [LIST]: the user's list is LIST (default: empty), so no
# task was created or changed.
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

# write_bytes TEXT: write TEXT to the file $bytes, with printf's escapes resolved.
write_bytes()
{
	bytes=$BATS_TEST_TMPDIR/bytes
	printf '%b' "$1" >"$bytes"
}

@test "a member that stands twice, bytes that are no UTF-8 and JSON nested ten thousand deep are 400" {
	local text bytes
	# The last body is UTF-16.
	while IFS= read -r text; do
		write_bytes "$text"
		request POST /api/tasks --body-file "$bytes"
		assert_problem 400 malformed_json || fail "the body: $text"
	done <<-'END'
		{"title":"x","title":"y"}
		{"title":"x","title":"x"}
		{"title":"x","tags":{"a":1,"a":2}}
		{"title":"x","tags":[[{"a":1,"b":0,"a":2}]]}
		{"title":"x","titl\\u0065":"y"}
		{"title":"a\xffb"}
		{"title":"a\xc3b"}
		{"title":"a\xc3(b"}
		{"title":"a\xc0\xafb"}
		{"title":"a\xed\xa0\x80b"}
		{"title":"a\xf4\x90\x80\x80b"}
		{"title":"a\xf8\x88\x80\x80\x80b"}
		{"title":"a\x80b"}
		\xef\xbb\xbf{"title":"x"}
		{"title":"x"}\0
		{"title":"a\0b"}
		{\0"title":"ab"}
		\xff\xfe{\0"\0t\0i\0t\0l\0e\0"\0:\0"\0x\0"\0}\0\n\0
	END
	assert_nothing_happened
	request POST /api/tasks --body '{"title":"x","a":{"b":1},"c":{"b":1}}'
	assert_status 201
	request POST /api/tasks --body '{"title":"é\ud83d\ude00"}'
	assert_json '.title == "é😀"'
	repeat 10000 '['
	request POST /api/tasks --body "{\"title\":\"x\",\"tags\":$REPLY}"
	assert_problem 400 malformed_json
	repeat 10000 '{"a":'
	request POST /api/tasks --body "$REPLY"
	assert_problem 400 malformed_json
	request POST /api/tasks --body '{"title":"x","tags":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}'
	assert_status 201
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

# bats test_tags=server
@test "a create without a body, or a word about one, is 400" {
	request POST /api/tasks
	assert_status 400
	assert_nothing_happened
}

# bats test_tags=server
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

# bats test_tags=server
@test "a body of 64 KiB is taken, one byte more is 413" {
	local padding
	printf -v padding '%*s' $((65536 - 13)) ''
	request POST /api/tasks --body "$padding{\"title\":\"x\"}"
	assert_status 201
	task=$body
	take_id
	request POST /api/tasks --body " $padding{\"title\":\"x\"}"
	assert_problem 413 body_too_large
	request PUT "/api/tasks/$id" --body " $padding{\"title\":\"y\"}"
	assert_problem 413 body_too_large
	request PATCH "/api/tasks/$id/complete" --body " $padding{\"title\":\"y\"}"
	assert_problem 413 body_too_large
	assert_nothing_happened "[$task]"
}

# bats test_tags=server
@test "a body of PATCH and PUT arrives whole" {
	create
	repeat 2000 x
	request PATCH "/api/tasks/$id" --body "{\"description\":\"$REPLY\"}"
	assert_status 200
	request PUT "/api/tasks/$id" --body "{\"description\":\"$REPLY\",\"title\":\"new\"}"
	assert_json '.title == "new" and .description == $d' --arg d "$REPLY"
}

# bats test_tags=server
@test "the type of a body counts: none or text/plain is 415, a charset of UTF-8 is fine" {
	local type
	for type in '' text/plain 'application/json; charset=iso-8859-1' 'application/json;charset=utf-8"'; do
		request POST /api/tasks --body '{"title":"x"}' --type "$type"
		assert_problem 415 unsupported_media_type
	done
	assert_nothing_happened
	request POST /api/tasks --body '{"title":"x"}' --type 'Application/JSON ; charset="utf-8"'
	assert_status 201
}

@test "a body that is not application/json is 415, whatever is in it; that may be in any case and have a charset of UTF-8" {
	local type
	for type in application/x-www-form-urlencoded multipart/form-data \
		text/json application/jsonx application/json-patch+json application/ld+json \
		json application \
		'application/json;charset=utf-16' 'application/json;charset=utf-8a' 'application/json;charset=utf8a' \
		'application/json;charset=utf_8' 'application/json;charset=utf 8' 'application/json;charset=utf16' 'application/json;charset="utf-8' \
		'application/json; x="y' 'application/json, text/plain'; do
		request POST /api/tasks --body '{"title":"x"}' --type "$type"
		assert_problem 415 unsupported_media_type
	done
	assert_nothing_happened
	create
	for type in application/json Application/JSON 'application/json; charset=utf-8' \
		'application/json;charset=UTF-8' 'application/json; charset="utf-8"' \
		'application/json;charset=utf8' 'application/json; charset=UTF8' 'application/json; charset="Utf8"' \
		'application/json ; charset=Utf-8' 'application/json; x="a;charset=latin1"; charset=utf-8' \
		'application/json;'; do
		request PATCH "/api/tasks/$id" --body '{"title":"x"}' --type "$type"
		assert_status 200
	done
}

# bats test_tags=server
@test "a body with a Content-Encoding is 415 that says so, and identity is none" {
	local coding
	create
	for coding in gzip br deflate zstd compress x-gzip aws-chunked GZIP 'identity, gzip' 'gzip, identity' '*'; do
		request POST /api/tasks --body '{"title":"x"}' --header "Content-Encoding: $coding"
		assert_problem 415 unsupported_media_type 'Content-Encoding is not supported' || return 1
	done
	assert_nothing_happened "[$task]"
	request PUT "/api/tasks/$id" --body '{"title":"x"}' --header 'Content-Encoding: gzip'
	assert_problem 415 unsupported_media_type 'Content-Encoding is not supported'
	# A body with the magic number of gzip.
	printf '\x1f\x8b\x08\0\0\0\0\0' >"$BATS_TEST_TMPDIR/gzip"
	request PATCH "/api/tasks/$id/complete" --body-file "$BATS_TEST_TMPDIR/gzip" --header 'Content-Encoding: gzip'
	assert_problem 415 unsupported_media_type 'Content-Encoding is not supported'
	assert_nothing_happened "[$task]"
	for coding in identity Identity; do
		request POST /api/tasks --body '{"title":"x"}' --header "Content-Encoding: $coding"
		assert_status 201
	done
	# Without a body the header is ignored.
	request POST "/api/tasks" --body '' --header 'Content-Encoding: gzip'
	assert_status 400
	request GET "/api/tasks/$id" --header 'Content-Encoding: gzip'
	assert_status 200
}

# bats test_tags=server
@test "a body and a type that GET and DELETE do not want do no harm" {
	create
	request GET "/api/tasks/$id" --body '{' --type text/plain
	assert_status 200
	printf -v REPLY '%*s' 200000 ''
	request GET /api/tasks --body "$REPLY"
	assert_status 200
	assert_same "$body" "[$task]" 'the list'
	request GET /health/live --body "$REPLY"
	assert_status 200
	request DELETE "/api/tasks/$id" --body 'not json' --type text/plain
	assert_status 204
	create
	request DELETE "/api/tasks/$id" --body "$REPLY"
	assert_status 204
	assert_nothing_happened
}

# Each 16th document.  tests/unit/test_json.c reads all of them.
@test "of documents of every kind the malformed are 400, the others make a task" {
	local kind name text bytes number=0
	while IFS=$'\t' read -r kind name text; do
		[[ $kind != '#'* ]] && ((number++ % 16 == 0)) || continue
		text=${text//\\/\\\\}
		write_bytes "{\"title\":\"x\",\"a\":${text//\~/\\x}}"
		request POST /api/tasks --body-file "$bytes"
		case $kind in
		y | +) assert_status 201 ;;
		n | -) assert_problem 400 malformed_json ;;
		esac || fail "$name"
	done <"$API_ROOT/tests/unit/json/documents"
	((number > 300))
}
