# The FastCGI processes of the programs: reuse, restart and stop.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/stop.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && . "$API_ROOT/tests/lib/stop.bash" && begin; }

# processes PROGRAM: print the ids of the processes of PROGRAM.
processes() { pgrep -x -f -- "$API_RUN/programs/$1"; }

# all_back PROGRAM COUNT: succeed if COUNT processes of PROGRAM run.
all_back()
{
	local there
	mapfile -t there < <(processes "$1")
	((${#there[@]} == $2))
}

@test "a process serves many requests" {
	local before n
	before=$(processes me)
	for n in {1..20}; do
		request GET /api/me
		assert_status 200
	done
	assert_same "$(processes me)" "$before" 'processes'
}

@test "processes that are killed are replaced" {
	local before each count pid
	before=$(processes me)
	mapfile -t each <<<"$before"
	count=${#each[@]}
	for pid in $before; do
		kill -KILL "$pid"
	done
	wait_until all_back me "$count" || fail 'they are not replaced'
	request GET /api/me
	assert_status 200
	for pid in $before; do
		[[ ! -d /proc/$pid ]] || fail "$pid is still there"
	done
}

@test "processes that end themselves under load lose no reply" {
	local out=$BATS_TEST_TMPDIR/out before n hey
	mapfile -t before < <(processes me)
	token_for "$user"
	# More requests than the test needs: hey is stopped at the end.
	hey -n 1000000 -c 20 -t 0 -H "Authorization: Bearer $token" "$API_URL/api/me" >"$out" 2>&1 3>&- &
	hey=$!
	for n in 1 2 3 4; do
		kill -TERM "$(processes me | head -n 1)" || true
		# multiwatch gives up on a program that ends ten times within a second of
		# its start.  Pause to stay below this limit.
		nap 0.25
		wait_until all_back me "${#before[@]}" || fail 'one is not replaced'
	done
	kill -INT "$hey" || fail 'the load was over'
	wait "$hey"
	body=$(<"$out")
	[[ $body =~ $'\n  [200]\t'[1-9][0-9]*' responses' && $body != *'Error distribution'* ]] || fail 'no replies, or errors'
	[[ $body != *$'\n  ['[13-9]* && $body != *$'\n  [2'[!0]* && $body != *$'\n  [20'[!0]* ]] || fail 'other replies'
}

@test "the server and the programs stop to the last process, and start again" {
	stops_by_itself
	assert_same "$(pgrep -a -f -- "$API_RUN/(programs|nginx|apache)/" || true)" '' 'processes left'
	! compgen -G "$API_RUN/fcgi/*.sock" || fail 'a socket is left'
	(cd "$API_ROOT" && RUN=$API_RUN PORT=$API_PORT "tools/dev/${API_SERVER%%-*}" start 3>&-)
	request GET /api/me
	assert_status 200
	# Later tests still need the log of the earlier processes.
	[[ -s $API_LOG ]] || fail 'there is no log'
}
