# Standard file descriptors that are closed, broken, full or slow.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	token_for "$user"
	printf '{"title":"x"}' >"$BATS_TEST_TMPDIR/input"
	reply=$BATS_TEST_TMPDIR/reply
	environment=(env -i "${settings[@]}" HTTP_AUTHORIZATION="Bearer $token" CONTENT_TYPE=application/json
		${API_SANITIZER_OPTIONS:+"ASAN_OPTIONS=$API_SANITIZER_OPTIONS"})
	create=("${environment[@]}" REQUEST_METHOD=POST PATH_INFO=/api/tasks CONTENT_LENGTH=13
		"$API_PROGRAMS/tasks-create")
	list=("${environment[@]}" REQUEST_METHOD=GET PATH_INFO=/api/tasks "$API_PROGRAMS/tasks-list")
}

count_tasks()
{
	sql "SELECT count(*) FROM tasks WHERE user_id = '$user' AND title = 'x'"
}

@test "closed standard descriptors do not mix reply, log and database" {
	local input=$BATS_TEST_TMPDIR/input log=$BATS_TEST_TMPDIR/log
	"${list[@]}" <&- >"$reply" 2>"$log"
	read_reply "$reply"
	assert_status 200
	"${create[@]}" <"$input" >&- 2>"$log" || true
	[[ ! -s $log ]] || fail "the log: $(<"$log")"
	"${create[@]}" <"$input" >"$reply" 2>&-
	read_reply "$reply"
	assert_status 201
	"${create[@]}" <"$input" >&- 2>&- || true
	assert_same "$(count_tasks)" 3 'tasks'
	"${create[@]}" <&- >"$reply" 2>"$log"
	read_reply "$reply"
	assert_status 400
	"${create[@]}" <&- >&- 2>&- || true
	assert_same "$(count_tasks)" 3 'tasks'
	# An error gets its reply even if it cannot be logged.
	env -i "${settings[@]}" REQUEST_METHOD=GET PATH_INFO=/ "$API_PROGRAMS/fallback" <&- >"$reply" 2>&-
	read_reply "$reply"
	assert_problem 404 not_found
}

@test "a reader that has gone does not kill the program, and the task is there" {
	local code=$BATS_TEST_TMPDIR/code
	{
		nap 0.2
		result=0
		"${create[@]}" <"$BATS_TEST_TMPDIR/input" 2>"$BATS_TEST_TMPDIR/log" || result=$?
		echo "$result" >"$code"
	} | true
	(($(<"$code") < 128)) || fail "ended by a signal: $(<"$code")"
	assert_same "$(count_tasks)" 1 'tasks'
}

@test "a reply that cannot be written is an exit status, not a crash" {
	local result=0
	"${list[@]}" >/dev/full 2>/dev/null || result=$?
	((result > 0 && result < 128)) || fail "exit status $result"
}

@test "a slow reader gets a long list whole" {
	sql "INSERT INTO users (id) VALUES ('$user');
		INSERT INTO tasks (user_id, title, description)
		SELECT '$user', 'x', repeat('y', 1500) FROM generate_series(1, 300)"
	"${list[@]}" | {
		nap 0.3
		cat >"$reply"
	}
	read_reply "$reply"
	assert_status 200
	assert_json 'length == 300'
}

@test "each reply leaves in a single write" {
	local size method path input program
	# packets reports the writes of the program, so the exit status is not checked.
	while read -r program method path input; do
		size=$(env -i "${settings[@]}" REQUEST_METHOD="$method" PATH_INFO="$path" \
			HTTP_AUTHORIZATION="Bearer $token" CONTENT_TYPE=application/json HTTP_ORIGIN=http://localhost:3000 \
			${API_SANITIZER_OPTIONS:+"ASAN_OPTIONS=$API_SANITIZER_OPTIONS"} \
			"$API_HELPERS/packets" "$API_PROGRAMS/$program" <<<"$input" 2>/dev/null)
		[[ $size =~ ^[1-9][0-9]+$ ]] || fail "$program $path wrote: ${size//$'\n'/ }" || return 1
	done <<-'END'
		tasks-create POST /api/tasks {"title":"x"}
		tasks-create POST /api/tasks {"title":""}
		tasks-create POST /api/tasks {
		tasks-list GET /api/tasks
		tasks-list HEAD /api/tasks
		tasks-get GET /api/tasks/x
		tasks-delete DELETE /api/tasks/00000000-0000-4000-8000-000000000000
		tasks-list OPTIONS /api/tasks
		me GET /api/me
		health GET /health
		fallback GET /nothing
	END
}
