# The persistent database connection of a FastCGI process: it serves requests of several
# users without mixing them, and recovers from a broken connection.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/fastcgi.bash"
	name_session
	write_settings
	data=$API_RUN/postgres/data
	nobody=00000000-0000-4000-8000-000000000000
}

teardown()
{
	release
	[[ -z ${relay:-} ]] || kill "$relay" || true
	[[ -S $API_SOCKET/.s.PGSQL.5432 ]] || database start
	end_programs
}

# database start|stop: start or stop the PostgreSQL server that all tests share.
database() { (cd "$API_ROOT" && RUN=$API_RUN tools/dev/postgres "$1") >/dev/null 2>&1 3>&- </dev/null; }

# step ACTION: one request of $me, whose reply must not contain data of $other.
# ids[USER] lists the ids of the user's tasks, the newest first.
step()
{
	local action=$1 mine other_ids
	read -r -a mine <<<"${ids[$me]:-}"
	read -r -a other_ids <<<"${ids[$other]:-}"
	case $action in
	[0-3])
		request GET /api/tasks --user "$me"
		assert_status 200
		assert_json 'map(.id) == ($ids | split(" ")) and all(.user_id == $u and .title == $u)' \
			--arg u "$me" --arg ids "${ids[$me]:-}"
		;;
	[4-6])
		create "{\"title\":\"$me\"}" --user "$me"
		ids[$me]="$id${ids[$me]:+ ${ids[$me]}}"
		;;
	7)
		request GET "/api/tasks/${mine[0]}" --user "$me"
		assert_status 200
		assert_json '.user_id == $u and .title == $u' --arg u "$me"
		;;
	8)
		request GET "/api/tasks/${other_ids[0]}" --user "$me"
		assert_problem 403 forbidden
		;;
	9)
		request PATCH "/api/tasks/${other_ids[0]}" --user "$me" --body '{"title":"stolen"}'
		assert_problem 403 forbidden
		request PATCH "/api/tasks/${mine[0]}" --user "$me" --body '{"status":"completed"}'
		assert_status 200
		;;
	10)
		request GET "/api/tasks/$nobody" --user "$me"
		assert_problem 404 task_not_found
		;;
	11)
		request POST /api/tasks --user "$me" --body '{"title":""}'
		assert_invalid body.title
		request POST /api/tasks --user "$me" --body '{"title":'
		assert_problem 400 malformed_json
		;;
	12)
		request GET /api/tasks --token "${tokens[$me]}x"
		assert_problem 401 invalid_token
		request GET /api/tasks --no-token
		assert_problem 401 missing_token
		;;
	13)
		request GET "/api/$other/tasks" --user "$me"
		assert_problem 403 forbidden
		;;
	esac
}

@test "two users who share a process and its connection never see or change each other's tasks" {
	local -A ids=()
	local alice bob me other before n
	new_user alice && alice=$REPLY
	new_user bob && bob=$REPLY
	start_programs tasks-list tasks-create tasks-get tasks-update
	for me in "$alice" "$bob"; do
		other=$bob
		step 4
		step 7
		request PATCH "/api/tasks/$id" --user "$me" --body '{}'
		request GET /api/tasks --user "$me"
	done
	before=$(backends)
	[[ $before == *$'\n'*$'\n'*$'\n'* ]] || fail "not the connections of four processes: $before"
	RANDOM=1
	for ((n = 0; n < 200; n++)); do
		if ((RANDOM % 2)); then me=$alice other=$bob; else me=$bob other=$alice; fi
		step $((RANDOM % 14)) || fail "at step $n" || return 1
	done
	assert_same "$(backends)" "$before" 'the connections'
	# The same with queries that are cancelled by the timeout.
	for n in {1..10}; do
		if ((RANDOM % 2)); then me=$alice other=$bob; else me=$bob other=$alice; fi
		write_settings TASKS_DB_TIMEOUT_MS=300
		hold 'LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE'
		if ((n % 2)); then
			request PATCH "/api/tasks/${ids[$me]%% *}" --user "$me" --body '{"title":"late"}'
		else
			request GET /api/tasks --user "$me"
		fi
		assert_problem 503 database_unavailable
		release
		write_settings
		read -r me other <<<"$other $me"
		step 0 && step $((RANDOM % 14)) && step 0 || fail "at fault $n" || return 1
	done
	assert_same "$(sql "SELECT count(*), count(DISTINCT user_id) FROM tasks
		WHERE user_id IN ('$alice', '$bob') AND user_id = title")" \
		"$(sql "SELECT count(*), 2 FROM tasks WHERE user_id IN ('$alice', '$bob') OR title IN ('$alice', '$bob')")" \
		'the tasks in the database that have their own user as their title'
}

