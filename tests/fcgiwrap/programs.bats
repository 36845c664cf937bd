# A process for each request, by fcgiwrap behind nginx.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/raw.bash"
	. "$API_ROOT/tests/lib/stand-in.bash"
	sockets=$API_RUN/fcgi
}

teardown()
{
	end_stand_in
	[[ ! -e $sockets/saved ]] || mv -f -- "$sockets/saved" "$sockets/fcgiwrap.sock"
}

@test "each request is a process of its own, and none is left" {
	local try
	for _ in 1 2 3; do
		request GET /api/me
		assert_status 200
	done
	for try in {1..50}; do
		pgrep -f -- "^$API_RUN/programs/" >/dev/null || return 0
		sleep 0.1
	done
	fail 'a program is left'
}

@test "sixteen programs run at once, and who comes then is served after them" {
	local n out=$BATS_TEST_TMPDIR/out
	stand_in me 'sleep 3; printf "Status: 200\r\nContent-Type: text/plain\r\n\r\n"'
	for n in {1..20}; do
		printf 'url = "%s/api/me"\noutput = "%s"\n' "$API_URL" "$out.$n"
	done >"$out.config"
	curl -q -s --noproxy '*' -m 60 -Z --parallel-immediate --parallel-max 20 -K "$out.config" \
		-w '%{http_code} %{time_total}\n' >"$out" 3>&-
	cat "$out"
	assert_same "$(grep -c '^200 ' "$out")" 20 'answers'
	assert_same "$(awk '$2 >= 5' "$out" | wc -l)" 4 'answers that came after others'
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
	stand_in me 'exec sleep 40'
	(sleep 1 && curl -q -s --noproxy '*' -m 5 -o /dev/null -w '%{http_code}' "$API_URL/health/live" \
		>"$BATS_TEST_TMPDIR/other") 3>&- &
	request GET /api/me
	assert_problem 504 timeout
	[[ $(header Retry-After) =~ ^[1-9]$ ]] || fail 'no Retry-After'
	assert_header Access-Control-Allow-Origin http://localhost:3000
	wait $!
	assert_same "$(cat "$BATS_TEST_TMPDIR/other")" 200 'another program meanwhile'
}

@test "no fcgiwrap is 503 with Retry-After" {
	mv -- "$sockets/fcgiwrap.sock" "$sockets/saved"
	for path in /api/me /nothing /docs/nothing; do
		request GET "$path" --unchecked
		assert_server_error 503
		[[ $(header Retry-After) == 1 ]] || fail 'no Retry-After' || return 1
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
	# The control: they did come, by another name.
	grep -qxF 'HTTP_TASKS_ENV_FILE=/dev/null' <<<"$body"
	names=$(grep -oE '^[A-Z_]+=' <<<"$body" | grep -vE '^(HTTP_|PWD=|_=|OLDPWD=|SHLVL=)' | tr -d = | sort | xargs)
	wanted=$({
		printf '%s\n' FCGI_ROLE PATH
		sed -n '/if_not_empty/!s/^[[:blank:]]*fastcgi_param \([A-Z_]*\) .*/\1/p' "$API_ROOT/nginx.conf.example"
	} | sort | xargs)
	assert_same "$names" "$wanted" 'the variables of a program'
	end_stand_in
	request GET /api/me --header 'TASKS-ENV-FILE: /dev/null' --header 'TASKS_ENV_FILE: /dev/null'
	assert_status 200
}

# fcgiwrap's own processes, the first of which starts the others again.
wrappers()
{
	(. "$API_ROOT/tools/lib.sh" && pids_in fcgiwrap "$API_RUN/fcgi" && printf '%s\n' "${pids[@]}")
}

@test "fcgiwrap's processes that are killed are replaced" {
	local before pid
	before=$(wrappers)
	assert_same "$(wc -l <<<"$before")" 17 'processes'
	for pid in $before; do
		! grep -qxF "$(ps -o ppid= -p "$pid" | tr -d ' ')" <<<"$before" || kill -KILL "$pid"
	done
	for _ in {1..50}; do
		[[ $(wrappers | wc -l) != 17 || $(wrappers) == "$before" ]] || break
		sleep 0.1
	done
	assert_same "$(grep -cxF -f <(echo "$before") <(wrappers))" 1 'processes of before'
	assert_same "$(wrappers | wc -l)" 17 'processes'
	request GET /api/me
	assert_status 200
}

@test "nginx and fcgiwrap stop to the last process, and start again" {
	local left start=$SECONDS
	(cd "$API_ROOT" && RUN=$API_RUN tools/nginx stop 3>&-)
	# After 15 s they would have been killed.
	((SECONDS - start < 10)) || fail "they took $((SECONDS - start)) s to stop"
	left=$(pgrep -a -f -- "$API_RUN/(programs|nginx)/" || true)$(wrappers)
	assert_same "$left" '' 'processes left'
	[[ ! -e $sockets/fcgiwrap.sock ]] || fail 'the socket is left'
	(cd "$API_ROOT" && RUN=$API_RUN PORT=$API_PORT tools/nginx start 3>&-)
	request GET /api/me
	assert_status 200
}
