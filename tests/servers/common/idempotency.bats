# A client whose connection breaks before the response arrives sends the request again.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/raw.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && . "$API_ROOT/tests/lib/raw.bash" && begin; }

count()
{
	sql "SELECT count(*) FROM tasks WHERE user_id = '$user'"
}

# send_create KEY JSON: send a create over the connection "lost".  The test never reads its
# reply.
send_create()
{
	token_for "$user"
	on_server POST /api/tasks
	send_raw lost "POST $REPLY HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer $token\r\nIdempotency-Key: $1\r\nContent-Type: application/json\r\nContent-Length: ${#2}\r\nConnection: close\r\n\r\n$2"
}

committed() { [[ $(count) != 0 ]]; }

@test "a lost acknowledgment: the same request again gives the same task, and there is one" {
	local kept json='{"title":"once"}'
	send_create lost "$json"
	# Simulate a proxy that drops the response.
	ask hang-up lost
	wait_until committed || fail 'it was never made'
	kept=$(sql "SELECT id FROM tasks WHERE user_id = '$user'")
	for _ in 1 2 3; do
		request POST /api/tasks --body "$json" --header 'Idempotency-Key: lost'
		assert_status 201
		assert_header Location "/api/tasks/$kept"
		assert_json '.id == $k' --arg k "$kept"
	done
	assert_same "$(count)" 1 tasks
	# Control: without a key, the repeated request creates a second task.
	request POST /api/tasks --body "$json"
	assert_same "$(count)" 2 tasks
}

@test "a repeat that does not wait for the first: many rounds, one task in each" {
	local round json
	for round in {1..10}; do
		new_user
		user=$REPLY
		json="{\"title\":\"round $round\"}"
		send_create "round-$round" "$json"
		request POST /api/tasks --body "$json" --header "Idempotency-Key: round-$round"
		assert_status 201
		ask hang-up lost
		assert_same "$(count)" 1 "tasks of round $round"
		request GET /api/tasks
		assert_json 'length == 1'
	done
}

@test "two headers of that name are no key" {
	request POST /api/tasks --body '{"title":"x"}' --header 'Idempotency-Key: a' --header 'Idempotency-Key: b'
	assert_invalid header.Idempotency-Key
	assert_same "$(count)" 0 tasks
}
