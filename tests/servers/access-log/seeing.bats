# The access log: one line per request that a client cannot forge.  The line holds what the
# program reported about the request, and no client receives that report.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/raw.bash"
	. "$API_ROOT/tests/lib/access.bash"
	cp -p "$API_RUN/env" "$BATS_TEST_TMPDIR/env.saved"
}

teardown() { cat "$BATS_TEST_TMPDIR/env.saved" >"$API_RUN/env"; }

# set_up NAME=value...: append settings for the requests from now on.
set_up() { printf '%s\n' "$@" >>"$API_RUN/env"; }

@test "each answer has a line of this form, and no client sees what its program said" {
	local method path wanted program code
	create
	while read -r method path wanted program code; do
		traced "$method" "${path/ID/$id}?s3cr3t=1"
		assert_status "$wanted" || return 1
		assert_line "$method" "${path/ID/$id}" "$wanted" "$program" "$code" || return 1
		[[ $line != *s3cr3t* && $line != *user=* ]] || fail "$line" || return 1
	done <<-'END'
		GET /api/tasks 200 tasks-list
		HEAD /api/tasks 200 tasks-list
		GET /api/v1/tasks/ID 200 tasks-get
		GET /api/me 200 me
		DELETE /api/tasks/ID 204 tasks-delete
		OPTIONS /api/tasks 204 fallback
		GET /api/someone-else/tasks 403 tasks-list forbidden
		GET /api/tasks/ID 404 tasks-get task_not_found
		GET /nothing 404 fallback not_found
		PATCH /api/tasks 405 fallback method_not_allowed
		GET /api/tasks/x 422 tasks-get validation_error
		POST /api/tasks 400 tasks-create malformed_json
	END
}

@test "a refused token and an answer of not modified, too" {
	local etag
	traced GET /api/tasks --no-token
	assert_line GET /api/tasks 401 tasks-list missing_token
	traced GET /api/tasks
	etag=${reply_headers[etag]}
	traced GET /api/tasks --header "If-None-Match: $etag"
	assert_status 304
	assert_line GET /api/tasks 304 tasks-list
}

@test "the line names the user as TASKS_LOG_USER says, and the trace" {
	local trace=0af7651916cd43dd8448eb211c80319c hash
	user="al ice\" status=500 é-$user"
	hash=$(printf 'log\0%s' "$user" | openssl dgst -sha256 -mac HMAC -macopt "key:$API_SECRET" | sed 's/.*= \(.\{16\}\).*/\1/')
	set_up TASKS_LOG_USER=hash
	traced GET /api/tasks --header "traceparent: 00-$trace-b7ad6b7169203331-01"
	assert_line GET /api/tasks 200 tasks-list
	[[ $line == *" program=tasks-list user=$hash program_ms="*" trace_id=$trace" ]] || fail "$line"
	set_up TASKS_LOG_USER=whole
	traced GET /api/me
	[[ $line == *" program=me user=al%20ice%22%20status%3D500%20%C3%A9-${user#*é-} program_ms="* ]] || fail "$line"
	set_up TASKS_LOG_USER=none
	traced GET /api/me
	[[ $line != *user=* ]] || fail "$line"
}

@test "Server-Timing reaches the client by choice alone" {
	traced GET /api/me
	assert_no_header Server-Timing
	set_up TASKS_SERVER_TIMING=yes
	traced GET /api/tasks
	[[ ${reply_headers[server-timing]:-} =~ ^app\;dur=[0-9.]+,\ db\;dur=[0-9.]+$ ]] || fail 'no times'
	assert_header Timing-Allow-Origin http://localhost:3000
}

@test "what the server itself refuses has a line, with no word of a program" {
	local text wanted
	for text in 'GET / HTTP/1.1\r\n\r\n400' 'GE\x22T x=1 / HTTP/1.1\r\nHost: x\r\n\r\n400' \
		'GET /a b status=200 HTTP/1.1\r\nHost: x\r\n\r\n400' 'GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n400'; do
		wanted=${text: -3}
		next_line raw "${text%???}" || return 1
		assert_status "$wanted" || return 1
		[[ $line == *" status=$wanted "* && $line =~ $line_form && $line == *' -' ]] || fail "$line" || return 1
	done
}

# unquoted TEXT: set REPLY to the parts of TEXT that are outside quotes.
unquoted()
{
	local rest=$1
	REPLY=''
	while [[ $rest =~ ^([^\"]*)\"([^\"\\]|\\.)*\"(.*)$ ]]; do
		REPLY+=${BASH_REMATCH[1]}
		rest=${BASH_REMATCH[3]}
	done
	REPLY+=$rest
}

@test "a client cannot forge a line or a part of one" {
	local hostile
	for hostile in '/api/x%22%20status=200%20path=%22/tasks' '/x%5C%22%20ms=0' '/a%0Atime=2026' '/%C3%A9%E2%80%A8' \
		'/a%20program=x%20user=root' '/%7F%1B[31m'; do
		traced GET "$hostile" --header 'X-Tasks-Log: program=forged user=forged' --header 'TASKS_LOG_HEADER: no' \
			--header 'Tasks-Log-Header: no' --header $'User-Agent: x" status=200' --header 'Referer: x" status=200'
		((status >= 400)) || fail 'it was served'
		[[ $line =~ $line_form && $line != *forged* ]] || fail "$line" || return 1
		# The same check without line_form: parse the quotes here.
		unquoted "$line"
		[[ " $REPLY" == *" status=$status "* && " ${REPLY/ status=$status /}" != *' status='[0-9]* &&
			$REPLY != *' user='* ]] || fail "$line" || return 1
	done
}

@test "tasks-report counts what was asked, and every line of this run is a request" {
	local n report lines
	for n in 1 2 3; do
		traced GET /api/tasks
	done
	traced GET /api/tasks --no-token
	traced GET "/api/$user/tasks/x"
	traced DELETE /api/v1/tasks/00000000-0000-4000-8000-000000000000
	report=$(printf '%s\n' "${logged[@]}" | "$API_ROOT/tools/admin/tasks-report" | tr -s ' ')
	body=$report
	[[ $report == '6 requests from '*'2xx 3, 4xx 3'* ]] || fail 'not these'
	[[ $report == *$'\n''GET /api/tasks 4 1 0 '*$'\n''GET /api/{user_id}/tasks/{id} 1 1 0 '* ]] || fail 'not these routes'
	[[ $report == *$'\n''DELETE /api/v1/tasks/{id} 1 1 0 '* ]] || fail 'not this route'
	[[ $report == *$'\n''401 missing_token 1'* && $report == *$'\n''422 validation_error 1'* &&
		$report == *$'\n''404 task_not_found 1'* ]] || fail 'not these errors'
	[[ $report == *$'\n''all, with the database 4 '* && $report == *$'\n''all, in a program 6 '* ]] || fail 'not these times'
	body=$("$API_ROOT/tools/admin/tasks-report" "$access_log")
	mapfile -t lines <"$access_log"
	[[ $body == "${#lines[@]} requests from "* && $body != *'not requests of the API'* ]] || fail 'not all of them'
}
