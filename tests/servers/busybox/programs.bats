# BusyBox httpd has no rewriting: the request's path names the program.
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

# at METHOD PATH [OPTION...]: like request(), but send PATH unchanged.
at() { API_SERVER='' request "$@" --unchecked; }

@test "tasks are listed, made, read, changed, completed and deleted by the programs' names" {
	at POST /cgi-bin/tasks-create/api/tasks --body '{"title":"by name"}'
	assert_status 201
	json .id
	id=$REPLY
	at GET '/cgi-bin/tasks-list/api/tasks?search=name'
	assert_json 'length == 1'
	at GET "/cgi-bin/tasks-get/api/tasks/$id"
	assert_json '.title == "by name"'
	at PUT "/cgi-bin/tasks-update/api/tasks/$id" --body '{"title":"changed"}'
	assert_json '.title == "changed"'
	at PATCH "/cgi-bin/tasks-complete/api/tasks/$id/complete"
	assert_json '.completed'
	at DELETE "/cgi-bin/tasks-delete/api/tasks/$id"
	assert_status 204
	at GET /cgi-bin/me/api/me
	assert_json '.id == $u' --arg u "$user"
	at GET /cgi-bin/health/health
	assert_json '.status == "healthy"'
}

@test "a program does not do what another one is for, nor anything without a token" {
	create
	for path in "tasks-delete/api/tasks/$id GET" "tasks-list/api/tasks/$id DELETE" "tasks-delete/api/tasks DELETE" \
		"tasks-get/api/tasks/$id/complete GET" "tasks-delete GET" "fallback/api/tasks GET"; do
		at "${path#* }" "/cgi-bin/${path% *}"
		[[ $status == 40[045] || $status == 503 ]] || fail "$path: $status" || return 1
		[[ $body == '{"detail":'* ]] || fail "$path: no JSON" || return 1
	done
	request DELETE "/api/tasks/$id" --no-token
	assert_problem 401 missing_token
	request GET "/api/tasks/$id"
	assert_status 200
}

has_come() { ! ask waits "$1"; }

@test "a body that BusyBox does not pass on is 400 and does nothing; one that comes with the header is taken" {
	local request text='{"completed":true}'
	create
	token_for "$user"
	on_server PATCH "/api/tasks/$id/complete"
	request="PATCH $REPLY HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $token\r\nContent-Type: application/json\r\nContent-Length: ${#text}\r\n\r\n"
	send_raw apart "$request"
	# The program reads the part of the body that arrived with the header.  It answers
	# before the rest arrives.
	wait_until has_come apart || fail 'no answer'
	send_raw apart "$text"
	received apart PATCH "/api/tasks/$id/complete"
	assert_status 400
	[[ $body == *shorter* ]] || fail 'it does not say why'
	raw "$request$text"
	assert_status 200
	request GET "/api/tasks/$id"
	assert_json '.completed'
}

@test "a program has the settings' file of the configuration, whatever a client sends" {
	local names
	stand_in me 'printf "Status: 200\r\nContent-Type: text/plain\r\n\r\n"; env'
	at GET '/cgi-bin/me/api/me?TASKS_ENV_FILE=/dev/null' --header 'TASKS_ENV_FILE: /dev/null' --header 'TASKS-ENV-FILE: /dev/null' \
		--header 'DATABASE_URL: x' --header 'Path-Info: /x' --header 'LD_PRELOAD: x' --header '=x: y' --header 'A=TASKS_ENV_FILE: x' --header 'Proxy: x'
	assert_status 200
	grep -qxF "TASKS_ENV_FILE=$API_RUN/env" <<<"$body"
	grep -qxF 'PATH_INFO=/api/me' <<<"$body"
	# Control: the headers arrived, under names with the prefix HTTP_.
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
	# Control.
	at GET /there.txt
	assert_same "$body" "there"$'\n' 'a file beside the programs'
	at GET /there.sh
	[[ $status == 200 && $body == *'echo ran'* ]] || fail 'a script beside the programs'
	for path in /cgi-bin /cgi-bin/ /cgi-bin/. /cgi-bin/nothing /env /../env /../../env /%2e%2e/env /%2e%2e/%2e%2e/env \
		/cgi-bin/../env /cgi-bin/%2e%2e/env /cgi-bin/../../env /cgi-bin/..%2fenv /httpd.conf /there.txt/../../env \
		/cgi-bin/../cgi-bin/ // /.; do
		at GET "$path"
		[[ $status == 40[034] || $status == 302 ]] || fail "$path: $status" || return 1
		[[ $body != *SECRET* && $body != *tasks-* && $body != *ELF* ]] || fail "$path tells something" || return 1
	done
	at POST /there.sh --body x
	[[ $status == 501 ]] || fail 'a script beside the programs was run'
}

@test "a program that breaks off is an empty reply, and takes nothing with it" {
	local text
	for text in 'exit 1' 'kill -SEGV $$' 'kill -KILL $$'; do
		stand_in me "$text"
		raw 'GET /cgi-bin/me/api/me HTTP/1.1\r\nHost: x\r\n\r\n'
		assert_same "$status$body" '' 'a reply'
		end_stand_in
		request GET /api/me
		assert_status 200
	done
}

@test "a client that stalls blocks nobody, and leaves no process when it goes" {
	local n
	send_raw header 'GET /cgi-bin/me/api/me HTTP/1.1\r\nHost: x\r\n'
	send_raw body 'POST /cgi-bin/tasks-create/api/tasks HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{'
	wait_until program_runs || fail 'the program does not wait'
	for n in {1..10}; do
		request GET /api/me
		assert_status 200
	done
	ask waits header || fail 'half a header was not waited for'
	ask hang-up header
	ask hang-up body
	wait_until nothing_left || fail 'a process is left'
}

program_runs() { [[ -n $(running tasks-create) ]]; }
nothing_left() { [[ $(server_processes)$(running tasks-create) == 1 ]]; }

server_processes()
{
	pgrep -c -f -- "httpd .* -c $API_RUN/busybox/busybox.conf"
}

running()
{
	(. "$API_ROOT/tools/dev/lib.sh" && pids_in "$1" "$API_RUN/programs" && printf '%s\n' "${pids[@]}")
}

@test "BusyBox stops to the last process, and starts again" {
	(cd "$API_ROOT" && RUN=$API_RUN tools/dev/busybox stop 3>&-)
	assert_same "$(server_processes || true)" 0 'processes'
	(cd "$API_ROOT" && RUN=$API_RUN PORT=$API_PORT tools/dev/busybox start 3>&-)
	request GET /api/me
	assert_status 200
	# Later tests still need the log of the earlier server.
	[[ -s $API_LOG ]]
}
