# shellcheck shell=bash disable=SC2030,SC2031,SC2034,SC2154
# Programs as FastCGI processes, one each, without a web server: spawn-fcgi
# makes the socket, the test's client asks.  request() and bare() go to them.  To be
# sourced after api.bash, by setup(); teardown() calls end_programs.

. "$API_ROOT/tests/lib/later.bash"

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
	done
	for name; do
		wait_until test -S "$sockets/$name.sock" || fail "$name does not start: $(<"$sockets/$name.out")" || return 1
	done
}

# catches_term PID: whether the process has its handler of SIGTERM (15), or is gone.
catches_term()
{
	local name value
	[[ -e /proc/$1/exe ]] || return 0
	while read -r name value; do
		[[ $name != SigCgt: ]] || return $((!(16#$value >> 14 & 1)))
	done <"/proc/$1/status"
}

# end_program NAME: SIGTERM must end it with 0, for LeakSanitizer too.  A process
# that has not got as far as its handler would die of the signal.
end_program()
{
	local result=0
	wait_until catches_term "${pids[$1]}" || true
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

# wait_for_lock: until one of the test's sessions waits for it.  Sets REPLY.
wait_for_lock()
{
	wait_until waits_for_lock || fail 'nobody waits for the lock'
}

waits_for_lock()
{
	rows "SELECT pid FROM pg_stat_activity WHERE application_name = '$session'
		AND wait_event_type = 'Lock'"
	[[ -n $REPLY ]]
}
