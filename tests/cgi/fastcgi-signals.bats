# A FastCGI process that gets a signal within a system call.  It runs under strace, where
# LeakSanitizer does not work, so this file is not run with the sanitizers.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/fastcgi.bash"
	name_session
	write_settings
}

teardown()
{
	release
	end_programs
}

# traced PROGRAM OPTION...: start the program with strace, which writes to $trace.
traced()
{
	trace=$BATS_TEST_TMPDIR/trace folder=$BATS_TEST_TMPDIR/traced
	mkdir -p "$folder"
	rm -f "$trace"
	printf '#!/bin/sh\nexec /usr/bin/strace -D -f -q -o %q %s %q\n' "$trace" "${*:2}" "$API_PROGRAMS/$1" >"$folder/$1"
	chmod 755 "$folder/$1"
	start_programs "$1"
}

# accepts: whether the traced process waits for a connection.
accepts() { [[ $(tail -n 1 "$trace") =~ accept4\([^=]*$ ]]; }

has_ended() { grep -q 'exited with' "$trace"; }

@test "whatever a process is doing when it is told to end, it completes the request that it has accepted" {
	local call n ran=0
	local -A calls=()
	nap 1.2 # from now on the process keeps the settings, so each request makes the same calls
	traced tasks-create
	create
	create
	wait_until accepts
	for call in poll read newfstatat sendto recvfrom writev close; do
		calls[$call]=$(grep -c " $call(" "$trace")
	done
	end_program tasks-create
	for call in "${!calls[@]}"; do
		traced tasks-create -e "inject=$call:signal=TERM:when=$((calls[$call] + 1))"
		create
		create
		create
		assert_json '.title' || break
		wait_until has_ended || fail "it does not end after a signal in $call" || break
		grep -q 'exited with 0' "$trace" || fail "how it ended: $(tail -n 1 "$trace")" || break
		wait "${pids[tasks-create]}" || true
		unset "pids[tasks-create]"
		rm -f "$sockets/tasks-create.sock"
		ran=$((ran + 1))
	done
	assert_same "$ran" 7 'system calls in which it was told to end'
	assert_same "$(sql "SELECT count(*) FROM tasks WHERE user_id = '$user'")" 23 'tasks'
}
