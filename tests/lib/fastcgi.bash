# shellcheck shell=bash disable=SC2030,SC2031,SC2034,SC2154
# Programs as FastCGI processes, one each, without a web server: spawn-fcgi
# makes the socket, cgi-fcgi asks.  request() and bare() go to them.  To be
# sourced after api.bash, by setup(); teardown() calls end_programs.

sockets=${API_SOCKETS:-$BATS_TEST_TMPDIR}
declare -gA pids=()

# name_session: the processes' database sessions get a name of the test's own.
# Without a pooler, which would have sessions of its own.
name_session()
{
	session=t$EPOCHSECONDS-$RANDOM-$RANDOM
	settings[0]="DATABASE_URL=$API_DIRECT_URL&application_name=$session"
}

# The processes of the database that serve the test's programs.
backends()
{
	sql "SELECT pid FROM pg_stat_activity WHERE application_name = '$session' ORDER BY pid"
}

# start_programs NAME...
start_programs()
{
	local name folder=${folder:-$API_PROGRAMS}
	for name; do
		env -i TASKS_ENV_FILE="$settings_file" \
			"${sanitizer_variables[@]}" spawn-fcgi -n -s "$sockets/$name.sock" -- "$folder/$name" \
			</dev/null >"$sockets/$name.out" 2>&1 3>&- &
		pids[$name]=$!
		for _ in {1..100}; do
			[[ ! -S $sockets/$name.sock ]] || break
			sleep 0.05
		done
	done
}

# end_program NAME: SIGTERM must end it with 0, for LeakSanitizer too.
end_program()
{
	local result=0
	kill -TERM "${pids[$1]}" || true
	wait "${pids[$1]}" || result=$?
	unset "pids[$1]"
	rm -f "$sockets/$1.sock"
	((result == 0)) || fail "$1 ended with $result: $(<"$sockets/$1.out")"
}

end_programs()
{
	local name result=0
	for name in "${!pids[@]}"; do
		end_program "$name" || result=1
	done
	return "$result"
}

# In place of request.bash's: the settings are the process's, not the request's.
cgi()
{
	local written before
	written=$(<"$sockets/$1.out")
	before=${#written}
	ask fastcgi "$sockets/$1.sock" "$2" "${@:3}" || return 2
	# The process's standard error, and FastCGI's own stream.
	written=$(<"$sockets/$1.out")
	written=${written:before}
	log=${written#$'\n'}$log
}

# hold SQL: another session begins a transaction with it, until release.
hold()
{
	local fifo=$BATS_TEST_TMPDIR/hold
	rm -f "$fifo" "$fifo.out"
	mkfifo "$fifo"
	psql -X -q -A -t -h "$API_SOCKET" -p 5432 -U postgres -d tasks \
		<"$fifo" >"$fifo.out" 2>&1 3>&- &
	holder_pid=$!
	exec {holder}>"$fifo"
	printf "BEGIN; %s;\n\\\\echo held\n" "$1" >&"$holder"
	for _ in {1..200}; do
		! grep -qs '^held' "$fifo.out" || return 0
		sleep 0.02
	done
	fail "the lock was not got: $(<"$fifo.out")"
}

release()
{
	[[ -n ${holder:-} ]] || return 0
	exec {holder}>&-
	holder=
	wait "$holder_pid" || true
}

# wait_for_lock: until one of the test's sessions waits for it.  Sets REPLY.
wait_for_lock()
{
	for _ in {1..200}; do
		REPLY=$(sql "SELECT pid FROM pg_stat_activity WHERE application_name = '$session'
			AND wait_event_type = 'Lock'")
		[[ -z $REPLY ]] || return 0
		sleep 0.02
	done
	fail 'nobody waits for the lock'
}

# request_later METHOD PATH [OPTION]...: a request in the background; then join.
request_later()
{
	(
		[[ -z ${holder:-} ]] || exec {holder}>&- # release() alone ends it
		apart later request "$@" --unchecked || true
	) >/dev/null 2>&1 3>&- &
	later=$!
}

join()
{
	wait "$later" || true
	asked='the request in the background'
	# shellcheck disable=SC1091
	. "$BATS_TEST_TMPDIR/later/answer"
}
