# Request bodies as a real server passes them to the programs.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/raw.bash"
}

@test "many big bodies that nobody wants lose no reply" {
	local n worker path method auth wanted got size each=2 count=0 curls=() config=$BATS_TEST_TMPDIR/config
	printf '%*s' 300000 '' >"$BATS_TEST_TMPDIR/big"
	create
	token_for "$user"
	while read -r path method auth wanted; do
		# BusyBox httpd reads a body only for POST.  For other methods it closes the
		# connection while the client still sends.
		[[ $API_SERVER != busybox || $method == POST ]] || continue
		on_server "$method" "$path"
		for worker in 1 2 3; do
			for ((n = 0; n < each; n++)); do
				printf 'url = "%s%s"\nrequest = %s\nheader = "Authorization: Bearer %s"\nheader = "Content-Type: application/json"\nheader = "Expect:"\ndata-binary = "@%s"\nwrite-out = "%s %%{http_code} %%{size_download}\\n"\noutput = "%s"\nsilent\nnoproxy = "*"\nnext\n' \
					"$API_URL" "$REPLY" "$method" "$auth" "$BATS_TEST_TMPDIR/big" "$wanted" "$BATS_TEST_TMPDIR/reply-$worker" \
					>>"$config$worker"
				count=$((count + 1))
			done
		done
	done <<-END
		/api/tasks POST x 401
		/api/tasks POST $token 413
		/api/tasks/$id PUT x 401
		/api/tasks/$id GET $token 200
		/api/tasks GET $token 200
		/api/tasks/$id/complete PATCH x 401
		/api/nobody/tasks POST $token 403
		/api/tasks DELETE $token 405
		/nothing POST $token 404
		/api/me GET x 401
		/health/live GET x 200
		/api/tasks/no-uuid DELETE $token 422
	END
	for worker in 1 2 3; do
		# Remove the last "next".
		n=$(<"$config$worker")
		printf '%s\n' "${n%next}" >"$config$worker"
		curl -q -K "$config$worker" >"$BATS_TEST_TMPDIR/out$worker" 2>&1 3>&- &
		curls+=($!)
	done
	for worker in "${curls[@]}"; do
		wait "$worker" || fail "curl: exit status $?"
	done
	((count >= 3 * each * 4)) || fail 'too few requests'
	for worker in 1 2 3; do
		while read -r wanted got size; do
			[[ $got == "$wanted" ]] && ((size >= 50)) ||
				fail "$wanted was wanted, got $got with $size bytes" || return 1
			count=$((count - 1))
		done <"$BATS_TEST_TMPDIR/out$worker"
	done
	assert_same "$count" 0 'replies that are missing'
}

@test "a chunked body is read to its end" {
	request POST /api/tasks --body '{"title":"in chunks"}' --header 'Transfer-Encoding: chunked'
	assert_status 201
	assert_json '.title == "in chunks"'
}

@test "a completion in chunks is what it says, or refused: never a toggle" {
	local field
	create
	request PATCH "/api/tasks/$id/complete" --body '{"completed":false}' --header 'Transfer-Encoding: chunked'
	if [[ $API_SERVER == busybox ]]; then
		assert_problem 411 length_required
	else
		assert_status 200
	fi
	# Send the body after the header.
	on_server PATCH "/api/tasks/$id/complete"
	token_for "$user"
	for field in 'Transfer-Encoding: chunked' 'Transfer-Encoding: Chunked'; do
		send_raw late "PATCH $REPLY HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $token\r\nContent-Type: application/json\r\n$field\r\nConnection: close\r\n\r\n"
		nap 0.2
		send_raw late '13\r\n{"completed":false}\r\n0\r\n\r\n' || true
		ask end late || true
		received late PATCH "/api/tasks/$id/complete" || true
		[[ $status == 200 || ($API_SERVER == busybox && ($status == 411 || $status == '')) ]] || fail "status $status"
	done
	request GET "/api/tasks/$id"
	assert_json '.status == "pending"'
}

@test "a chunked body that is too large is 413 and makes no task" {
	local size
	for size in 70000 300000 3000000; do
		printf '{"title":"x"}%*s' "$size" '' >"$BATS_TEST_TMPDIR/huge"
		# The server may reset the connection after it answered.
		request POST /api/tasks --body-file "$BATS_TEST_TMPDIR/huge" --header 'Transfer-Encoding: chunked' --unchecked ||
			status=${status% (unsound)}
		assert_server_error 413
	done
	request GET /api/tasks
	assert_same "$body" '[]' 'the list'
}

@test "a body beyond all limits is 413, readable by the page" {
	local size
	for size in 70000 1048577 3000000; do
		printf '%*s' "$size" '' >"$BATS_TEST_TMPDIR/huge"
		request POST /api/tasks --body-file "$BATS_TEST_TMPDIR/huge" --unchecked
		assert_server_error 413
		assert_header Access-Control-Allow-Origin http://localhost:3000
	done
}

@test "a client that announces more than it sends gets a 400 and makes no task" {
	token_for "$user"
	on_server POST /api/tasks
	send_raw half "POST $REPLY HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $token\r\nContent-Type: application/json\r\nContent-Length: 50\r\nConnection: close\r\n\r\n{\"title\":\"x\"}"
	ask end half
	received half POST /api/tasks
	[[ $status == 400 || $status == 408 || $status == '' ]] || fail "status $status"
	request GET /api/tasks
	assert_same "$body" '[]' 'the list'
}

@test "a token that expires while the body is still arriving is refused; one that does not is not" {
	local life end
	on_server POST /api/tasks
	path=$REPLY
	in_seconds 2
	end=$REPLY
	for life in 2 100; do
		token_for "$user" "$life"
		send_raw "for-$life" "POST $path HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $token\r\nContent-Type: application/json\r\nContent-Length: 13\r\nConnection: close\r\n\r\n{\"title\""
	done
	wait_until eval '((EPOCHSECONDS >= end))'
	for life in 2 100; do
		send_raw "for-$life" ':"x"}'
	done
	received for-2 POST /api/tasks
	assert_problem 401 token_expired
	received for-100 POST /api/tasks
	assert_status 201
}

@test "a client that says it waits for 100 Continue gets its answer" {
	local text
	printf -v text '{"title":"x"}%60000s' ''
	create "$text" --header 'Expect: 100-continue'
	request GET /api/tasks
	assert_json 'length == 1'
}
