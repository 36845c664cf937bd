# Bodies as a real server passes them on.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/raw.bash"
	big=$BATS_FILE_TMPDIR/big
	[[ -e $big ]] || head -c 300000 /dev/zero | tr '\0' ' ' >"$big"
}

@test "hundreds of big bodies that nobody wants lose no reply" {
	local n worker each=15 pids=() out=$BATS_TEST_TMPDIR/out config=$BATS_TEST_TMPDIR/config
	# Sanitized programs take ten times as long to start.
	[[ -z $API_SANITIZER_OPTIONS ]] || each=5
	create
	token_for "$user"
	# url method authorization status
	while read -r path method auth wanted; do
		# It reads no other method's body, and hangs up on who still sends it.
		[[ $API_SERVER != busybox || $method == POST ]] || continue
		for ((n = 0; n < each; n++)); do
			[[ ! -s $config ]] || echo next
			printf 'url = "%s%s"\nrequest = %s\nheader = "Authorization: Bearer %s"\nheader = "Content-Type: application/json"\nheader = "Expect:"\ndata-binary = "@%s"\nwrite-out = "%s %%{http_code} %%{size_download}\\n"\noutput = "%s"\nmax-time = 30\nsilent\nnoproxy = "*"\n' \
				"$API_URL" "$(on_server "$method" "$path")" "$method" "$auth" "$big" "$wanted" "$BATS_TEST_TMPDIR/reply-WORKER"
		done
	done >"$config" <<-END
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
		sed "s/WORKER/$worker/" "$config" >"$config$worker"
		curl -q -K "$config$worker" >"$out$worker" 2>&1 3>&- &
		pids+=($!)
	done
	for worker in "${pids[@]}"; do
		wait "$worker" || fail "curl: exit status $?"
	done
	assert_same "$(cat "$out"[123] | wc -l)" $((3 * $(grep -c '^url' "$config"))) 'replies'
	(($(grep -c '^url' "$config") >= each * 4)) || fail 'too few requests'
	awk '$1 != $2 || $3 < 50 { print "wanted " $1 ", got " $2 " with " $3 " bytes"; bad = 1 } END { exit bad }' "$out"[123]
}

@test "a chunked body is read to its end" {
	token_for "$user"
	printf '{"title":"in chunks"}' | curl -q -s -m 20 --noproxy '*' -T - -X POST -H "Authorization: Bearer $token" \
		-H 'Content-Type: application/json' -H 'Transfer-Encoding: chunked' -H Expect: -i "$API_URL$(on_server POST /api/tasks)" \
		>"$BATS_TEST_TMPDIR/reply"
	read_reply "$BATS_TEST_TMPDIR/reply"
	assert_status 201
	assert_json '.title == "in chunks"'
}

@test "a chunked body that is too large is 413 and makes no task" {
	local size
	token_for "$user"
	for size in 70000 300000 3000000; do
		{
			printf '{"title":"x"}'
			head -c "$size" /dev/zero | tr '\0' ' '
		} | curl -q -s -m 20 --noproxy '*' -T - -X POST -H "Authorization: Bearer $token" \
			-H 'Content-Type: application/json' -H 'Transfer-Encoding: chunked' -H Expect: -i "$API_URL$(on_server POST /api/tasks)" \
			>"$BATS_TEST_TMPDIR/reply" || true
		read_reply "$BATS_TEST_TMPDIR/reply"
		assert_server_error 413
	done
	request GET /api/tasks
	assert_same "$body" '[]' 'the list'
}

@test "a body beyond all limits is 413, readable by the page" {
	local size
	for size in 70000 1048577 3000000; do
		head -c "$size" /dev/zero | tr '\0' ' ' >"$BATS_TEST_TMPDIR/huge"
		request POST /api/tasks --body-file "$BATS_TEST_TMPDIR/huge" --unchecked
		assert_server_error 413
		assert_header Access-Control-Allow-Origin http://localhost:3000
	done
}

@test "a client that announces more than it sends gets a 400 and makes no task" {
	token_for "$user"
	raw_half()
	{
		printf 'POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 50\r\nConnection: close\r\n\r\n{"title":"x"}' \
			"$(on_server POST /api/tasks)" "$token"
	}
	raw_half | timeout 20 socat -t 15 - "TCP:127.0.0.1:$API_PORT" >"$BATS_TEST_TMPDIR/reply" || true
	read_reply "$BATS_TEST_TMPDIR/reply"
	# mod_fcgid reads a body whole before it asks a program, and says 500 if it
	# cannot.
	[[ $status == 400 || $status == 408 || $status == '' || ($MODE$API_SERVER == fcgiapache-* && $status == 500) ]] ||
		fail "status $status"
	request GET /api/tasks
	assert_same "$body" '[]' 'the list'
}

@test "a client that says it waits for 100 Continue gets its answer" {
	local text
	printf -v text '{"title":"x"}%60000s' ''
	create "$text" --header 'Expect: 100-continue'
	request GET /api/tasks
	assert_json 'length == 1'
}
