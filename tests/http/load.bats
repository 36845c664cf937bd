# A hundred at once.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	out=$BATS_TEST_TMPDIR/out
	token_for "$user"
	# Sanitized programs take ten times as long to start.
	share=1
	[[ -z $API_SANITIZER_OPTIONS ]] || share=5
	# So that a slow machine is no fault: a hundred processes are started at once.
	cp -p "$API_RUN/env" "$BATS_TEST_TMPDIR/env.saved"
	echo TASKS_DB_TIMEOUT_MS=15000 >>"$API_RUN/env"
}

teardown() { cat "$BATS_TEST_TMPDIR/env.saved" >"$API_RUN/env"; }

# assert_all STATUS COUNT: hey saw nothing else.
assert_all()
{
	cat "$out"
	assert_same "$(awk '$1 ~ /^\[[0-9]+\]$/ { print $1, $2 }' "$out")" "[$1] $2" 'answers'
	! grep -q 'Error distribution' "$out"
}

@test "100 clients at once list tasks without an error" {
	create
	timeout 300 hey -n $((1000 / share)) -c 100 -t 60 -H "Authorization: Bearer $token" \
		"$API_URL$(on_server GET /api/tasks)" >"$out" 2>&1
	assert_all 200 $((1000 / share))
}

@test "100 clients at once make tasks, as many as are acknowledged" {
	local count=$((1000 / share))
	timeout 300 hey -n "$count" -c 100 -t 60 -m POST -H "Authorization: Bearer $token" -T application/json \
		-d '{"title":"one of many"}' "$API_URL$(on_server POST /api/tasks)" >"$out" 2>&1
	assert_all 201 "$count"
	assert_same "$(sql "SELECT count(*) FROM tasks WHERE user_id = '$user'")" "$count" 'tasks'
	request GET /api/tasks
	assert_json 'length == ($n | tonumber) and (map(.id) | unique | length) == length' --arg n "$count"
}

@test "100 clients at once that are refused are all told so" {
	timeout 300 hey -n $((500 / share)) -c 100 -t 60 -m POST -T application/json -d '{"title":"x"}' "$API_URL$(on_server POST /api/tasks)" >"$out" 2>&1
	assert_all 401 $((500 / share))
}