# Whether the relay has written the whole answer.  Sets REPLY to it.
answered() { [[ -e $BATS_TEST_TMPDIR/answer ]] && REPLY=$(<"$BATS_TEST_TMPDIR/answer") && [[ $REPLY == *end ]]; }

@test "between requests the kept session has no user, no role and no transaction" {
	local place=$BATS_TEST_TMPDIR/pg wanted='tasks_owner||0|off|0'
	mkdir "$place"
	mkfifo "$BATS_TEST_TMPDIR/question"
	"$API_HELPERS/relay" "$place/.s.PGSQL.5432" "$API_SOCKET/.s.PGSQL.5432" \
		"$BATS_TEST_TMPDIR/question" "$BATS_TEST_TMPDIR/answer" 2>"$BATS_TEST_TMPDIR/relay.err" 3>&- &
	relay=$!
	# The login role differs from the role of the queries.
	settings[0]="DATABASE_URL=postgresql://tasks_owner@/tasks?host=${place//\//%2F}&application_name=$session"
	write_settings
	start_programs tasks-update
	sql "INSERT INTO users (id) VALUES ('$user'), ('$user-2');
		INSERT INTO tasks (id, user_id, title) VALUES ('${nobody/%0/1}', '$user-2', 'x')"
	for n in "200 $user-2" "403 $user" "404 $user-2" "422 $user"; do
		local path=/api/tasks/${nobody/%0/1} title=y
		case $n in 404*) path=/api/tasks/$nobody ;; 422*) path=/api/tasks/x ;; esac
		request PATCH "$path" --user "${n#* }" --body '{"title":"y"}'
		assert_status "${n% *}" || return 1
		rm -f "$BATS_TEST_TMPDIR/answer"
		echo "SELECT concat_ws('|', current_user, current_setting('app.user_id', true), current_setting('statement_timeout'), current_setting('transaction_read_only'), (SELECT count(*) FROM tasks))" >"$BATS_TEST_TMPDIR/question"
		wait_until answered
		assert_same "$REPLY" "$wanted"$'\nend' "the session after $n"
	done
	[[ $(backends) =~ ^[0-9]+$ ]] || fail 'not one connection'
	sql "DELETE FROM tasks WHERE user_id = '$user-2'"
}

@test "a connection that the database ended between requests costs nobody an answer" {
	local before
	start_programs tasks-list tasks-create
	create
	request GET /api/tasks
	before=$(backends)
	sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '$session'" >/dev/null
	request GET /api/tasks
	assert_status 200
	assert_json 'length == 1'
	create '{"title":"after it"}'
	request GET /api/tasks
	assert_json 'length == 2'
	[[ $(backends) != *"${before%%$'\n'*}"* ]] || fail 'the old connection is still there'
}

@test "a GET whose connection is ended under it is asked once more" {
	start_programs tasks-list tasks-create
	create
	request GET /api/tasks
	hold 'LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE'
	request_later GET /api/tasks
	wait_for_lock
	sql "SELECT pg_terminate_backend($REPLY, 5000)" >/dev/null
	wait_for_lock # the retry, on another connection
	release
	join
	assert_status 200
	assert_json 'length == 1'
}

