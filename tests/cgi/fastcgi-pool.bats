# FastCGI processes that share one pooled connection and serve two users, while requests
# fail in various ways.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/pool.bash
# shellcheck source=tests/lib/fastcgi.bash
probe=tasks_pool_$$

setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/fastcgi.bash"
	. "$API_ROOT/tests/lib/pool.bash" && make_place
	direct=${API_DIRECT_URL/\/tasks\?/\/$probe?}
	alice=alice-$user bob=bob-$user
	declare -gA ids=()
}

teardown() { end_pool; }

# add [OPTION...]: create a task of $me whose title is the user's id.
add()
{
	create "{\"title\":\"$me\"}" --user "$me" "$@" && ids[$me]="\"$id\"${ids[$me]:+,${ids[$me]}}"
}

# newest VARIABLE USER: set VARIABLE to the id of the user's newest task.
newest() { printf -v "$1" '%s' "${ids[$2]:1:36}"; }

assert_list()
{
	request GET "/api/tasks?limit=1000" --user "$1"
	assert_status 200 || return 1
	assert_json 'map(.id) == $ids and all(.user_id == $u and .title == $u)' --arg u "$1" \
		--argjson ids "[${ids[$1]}]" || return 1
	assert_json '$total == length' --argjson total "${reply_headers[x-total-count]}"
}

# late METHOD PATH BODY: start a request of $me in the background and wait until it
# waits for the lock.
late()
{
	request_later "$1" "$2" --user "$me" --body "$3"
	wait_until waiting 1 || fail 'nothing waits for the lock'
}

# step NAME: one request of $me, successful or not.  $mine is the id of a task of $me,
# $theirs of one of the other user.
step()
{
	local path=/api/tasks/$mine
	case $1 in
	list) assert_list "$me" ;;
	own)
		request GET "$path" --user "$me"
		assert_status 200 && assert_json '.user_id == $u and .title == $u' --arg u "$me"
		;;
	others)
		request GET "/api/tasks/$theirs" --user "$me"
		assert_problem 403 forbidden || return 1
		request PATCH "/api/tasks/$theirs" --user "$me" --body '{"title":"taken"}'
		assert_problem 403 forbidden
		;;
	create) add ;;
	fault) # an error of the database within the pipeline
		request PUT "$path" --user "$me" --body '{"title":"pa55word"}'
		assert_problem 500 internal_error || return 1
		request POST /api/tasks --user "$me" --body '{"title":"pa55word"}'
		assert_problem 500 internal_error
		;;
	condition)
		request PUT "$path" --user "$me" --body '{"title":"taken"}' --header 'If-Match: "0"'
		assert_problem 412 precondition_failed
		;;
	invalid)
		request PATCH "$path" --user "$me" --body '{"priority":"none"}'
		assert_invalid body.priority || return 1
		request GET '/api/tasks?limit=0' --user "$me"
		assert_invalid query.limit
		;;
	key)
		add --header "Idempotency-Key: key-$n" || return 1
		request POST /api/tasks --user "$me" --body '{"title":"else"}' --header "Idempotency-Key: key-$n"
		assert_invalid header.Idempotency-Key
		;;
	timeout)
		write_settings TASKS_DB_TIMEOUT_MS=400
		hold 'LOCK TABLE tasks'
		request GET /api/tasks --user "$me"
		assert_problem 503 database_unavailable || return 1
		request PUT "$path" --user "$me" --body '{"title":"taken"}'
		assert_problem 503 database_unavailable || return 1
		release
		write_settings
		;;
	client) # disconnects during the request: the change is committed
		hold 'LOCK TABLE tasks'
		late PUT "$path" "{\"title\":\"$me\"}" || return 1
		kill -KILL "$later" # its client ends, too
		wait "$later" || true
		release
		;;
	process) # is killed during the request: the transaction is rolled back
		hold 'LOCK TABLE tasks'
		late PUT "$path" '{"title":"taken"}' || return 1
		kill -KILL "${pids[tasks-update]}"
		wait "${pids[tasks-update]}" || true
		rm -f "$sockets/tasks-update.sock"
		wait_until waiting 0 || fail 'the statement goes on' || return 1
		release
		wait "$later" || true
		start_programs tasks-update
		;;
	statement) # is cancelled by another session
		hold 'LOCK TABLE tasks'
		late PUT "$path" '{"title":"taken"}' || return 1
		sql "SELECT pg_cancel_backend(pid) FROM pg_locks WHERE NOT granted AND relation = 'tasks'::regclass" >/dev/null
		join
		release
		assert_problem 503 database_unavailable
		;;
	esac
}

@test "two users by turns in processes on one pooled connection: whatever goes wrong, nobody sees the other's" {
	local me other mine theirs n step before count=${API_SANITIZER_OPTIONS:+11}
	local -a steps=(list own others create fault condition invalid key)
	share tasks_app
	sql "ALTER TABLE tasks ADD CHECK (title <> 'pa55word')"
	write_settings
	start_programs tasks-list tasks-create tasks-get tasks-update
	for me in "$alice" "$bob"; do
		add
	done
	before=$(connection)
	RANDOM=7
	for ((n = 0; n < ${count:-20}; n++)); do
		if ((n % 2)); then me=$alice other=$bob; else me=$bob other=$alice; fi
		newest mine "$me"
		newest theirs "$other"
		case $n in
		5 | 12) step=timeout ;;
		8 | 15) step=client ;;
		10 | 19) step=statement ;;
		*) step=${steps[RANDOM % 8]} ;;
		esac
		step "$step" || fail "at step $n, $step" || return 1
		assert_clean || fail "after step $n, $step" || return 1
		assert_list "$other" || fail "after step $n, $step" || return 1
	done
	for step in "${steps[@]}"; do # each step at least once
		step "$step" && assert_clean && assert_list "$other" || fail "at last, $step" || return 1
	done
	assert_same "$(connection)" "$before" 'the one connection'
	# PgBouncer closes the connection if the process dies within a transaction.
	step process && assert_clean || return 1
	for me in "$alice" "$bob"; do
		assert_list "$me" && newest mine "$me" && step own && assert_clean || return 1
	done
	assert_same "$(console 'SHOW SERVERS' | wc -l)" 1 'connections'
	assert_same "$(sql "SELECT count(*) FROM tasks WHERE title <> user_id AND user_id IN ('$alice', '$bob')")" 0 \
		'tasks that were changed by another'
}
