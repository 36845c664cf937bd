# The server's logs, read after all other tests of this run.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/access.bash"
	. "$API_ROOT/tests/lib/raw.bash"
	shopt -s nullglob
	logs=("$API_RUN"/{apache,lighttpd,nginx,fcgi,busybox}/*log)
	[[ $POOL == no ]] || logs+=("$API_RUN/pgbouncer/log")
}

@test "no log of the server holds a secret, a token, a body or a query" {
	local marker=mark3r$RANDOM last=last-$RANDOM-$RANDOM found
	request GET "/api/tasks?$marker=1" --header "Cookie: $marker=1" --header "X-Request-Id: $marker!"
	request POST /api/tasks --body "{\"title\":5,\"x\":\"$marker\"}"
	request GET /api/tasks --token "$marker.$marker.$marker"
	request GET /api/tasks --authorization "Basic $marker" --header "Referer: http://x/?$marker" --header "User-Agent: $marker"
	request POST "/api/tasks?$marker" --body "$marker" --origin "http://$marker.example"
	# The log names no user, except in a path or where TASKS_LOG_USER allows it.
	request GET /api/me --user "$marker-user"
	request GET /api/me --header "traceparent: 00-$marker" --header "X-Tasks-Log: $marker"
	token_for "$user"
	request GET /api/tasks --token "${token}x"
	# Log lines are written in order: when this request's line is there, the earlier
	# ones are too.  BusyBox httpd keeps no access log.
	request GET /api/tasks --header "X-Request-Id: $last"
	[[ $API_SERVER == busybox ]] || line_of "$last"
	[[ -s $API_LOG ]] && { [[ $API_SERVER == busybox ]] || ((${#logs[@]} >= 2)); } || fail 'there are no logs'
	found=$(grep -oF -e "$marker" -e "$API_SECRET" -e "${token##*.}" -e 'Bearer ' -e eyJ -e 'DATABASE_URL=' \
		-e postgresql: "${logs[@]}" || true)
	[[ -z $found ]] || fail "in a log there is $found"
}

@test "nor the query of a request that the server itself refuses" {
	local marker=mark3r$RANDOM long query request found count=0
	repeat 9000 a
	long=$REPLY query="?token=$marker-N"
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
		count=$((count + 1))
		raw "${request/-N/-$count}\r\nConnection: close\r\n\r\n"
		[[ -z $status || $status == [45]?? ]] || fail 'it is served' || return 1
	done
	found=$(grep -F -- "$marker" "${logs[@]}" || true)
	[[ -z $found ]] || fail "the query of the request $marker-NUMBER is in a log: $found"
}

@test "a failed request leaves exactly one line of ours in the error log" {
	local id=one-$RANDOM-$RANDOM lines
	request GET /nothing --header "X-Request-Id: $id"
	request GET /api/tasks --no-token --header "X-Request-Id: $id-b"
	request GET /api/tasks --header "X-Request-Id: $id-c"
	mapfile -t lines < <(grep -F "request_id=$id" "$API_LOG")
	assert_same "${#lines[@]}" 2 'lines'
	[[ ${lines[0]} == *"request_id=$id "* ]] || fail "${lines[*]}"
	[[ ${lines[1]} == *"request_id=$id-b program=tasks-list status=401 code=missing_token"* ]] || fail "${lines[*]}"
}

@test "the programs wrote nothing but lines of their own" {
	# Apache's own lines start with a time in brackets.  The stand-ins of other tests
	# write lines without time=.
	! grep -E 'AddressSanitizer|LeakSanitizer|runtime error|stack smashing|corrupt|Assertion|free\(\)' \
		"$API_LOG" || fail 'a program broke'
}
