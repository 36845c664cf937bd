# A trace id (W3C Trace Context) appears in the log and in the database session, and is
# removed after the request.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/pool.bash
probe=tasks_trace_$$
trace=0af7651916cd43dd8448eb211c80319c
traceparent="traceparent: 00-$trace-b7ad6b7169203331-01"

setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/pool.bash" && make_place
	direct=${API_DIRECT_URL/\/tasks\?/\/$probe?}
}

teardown()
{
	release
	((${#pids[@]} == 0)) || end_programs
	remove_place
	API_DATABASE=postgres sql "DROP DATABASE IF EXISTS $probe WITH (FORCE)" 2>/dev/null
}

# waits CONDITION: whether a session that meets CONDITION waits for a lock.  Sets REPLY to
# its application_name.
waits()
{
	rows "SELECT application_name FROM pg_stat_activity WHERE $1 AND wait_event_type = 'Lock'"
	[[ -n $REPLY ]]
}

# called_while REQUEST...: set called to the application_name of the session that serves
# the request.  The name is read while the session waits for a lock.
called_while()
{
	hold 'LOCK TABLE tasks'
	request_later "$@"
	wait_until waits "datname = '$probe'" || fail 'the request does not wait'
	called=$REPLY
	release
	join
	[[ $status == 20? ]] || fail 'the request failed'
}

# Check reads and writes with and without a trace, alternately.
assert_called()
{
	local settings=("${settings[@]}" TASKS_DB_TIMEOUT_MS=15000)
	token_for "$user"
	called_while GET /api/tasks --header "$traceparent"
	assert_same "$called" "tasks-cgi/$trace" 'a read in a trace' || return 1
	called_while GET /api/tasks
	assert_same "$called" tasks-cgi 'a read in none' || return 1
	called_while POST /api/tasks --body '{"title":"x"}' --header "$traceparent"
	assert_same "$called" "tasks-cgi/$trace" 'a write in a trace' || return 1
	called_while POST /api/tasks --body '{"title":"x"}' --header 'traceparent: nonsense'
	assert_same "$called" tasks-cgi 'a write in none'
}

@test "the database's session says which trace it works for, and stops with the request" {
	copy_database "$probe"
	API_DATABASE=$probe
	settings=("${settings[@]/#DATABASE_URL=*/X=}" "DATABASE_URL=$direct")
	assert_called
}

@test "behind PgBouncer, too, and the next client on its connection is in no trace" {
	share tasks_app
	assert_called
	request GET /api/tasks --header "$traceparent"
	assert_status 200
	assert_same "$(pooled "SELECT current_setting('application_name')")" another "another client's name"
	request GET /api/tasks --header "$traceparent"
	assert_same "$(sql "SELECT DISTINCT application_name FROM pg_stat_activity
		WHERE datname = '$probe' AND application_name LIKE 'tasks%'")" tasks-cgi 'what is left on the connection'
	# A failed transaction also removes the trace id.
	sql "ALTER TABLE tasks ADD CHECK (title <> 'pa55word')"
	request POST /api/tasks --body '{"title":"pa55word"}' --header "$traceparent"
	assert_problem 500 internal_error
	assert_same "$(sql "SELECT DISTINCT application_name FROM pg_stat_activity
		WHERE datname = '$probe' AND application_name LIKE 'tasks%'")" tasks-cgi 'after a failure'
}

@test "a process that keeps its connection, and prepares statements, takes each request's own trace" {
	local n id backend called wanted
	. "$API_ROOT/tests/lib/fastcgi.bash"
	name_session
	write_settings TASKS_DB_TIMEOUT_MS=15000
	start_programs tasks-list
	request GET /api/tasks
	assert_status 200
	backend=$(backends)
	for n in 1 2 3; do
		for id in "$trace" "${trace//a/b}" ''; do
			wanted=${id:+tasks-cgi/$id}
			hold 'LOCK TABLE tasks'
			request_later GET /api/tasks --header "traceparent: 00-$id-b7ad6b7169203331-01"
			wait_until waits "pid = $backend"
			called=$REPLY
			release
			join
			assert_status 200
			assert_same "$called" "${wanted:-$session}" "the session's name in round $n"
			assert_same "$(backends)" "$backend" 'sessions of its own name afterwards'
		done
	done
	request GET '/api/tasks?limit=0' --header "$traceparent"
	assert_status 422
	[[ $log == *" trace_id=$trace"* ]] || fail 'not this trace'
	request GET '/api/tasks?limit=0'
	[[ $log != *trace_id=* ]] || fail 'the trace of before'
}

@test "the log names the trace, and nothing that is none" {
	local bad
	request GET /nothing --header "$traceparent"
	[[ $log == *" code=not_found trace_id=$trace "* ]] || fail 'no trace in the log'
	for bad in "00-$trace-b7ad6b7169203331" "00-${trace^^}-b7ad6b7169203331-01" "ff-$trace-b7ad6b7169203331-01" \
		"00-${trace//[a-f0-9]/0}-b7ad6b7169203331-01" "00-$trace-b7ad6b7169203331-01-x" 'x" level=error'; do
		request GET /nothing --header "traceparent: $bad"
		[[ $log != *trace_id* && $log != *"$bad"* ]] || fail "$bad is in the log"
	done
}
