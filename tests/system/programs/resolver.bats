# The name of the database cannot be resolved: the name server is down, or never
# replies.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/later.bash"
	token_for "$user"
	measure_price
	# In ms. This must be below 10 s, after which the resolver itself gives
	# up.
	limit=$((1500 + (PRICE < 16000 ? PRICE : 16000) / 4))
	settings=("${settings[@]/#DATABASE_URL=*/X=}" 'DATABASE_URL=postgresql://x:pa55word@db.example.org/x'
		"TASKS_DB_TIMEOUT_MS=$limit")
	silence="$(beside udp 0035 -u UDP-RECV:53,bind=127.0.0.1 /dev/null)"
}

teardown()
{
	((${#pids[@]} == 0)) || end_programs
}

# beside PROTOCOL PORT SOCAT-ARGUMENT...: print commands that start a server in
# the background and wait until it listens on that port (in hexadecimal).
beside()
{
	printf '%s\n' "timeout $((20 + PRICE / 500)) socat ${*:3} >/dev/null 2>&1 3>&- &" \
		"until grep -q ':$2 ' /proc/net/$1; do kill -0 \$!; sleep 0.02; done"
}

# use_network COMMANDS: from now on run the programs in a network namespace,
# after these commands. 127.0.0.1 is the name server there.
use_network()
{
	local name built=$API_PROGRAMS
	API_PROGRAMS=$BATS_TEST_TMPDIR/alone
	mkdir -p "$API_PROGRAMS"
	echo 'nameserver 127.0.0.1' >"$API_PROGRAMS/resolv.conf"
	printf '%s\n' "mount --bind '$API_PROGRAMS/resolv.conf' /etc/resolv.conf" 'ip link set lo up' "$1" \
		'exec "$@"' >"$API_PROGRAMS/enter"
	for name in tasks-list me; do
		printf '#!/bin/sh\nPATH=$PATH:/sbin:/usr/sbin exec unshare -rmn sh -e %q %q\n' "$API_PROGRAMS/enter" \
			"$built/$name" >"$API_PROGRAMS/$name"
		chmod 755 "$API_PROGRAMS/$name"
	done
}

# timed REQUEST...: send a request and set took, in milliseconds.
timed()
{
	local start=${EPOCHREALTIME/[.,]/}
	request "$@"
	took=$(((${EPOCHREALTIME/[.,]/} - start) / 1000))
}

@test "a name server that never answers costs no more than TASKS_DB_TIMEOUT_MS" {
	use_network "$silence"
	# The control has more time, and ends when the resolver itself gives up.
	settings+=(TASKS_DB_TIMEOUT_MS=15000)
	request_later GET /api/tasks
	settings+=("TASKS_DB_TIMEOUT_MS=$limit")
	timed GET /api/tasks
	assert_problem 503 database_unavailable 'Database unavailable'
	[[ $log == *'site=db.resolve '* && $log != *example* ]] || fail 'the log says too much or too little'
	((took >= limit - 100)) || fail "it took $took ms"
	# A request without the database does not wait.
	request GET /api/me
	assert_status 200
	kill -0 "$later" || fail 'the other one was no slower'
	kill -KILL "$later"
	wait "$later" || true
}

@test "a name server that is away is a 503 as well" {
	use_network :
	request GET /api/tasks
	assert_problem 503 database_unavailable 'Database unavailable'
	[[ $log == *'site=db.resolve '* && $log != *example* ]] || fail 'the log says too much or too little'
}

@test "a server that starts at one address is waited for, though nobody listens at another" {
	# The server at one address says that it is starting up. The second
	# address of the name has no server.
	printf '%s\n' "printf 'E\\0\\0\\0\\027SFATAL\\0C57P03\\0Mno\\0\\0'" 'sleep 0.2' >"$BATS_TEST_TMPDIR/starting"
	printf '%s\n' '127.0.0.1 db.example.org' '127.0.0.2 db.example.org' >"$BATS_TEST_TMPDIR/hosts"
	settings=("${settings[@]/#DATABASE_URL=*/X=}"
		'DATABASE_URL=postgresql://x:pa55word@db.example.org:5432/x?sslmode=disable')
	use_network "mount --bind '$BATS_TEST_TMPDIR/hosts' /etc/hosts
		$(beside tcp 1538 TCP-LISTEN:5432,bind=127.0.0.1,fork,reuseaddr "EXEC:'sh $BATS_TEST_TMPDIR/starting'")"
	timed GET /api/tasks
	assert_problem 503 database_unavailable 'Database unavailable'
	((took >= limit - 300)) || fail "it took $took ms"
}

@test "a FastCGI process goes on after names that it has given up, and ends when told to" {
	. "$API_ROOT/tests/lib/fastcgi.bash"
	write_settings
	use_network "$silence"
	folder=$API_PROGRAMS start_programs tasks-list
	for _ in 1 2 3; do
		timed GET /api/tasks
		assert_problem 503 database_unavailable 'Database unavailable'
		((took >= limit - 100)) || fail "it took $took ms"
	done
	end_programs
}
