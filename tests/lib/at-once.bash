# shellcheck shell=bash disable=SC2034,SC2119,SC2120,SC2154
# Concurrent requests.  Each has a shell and a client of its own.

# give_time: set TASKS_DB_TIMEOUT_MS to its maximum until the test ends, so that a slow
# machine causes no 503.  Return 1 if the tests cannot change the programs' settings.
saved=$BATS_TEST_TMPDIR/env.saved
give_time()
{
	if [[ $TRANSPORT == cgi ]]; then
		settings+=(TASKS_DB_TIMEOUT_MS=15000)
	elif [[ $TRANSPORT == http && -w $API_RUN/env ]]; then
		[[ ! -e $saved ]] || return 0
		cp -p "$API_RUN/env" "$saved"
		echo TASKS_DB_TIMEOUT_MS=15000 >>"$API_RUN/env"
	else
		return 1
	fi
}

# The teardown() of each file that sources this one: restore the settings.
teardown() { [[ ! -e $saved ]] || cat "$saved" >"$API_RUN/env"; }

# keep_for_two SQL: take locks, which at_once() releases as soon as two requests wait for
# them.  So at least two requests overlap, however slowly they start.  If give_time()
# fails, do nothing: a request could time out before the second one waits.  Such requests
# overlap by chance.
keep_for_two()
{
	give_time || return 0
	held=yes
	rows "BEGIN; $1"
}

two_wait()
{
	local REPLY
	rows 'SELECT count(*) > 1 FROM pg_locks WHERE NOT granted' && [[ $REPLY == t ]]
}

# at_once COUNT COMMAND [ARGUMENT...]: execute the command so many times concurrently,
# with the number of the execution as its last argument.  Set
# - outcome to the number of replies with each status, such as "1x200 1x412",
# - statuses[NUMBER] and answers[NUMBER] to the status and the reply of each execution,
# - different to the number of different replies.
at_once()
{
	local n answer pids=() folders=() times=()
	local -A seen=()
	token_for "$user"
	for ((n = 1; n <= $1; n++)); do
		folders+=("$BATS_TEST_TMPDIR/$n")
	done
	mkdir -p "${folders[@]}"
	# A failed request must not count with its response of the previous round.
	rm -f "${folders[@]/%//answer-of-it}"
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
		status='' answer=''
		{ IFS= read -r status && IFS= read -r answer; } <"$BATS_TEST_TMPDIR/$n/answer-of-it" || true
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
	local concurrent=yes
	"$@" >"$BATS_TEST_TMPDIR/output" 2>&1 || true
	printf '%s\n' "$status" "$body ${reply_headers[etag]:-} ${reply_headers[location]:-}" \
		>"$BATS_TEST_TMPDIR/answer-of-it"
}
