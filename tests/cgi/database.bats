# A database that is down, refuses connections, hangs or is locked: the response is 503
# before the timeout, and neither the reply nor the log reveals the connection string.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/later.bash"
	token_for "$user"
	sockets=$(mktemp -d /tmp/tasks-XXXXXX)
	pids=()
}

teardown()
{
	local pid
	release
	for pid in "${pids[@]}"; do
		{ kill "$pid" && wait "$pid"; } 2>/dev/null || true
	done
	rm -rf -- "$sockets"
	sql 'ALTER ROLE tasks_app CONNECTION LIMIT -1'
}

# use_database URL: set DATABASE_URL.
use_database()
{
	settings=("${settings[@]/#DATABASE_URL=*/X=}" "DATABASE_URL=$1")
}

use_sockets()
{
	url_behind "$sockets"
	use_database "${REPLY/@/:pa55word@}"
}

# Connect to the database without a pooler, by a link to its socket in $sockets, which
# a test can remove.
use_database_socket()
{
	use_database "postgresql://tasks_app@/tasks?host=${sockets//\//%2F}"
	ln -s "$API_SOCKET/.s.PGSQL.5432" "$sockets/"
}

# listen SOCKET OPTIONS ADDRESS: start socat as a server that is not a database.
listen()
{
	socat "UNIX-LISTEN:$1,$2" "$3" 3>&- &
	pids+=($!)
	wait_until test -S "$1" || fail 'socat does not listen'
}

# listen_silently SOCKET: start a server that reads all data and never answers.
listen_silently()
{
	socat -u "UNIX-LISTEN:$1,fork" OPEN:/dev/null 3>&- &
	pids+=($!)
	wait_until test -S "$1" || fail 'socat does not listen'
}

# A list gets a 503, and its log line does not reveal the connection string.
assert_unavailable()
{
	request GET /api/tasks
	assert_problem 503 database_unavailable 'Database unavailable' || return 1
	[[ $log != *pa55word* && $log != *"$sockets"* && $log == *' level=error '* ]] ||
		fail 'the log says too much or too little'
}

# The program answers before its timeout expires.
assert_told_at_once()
{
	assert_unavailable || return 1
	[[ $log != *TASKS_DB_TIMEOUT_MS* ]] || fail 'not at once'
}

# The request ends because of TASKS_DB_TIMEOUT_MS: an earlier request with a longer
# timeout is still waiting.
assert_in_time()
{
	settings+=(TASKS_DB_TIMEOUT_MS=15000)
	request_later GET /api/tasks
	settings+=(TASKS_DB_TIMEOUT_MS=300)
	assert_unavailable || return 1
	[[ $log == *TASKS_DB_TIMEOUT_MS* || $log == *sqlstate=57014* ]] || fail 'another reason' || return 1
	kill -0 "$later" || fail 'the other one has not waited' || return 1
	kill -KILL "$later"
	wait "$later" || true
}

@test "no database: 503 for what needs it, with Retry-After and CORS, and the rest works" {
	local uuid=00000000-0000-4000-8000-000000000000
	use_sockets
	assert_unavailable
	request POST /api/tasks --body '{"title":"x"}'
	assert_problem 503 database_unavailable
	request GET "/api/tasks/$uuid"
	assert_problem 503 database_unavailable
	request PUT "/api/tasks/$uuid" --body '{}'
	assert_problem 503 database_unavailable
	request PATCH "/api/tasks/$uuid/complete"
	assert_problem 503 database_unavailable
	request DELETE "/api/tasks/$uuid"
	assert_problem 503 database_unavailable
	# Errors that are found before the first query keep their status.
	request GET /api/tasks --no-token
	assert_status 401
	request GET /api/nobody/tasks
	assert_status 403
	request POST /api/tasks --body '{}'
	assert_status 422
	request GET /api/me
	assert_status 200
	request OPTIONS /api/tasks
	assert_status 204
}

@test "no database: /health and /health/ready say unhealthy, /health/live does not" {
	local path
	use_sockets
	for path in /health /health/ready; do
		request GET "$path" --no-token
		assert_status 503
		assert_json '.status == "unhealthy" and (.timestamp | type == "string") and (.version | type == "string")'
	done
	request GET /health/live --no-token
	assert_status 200
}

