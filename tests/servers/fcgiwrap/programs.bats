# fcgiwrap behind nginx: one process per request.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/raw.bash"
	. "$API_ROOT/tests/lib/stand-in.bash"
	. "$API_ROOT/tests/lib/stop.bash"
	sockets=$API_RUN/fcgi
}

teardown()
{
	end_stand_in
	[[ ! -e $sockets/saved ]] || mv -f -- "$sockets/saved" "$sockets/fcgiwrap.sock"
}

none_runs() { ! pgrep -f -- "^$API_RUN/programs/" >/dev/null; }

@test "each request is a process of its own, and none is left" {
	for _ in 1 2 3; do
		request GET /api/me
		assert_status 200
	done
	wait_until none_runs || fail 'a program is left'
}

@test "24 programs run at once, and who comes then is served after them" {
	local n
	close_gate
	stand_in me "$at_gate; printf 'Status: 200\r\nContent-Type: text/plain\r\n\r\n'"
	for n in {1..30}; do
		send_raw "$n" 'GET /api/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
	done
	wait_until have_begun 24 || fail 'they do not run at once'
	# Leave time for more programs to start, if the server allowed more.
	nap 0.5
	have_begun 0
	assert_same "${#begun[@]}" 24 'that run at once'
	open_gate
	for n in {1..30}; do
		received "$n" GET /api/me
		assert_status 200
	done
	have_begun 30 || fail 'not all have run'
}

@test "a program that breaks off, says nothing or talks nonsense is a JSON 500 with CORS" {
	stand_in me 'exit 1'
	request GET /api/me
	assert_problem 500 internal_error 'Internal server error'
}

@test "a program that breaks off is fcgiwrap's 502, which tells nothing, and takes nothing with it" {
	local text
	for text in 'exit 1' 'kill -SEGV $$' 'kill -KILL $$'; do
		stand_in me "$text"
		request GET "/api/me?private" --unchecked
		assert_status 502
		[[ $body != *"$API_RUN"* && $body != *private* ]] || fail 'it tells of the server'
		end_stand_in
		request GET /api/me
		assert_status 200
	done
}

@test "a program that hangs is 504 with Retry-After and CORS, and holds up no other" {
	close_gate
	stand_in me "$at_gate"
	hangs_until_504
}

@test "no fcgiwrap is 503 with Retry-After" {
	mv -- "$sockets/fcgiwrap.sock" "$sockets/saved"
	for path in /api/me /nothing /docs/nothing; do
		request GET "$path" --unchecked
		assert_server_error 503
		[[ ${reply_headers[retry-after]:-} == 1 ]] || fail 'no Retry-After' || return 1
	done
	teardown
	request GET /api/me
	assert_status 200
}

@test "a program has the settings' file of the configuration, whatever a client sends" {
	local names wanted
	stand_in me 'printf "Status: 200\r\nContent-Type: text/plain\r\n\r\n"; env'
	request GET '/api/me?TASKS_ENV_FILE=/dev/null' --unchecked --header 'TASKS_ENV_FILE: /dev/null' \
		--header 'TASKS-ENV-FILE: /dev/null' --header 'SCRIPT-FILENAME: /bin/sh' --header 'Proxy: x' \
		--header 'DATABASE-URL: x' --header 'Script_Filename: /bin/sh'
	assert_status 200
	grep -qxF "TASKS_ENV_FILE=$API_RUN/env" <<<"$body"
	grep -qxF 'PATH_INFO=/api/me' <<<"$body"
	# Control: the headers arrived, under names with the prefix HTTP_.
	grep -qxF 'HTTP_TASKS_ENV_FILE=/dev/null' <<<"$body"
	names=$(grep -oE '^[A-Z_]+=' <<<"$body" | grep -vE '^(HTTP_|PWD=|_=|OLDPWD=|SHLVL=)' | tr -d = | sort | xargs)
	wanted=$({
		printf '%s\n' FCGI_ROLE PATH
		sed -n '/if_not_empty/!s/^[[:blank:]]*fastcgi_param \([A-Z_]*\) .*/\1/p' "$API_ROOT/deploy/nginx.conf.example"
	} | sort | xargs)
	assert_same "$names" "$wanted" 'the variables of a program'
	end_stand_in
	request GET /api/me --header 'TASKS-ENV-FILE: /dev/null' --header 'TASKS_ENV_FILE: /dev/null'
	assert_status 200
}

# wrappers: print the ids of fcgiwrap's processes.  The first one is the parent, which
# restarts the others.
wrappers()
{
	(. "$API_ROOT/tools/dev/lib.sh" && pids_in fcgiwrap "$API_RUN/fcgi" && printf '%s\n' "${pids[@]}")
}

# replaced: succeed if 25 processes run and exactly one of them, the parent, is in `before`.
replaced()
{
	local now=() pid kept=0
	mapfile -t now < <(wrappers)
	for pid in "${now[@]}"; do
		[[ " ${before[*]} " != *" $pid "* ]] || kept=$((kept + 1))
	done
	((${#now[@]} == 25 && kept == 1))
}

@test "fcgiwrap's processes that are killed are replaced" {
	local before pid parent
	mapfile -t before < <(wrappers)
	assert_same "${#before[@]}" 25 'processes'
	for pid in "${before[@]}"; do
		read -r _ _ _ parent _ <"/proc/$pid/stat"
		[[ " ${before[*]} " != *" $parent "* ]] || kill -KILL "$pid"
	done
	wait_until replaced || fail 'they are not replaced'
	request GET /api/me
	assert_status 200
}

@test "nginx and fcgiwrap stop to the last process, and start again" {
	stops_by_itself
	assert_same "$(pgrep -a -f -- "$API_RUN/(programs|nginx)/" || true)$(wrappers)" '' 'processes left'
	[[ ! -e $sockets/fcgiwrap.sock ]] || fail 'the socket is left'
	(cd "$API_ROOT" && RUN=$API_RUN PORT=$API_PORT tools/dev/nginx start 3>&-)
	request GET /api/me
	assert_status 200
}
