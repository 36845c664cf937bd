# The database goes away and comes back under a running server.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/pool.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/pool.bash"
	data=$API_RUN/postgres/data
}

teardown()
{
	[[ -z ${hey:-} ]] || kill "$hey" 2>/dev/null || true
	start_database
}

# The services' output may not hold bats' own descriptor open.
start_database()
{
	(cd "$API_ROOT" && RUN=$API_RUN tools/postgres start >/dev/null 2>&1 3>&- </dev/null)
}

stop_database()
{
	(cd "$API_ROOT" && RUN=$API_RUN tools/postgres stop >/dev/null 2>&1 3>&- </dev/null)
}

@test "a database that is stopped is 503 with Retry-After and CORS; started, all is there" {
	create
	stop_database
	request GET /api/tasks
	assert_problem 503 database_unavailable 'Database unavailable'
	assert_header Access-Control-Allow-Origin http://localhost:3000
	[[ -n $(header Retry-After) ]]
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
	start_database
	# PgBouncer tries again once a second.
	for _ in {1..20}; do
		request GET /health --no-token
		[[ $status == 503 ]] || break
		sleep 0.1
	done
	assert_status 200
	request GET /api/tasks
	assert_same "$body" "[$task]" 'the list'
}

@test "what was acknowledged survives a database that is killed while tasks are made" {
	local before acknowledged kept postmaster out=$BATS_TEST_TMPDIR/out
	token_for "$user"
	# More than there is time for: it is told to end.
	hey -n 100000 -c 8 -t 30 -m POST -H "Authorization: Bearer $token" -T application/json \
		-d '{"title":"acknowledged"}' "$API_URL$(on_server POST /api/tasks)" >"$out" 2>&1 3>&- &
	hey=$!
	# Not before some are there.
	for _ in {1..100}; do
		before=$(sql "SELECT count(*) FROM tasks WHERE user_id = '$user'")
		((before < 20)) || break
		sleep 0.05
	done
	read -r postmaster <"$data/postmaster.pid"
	kill -QUIT "$postmaster" # at once: no clean-up, recovery at the next start
	for _ in {1..200}; do
		[[ -d /proc/$postmaster ]] || break
		sleep 0.05
	done
	kill -0 "$hey" || fail 'the kill came too late'
	# Without the schema, which teardown() brings up to date where nobody asks anything.
	as_service pg_ctl start -s -w -D "$data" -l "$API_RUN/postgres/log" </dev/null >/dev/null 3>&-
	kill -INT "$hey"
	wait "$hey"
	acknowledged=$(awk '$1 == "[201]" { print $2 }' "$out")
	kept=$(sql "SELECT count(*) FROM tasks WHERE user_id = '$user'")
	cat "$out"
	((acknowledged >= 20)) || fail "only $acknowledged were acknowledged"
	! grep -Eq '\[(4..|500|502|504)\]' "$out" || fail 'answers that are neither 201 nor 503'
	((kept >= acknowledged)) || fail "$acknowledged were acknowledged, $kept are there"
	# A pooler tries the database again thrice a second; and one task that was
	# refused while it waited there may have come after the count.
	for _ in {1..20}; do
		request GET '/api/tasks?limit=1'
		[[ $status == 503 ]] || break
		sleep 0.1
	done
	(($(header X-Total-Count) >= kept)) || fail "fewer than $kept"
}
