# BusyBox httpd, whose clients name the program.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/raw.bash"
	. "$API_ROOT/tests/lib/stand-in.bash"
	home=$API_RUN/busybox/home
}

teardown()
{
	end_stand_in
	rm -f -- "$home/there.txt" "$home/there.sh" "$home/httpd.conf"
}

# at PATH [CURL OPTION...]: as the token's user; sets status and body.
at()
{
	token_for "$user"
	curl -q -s -i -m 40 --noproxy '*' --path-as-is -H "Authorization: Bearer $token" "${@:2}" "$API_URL$1" \
		>"$BATS_TEST_TMPDIR/reply" || true
	read_reply "$BATS_TEST_TMPDIR/reply"
}

@test "tasks are listed, made, read, changed, completed and deleted by the programs' names" {
	local json=(-H 'Content-Type: application/json' -d)
	at /cgi-bin/tasks-create/api/tasks "${json[@]}" '{"title":"by name"}'
	assert_status 201
	id=$(gojq -r .id <<<"$body")
	at '/cgi-bin/tasks-list/api/tasks?search=name'
	assert_json 'length == 1'
	at "/cgi-bin/tasks-get/api/tasks/$id"
	assert_json '.title == "by name"'
	at "/cgi-bin/tasks-update/api/tasks/$id" -X PUT "${json[@]}" '{"title":"changed"}'
	assert_json '.title == "changed"'
	at "/cgi-bin/tasks-complete/api/tasks/$id/complete" -X PATCH
	assert_json '.completed'
	at "/cgi-bin/tasks-delete/api/tasks/$id" -X DELETE
	assert_status 204
	at /cgi-bin/me/api/me
	assert_json '.id == $u' --arg u "$user"
	at /cgi-bin/health/health
	assert_json '.status == "healthy"'
}

@test "a program does not do what another one is for, nor anything without a token" {
	create
	for path in "tasks-delete/api/tasks/$id GET" "tasks-list/api/tasks/$id DELETE" "tasks-delete/api/tasks DELETE" \
		"tasks-get/api/tasks/$id/complete GET" "tasks-delete GET" "fallback/api/tasks GET"; do
		at "/cgi-bin/${path% *}" -X "${path#* }"
		[[ $status == 40[045] || $status == 503 ]] || fail "$path: $status" || return 1
		[[ $body == '{"detail":'* ]] || fail "$path: no JSON" || return 1
	done
	request DELETE "/api/tasks/$id" --no-token
	assert_problem 401 missing_token
	request GET "/api/tasks/$id"
	assert_status 200
}

@test "a body that BusyBox does not pass on is 400 and does nothing; one that comes with the header is taken" {
	local way request text='{"completed":true}'
	create
	token_for "$user"
	for way in together apart; do
		printf -v request '%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n' \
			"PATCH $(on_server PATCH "/api/tasks/$id/complete")" "$token" "${#text}"
		if [[ $way == together ]]; then
			raw "$request$text"
			assert_status 200
		else
			{
				printf '%s' "$request"
				sleep 1
				printf '%s' "$text"
			} | socat -t 10 - "TCP:127.0.0.1:$API_PORT" >"$BATS_TEST_TMPDIR/reply"
			read_reply "$BATS_TEST_TMPDIR/reply"
			assert_status 400
			[[ $body == *shorter* ]] || fail 'it does not say why'
		fi
	done
	request GET "/api/tasks/$id"
	assert_json '.completed'
}

