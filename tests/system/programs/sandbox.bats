# Every program enters its sandbox; unit/test_sandbox.c tests what the sandbox
# forbids.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	place=$(mktemp -d /tmp/tasks-XXXXXX)
	mkfifo "$place/body"
	program_pid=''
}

teardown()
{
	{ kill "$program_pid" && wait "$program_pid"; } 2>/dev/null || true
	rm -rf -- "$place"
}

# start PROGRAM: start it and let it wait for its body.
start()
{
	env -i REQUEST_METHOD=POST PATH_INFO=/api/tasks CONTENT_LENGTH=5 "${settings[@]}" \
		"$1" <"$place/body" >"$place/reply" 2>"$place/log" 3>&- &
	program_pid=$!
	exec {body}>"$place/body"
}

# assert_status_line NAME VALUE: check a line of /proc/PID/status.
assert_status_line()
{
	wait_until has_status_line "$@" || fail "$1 is not $2: $(grep "^$1:" "/proc/$program_pid/status")"
}
has_status_line() { [[ $'\n'$(<"/proc/$program_pid/status")$'\n' == *$'\n'"$1:"$'\t'"$2"$'\n'* ]]; }

@test "every program is locked in when it reads the first byte of a request" {
	local source name outer
	outer=$(sed -n 's/^Seccomp_filters:\t//p' /proc/self/status)
	for source in "$API_ROOT"/cgi-bin/*.c; do
		name=${source##*/}
		start "$API_PROGRAMS/${name%.c}"
		assert_status_line Seccomp_filters "$((outer + 1))"
		assert_status_line NoNewPrivs 1
		[[ $(<"/proc/$program_pid/limits") =~ 'Max core file size '\ +0\ +0\  ]] || fail 'core files'
		exec {body}>&-
		wait "$program_pid" || true
		[[ $(<"$place/reply") == 'Status: 4'* ]] || fail "$name does not answer"
	done
	# The control: another program has only the filters of this machine, as in a container.
	start "$(command -v cat)"
	assert_status_line Seccomp_filters "$outer"
	assert_status_line NoNewPrivs 0
	exec {body}>&-
}

@test "a unit that grants system calls grants those by which a program locks itself in" {
	local call unit units calls
	# The tools have no sandbox.
	mapfile -t units < <(grep -lx 'SystemCallFilter=@system-service' "$API_ROOT"/deploy/systemd/*.service |
		xargs grep -L '^ExecStart=/usr/lib/tasks-cgi-tools/')
	mapfile -t calls < <(grep -oP '\bSYS_\K(landlock_\w+|seccomp)\b' "$API_ROOT/lib/app/sandbox.c" | sort -u)
	((${#units[@]} >= 2 && ${#calls[@]} >= 3)) || fail "${#units[@]} units, ${#calls[@]} calls"
	for unit in "${units[@]}"; do
		for call in "${calls[@]}"; do
			grep -qE "^SystemCallFilter=(.* )?$call( |\$)" "$unit" || fail "${unit##*/} kills each program for $call"
		done
	done
}
