# A hundred clients at the same time.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/at-once.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/at-once.bash"
	out=$BATS_TEST_TMPDIR/out
	token_for "$user"
	# A hundred processes may start at the same time.
	give_time
}

# all_at_once STATUS METHOD PATH [OPTION]...: send 3 requests from each of 100 clients,
# which keep their connections alive.  Check that every response has this status.
all_at_once()
{
	on_server "$2" "$3"
	hey -n 300 -c 100 -t 0 -m "$2" "${@:4}" "$API_URL$REPLY" >"$out" 2>&1 3>&-
	body=$(<"$out")
	[[ $body == *"[$1]"$'\t300 responses'* && $body != *'Error distribution'* ]] || fail "not all are $1"
}

@test "100 clients at once list tasks without an error" {
	create
	all_at_once 200 GET /api/tasks -H "Authorization: Bearer $token"
}

@test "100 clients at once make tasks, as many as are acknowledged" {
	all_at_once 201 POST /api/tasks -H "Authorization: Bearer $token" -T application/json -d '{"title":"one of many"}'
	assert_same "$(sql "SELECT count(*) FROM tasks WHERE user_id = '$user'")" 300 'tasks'
	request GET /api/tasks
	assert_json 'length == 300 and (map(.id) | unique | length) == length'
}

@test "100 clients at once that are refused are all told so" {
	all_at_once 401 POST /api/tasks -T application/json -d '{"title":"x"}'
}
