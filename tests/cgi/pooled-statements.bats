# Prepared statements behind a pooler: only if the pooler tracks them, and no request gets
# a wrong answer or an error if they disappear, are outdated or no longer tracked.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/pool.bash
# shellcheck source=tests/lib/fastcgi.bash
probe=tasks_statements_$$

setup_file()
{
	. "$API_ROOT/tests/lib/pool.bash"
	find_newer
}

setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/fastcgi.bash"
	. "$API_ROOT/tests/lib/pool.bash" && make_place
	direct=${API_DIRECT_URL/\/tasks\?/\/$probe?}
	alice=alice-$user bob=bob-$user
	programs=(tasks-create tasks-get tasks-list tasks-update)
	declare -gA ids=()
}

teardown()
{
	local result=0
	end_pool || result=1
	[[ -z ${changed:-} ]] || sql 'ALTER TABLE tasks ALTER COLUMN completed_at TYPE timestamptz'
	return "$result"
}

# serve [PGBOUNCER]: start that pooler with one connection (default: the newer one), the
# programs, and a task of each of two users.
serve()
{
	local who
	PGBOUNCER=${1:-$newer} share tasks_app || return 1
	write_settings
	start_programs "${programs[@]}"
	for who in "$alice" "$bob"; do
		create "{\"title\":\"$who\"}" --user "$who" || return 1
		ids[$who]=$id
	done
}

# use COUNT: request each operation for both users by turns.
use()
{
	local n who
	for ((n = 1; n <= $1; n++)); do
		for who in "$alice" "$bob"; do
			request GET /api/tasks --user "$who"
			assert_status 200 && assert_json 'length == 1 and .[0].title == $u' --arg u "$who" || return 1
			request GET "/api/tasks/${ids[$who]}" --user "$who"
			assert_status 200 && assert_json '.user_id == $u and .title == $u' --arg u "$who" || return 1
			request PATCH "/api/tasks/${ids[$who]}" --user "$who" --body "{\"description\":\"$n\"}"
			assert_status 200 && assert_json '.title == $u and .description == $n' --arg u "$who" --arg n "$n" || return 1
		done
	done
	assert_clean
}

# statements: print the number of our prepared statements on the connection.  PgBouncer
# does not prepare ours before it needs them, and the probe's is not one of them.
statements()
{
	pooled "SELECT count(*) FROM pg_prepared_statements
		WHERE statement LIKE '%public.tasks%' AND generic_plans + custom_plans > 0"
}

# assert_named TEXT: the list, the get and the update are prepared and were executed.
assert_named()
{
	local count
	count=$(statements)
	((count >= 3)) || fail "$count prepared statements $1"
}

# errors: print the number of errors in the log of the database.
errors() { grep -c "ERROR: .*prepared statement\|ERROR: .*cached plan" "$API_RUN/postgres/log" || true; }

@test "a pooler that tracks statements gets them by name, and every user's answers are right" {
	local before
	before=$(errors)
	serve
	use 4
	assert_named 'with a pooler that tracks them'
	assert_same "$(pooled "SELECT count(*) FROM pg_prepared_statements WHERE name NOT LIKE 'PGBOUNCER\_%'")" 0 \
		'statements with a name of ours'
	assert_same "$(errors)" "$before" 'errors'
}

@test "a pooler that does not track statements gets none, and nothing is left on its backends" {
	local before
	before=$(errors)
	serve /usr/sbin/pgbouncer
	# An installed PgBouncer of 1.21 or newer has this setting.
	console 'SET max_prepared_statements = 0' 2>/dev/null || true
	console RECONNECT
	use 4
	assert_same "$(pooled 'SELECT count(*) FROM pg_prepared_statements')" 0 'prepared statements'
	assert_same "$(errors)" "$before" 'errors'
}

@test "tracking that is switched off: the same" {
	serve
	console 'SET max_prepared_statements = 0'
	use 4
	assert_same "$(pooled 'SELECT count(*) FROM pg_prepared_statements')" 0 'prepared statements'
}

@test "a CGI program asks no pooler and prepares nothing" {
	PGBOUNCER=$newer share tasks_app
	. "$API_ROOT/tests/lib/request.bash" # cgi() of one process per request
	create
	request GET /api/tasks
	assert_status 200
	assert_same "$(pooled 'SELECT count(*) FROM pg_prepared_statements')" 0 'prepared statements'
}

@test "a pooler that restarts, and backends that it replaces, cost no answer and no names" {
	serve
	use 3
	pgbouncer "${direct/tasks_app@/tasks_app@}" stop
	PGBOUNCER=$newer pgbouncer "$direct" start
	console 'SET default_pool_size = 1'
	use 3
	assert_named 'after the restart'
	console RECONNECT # as at the end of server_lifetime
	use 1
	assert_named 'after a new connection of the pooler'
	sql "SELECT pg_terminate_backend($(connection), 5000)"
	use 1
	assert_named 'after the end of a backend'
}

@test "statements that another client discards are prepared again" {
	local command
	serve
	for command in 'DEALLOCATE ALL' 'DISCARD ALL'; do
		use 3
		assert_named "before $command"
		pooled "$command"
		use 1
		assert_named "after $command"
	done
}

@test "a statement that is missing behind the pooler's back: the request is answered, and then nothing is named" {
	local name before
	serve
	use 3
	before=$(errors)
	# PgBouncer does not notice DEALLOCATE of one statement.
	for name in $(pooled "SELECT name FROM pg_prepared_statements WHERE statement LIKE '%public.tasks%'"); do
		pooled "DEALLOCATE \"$name\""
	done
	use 6
	assert_same "$(statements)" 0 'prepared statements'
	# Each program met the error once.
	(($(errors) - before <= ${#programs[@]})) || fail "$(($(errors) - before)) errors"
	create '{"title":"once"}' --user "$alice"
	assert_same "$(sql "SELECT count(*) FROM tasks WHERE title = 'once' AND user_id = '$alice'")" 1 'tasks'
}

@test "an upgrade that changes a column's type while the statements are kept costs no answer" {
	local before
	serve
	use 3
	before=$(errors)
	changed=yes
	sql 'ALTER TABLE tasks ALTER COLUMN completed_at TYPE timestamptz(6)'
	use 6
	(($(errors) > before)) || fail 'the upgrade did not concern the statements'
	(($(errors) - before <= ${#programs[@]})) || fail "$(($(errors) - before)) errors"
}

@test "tracking that ends while the programs run: no statement of another client is executed" {
	serve
	use 3
	console 'SET max_prepared_statements = 0'
	# Now names reach the backend as they are.  These are names that a client may choose.
	pooled "PREPARE s0 (text, text) AS SELECT pg_backend_pid()::text, \$1, \$2" >/dev/null
	pooled "PREPARE s1 (text, text) AS SELECT \$1, \$2" >/dev/null
	use 3
	console 'SET max_prepared_statements = 200'
	use 3
}
