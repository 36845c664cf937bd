# Paths with unusual encodings are decoded exactly once.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && begin; }

@test "escaped separators stay in the path and out of the query" {
	local part
	create
	for part in %3Fadmin=1 %26admin=1 %23x %3Bx %3D %20 %0a %0d%0aX-Injected:%20yes %01 %7f %22 %27 %5C %252F %2500 %25 \
		%C3%A9 %F0%9F%98%80; do
		request GET "/api/tasks/$id$part"
		assert_invalid path.id
		assert_no_header X-Injected
	done
	request GET "/api/tasks/${id:0:8}%2D${id:9}"
	assert_status 200
}

@test "an id that is no text is no UUID" {
	local part
	create
	for part in %FF %C3 %C3%28 %ED%A0%80; do
		request GET "/api/tasks/$id$part"
		assert_invalid path.id
	done
	request GET "/api/tasks/$id"
	assert_status 200
}

@test "a slash or a NUL that is escaped is no route" {
	local path
	for path in /api%2Ftasks /api/tasks%2Fx /api/a%2Fb/tasks /api/tasks/x%2fcomplete; do
		request GET "$path" --unchecked
		assert_problem 404 not_found
	done
	for path in /api/tasks/%00 /api/tasks%00 /api/%00/tasks; do
		request GET "$path" --unchecked
		[[ $status == 40[04] && $body == '{"detail":'* ]] || fail "$path" || return 1
	done
}

@test "double slashes and dots never lead to another user's tasks or outside" {
	local path
	create '{"title":"private"}'
	new_user
	for path in "/api//$user/tasks" "//api/$user/tasks" "/api/$user//tasks" "/api/$REPLY/../../$user/tasks" \
		"/api/./$user/tasks" "/api/%2e%2e/api/$user/tasks" "/api/$REPLY/%2e%2e/$user/tasks" "/api/$user/tasks//$id"; do
		request GET "$path" --user "$REPLY" --unchecked
		[[ $status == 40[034] && $body == '{"detail":'* && $body != *private* ]] || fail "$path" || return 1
	done
	for path in /../../etc/passwd /api/../../etc/passwd /%2e%2e/%2e%2e/etc/passwd /api/tasks/../../../etc/passwd; do
		request GET "$path" --unchecked
		[[ $status == 40[034] && $body == '{"detail":'* ]] || fail "$path" || return 1
	done
	request GET "/api/$user/tasks"
	assert_status 200
}

@test "%252F and the like are decoded once: the id holds %2F, and is no UUID" {
	local tag=$user
	request GET /api/tasks/%252F
	assert_invalid path.id
	user=a%2Fb$tag
	request POST "/api/a%252Fb$tag/tasks" --body '{"title":"x"}'
	assert_status 201
	assert_json '.user_id == $u' --arg u "$user"
	request GET "${reply_headers[location]}"
	assert_status 200
}

@test "an absolute URL and a path with a query are the same path" {
	token_for "$user"
	. "$API_ROOT/tests/lib/raw.bash"
	raw "GET http://localhost:$API_PORT/api/tasks?x=1 HTTP/1.1\r\nHost: localhost:$API_PORT\r\nAuthorization: Bearer $token\r\nConnection: close\r\n\r\n"
	assert_status 200
}

@test "a path that is longer than a file's name may be is an id that is no UUID, or none at all" {
	local length path
	for length in 300 3900 4020 4040 4060 4070 4080 4090 4100 5000 8000; do
		repeat "$length" a
		request GET "/api/tasks/$REPLY?q=x"
		[[ $status == 404 ]] || assert_invalid path.id || return 1
	done
	repeat 5000 a
	for path in "/$REPLY" "/api/tasks/x/$REPLY" "/docs/$REPLY" "/openapi.json/$REPLY"; do
		request GET "$path"
		assert_problem 404 not_found || return 1
	done
	request GET "/api/$REPLY/tasks"
	[[ $status == 40[34] ]] || fail "another user's"
	request DELETE "/api/tasks/$REPLY" --no-token
	[[ $status == 40[14] ]] || fail 'without a token'
}

# asked_raw METHOD TARGET [LINE]: send a request as $user with TARGET as the exact bytes of
# the request target.
asked_raw()
{
	on_server "$1" "${2%%\?*}"
	[[ $2 != *\?* ]] || REPLY+="?${2#*\?}"
	raw "$1 $REPLY HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $token\r\nOrigin: http://localhost:3000\r\n${3:+$3\r\n}Connection: close\r\n\r\n"
}

@test "bytes that are no text open no way around the rules of paths" {
	local query path long
	. "$API_ROOT/tests/lib/raw.bash"
	token_for "$user"
	repeat 9000 a
	long=$REPLY
	for query in '?\xff' '?a=\xc3' '?\xc0\xaf' '?\xed\xa0\x80&b' '?\xf8\x88\x80\x80\x80'; do
		for path in /api%2fme /api%2Fme /api/me%00 /docs%2findex.html /docs%00 /openapi.json%2f /health%2flive; do
			asked_raw GET "$path$query"
			[[ $status == 40[04] ]] || fail "$path$query: $status" || return 1
		done
		asked_raw GET "/%zz$query"
		assert_server_error 400 || return 1
		asked_raw GET "/api/tasks/$long$query"
		[[ $status == 414 || $status == 40[04] ]] || fail "$status instead of 414" || return 1
		asked_raw GET "/api/me$query" 'Expect: x'
		[[ $status == 417 || $status == 400 ]] || fail "$status instead of 417" || return 1
	done
	for path in '/api%2fme\xff' '/api/me\xff' '/openapi.json\xff' '/docs%2f\xff' '/docs/%ff' '/health/\xff' '/api/me%ff'; do
		asked_raw GET "$path"
		[[ $status == 40[04] ]] || fail "$path: $status" || return 1
	done
	asked_raw GET '/%zz\xff'
	assert_server_error 400
	for query in '?\xc3\xa9' '?%ff' '?%zz' '?'; do
		asked_raw GET "/api/me$query"
		assert_status 200 || return 1
		assert_header Access-Control-Allow-Origin http://localhost:3000
	done
}

@test "an end of line is no end of a path" {
	local path
	for path in /openapi.json%0a /openapi.json/%0a /docs%0a /docs/%0a /docs/docs.css%0a /health%0a /health/live%0a /api/me%0a \
		/api/tasks%0a /api/tasks/x/complete%0a /openapi.json%0d%0a /docs%0d; do
		request GET "$path"
		assert_problem 404 not_found || return 1
	done
	request GET /api/tasks/%0a
	assert_invalid path.id
	request GET /health/live
	assert_status 200
}
