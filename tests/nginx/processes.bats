# The programs' processes behind nginx: kept, replaced, stopped.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && begin; }

# Those of a program.
processes()
{
	pgrep -x -f -- "$API_RUN/programs/$1"
}

all_back()
{
	local try
	for try in {1..50}; do
		[[ $(processes "$1" | wc -l) != "$2" ]] || return 0
		sleep 0.1
	done
	fail "$(processes "$1" | wc -l) processes of $1, not $2"
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
	local before count pid
	before=$(processes me)
	count=$(wc -l <<<"$before")
	for pid in $before; do
		kill -KILL "$pid"
	done
	all_back me "$count"
	request GET /api/me
	assert_status 200
	for pid in $before; do
		[[ ! -d /proc/$pid ]] || fail "$pid is still there"
	done
}

@test "processes that end themselves under load lose no reply" {
	local out=$BATS_TEST_TMPDIR/out count pid n
	count=$(processes me | wc -l)
	token_for "$user"
	timeout 60 hey -n 4000 -c 20 -H "Authorization: Bearer $token" "$API_URL/api/me" >"$out" 2>&1 3>&- &
	hey=$!
	# Fewer in a second than multiwatch takes for a program that cannot run.
	for n in {1..4}; do
		sleep 0.2
		[[ -d /proc/$hey ]] || break
		pid=$(processes me | head -n 1)
		kill -TERM "$pid" || true
	done
	wait "$hey"
	((n > 1)) || fail 'the load was over before a process ended'
	cat "$out"
	assert_same "$(awk '$1 ~ /^\[[0-9]+\]$/ { print $1, $2 }' "$out")" '[200] 4000' 'answers'
	all_back me "$count"
}

@test "nginx and the programs stop to the last process, and start again" {
	local left start=$SECONDS
	(cd "$API_ROOT" && RUN=$API_RUN tools/nginx stop 3>&-)
	# After 15 s they would have been killed.
	((SECONDS - start < 10)) || fail "they took $((SECONDS - start)) s to stop"
	left=$(pgrep -a -f -- "$API_RUN/(programs|nginx)/" || true)
	assert_same "$left" '' 'processes left'
	compgen -G "$API_RUN/fcgi/*.sock" && fail 'a socket is left'
	(cd "$API_ROOT" && RUN=$API_RUN PORT=$API_PORT tools/nginx start 3>&-)
	request GET /api/me
	assert_status 200
	# The log of before is kept for the tests that come later.
	[[ -s $API_LOG ]]
}