@test "a program has the settings' file of the configuration, whatever a client sends" {
	local names
	stand_in me 'printf "Status: 200\r\nContent-Type: text/plain\r\n\r\n"; env'
	at '/cgi-bin/me/api/me?TASKS_ENV_FILE=/dev/null' -H 'TASKS_ENV_FILE: /dev/null' -H 'TASKS-ENV-FILE: /dev/null' \
		-H 'DATABASE_URL: x' -H 'Path-Info: /x' -H 'LD_PRELOAD: x' -H '=x: y' -H 'A=TASKS_ENV_FILE: x' -H 'Proxy: x'
	assert_status 200
	grep -qxF "TASKS_ENV_FILE=$API_RUN/env" <<<"$body"
	grep -qxF 'PATH_INFO=/api/me' <<<"$body"
	# The control: they did come, by another name.
	grep -qxF 'HTTP_TASKS_ENV_FILE=/dev/null' <<<"$body"
	names=$(grep -oE '^[A-Za-z_]+=' <<<"$body" | grep -vE '^(HTTP_|PWD=|_=|OLDPWD=|SHLVL=)' | tr -d = | sort | xargs)
	assert_same "$names" 'GATEWAY_INTERFACE PATH_INFO QUERY_STRING REMOTE_ADDR REMOTE_PORT REQUEST_METHOD REQUEST_URI SCRIPT_FILENAME SCRIPT_NAME SERVER_PROTOCOL SERVER_SOFTWARE TASKS_ENV_FILE' \
		'the variables of a program'
	end_stand_in
	request GET /api/me --header 'TASKS-ENV-FILE: /dev/null' --header 'REDIRECT-STATUS: 404'
	assert_status 200
}

@test "nothing is run but the programs, and neither they nor the settings can be read" {
	local path
	echo there >"$home/there.txt"
	printf '#!/bin/sh\necho ran\n' >"$home/there.sh"
	echo 'H:/etc' >"$home/httpd.conf"
	chmod 755 "$home/there.sh"
	# The control.
	at /there.txt
	assert_same "$body" "there"$'\n' 'a file beside the programs'
	at /there.sh
	[[ $status == 200 && $body == *'echo ran'* ]] || fail 'a script beside the programs'
	for path in /cgi-bin /cgi-bin/ /cgi-bin/. /cgi-bin/nothing /env /../env /../../env /%2e%2e/env /%2e%2e/%2e%2e/env \
		/cgi-bin/../env /cgi-bin/%2e%2e/env /cgi-bin/../../env /cgi-bin/..%2fenv /httpd.conf /there.txt/../../env \
		/cgi-bin/../cgi-bin/ // /.; do
		at "$path"
		[[ $status == 40[034] || $status == 302 ]] || fail "$path: $status" || return 1
		[[ $body != *SECRET* && $body != *tasks-* && $body != *ELF* ]] || fail "$path tells something" || return 1
	done
	at /there.sh -X POST -d x
	[[ $status == 501 ]] || fail 'a script beside the programs was run'
}

@test "a program that breaks off is an empty reply, and takes nothing with it" {
	local text
	for text in 'exit 1' 'kill -SEGV $$' 'kill -KILL $$'; do
		stand_in me "$text"
		at /cgi-bin/me/api/me
		assert_same "$status$body" '' 'a reply'
		end_stand_in
		request GET /api/me
		assert_status 200
	done
}

@test "a client that stalls blocks nobody, and leaves no process when it goes" {
	local pid n
	stall_in header "GET /cgi-bin/me/api/me HTTP/1.1\r\nHost: x\r\n"
	stall_in body 'POST /cgi-bin/tasks-create/api/tasks HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{'
	for _ in {1..50}; do
		[[ -z $(running tasks-create) ]] || break
		sleep 0.1
	done
	[[ -n $(running tasks-create) ]] || fail 'the program does not wait'
	for n in {1..10}; do
		request GET /api/me
		assert_status 200
	done
	for n in header body; do
		read -r pid <"$BATS_FILE_TMPDIR/$n-pid"
		pkill -P "$pid" || true
	done
	for _ in {1..100}; do
		[[ $(server_processes) != 1 || -n $(running tasks-create) ]] || break
		sleep 0.1
	done
	assert_same "$(server_processes)$(running tasks-create)" 1 'processes'
}

server_processes()
{
	pgrep -c -f -- "httpd .* -c $API_RUN/busybox/busybox.conf"
}

running()
{
	(. "$API_ROOT/tools/lib.sh" && pids_in "$1" "$API_RUN/programs" && printf '%s\n' "${pids[@]}")
}

@test "BusyBox stops to the last process, and starts again" {
	(cd "$API_ROOT" && RUN=$API_RUN tools/busybox stop 3>&-)
	assert_same "$(server_processes || true)" 0 'processes'
	(cd "$API_ROOT" && RUN=$API_RUN PORT=$API_PORT tools/busybox start 3>&-)
	request GET /api/me
	assert_status 200
	# The log of before is kept for the tests that come later.
	[[ -s $API_LOG ]]
}
