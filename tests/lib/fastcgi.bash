# shellcheck shell=bash disable=SC2030,SC2031,SC2034,SC2154
# Programs as FastCGI processes, one process per program, without a web server.
# spawn-fcgi creates the socket, and request() and bare() send to it by the client.
# setup() sources this file after api.bash, and teardown() calls end_programs().

. "$API_ROOT/tests/lib/later.bash"

sockets=${API_SOCKETS:-$BATS_TEST_TMPDIR}
declare -gA pids=()

# name_session: set session to a new application_name for the processes' database
# sessions.  Connect without a pooler, because a pooler shares its sessions.
name_session()
{
	session=t$EPOCHSECONDS-$RANDOM-$RANDOM
	settings[0]="DATABASE_URL=$API_DIRECT_URL&application_name=$session"
}

# backends: print the PIDs of PostgreSQL's backends that serve the test's programs.
backends()
{
	sql "SELECT pid FROM pg_stat_activity WHERE application_name = '$session' ORDER BY pid"
}

# start_programs NAME...: start the programs and wait until their sockets exist.
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

# catches_term PID: return 0 if the process has a handler for SIGTERM (15) or has ended.
catches_term()
{
	local name value
	[[ -e /proc/$1/exe ]] || return 0
	while read -r name value; do
		[[ $name != SigCgt: ]] || return $((!(16#$value >> 14 & 1)))
	done <"/proc/$1/status"
}

# end_program NAME: end the process by SIGTERM and check that its exit status is 0, so
# that LeakSanitizer reports its leaks.  Wait until the process has its handler, because
# until then the signal would kill it.
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

# cgi PROGRAM INPUT-FILE VARIABLE=value...: send the request to the program's process.
# This replaces cgi() in request.bash.  The process reads the settings from its file, so
# the request does not contain them.
cgi()
{
	local written before
	written=$(<"$sockets/$1.out")
	before=${#written}
	ask fastcgi "$sockets/$1.sock" "$2" "${@:3}" || return 2
	# A process logs to its standard error or to the stream FCGI_STDERR.
	written=$(<"$sockets/$1.out")
	written=${written:before}
	written=${written#$'\n'}
	[[ -z ${concurrent:-} ]] || omit_other_requests "${reply_headers[x-request-id]:-none}"
	log=$written$log
}

# omit_other_requests ID: remove the lines of concurrent requests from written.  Keep the
# lines that name no request, such as those of a sanitizer.
omit_other_requests()
{
	local line all=$written
	written=''
	while IFS= read -r line; do
		[[ $line == *" request_id="* && $line != *" request_id=$1 "* ]] ||
			written+=${written:+$'\n'}$line
	done <<<"$all"
}

# wait_for_lock: wait until one of the processes' sessions waits for a lock.  Set REPLY
# to the PID of its backend.
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
