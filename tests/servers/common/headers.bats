# Header fields that are repeated, numerous or long.  Every server gives the same answer,
# and a page in a browser can read it.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/raw.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/raw.bash"
}

# twice METHOD PATH NAME FIRST SECOND [OPTION...]: send a request with two header lines
# called NAME.
twice()
{
	request "$1" "$2" --header "$3: $4" --header "$3: $5" "${@:6}"
}

# assert_tasks COUNT: check how many tasks the user has.
assert_tasks()
{
	request GET /api/tasks
	assert_status 200 && assert_json 'length == $n' --argjson n "$1"
}

# --- Repeated fields --------------------------------------------------------------

@test "If-None-Match of two lines is one list: a client that has the task gets no copy of it" {
	create
	local etag=${reply_headers[etag]}
	twice GET "/api/tasks/$id" If-None-Match '"x"' '"y"'
	assert_status 200
	twice GET "/api/tasks/$id" If-None-Match '"x"' "$etag"
	assert_status 304
	twice GET "/api/tasks/$id" If-None-Match "$etag" '"x"'
	assert_status 304
}

@test "If-Match of two lines is one list: neither line is lost" {
	create
	local etag=${reply_headers[etag]}
	twice DELETE "/api/tasks/$id" If-Match '"x"' '"y"'
	assert_problem 412 precondition_failed
	twice PATCH "/api/tasks/$id/complete" If-Match '"x"' "$etag"
	assert_status 200
	etag=${reply_headers[etag]}
	twice DELETE "/api/tasks/$id" If-Match "$etag" '"x"'
	assert_status 204
}

@test "a body of two types is refused, whichever comes first" {
	local first second
	while read -r first second; do
		twice POST /api/tasks Content-Type "$first" "$second" --type '' --body '{"title":"x"}'
		[[ $status == 400 || $status == 415 ]] || fail "$first and $second" || return 1
	done <<-END
		application/json text/plain
		text/plain application/json
		application/json application/x-www-form-urlencoded
	END
	assert_tasks 0
	request POST /api/tasks --body '{"title":"x"}'
	assert_status 201
}

@test "a type that is said twice is refused, too" {
	twice POST /api/tasks Content-Type application/json application/json --type '' --body '{"title":"x"}'
	[[ $status == 400 || $status == 415 ]] || fail "400 or 415 was wanted"
	assert_tasks 0
}

@test "two origins are none, whichever comes first" {
	local first second
	while read -r first second; do
		request GET /api/me --header "Origin: $first" --header "Origin: $second" --origin ''
		assert_status 200
		assert_no_header Access-Control-Allow-Origin
	done <<-END
		http://localhost:3000 https://evil.example
		https://evil.example http://localhost:3000
		http://localhost:3000 http://localhost:3000
	END
	request GET /api/me --origin http://localhost:3000
	assert_header Access-Control-Allow-Origin http://localhost:3000
}

@test "two request ids are none, and a new one is made" {
	twice GET /api/me X-Request-Id first second
	assert_status 200
	[[ ${reply_headers[x-request-id]} != @(first|second) ]] || fail 'one of the two'
	request GET /api/me --header 'X-Request-Id: first'
	assert_header X-Request-Id first
}

@test "Prefer of two lines is one list: neither line is lost" {
	local first second
	while read -r first second; do
		twice POST /api/tasks Prefer "$first" "$second" --body '{"title":"x"}'
		assert_status 201
		assert_header Preference-Applied return=minimal
	done <<-END
		return=minimal wait=5
		wait=5 return=minimal
	END
}

@test "a host that is said twice is 400" {
	token_for "$user"
	on_server GET /api/me
	raw "GET $REPLY HTTP/1.1\r\nHost: x\r\nHost: x\r\nAuthorization: Bearer $token\r\nConnection: close\r\n\r\n"
	assert_server_error 400
	raw "GET $REPLY HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $token\r\nConnection: close\r\n\r\n"
	assert_status 200
}

# --- The length of the body --------------------------------------------------------

# chunked LINES [MORE]: send a create with a chunked body.  LINES go into its header, and
# the bytes MORE follow the body.
chunked()
{
	on_server POST /api/tasks
	raw "POST $REPLY HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $token\r\nContent-Type: application/json\r\n$1\r\n\r\nd\r\n{\"title\":\"x\"}\r\n0\r\n\r\n${2:-}"
}

@test "a transfer coding other than chunked is refused: nobody's codes are taken for JSON" {
	local coding
	token_for "$user"
	for coding in gzip 'gzip, chunked' 'chunked, gzip' 'chunked, chunked' 'identity, chunked' xchunked; do
		chunked "Connection: close\r\nTransfer-Encoding: $coding"
		[[ $status == 400 || $status == 501 ]] || fail "$coding: $status" || return 1
		assert_server_error "$status"
	done
	assert_tasks 0
	chunked 'Connection: close\r\nTransfer-Encoding: chunked'
	assert_status 201
}

