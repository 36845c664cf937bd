# The reply of a create with a key is lost after the commit: the same request again
# returns the same task.  There are no races: the tests stop the program or the database
# at the critical point.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/later.bash"
	folder=$(mktemp -d /tmp/tasks-XXXXXX)
	pids=()
	json='{"title":"once"}'
	printf '%s' "$json" >"$BATS_TEST_TMPDIR/body"
	token_for "$user"
}

teardown()
{
	local pid
	release
	for pid in "${pids[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
	done
	rm -rf -- "$folder"
}

count()
{
	sql "SELECT count(*) FROM tasks WHERE user_id = '$user'"
}

until_true() { wait_until "$@" || fail "never true: $*"; }
committed() { is "SELECT count(*) FROM tasks WHERE user_id = '$user'" 1; }
waiting() { is "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'idempotency_keys'::regclass" 1; }

# Run the create as a CGI program in the background.
# shellcheck disable=SC2120
start_create()
{
	env -i "${settings[@]}" REQUEST_METHOD=POST PATH_INFO=/api/tasks HTTP_AUTHORIZATION="Bearer $token" \
		CONTENT_TYPE=application/json CONTENT_LENGTH="${#json}" HTTP_IDEMPOTENCY_KEY=lost \
		"$API_PROGRAMS/tasks-create" <"$BATS_TEST_TMPDIR/body" "$@" 3>&- &
	create=$!
	pids+=("$create")
}

assert_repeated()
{
	local kept
	kept=$(sql "SELECT id FROM tasks WHERE user_id = '$user'")
	for _ in 1 2; do
		request POST /api/tasks --body "$json" --header 'Idempotency-Key: lost'
		assert_status 201 && assert_header Location "/api/tasks/$kept" || return 1
		assert_json '.id == $k' --arg k "$kept" || return 1
	done
	assert_same "$(count)" 1 tasks || return 1
	request POST /api/tasks --body "$json" --header 'Idempotency-Key: another'
	assert_status 201 && assert_same "$(count)" 2 'tasks with another key'
}

@test "a program that is killed between its commit and its answer" {
	# The pipe is full, so the program commits and then blocks in write().
	mkfifo "$folder/pipe"
	exec 7<>"$folder/pipe"
	timeout 1 cat /dev/zero >&7 || true
	start_create >"$folder/pipe" 2>/dev/null
	until_true committed
	kill -0 "$create" || fail 'it has ended'
	kill -KILL "$create"
	wait "$create" || true
	exec 7>&-
	assert_repeated
}

@test "a database connection that dies between the commit and its answer" {
	local proxy
	socat UNIX-LISTEN:"$folder/.s.PGSQL.5432" UNIX-CONNECT:"$API_DATABASE_SOCKET" 3>&- 2>/dev/null &
	proxy=$!
	pids+=("$proxy")
	until_true test -S "$folder/.s.PGSQL.5432"
	# The insert of the key waits for this lock.
	hold 'LOCK TABLE public.idempotency_keys IN SHARE MODE'
	local kept=("${settings[@]}")
	url_behind "$folder"
	settings+=("DATABASE_URL=$REPLY" TASKS_DB_TIMEOUT_MS=15000)
	start_create >"$folder/reply" 2>"$folder/log"
	until_true waiting
	# The server has the whole request.  The stopped proxy forwards no answer.
	kill -STOP "$proxy"
	release
	until_true committed
	kill -KILL "$proxy"
	wait "$create" || true
	grep -q '^Status: 503' "$folder/reply" || fail "$(<"$folder/reply")"
	settings=("${kept[@]}")
	assert_repeated
}
