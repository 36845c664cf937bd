# The server's logs, after all the other tests of this run.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/access.bash"
	shopt -s nullglob
	logs=("$API_RUN"/{apache,lighttpd,nginx,fcgi,busybox}/*log)
	[[ $POOL == no ]] || logs+=("$API_RUN/pgbouncer/log")
}

@test "no log of the server holds a secret, a token, a body or a query" {
	local marker=mark3r$RANDOM last=last-$RANDOM-$RANDOM word
	request GET "/api/tasks?$marker=1" --header "Cookie: $marker=1" --header "X-Request-Id: $marker!"
	request POST /api/tasks --body "{\"title\":5,\"x\":\"$marker\"}"
	request GET /api/tasks --token "$marker.$marker.$marker"
	request GET /api/tasks --authorization "Basic $marker" --header "Referer: http://x/?$marker" --header "User-Agent: $marker"
	request POST "/api/tasks?$marker" --body "$marker" --origin "http://$marker.example"
	# Nor who asked, but where the path says it or TASKS_LOG_USER has it told.
	request GET /api/me --user "$marker-user"
	request GET /api/me --header "traceparent: 00-$marker" --header "X-Tasks-Log: $marker"
	token_for "$user"
	request GET /api/tasks --token "${token}x"
	# Once its line is there, those of the requests before are, too; BusyBox keeps none.
	request GET /api/tasks --header "X-Request-Id: $last"
	[[ $API_SERVER == busybox ]] || line_of "$last"
	[[ -s $API_LOG ]] && { [[ $API_SERVER == busybox ]] || ((${#logs[@]} >= 2)); } || fail 'there are no logs'
	for word in "$marker" "$API_SECRET" "${token##*.}" 'Bearer ' eyJ 'DATABASE_URL=' postgresql:; do
		! grep -lF -- "$word" "${logs[@]}" || fail "\"$word\" is in a log"
	done
}

@test "nor the query of a request that the server itself refuses" {
	local marker=mark3r$RANDOM long query request
	. "$API_ROOT/tests/lib/raw.bash"
	repeat 9000 a
	long=$REPLY query="?token=$marker"
	for request in "GET /api/../../x$query HTTP/1.1\r\nHost: x" "GET /%zz$query HTTP/1.1\r\nHost: x" \
		"GET /api/tasks/%00$query HTTP/1.1\r\nHost: x" "GET /api%2Ftasks$query HTTP/1.1\r\nHost: x" \
		"GET /docs/${long:4000}$query HTTP/1.1\r\nHost: x" "GET /${long:4000}$query HTTP/1.1\r\nHost: x" \
		"GET /api/tasks/${long:4000}$query HTTP/1.1\r\nHost: x" "GET /x$query$long HTTP/1.1\r\nHost: x" \
		"GET /x$query HTTP/1.1\r\nHost: x\r\nX-Long: $long$long" "GET /x$query HTTP/1.1" "GET /x$query HTTP/9.9" \
		"GET /x$query HTTP/1.1\r\nHost: a\r\nHost: b" "GET /x$query HTTP/1.1\r\nHost: x\r\nno colon" \
		"GET /a b$query HTTP/1.1\r\nHost: x" "GET x$query HTTP/1.1\r\nHost: x" "TRACE /x$query HTTP/1.1\r\nHost: x" \
		"GET /x$query HTTP/1.1\r\nHost: x\r\nExpect: the-unexpected" \
		"POST /x$query HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: unknown" \
		"POST /x$query HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999"; do
		raw "$request\r\nConnection: close\r\n\r\n"
		[[ -z $status || $status == [45]?? ]] || fail 'it is served' || return 1
		! grep -F -- "$marker" "${logs[@]}" || fail 'the query is in a log' || return 1
	done
}

@test "a failed request leaves exactly one line of ours in the error log" {
	local id=one-$RANDOM-$RANDOM
	request GET /nothing --header "X-Request-Id: $id"
	request GET /api/tasks --no-token --header "X-Request-Id: $id-b"
	assert_same "$(grep -c "request_id=$id " "$API_LOG")" 1 'lines'
	assert_same "$(grep -c "request_id=$id-b " "$API_LOG")" 1 'lines'
	grep "request_id=$id-b " "$API_LOG" | grep -q 'program=tasks-list status=401 code=missing_token'
	request GET /api/tasks --header "X-Request-Id: $id-c"
	! grep "request_id=$id-c" "$API_LOG" || fail 'success is logged as a fault'
}

@test "the programs wrote nothing but lines of their own" {
	# Apache's lines have a time in brackets; those of the stand-ins of other
	# tests do not say time=.
	! grep -E 'AddressSanitizer|LeakSanitizer|runtime error|stack smashing|corrupt|Assertion|free\(\)' \
		"$API_LOG" || fail 'a program broke'
}