@test "a login that is refused, or a database that is not there, is told at once" {
	use_database "${API_DIRECT_URL/\/tasks\?/\/no_such_database?}"
	assert_told_at_once
	use_database "postgresql://nobody:pa55word@${API_DIRECT_URL#*@}"
	assert_told_at_once
	use_database "$API_DIRECT_URL"
	request GET /api/tasks
	assert_status 200
}

@test "a port that refuses, a database that is not there, a login that is refused: 503" {
	use_short_time
	use_database 'postgresql://tasks_app:pa55word@127.0.0.1:1/tasks'
	assert_unavailable
	use_database "${API_DATABASE_URL/\/tasks\?/\/no_such_database?}"
	assert_unavailable
	use_database "postgresql://nobody:pa55word@${API_DATABASE_URL#*@}"
	assert_unavailable
	use_database "$API_DATABASE_URL"
	request GET /api/tasks
	assert_status 200
}

# watch [STRACE-OPTION...]: make strace log each attempt to connect to $attempts.
watch()
{
	local name
	attempts=$sockets/attempts
	mkdir "$sockets/watched"
	for name in tasks-create tasks-list; do
		printf '#!/bin/sh\nASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 exec strace -f -qq -o %q -e trace=connect %s %q\n' \
			"$attempts" "$*" "$API_PROGRAMS/$name" >"$sockets/watched/$name"
		chmod +x "$sockets/watched/$name"
	done
	API_PROGRAMS=$sockets/watched
}

