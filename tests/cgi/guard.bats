# All statements run with a user set.  lib/guard.sql makes access without a user an error
# in a copy of the database.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
probe=tasks_guard_$$

setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	copy_database "$probe"
	API_DATABASE=$probe
	sql "$(<"$API_ROOT/tests/lib/guard.sql")"
	# guard_planned() is called even if the statement is only planned.
	sql 'ALTER POLICY guard ON tasks USING (guard_planned() AND guard_tasks());
		ALTER POLICY guard ON users USING (guard_planned() AND guard_users());
		ALTER POLICY guard ON idempotency_keys USING (guard_planned() AND guard_idempotency_keys())'
	# Without a pooler: PostgreSQL flushes the statistics when the program's session ends.
	direct=${API_DIRECT_URL/\/tasks\?/\/$probe?}
	settings=("${settings[@]/#DATABASE_URL=*/X=}" "DATABASE_URL=$direct")
	nobodys=00000000-0000-4000-8000-000000000000
}

teardown()
{
	API_DATABASE=postgres sql "DROP DATABASE IF EXISTS $probe WITH (FORCE)"
}

# Run each statement of the programs.
ask_everything()
{
	local theirs mine etag query
	create '{"title":"theirs"}' --user "other-$user"
	theirs=$id
	for _ in 1 2; do # the second time the first answer is repeated
		create '{"title":"keyed"}' --header 'Idempotency-Key: key'
	done
	request POST /api/tasks --body '{"title":"else"}' --header 'Idempotency-Key: key'
	assert_invalid header.Idempotency-Key || return 1
	create
	mine=$id etag=${reply_headers[etag]}
	for query in '' limit=1 'limit=1&offset=9' 'q=a&status=active&priority=medium&has_due_date=false&overdue=false' \
		completed=false sort=title due_after=2000-01-01 due_before=2000-01-01; do
		request GET "/api/tasks?$query"
		assert_status 200 || return 1
	done
	request HEAD "/api/tasks?limit=1"
	[[ ${reply_headers[link]} =~ cursor=([A-Za-z0-9_-]+) ]] || fail 'no cursor' || return 1
	request GET "/api/tasks?limit=1&cursor=${BASH_REMATCH[1]}"
	assert_status 200 || return 1
	for method in GET PUT PATCH DELETE; do
		request "$method" "/api/tasks/$theirs" --body '{"title":"x"}'
		assert_problem 403 forbidden || return 1
		request "$method" "/api/tasks/$nobodys" --body '{"title":"x"}' --header "If-Match: $etag"
		assert_problem 404 task_not_found || return 1
	done
	request PATCH "/api/tasks/$theirs/complete"
	assert_problem 403 forbidden || return 1
	request GET "/api/tasks/$mine"
	assert_status 200 || return 1
	request PUT "/api/tasks/$mine" --body '{"title":"y"}' --header "If-Match: $etag"
	assert_status 200 || return 1
	request PATCH "/api/tasks/$mine/complete" --header "If-Match: $etag"
	assert_problem 412 precondition_failed || return 1
	request PATCH "/api/tasks/$mine/complete"
	assert_status 200 || return 1
	request DELETE "/api/tasks/$mine"
	assert_status 204
}

# asked TABLE COUNT: the guard of the table was called at least COUNT times.
asked()
{
	wait_until is "SELECT sum(calls) >= $2 FROM pg_stat_user_functions WHERE funcname = 'guard_$1'" t ||
		fail "the guard of $1 was not asked $2 times"
}

@test "every statement that reads or writes a table of ours has its user set" {
	ask_everything
	asked tasks 30
	asked users 4
	asked idempotency_keys 3
}

@test "the same, as tasks_app alone, when the programs log in as the tables' owner" {
	settings+=("DATABASE_URL=${direct/tasks_app@/tasks_owner@}")
	ask_everything
	asked tasks 30
}

@test "the one statement without a user is that of health, which reads no row" {
	request GET /health --no-token
	assert_status 503
	[[ $log == *' sqlstate=GU001 '* ]] || fail 'another reason' || return 1
	# Without guard_planned() the health check passes: its statement is only planned.
	sql 'ALTER POLICY guard ON tasks USING (guard_tasks())'
	request GET /health --no-token
	assert_status 200
	request GET /health/ready --no-token
	assert_status 200
}

# Positive control: each of these statements is allowed with a user.
@test "the guard stops whatever comes without a user, or as the owner" {
	local role statement error wanted rows="'$user', 'key', 'digest', gen_random_uuid(), 'answer', 'etag'"
	for statement in 'SELECT id FROM tasks' 'SELECT id FROM users' 'SELECT key FROM idempotency_keys' \
		"UPDATE tasks SET title = 'x'" 'DELETE FROM tasks' "UPDATE idempotency_keys SET etag = 'x'" \
		'DELETE FROM idempotency_keys' "SELECT task_exists('$nobodys')" \
		"INSERT INTO users (id) VALUES ('$user')" "INSERT INTO tasks (user_id, title) VALUES ('$user', 'x')" \
		"INSERT INTO idempotency_keys (user_id, key, digest, task_id, answer, etag) VALUES ($rows)"; do
		wanted=GU001
		[[ $statement != INSERT* ]] || wanted=42501 # the table's own policy is checked first
		for role in tasks_app tasks_owner; do
			[[ $role$statement != tasks_owner*task_exists* ]] || continue # no permission for the function
			error=$(psql -X -q -v VERBOSITY=sqlstate "${direct/tasks_app@/$role@}" -c "$statement" 2>&1) &&
				fail "$role: $statement was let through" || true
			assert_same "${error#ERROR:  }" "$wanted" "$role: $statement" || return 1
		done
		psql -X -q -v ON_ERROR_STOP=1 "$direct" -c "SET app.user_id = '$user'" -c "$statement" -o /dev/null ||
			fail "$statement with a user" || return 1
	done
	error=$(psql -X -q -v VERBOSITY=sqlstate "${direct/tasks_app@/tasks_owner@}" -c "SET app.user_id = '$user'" \
		-c 'SELECT id FROM tasks' 2>&1) && fail 'the owner was let through' || true
	assert_same "${error#ERROR:  }" GU002 'the owner with a user'
}
