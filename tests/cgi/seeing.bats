# X-Tasks-Log, Server-Timing and logs: the operator enables each of them, and clients
# cannot.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && begin; }

# seen VARIABLE=value...: request a list with these variables in addition.
seen()
{
	token_for "$user"
	bare tasks-list /dev/null REQUEST_METHOD=GET PATH_INFO=/api/tasks QUERY_STRING=search=s3cr3t \
		HTTP_AUTHORIZATION="Bearer $token" HTTP_ORIGIN=http://localhost:3000 "$@" || return 1
	assert_status 200
}

@test "X-Tasks-Log is for the server that asks for it; a client cannot" {
	local name
	for name in HTTP_TASKS_LOG_HEADER HTTP_X_TASKS_LOG TASKS_LOG_HEADERS X=TASKS_LOG_HEADER; do
		seen "$name=X-Tasks-Log"
		assert_no_header X-Tasks-Log
	done
	seen TASKS_LOG_HEADER=
	assert_no_header X-Tasks-Log
	seen TASKS_LOG_HEADER=X-Tasks-Log
	[[ ${reply_headers[x-tasks-log]} =~ ^program=tasks-list\ program_ms=[0-9]+\.[0-9]{3}\ db_ms=[0-9]+\.[0-9]{3}$ ]] || fail 'not its value'
	seen TASKS_LOG_HEADER=X-Tasks-Log HTTP_TRACEPARENT=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
	[[ ${reply_headers[x-tasks-log]} == *' trace_id=0af7651916cd43dd8448eb211c80319c' ]] || fail 'no trace'
}

@test "the times are true: of the database, and of all with it" {
	local words begun waiting released ended
	. "$API_ROOT/tests/lib/later.bash"
	settings+=(TASKS_LOG_HEADER=X-Tasks-Log TASKS_DB_TIMEOUT_MS=15000)
	hold 'LOCK TABLE tasks'
	begun=${EPOCHREALTIME/[.,]/}
	request_later GET /api/tasks
	wait_until is "SELECT count(*) FROM pg_locks WHERE relation = 'tasks'::regclass AND NOT granted" 1
	waiting=${EPOCHREALTIME/[.,]/}
	nap 0.3
	released=${EPOCHREALTIME/[.,]/}
	release
	join
	ended=${EPOCHREALTIME/[.,]/}
	assert_status 200
	read -r -a words <<<"${reply_headers[x-tasks-log]}"
	words=("${words[@]//[!0-9]/}") # microseconds
	((words[2] >= released - waiting && words[2] < words[1] && words[1] <= ended - begun)) ||
		fail "not the time of the lock, $((released - waiting)) us"
}

@test "the user is told as TASKS_LOG_USER says, and nobody without a valid token" {
	local name hash
	user="al ice\"=\\é-$user"
	settings+=(TASKS_LOG_USER=none)
	seen TASKS_LOG_HEADER=X-Tasks-Log
	[[ ${reply_headers[x-tasks-log]} != *user=* ]] || fail 'a user'
	settings+=(TASKS_LOG_USER=whole)
	seen TASKS_LOG_HEADER=X-Tasks-Log
	[[ ${reply_headers[x-tasks-log]} == "program=tasks-list user=al%20ice%22%3D%5C%C3%A9-${user#*é-} program_ms="* ]] || fail 'not the user'
	settings+=(TASKS_LOG_USER=hash)
	seen TASKS_LOG_HEADER=X-Tasks-Log
	hash=$(printf 'log\0%s' "$user" | openssl dgst -sha256 -mac HMAC -macopt "key:$API_SECRET" | sed 's/.*= \(.\{16\}\).*/\1/')
	[[ ${reply_headers[x-tasks-log]} == "program=tasks-list user=$hash program_ms="* ]] || fail "not $hash"
	settings+=(TASKS_LOG_USER=whole)
	token_for "$user" -30
	for name in "$token" "${tokens[$user]}x" x.y.z; do
		bare me /dev/null REQUEST_METHOD=GET PATH_INFO=/api/me HTTP_AUTHORIZATION="Bearer $name" TASKS_LOG_HEADER=X-Tasks-Log
		assert_status 401
		[[ ${reply_headers[x-tasks-log]} != *user=* ]] || fail 'somebody without a valid token'
	done
	[[ ${reply_headers[x-tasks-log]} == 'program=me code=invalid_token program_ms='* ]] || fail 'not its value'
}

@test "the longest user's name is told whole, and the reply is whole" {
	repeat 255 😀
	user=$REPLY
	settings+=(TASKS_LOG_USER=whole TASKS_SERVER_TIMING=yes)
	seen TASKS_LOG_HEADER=X-Tasks-Log
	[[ ${reply_headers[x-tasks-log]} =~ ^program=tasks-list\ user=(%F0%9F%98%80){255}\ program_ms=.*\ db_ms= ]] || fail 'not its name'
}

@test "Server-Timing is there by choice alone, for the pages that may read the reply" {
	seen
	assert_no_header Server-Timing
	assert_no_header Timing-Allow-Origin
	settings+=(TASKS_SERVER_TIMING=yes)
	seen
	[[ ${reply_headers[server-timing]} =~ ^app\;dur=[0-9]+\.[0-9]{3},\ db\;dur=[0-9]+\.[0-9]{3}$ ]] || fail 'not its value'
	assert_header Timing-Allow-Origin http://localhost:3000
	assert_no_header X-Tasks-Log
	seen HTTP_ORIGIN=http://elsewhere.example
	[[ -n ${reply_headers[server-timing]} ]] || fail 'no times'
	assert_no_header Timing-Allow-Origin
	request GET /api/me --no-token
	assert_problem 401 missing_token
	[[ ${reply_headers[server-timing]} =~ ^app\;dur=[0-9]+\.[0-9]{3}$ ]] || fail 'not its value'
}

@test "TASKS_LOG_FORMAT=json: a failed request is one object with the same members" {
	local name
	settings+=(TASKS_LOG_FORMAT=json)
	cgi me /dev/null REQUEST_METHOD=GET PATH_INFO=/api/me HTTP_X_REQUEST_ID=find-me
	assert_status 401
	[[ $log != *$'\n'* ]] || fail 'more than a line'
	body=$log
	assert_json '.request_id == "find-me" and .program == "me" and .status == 401 and .code == "missing_token"
		and .level == "info" and (.time | test("^20[0-9-]+T[0-9:.]+Z$"))'
	# Errors of settings are logged as JSON, too, even if the settings file is unreadable.
	for name in TASKS_MAX_ROWS=0 TASKS_ENV_FILE=/nonexistent; do
		cgi me /dev/null REQUEST_METHOD=GET PATH_INFO=/api/me "$name"
		assert_status 500
		body=$log
		assert_json '.status == 500 and .level == "error" and .setting == $s and (.reason | length > 0)' --arg s "${name%=*}"
	done
}
