# Two users share one pooled connection, which breaks.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/pool.bash
probe=tasks_pool_$$

setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/pool.bash" && make_place
	measure_price
	direct=${API_DIRECT_URL/\/tasks\?/\/$probe?}
	bob=bob-$user
	pids=()
}

teardown()
{
	local pid
	for pid in "${pids[@]}"; do
		{ kill -KILL "$pid" && wait "$pid"; } 2>/dev/null || true
	done
	release
	[[ -S $API_SOCKET/.s.PGSQL.5432 ]] || database start
	remove_place
	API_DATABASE=postgres sql "DROP DATABASE IF EXISTS $probe WITH (FORCE)" 2>/dev/null
}

database() { (cd "$API_ROOT" && RUN=$API_RUN tools/dev/postgres "$1" >/dev/null 2>&1 3>&- 4>&- </dev/null); }

# Each of the two users sees only their own task.
assert_own()
{
	local who
	for who in "$user" "$bob"; do
		request GET /api/tasks --user "$who"
		assert_status 200 || return 1
		assert_json 'length > 0 and all(.user_id == $u)' --arg u "$who" || return 1
		assert_clean || return 1
	done
	request GET "/api/tasks/$bobs"
	assert_problem 403 forbidden || return 1
	assert_clean
}

make_tasks()
{
	create '{"title":"bob"}' --user "$bob" || return 1
	bobs=$id
	create || return 1
	mine=$id
}

# Run a create of $user as a CGI program in the background, and wait until it waits for
# the lock.
start_create()
{
	local settings=("${settings[@]}" TASKS_DB_TIMEOUT_MS=15000)
	token_for "$user"
	printf '{"title":"late"}' >"$place/body"
	env -i "${settings[@]}" REQUEST_METHOD=POST PATH_INFO=/api/tasks HTTP_AUTHORIZATION="Bearer $token" \
		CONTENT_TYPE=application/json CONTENT_LENGTH=16 "$API_PROGRAMS/tasks-create" \
		<"$place/body" >"$place/reply" 2>"$place/log" 3>&- &
	program=$!
	pids+=("$program")
	wait_until waiting 1 || fail 'it does not wait'
}

shared_by_two()
{
	local before
	share "$1" && make_tasks && assert_own || return 1
	before=$(connection)

	# An error of the database within the pipeline.
	request PUT "/api/tasks/$mine" --body '{"title":"pa55word"}'
	assert_problem 500 internal_error || return 1
	assert_clean && assert_own || return 1

	# A statement that exceeds the timeout.
	hold 'LOCK TABLE tasks'
	db_time 1500
	settings+=("TASKS_DB_TIMEOUT_MS=$REPLY")
	request GET /api/tasks
	assert_problem 503 database_unavailable || return 1
	release
	settings+=(TASKS_DB_TIMEOUT_MS=5000)
	assert_clean && assert_own || return 1
	assert_same "$(connection)" "$before" 'the connection'

	# A client that is killed within its transaction.
	hold 'LOCK TABLE tasks'
	start_create || return 1
	kill -KILL "$program"
	wait "$program" || true
	release
	assert_clean && assert_own
}

@test "two users by turns on one connection: errors, timeouts and dead clients leave nothing behind" {
	share tasks_app
	sql "ALTER TABLE tasks ADD CHECK (title <> 'pa55word')"
	shared_by_two tasks_app
	# The same if the pooler logs in as the owner of the tables.
	shared_by_two tasks_owner
}

# ask_own USER COUNT: request the user's list COUNT times; it must have one task.
ask_own()
{
	local n
	for ((n = 0; n < $2; n++)); do
		request GET /api/tasks --user "$1"
		assert_status 200 && assert_json 'length == 1 and .[0].user_id == $u' --arg u "$1" || return 1
	done
	echo "all well with $1"
}

@test "two users at once on one connection get their own answers" {
	local who n=${API_SANITIZER_OPTIONS:+5}
	share tasks_app
	make_tasks
	for who in "$user" "$bob"; do
		apart "$who" ask_own "$who" "${n:-20}" >"$place/$who.out" 2>&1 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}" || true
	for who in "$user" "$bob"; do
		assert_same "$(<"$place/$who.out")" "all well with $who" 'answers'
	done
	assert_same "$(console 'SHOW SERVERS' | wc -l)" 1 'connections'
}

@test "a connection that the database ends while it is idle is missed by nobody" {
	share tasks_app
	make_tasks
	sql "SELECT pg_terminate_backend($(connection), 5000)"
	assert_own
}

@test "a connection that ends in the middle of a request is one whole 503" {
	share tasks_app
	make_tasks
	hold 'LOCK TABLE tasks'
	start_create
	sql "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE NOT granted AND relation = 'tasks'::regclass"
	wait "$program"
	release
	read_reply "$place/reply"
	log=$(<"$place/log")
	assert_problem 503 database_unavailable 'Database unavailable'
	[[ -n ${reply_headers[retry-after]} ]]
	assert_own
	assert_same "$(sql "SELECT count(*) FROM tasks WHERE title = 'late'")" 0 'tasks'
}

@test "a request that waits in vain for a connection is 503 in time, and nothing is done for it later" {
	share tasks_app
	make_tasks
	hold 'LOCK TABLE tasks'
	start_create
	request POST /api/tasks --user "$bob" --body '{"title":"in vain"}'
	assert_problem 503 database_unavailable
	waiting 1 || fail 'the connection was free before it'
	release
	wait "$program" || true
	# A client that times out while it waits in the pooler's queue.
	hold 'LOCK TABLE tasks'
	start_create
	db_time 1500
	settings+=("TASKS_DB_TIMEOUT_MS=$REPLY")
	request POST /api/tasks --user "$bob" --body '{"title":"in vain"}'
	assert_problem 503 database_unavailable
	console 'SHOW CLIENTS' | grep -q '= waiting =' || fail 'it has left the queue'
	release
	wait "$program" || true
	settings+=(TASKS_DB_TIMEOUT_MS=5000)
	assert_own
	assert_same "$(sql "SELECT count(*) FROM tasks WHERE title = 'in vain'")" 0 'tasks'
}

@test "what a program that died was waiting for is not carried out for it" {
	share tasks_app
	make_tasks
	hold 'LOCK TABLE tasks'
	start_create
	kill -KILL "$program"
	wait "$program" || true
	wait_until waiting 0 || fail 'the database waits on for it'
	release
	assert_own
	assert_same "$(sql "SELECT count(*) FROM tasks WHERE title = 'late'")" 0 'tasks'
}

@test "a database that is restarted is 503 while it is away, and there again soon after" {
	local start took
	share tasks_app
	make_tasks
	database stop
	for _ in 1 2 3; do
		request GET /api/tasks
		assert_problem 503 database_unavailable
		[[ -n ${reply_headers[retry-after]} ]]
	done
	database start
	start=${EPOCHREALTIME/[.,]/}
	back() { request GET /api/tasks && [[ $status == 200 ]]; }
	wait_until back || fail 'it does not come back'
	took=$((${EPOCHREALTIME/[.,]/} - start))
	# 2 s for the delays of the pooler, plus the cost of the processes of a few requests.
	((took < 2000000 + 500 * PRICE)) || fail "it took $took us"
	assert_own
}
