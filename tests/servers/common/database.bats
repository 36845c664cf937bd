# The database stops and starts again while the server runs.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/pool.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/pool.bash"
	data=$API_RUN/postgres/data stopped=
}

teardown()
{
	[[ ! -e $BATS_TEST_TMPDIR/env.saved ]] || cat "$BATS_TEST_TMPDIR/env.saved" >"$API_RUN/env"
	[[ -z $stopped ]] || start_database
}

# PostgreSQL inherits the descriptors.  Close descriptor 3, because bats waits until all
# copies of it are closed.
start_database()
{
	(cd "$API_ROOT" && RUN=$API_RUN tools/dev/postgres start >/dev/null 2>&1 3>&- </dev/null)
	stopped=
}

stop_database()
{
	stopped=yes
	(cd "$API_ROOT" && RUN=$API_RUN tools/dev/postgres stop >/dev/null 2>&1 3>&- </dev/null)
}

# PgBouncer retries a failed database connection only after a delay.
healthy()
{
	request GET /health --no-token
	[[ $status == 200 ]]
}

@test "a database that is stopped is 503 with Retry-After and CORS; started, all is there" {
	create
	cp -p "$API_RUN/env" "$BATS_TEST_TMPDIR/env.saved"
	stop_database
	# With a pooler each request waits for the full timeout, so use a short one.
	echo TASKS_DB_TIMEOUT_MS=700 >>"$API_RUN/env"
	request GET /api/tasks
	assert_problem 503 database_unavailable 'Database unavailable'
	assert_header Access-Control-Allow-Origin http://localhost:3000
	[[ -n ${reply_headers[retry-after]:-} ]] || fail 'no Retry-After'
	request POST /api/tasks --body '{"title":"lost"}'
	assert_problem 503 database_unavailable
	request DELETE "/api/tasks/$id"
	assert_problem 503 database_unavailable
	request GET /health --no-token
	assert_status 503
	assert_json '.status == "unhealthy"'
	request GET /health/live --no-token
	assert_status 200
	request GET /api/me
	assert_status 200
	cat "$BATS_TEST_TMPDIR/env.saved" >"$API_RUN/env"
	start_database
	wait_until healthy || fail 'the API does not come back'
	request GET /api/tasks
	assert_same "$body" "[$task]" 'the list'
}

# make_until_refused WORKER: create tasks one after another until a response is not 201.
make_until_refused()
{
	local made=0
	while request POST /api/tasks --body '{"title":"acknowledged"}' && [[ $status == 201 ]]; do
		made=$((made + 1))
	done
	printf '%s %s\n' "$made" "$status" >"$out.$1"
}

kept_at_least()
{
	(($(sql "SELECT count(*) FROM tasks WHERE user_id = '$user'") >= $1))
}

gone() { [[ ! -d /proc/$1 ]]; }

@test "what was acknowledged survives a database that is killed while tasks are made" {
	local worker workers=() made acknowledged=0 kept postmaster out=$BATS_TEST_TMPDIR/out
	token_for "$user"
	for worker in {1..8}; do
		apart "$worker" make_until_refused "$worker" >"$out" 2>&1 3>&- &
		workers+=($!)
	done
	wait_until kept_at_least 20 || fail 'no tasks are made'
	read -r postmaster <"$data/postmaster.pid"
	stopped=yes
	kill -QUIT "$postmaster" # SIGQUIT: immediate shutdown, with recovery at the next start
	wait_until gone "$postmaster" || fail 'it was not killed'
	wait "${workers[@]}"
	as_service pg_ctl start -s -w -D "$data" -l "$API_RUN/postgres/log" </dev/null >/dev/null 3>&-
	stopped=
	for worker in {1..8}; do
		read -r made status <"$out.$worker"
		assert_status 503
		acknowledged=$((acknowledged + made))
	done
	wait_until healthy || fail 'the API does not come back'
	kept=$(sql "SELECT count(*) FROM tasks WHERE user_id = '$user'")
	((kept >= acknowledged)) || fail "$acknowledged were acknowledged, $kept are there"
	((acknowledged >= 12)) || fail "only $acknowledged were acknowledged"
	# A create that got an error while it waited in the pooler may have committed after
	# the count.
	request GET '/api/tasks?limit=1'
	((${reply_headers[x-total-count]:-0} >= kept)) || fail "fewer than $kept"
}
