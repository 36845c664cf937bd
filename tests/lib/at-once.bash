# shellcheck shell=bash disable=SC2034,SC2119,SC2120,SC2154
# Requests at the same time, each in a shell with a client of its own.

# hold SQL: take locks, which at_once() lets go as soon as two requests wait for
# them, so that these meet however fast they start.  A program behind a server waits
# no longer than TASKS_DB_TIMEOUT_MS, which the tests cannot change there: such
# requests meet by chance.
hold()
{
	[[ $TRANSPORT == cgi ]] || return 0
	[[ ${settings[*]} == *TIMEOUT_MS* ]] || settings+=(TASKS_DB_TIMEOUT_MS=15000)
	held=yes
	rows "BEGIN; $1"
}

two_wait()
{
	local REPLY
	rows 'SELECT count(*) > 1 FROM pg_locks WHERE NOT granted' && [[ $REPLY == t ]]
}

# at_once COUNT COMMAND [ARGUMENT...]: run the command so many times, each with its
# number as the last argument.  Sets outcome to how often each status came (as in
# "1x200 1x412"), statuses and answers to those of each number, and different to
# the number of different answers.
at_once()
{
	local n answer pids=() folders=() times=()
	local -A seen=()
	token_for "$user"
	for ((n = 1; n <= $1; n++)); do
		folders+=("$BATS_TEST_TMPDIR/$n")
	done
	mkdir -p "${folders[@]}"
	for ((n = 1; n <= $1; n++)); do
		(apart "$n" one_of_them "${@:2}" "$n") 3>&- &
		pids+=($!)
	done
	if [[ -n ${held:-} ]]; then
		wait_until two_wait || fail 'no two requests wait for the lock'
		rows ROLLBACK
		held=''
	fi
	wait "${pids[@]}" || true
	statuses=() answers=() outcome=''
	for ((n = 1; n <= $1; n++)); do
		{ IFS= read -r status && IFS= read -r answer; } <"$BATS_TEST_TMPDIR/$n/answer-of-it"
		statuses[n]=$status answers[n]=$answer seen[$answer]=1
		[[ $status =~ ^[0-9]+$ ]] || fail "number $n: $(<"$BATS_TEST_TMPDIR/$n/output")" || return 1
		times[status]=$((${times[status]:-0} + 1))
	done
	for n in "${!times[@]}"; do
		outcome+="${times[n]}x$n "
	done
	outcome=${outcome% } different=${#seen[@]}
}

one_of_them()
{
	"$@" >"$BATS_TEST_TMPDIR/output" 2>&1 || true
	printf '%s\n' "$status" "$body ${reply_headers[etag]:-} ${reply_headers[location]:-}" \
		>"$BATS_TEST_TMPDIR/answer-of-it"
}
