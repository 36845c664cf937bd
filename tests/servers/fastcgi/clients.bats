# Slow clients and the FastCGI processes.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/raw.bash"
}

@test "clients that send their bodies slowly keep no process busy" {
	local n last length
	last=$(pgrep -c -x -f -- "$API_RUN/programs/tasks-create")
	# More than there are processes of each kind of body.
	last=$((2 * last + 1))
	token_for "$user"
	for ((n = 0; n <= last; n++)); do
		length='Content-Length: 13\r\n\r\n{"title":'
		((n % 2)) || length='Transfer-Encoding: chunked\r\n\r\n9\r\n{"title":\r\n'
		send_raw "slow-$n" "POST /api/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $token\r\nContent-Type: application/json\r\nConnection: close\r\n$length"
	done
	create
	for ((n = 0; n <= last; n++)); do
		ask waits "slow-$n" || fail "number $n was over before" || return 1
		((n % 2)) && send_raw "slow-$n" '"x"}' || send_raw "slow-$n" '4\r\n"x"}\r\n0\r\n\r\n'
	done
	for ((n = 0; n <= last; n++)); do
		received "slow-$n" POST /api/tasks
		assert_status 201 || return 1
	done
}

@test "a body beyond all limits is refused before its end, so that it fills no disk" {
	local head
	token_for "$user"
	head="POST /api/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $token\r\nContent-Type: application/json\r\n"
	send_raw length "${head}Content-Length: 1000000000000\r\n\r\n{"
	received length POST /api/tasks
	assert_server_error 413 || return 1
	# nginx refuses it by the size of its first chunk, Apache while it arrives.
	printf '%b' "${head}Transfer-Encoding: chunked\r\n\r\n1200000\r\n" >"$BATS_TEST_TMPDIR/bytes"
	printf '%18874368s' '' >>"$BATS_TEST_TMPDIR/bytes"
	ask send chunks "$API_PORT" "$BATS_TEST_TMPDIR/bytes" || true
	received chunks POST /api/tasks
	[[ $status == @(400|413) ]] || fail "status $status" || return 1
	create
}
