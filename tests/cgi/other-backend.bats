# A pooler that reports one backend's PID for the connection and runs a later transaction
# on another backend.  There, the names of prepared statements belong to other clients.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/fastcgi.bash
probe=tasks_other_$$

setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/fastcgi.bash"
	copy_database "$probe"
	API_DATABASE=$probe
	# In this database pg_backend_pid() returns the true PID plus the number in `moved`.
	rows "CREATE TABLE moved (by integer);
		INSERT INTO moved VALUES (0);
		CREATE FUNCTION public.pg_backend_pid() RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER
			AS 'SELECT pg_catalog.pg_backend_pid() + by FROM public.moved';
		ALTER DATABASE $probe SET search_path = public, pg_catalog"
	id=7b2e8f0a-1c3d-4e5f-8a9b-0c1d2e3f4a5b
	rows "INSERT INTO users (id) VALUES ('$user');
		INSERT INTO tasks (id, user_id, title) VALUES ('$id', '$user', 'own')"
}

teardown()
{
	[[ -z ${relay:-} ]] || kill "$relay" || true
	end_programs
	API_DATABASE=postgres sql "DROP DATABASE IF EXISTS $probe WITH (FORCE)"
}

# serve PROGRAM: start a process that connects by a relay.  The relay can inject queries
# into the session.
serve()
{
	local place=$BATS_TEST_TMPDIR/pg direct=${API_DIRECT_URL/\/tasks\?/\/$probe?}
	mkdir "$place"
	mkfifo "$BATS_TEST_TMPDIR/question"
	"$API_HELPERS/relay" "$place/.s.PGSQL.5432" "$API_SOCKET/.s.PGSQL.5432" \
		"$BATS_TEST_TMPDIR/question" "$BATS_TEST_TMPDIR/answer" 2>"$BATS_TEST_TMPDIR/relay.err" 3>&- &
	relay=$!
	settings[0]="DATABASE_URL=${direct/host=*/host=${place//\//%2F}}"
	write_settings
	start_programs "$1"
}

answered() { [[ -e $BATS_TEST_TMPDIR/answer ]] && REPLY=$(<"$BATS_TEST_TMPDIR/answer") && [[ $REPLY == *end ]]; }

# in_session SQL: run SQL in the session of the process and set REPLY to the result.
in_session()
{
	rm -f "$BATS_TEST_TMPDIR/answer"
	echo "$1" >"$BATS_TEST_TMPDIR/question"
	wait_until answered || fail "no answer to $1"
	REPLY=${REPLY%$'\n'end}
}

# assert_prepared COUNT: the session has COUNT prepared statements.
assert_prepared()
{
	in_session 'SELECT count(*) FROM pg_prepared_statements'
	assert_same "$REPLY" "$1" 'prepared statements'
}

# names: set REPLY to the names of our two prepared statements, first the context's.
names()
{
	in_session "SELECT name FROM pg_prepared_statements ORDER BY statement LIKE '%pg_backend_pid%' DESC"
}

# another_backend COUNT: simulate another backend: change the PID, and replace our prepared
# statements by another client's with the same names.  The second one has COUNT parameters,
# like ours.
another_backend()
{
	local REPLY types context statement
	names
	{ read -r context && read -r statement; } <<<"$REPLY"
	repeat "$1" text,
	types=${REPLY%,}
	in_session "DEALLOCATE ALL;
		PREPARE \"$context\" (text, text) AS SELECT pg_backend_pid()::text, \$1, \$2;
		PREPARE \"$statement\" ($types) AS SELECT '$id'::text, '{\"title\":\"of a stranger\"}'::text, 'x'::text"
	rows 'UPDATE moved SET by = 1'
}

assert_own()
{
	request GET "/api/tasks/$id"
	assert_status 200 && assert_json '.title == "own"'
}

@test "a read is answered by its own statement, though the backend and its prepared statements are another client's" {
	local n
	serve tasks-get
	for n in 1 2 3; do
		assert_own
	done
	assert_prepared 2
	another_backend 2
	for n in 1 2 3 4; do
		assert_own
	done
	assert_prepared 0
	# The same after a return to the first backend.
	rows 'UPDATE moved SET by = 0'
	for n in 1 2 3 4; do
		assert_own
	done
	assert_prepared 0
}

@test "a write whose statement may have been another client's is not acknowledged; the next one is" {
	local n REPLY
	serve tasks-update
	for n in 1 2 3; do
		request PATCH "/api/tasks/$id" --body "{\"title\":\"$n\"}"
		assert_status 200
	done
	assert_prepared 2
	another_backend 13
	request PATCH "/api/tasks/$id" --body '{"title":"4"}'
	assert_problem 503 database_unavailable
	rows "SELECT title FROM tasks WHERE id = '$id'"
	assert_same "$REPLY" 3 'the title'
	for n in 5 6 7; do
		request PATCH "/api/tasks/$id" --body "{\"title\":\"$n\"}"
		assert_status 200
		assert_json '.title == $n' --arg n "$n"
	done
	assert_prepared 0
}

@test "names of statements that another client has taken already cost nobody an answer" {
	local n context statement
	serve tasks-get
	for n in 1 2 3; do
		assert_own
	done
	names
	{ read -r context && read -r statement; } <<<"$REPLY"
	# The process connects again, and its statements are not prepared yet.
	end_programs
	start_programs tasks-get
	assert_own
	in_session "PREPARE \"$context\" AS SELECT 1; PREPARE \"$statement\" AS SELECT 2"
	for n in 1 2 3 4; do
		assert_own
	done
	assert_prepared 2
}