@test "a POST or PATCH whose connection is ended under it is 503 and is not repeated" {
	local method path
	start_programs tasks-list tasks-create tasks-update
	create '{"title":"first"}'
	for method in POST PATCH; do
		path=/api/tasks
		[[ $method == POST ]] || path+=/$id
		request "$method" "$path" --body '{"title":"first"}'
		hold 'LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE'
		request_later "$method" "$path" --body '{"title":"second"}'
		wait_for_lock
		sql "SELECT pg_terminate_backend($REPLY, 5000)" >/dev/null
		# A repeated statement would wait for the lock again, and the request would not end.
		join
		! waits_for_lock || fail 'it is repeated'
		assert_problem 503 database_unavailable
		[[ -n ${reply_headers[retry-after]} ]]
		release
		request GET /api/tasks
		assert_json 'length == 2 and all(.title == "first")'
	done
	request POST /api/tasks --body '{"title":"third"}'
	assert_status 201
}

@test "a POST with an Idempotency-Key whose connection is ended under it is repeated and makes one task" {
	start_programs tasks-list tasks-create
	create '{"title":"first"}'
	hold 'LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE'
	request_later POST /api/tasks --body '{"title":"second"}' --header "Idempotency-Key: $user"
	wait_for_lock
	sql "SELECT pg_terminate_backend($REPLY, 5000)" >/dev/null
	wait_for_lock # the retry, on another connection
	release
	join
	assert_status 201
	assert_same "$(sql "SELECT count(*) FROM tasks WHERE user_id = '$user' AND title = 'second'")" 1 'tasks'
}

@test "a commit that is broken off is told as 503 and leaves nothing" {
	local trigger="tasks_wait_$RANDOM" key
	start_programs tasks-create
	create '{"title":"before"}'
	# A deferred trigger blocks the commit after the row was inserted.
	sql "CREATE FUNCTION public.$trigger() RETURNS trigger LANGUAGE plpgsql AS
		'BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NULL; END';
		CREATE CONSTRAINT TRIGGER $trigger AFTER INSERT ON public.tasks DEFERRABLE INITIALLY DEFERRED
		FOR EACH ROW WHEN (new.title = 'held at commit') EXECUTE FUNCTION public.$trigger()"
	hold 'SELECT pg_advisory_xact_lock(4711)'
	request_later POST /api/tasks --body '{"title":"held at commit"}'
	wait_for_lock
	sql "SELECT pg_terminate_backend($REPLY)" >/dev/null
	join
	release
	sql "DROP TRIGGER $trigger ON public.tasks; DROP FUNCTION public.$trigger()"
	assert_problem 503 database_unavailable
	assert_same "$(sql "SELECT count(*) FROM tasks WHERE user_id = '$user' AND title = 'held at commit'")" 0 'tasks'
	create
}

@test "a database that was restarted is used again without a hand" {
	start_programs tasks-list tasks-create
	create
	request GET /api/tasks
	database stop
	database start
	request GET /api/tasks
	assert_status 200
	assert_same "$body" "[$task]" 'the list'
	create
	assert_same "$(sql "SELECT count(*) FROM tasks WHERE user_id = '$user'")" 2 'tasks'
}

@test "while the database is down every request says so, and none after it" {
	start_programs tasks-list tasks-create
	create
	request GET /api/tasks
	database stop
	request GET /api/tasks
	assert_problem 503 database_unavailable
	request POST /api/tasks --body '{"title":"lost"}'
	assert_problem 503 database_unavailable
	database start
	request POST /api/tasks --body '{"title":"kept"}'
	assert_status 201
	request GET /api/tasks
	assert_json 'map(.title) == ["kept", "a task"]'
}

@test "each request has the whole time for the database, however old its process" {
	start_programs tasks-list
	# The first request connects, which can be slow, so it has the default timeout.
	request GET /api/tasks
	db_time 2500
	local whole=$REPLY
	write_settings TASKS_DB_TIMEOUT_MS=$whole
	nap $((whole / 1000 + 1))
	request GET /api/tasks
	assert_status 200
	hold 'LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE'
	request GET /api/tasks
	assert_problem 503 database_unavailable
	release
	write_settings
	request GET /api/tasks
	assert_status 200
}