# tried COUNT: whether the program has made at least COUNT attempts to connect.
tried()
{
	local lines=()
	[[ ! -e $attempts ]] || mapfile -t lines <"$attempts"
	((${#lines[@]} >= $1))
}

# Set a timeout that allows one refused attempt and one retry on this machine.
use_short_time()
{
	db_time 2000
	settings+=("TASKS_DB_TIMEOUT_MS=$REPLY")
}

@test "a server without a connection to spare is asked again until it has one, or time is up" {
	use_database "$API_DIRECT_URL"
	request GET /api/tasks
	assert_status 200
	sql 'ALTER ROLE tasks_app CONNECTION LIMIT 0'
	use_short_time
	request GET /api/tasks
	assert_problem 503 database_unavailable
	[[ $log == *' sqlstate=53300 '* ]] || fail 'the reason is not in the log'
	settings+=(TASKS_DB_TIMEOUT_MS=15000)
	watch
	request_later POST /api/tasks --body '{"title":"x"}'
	wait_until tried 3 || fail 'it is not asked again'
	sql 'ALTER ROLE tasks_app CONNECTION LIMIT -1'
	join
	assert_status 201
	request GET /api/tasks
	assert_json 'length == 1'
}

@test "a server that has no memory for a process of ours is asked again until it has" {
	# PostgreSQL sends this error in the format of protocol 2, without an SQLSTATE.
	printf '%s\n' "printf 'Ecould not fork new process for connection: Cannot allocate memory\\n\\0'" 'sleep 0.2' \
		>"$sockets/short"
	use_sockets
	settings+=(TASKS_DB_TIMEOUT_MS=15000)
	listen "$sockets/.s.PGSQL.5432" fork EXEC:"sh $sockets/short"
	watch
	request_later POST /api/tasks --body '{"title":"x"}'
	wait_until tried 3 || fail 'it is not asked again'
	ln -s "$API_DATABASE_SOCKET" "$sockets/new"
	mv "$sockets/new" "$sockets/.s.PGSQL.5432"
	join
	assert_status 201
}

@test "a server that is gone for the blink of a restart is missed by nobody" {
	# The programs retry for at least 350 ms.
	watch -e inject=connect:error=ECONNREFUSED:when=1..2
	request POST /api/tasks --body '{"title":"in the meantime"}'
	assert_status 201
	tried 3 || fail 'it was not gone'
}

@test "a server that ends its service in its own time before it restarts is missed by nobody" {
	use_database "$API_DIRECT_URL"
	settings+=(TASKS_DB_TIMEOUT_MS=15000)
	sql 'ALTER ROLE tasks_app CONNECTION LIMIT 0'
	watch -e inject=connect:error=ENOENT:when=3..4
	request_later POST /api/tasks --body '{"title":"in the meantime"}'
	wait_until tried 5 || fail 'it is given up'
	sql 'ALTER ROLE tasks_app CONNECTION LIMIT -1'
	join
	assert_status 201
}

@test "what the log says of a failure is of that failure, not of one before it" {
	use_database_socket
	# Long enough for the first attempt to be refused, even on a busy machine.
	settings+=(TASKS_DB_TIMEOUT_MS=8000)
	sql 'ALTER ROLE tasks_app CONNECTION LIMIT 0'
	listen_silently "$sockets/silent"
	request GET /api/tasks
	[[ $log == *' sqlstate=53300 '* ]] || fail 'the first reason is not in the log'
	settings+=(TASKS_DB_TIMEOUT_MS=5000)
	watch
	request_later GET /api/tasks
	wait_until tried 2
	mv "$sockets/silent" "$sockets/.s.PGSQL.5432"
	join
	assert_problem 503 database_unavailable
	[[ $log == *TASKS_DB_TIMEOUT_MS* && $log != *sqlstate=* ]] || fail 'the log has two reasons'
}

@test "a peer that takes the connection and never answers costs no more than TASKS_DB_TIMEOUT_MS" {
	listen_silently "$sockets/.s.PGSQL.5432"
	use_sockets
	assert_in_time
	request GET /health --no-token
	assert_status 503
}

@test "a peer that answers garbage is 503" {
	listen "$sockets/.s.PGSQL.5432" fork SYSTEM:'head -c 8 >/dev/null; echo HTTP/1.1 400 no'
	use_sockets
	assert_unavailable
}

@test "a lock that somebody holds costs no more than TASKS_DB_TIMEOUT_MS, and then all is well" {
	create
	hold 'LOCK TABLE tasks'
	assert_in_time
	request PUT "/api/tasks/$id" --body '{"title":"late"}'
	assert_problem 503 database_unavailable
	release
	settings+=(TASKS_DB_TIMEOUT_MS=5000)
	request GET "/api/tasks/$id"
	assert_same "$body" "$task" 'the task'
}

@test "a search that waits is given up long before a list is" {
	settings+=(TASKS_DB_TIMEOUT_MS=15000)
	create
	hold 'LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE'
	request_later GET /api/tasks
	wait_until is "SELECT count(*) FROM pg_locks WHERE relation = 'tasks'::regclass AND NOT granted" 1
	request GET '/api/tasks?search=milk'
	assert_problem 503 database_unavailable
	assert_header Retry-After 2
	kill -0 "$later" || fail 'the list has not waited longer'
	release
	join
	assert_status 200
	request GET '/api/tasks?search=task'
	assert_status 200
	assert_json 'length == 1'
}

@test "when the database is back, requests succeed by themselves" {
	use_sockets
	assert_unavailable
	ln -s "$API_DATABASE_SOCKET" "$sockets/.s.PGSQL.5432"
	request GET /api/tasks
	assert_status 200
	rm "$sockets/.s.PGSQL.5432"
	assert_unavailable
}

@test "a database without the schema is a fault of ours that tells nothing" {
	use_database "${API_DATABASE_URL/\/tasks\?/\/postgres?}"
	request GET /api/tasks
	assert_problem 500 internal_error 'Internal server error'
	[[ $log == *' sqlstate=42P01 '* && $log != *public* ]] || fail 'the log'
	# --unchecked, because the log line has the code of the 500.
	request GET /health --no-token --unchecked
	assert_status 503
}

@test "as the tables' owner, too, a program acts with the rights of tasks_app alone" {
	create
	use_database "${API_DIRECT_URL/tasks_app@/tasks_owner@}"
	request GET "/api/tasks/$id"
	assert_status 200
	new_user
	request GET "/api/tasks/$id" --user "$REPLY"
	assert_problem 403 forbidden
	request GET /api/tasks --user "$REPLY"
	assert_same "$body" '[]' 'the list'
}