@test "a transfer coding on two lines is refused" {
	token_for "$user"
	chunked 'Connection: close\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked'
	[[ $status == 400 || $status == 501 ]] || fail "400 or 501 was wanted"
	assert_tasks 0
}

@test "after a body with a length and in chunks nothing on the connection is a request" {
	token_for "$user"
	chunked 'Content-Length: 5\r\nTransfer-Encoding: chunked' "GET /api/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $token\r\nConnection: close\r\n\r\n"
	[[ $status == 400 || $status == 201 ]] || fail "status $status" || return 1
	[[ $body != *'HTTP/1.1 '* ]] || fail 'there is a second answer' || return 1
	chunked 'Transfer-Encoding: chunked' "GET /api/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $token\r\nConnection: close\r\n\r\n"
	assert_status 201
	[[ $body == *'HTTP/1.1 200 '* ]] || fail 'there is no second answer to a plain one'
}

# --- Fields that are too long or too many ------------------------------------------

@test "20 KB of cookies are 431, which a page can read, and make no task" {
	local kilobyte long line
	repeat 1000 x
	kilobyte=$REPLY
	repeat 20 "$kilobyte"
	long=$REPLY
	for line in "Cookie: a=$long" "If-None-Match: \"$long\"" "If-Match: \"$long\"" "Idempotency-Key: $long" \
		"Content-Encoding: $long" "Prefer: $long" "X-Request-Id: $long"; do
		request GET /api/tasks --header "$line"
		assert_problem 431 header_fields_too_large 'Request header fields too large' || return 1
		assert_header Access-Control-Allow-Origin http://localhost:3000
	done
	request GET /api/tasks --token "$long"
	assert_problem 431 header_fields_too_large
	request POST /api/tasks --header "Cookie: a=$long" --body '{"title":"x"}'
	assert_problem 431 header_fields_too_large
	request OPTIONS /api/tasks --no-token --header "Cookie: a=$long" --header 'Access-Control-Request-Method: GET'
	assert_problem 431 header_fields_too_large
	repeat 10 "$kilobyte"
	twice GET /api/tasks Cookie "a=$REPLY" "b=$REPLY"
	assert_problem 431 header_fields_too_large
	repeat 15 "$kilobyte"
	request GET /api/tasks --header "Cookie: a=$REPLY"
	assert_status 200
	assert_same "$body" '[]' 'the list'
}

@test "20 KB in a header that no program reads, or in its name, are 431, too" {
	local line
	repeat 20000 x
	for line in "$REPLY: x" "X-Long: $REPLY"; do
		request GET /api/me --header "$line"
		assert_problem 431 header_fields_too_large || return 1
	done
}

@test "a request that may be passed on no further is served" {
	request GET /api/me --header 'Max-Forwards: 0'
	assert_status 200
	request OPTIONS /api/me --no-token --header 'Max-Forwards: 0' --header 'Access-Control-Request-Method: GET'
	assert_status 204
	assert_header Access-Control-Allow-Origin http://localhost:3000
}

@test "90 headers are served" {
	local n
	local -a many=()
	for n in {1..90}; do
		many+=(--header "X-$n: $n")
	done
	request GET /api/me "${many[@]}"
	assert_status 200
}

@test "3,000 headers are 400 or 431, which a page can read" {
	local n many=''
	for n in {1..3000}; do
		many+="X-$n: $n\r\n"
	done
	on_server GET /api/me
	raw "GET $REPLY HTTP/1.1\r\nHost: x\r\nOrigin: http://localhost:3000\r\nConnection: close\r\n$many\r\n"
	[[ $status == 400 || $status == 431 ]] || fail '400 or 431 was wanted'
	assert_server_error "$status"
	assert_header Access-Control-Allow-Origin http://localhost:3000
}

@test "that an address is too long, a page can read, in a preflight, too" {
	local path
	repeat 9000 a
	for path in "/api/tasks?q=$REPLY" "/api/tasks/$REPLY" "/docs?$REPLY" "/$REPLY"; do
		request GET "$path"
		assert_problem 414 uri_too_long || return 1
		assert_header Access-Control-Allow-Origin http://localhost:3000
		request GET "$path" --origin https://evil.example
		assert_problem 414 uri_too_long || return 1
		request OPTIONS "$path" --no-token --header 'Access-Control-Request-Method: GET'
		assert_problem 414 uri_too_long || return 1
	done
	repeat 8000 a
	request GET "/api/tasks?x=$REPLY"
	assert_status 200
}
