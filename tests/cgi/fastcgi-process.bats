# The memory and the termination of a FastCGI process.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/fastcgi.bash"
	name_session
	write_settings
	count=100000
	[[ -z $API_SANITIZER_OPTIONS ]] || count=3000
}

teardown()
{
	release
	end_programs
}

# spec STATUS METHOD PATH [BODY [AUTHORIZATION]]: print a request for the helper fcgi.
spec()
{
	printf '%s\t%s\tREQUEST_METHOD=%s\tPATH_INFO=%s\tQUERY_STRING=limit=5\tCONTENT_TYPE=application/json\tCONTENT_LENGTH=%d' \
		"$1" "${4:-}" "$2" "$3" ${#4}
	printf '\tHTTP_AUTHORIZATION=%s\n' "${5:-Bearer $token}"
}

# private_kb PROGRAM: set REPLY to the private dirty memory of its process, in kB.
private_kb()
{
	[[ $(<"/proc/${pids[$1]}/smaps_rollup") =~ Private_Dirty:\ +([0-9]+) ]] && REPLY=${BASH_REMATCH[1]}
}

# bats test_tags=native
@test "the memory of a process does not grow from its 1,000th to its 100,000th request" {
	local specs=$BATS_TEST_TMPDIR/specs n name before after slack=64 senders=()
	local -A requests=([tasks-update]=$count [tasks-list]=$((count / 10))
		[tasks-get]=$((count / 10)) [tasks-create]=$((count / 20)))
	start_programs "${!requests[@]}"
	create
	{
		spec 200 PATCH "/api/tasks/$id" '{"title":"one"}'
		spec 404 PATCH /api/tasks/00000000-0000-4000-8000-000000000000 '{"title":"one"}'
		for n in {1..8}; do
			spec 401 PATCH "/api/tasks/$id" '{}' 'Bearer x.y.z'
			spec 401 PATCH "/api/tasks/$id" '{}' "${token}x"
			spec 401 PATCH "/api/tasks/$id" '{}' "Bearer ${token}x"
			spec 403 PATCH "/api/other/tasks/$id" '{}'
			spec 422 PATCH "/api/tasks/$id" '{"title":"","priority":5}'
			spec 400 PATCH "/api/tasks/$id" '{"title":'
			spec 405 BREW "/api/tasks/$id"
		done
	} >"$specs.tasks-update"
	{ spec 200 GET /api/tasks && spec 401 GET /api/tasks '' x; } >"$specs.tasks-list"
	{ spec 200 GET "/api/tasks/$id" && spec 422 GET /api/tasks/x && spec 401 GET "/api/tasks/$id" '' x; } >"$specs.tasks-get"
	{ spec 201 POST /api/tasks '{"title":"one"}' && spec 422 POST /api/tasks '{}' && spec 400 POST /api/tasks '['; } >"$specs.tasks-create"
	for name in "${!requests[@]}"; do
		(
			"$API_HELPERS/fcgi" "$sockets/$name.sock" 1000 <"$specs.$name" || exit 1
			private_kb "$name" || exit 1
			before=$REPLY
			"$API_HELPERS/fcgi" "$sockets/$name.sock" "${requests[$name]}" <"$specs.$name" || exit 1
			private_kb "$name" || exit 1
			after=$REPLY
			echo "$before $after" >"$BATS_TEST_TMPDIR/kb.$name"
		) >"$BATS_TEST_TMPDIR/out.$name" 2>&1 3>&- &
		senders+=($!)
	done
	wait "${senders[@]}" || true
	for name in "${!requests[@]}"; do
		[[ -s $BATS_TEST_TMPDIR/kb.$name ]] || fail "$name: $(<"$BATS_TEST_TMPDIR/out.$name")" || return 1
		read -r before after <"$BATS_TEST_TMPDIR/kb.$name"
		echo "$name: $before kB, after ${requests[$name]} more $after kB"
		# AddressSanitizer quarantines freed memory, so memory grows.  LeakSanitizer reports
		# leaks when the process ends.
		[[ -n $API_SANITIZER_OPTIONS ]] || ((after <= before + slack)) ||
			fail "$name grew from $before to $after kB" || return 1
	done
	assert_same "$(sql "SELECT count(*) FROM pg_stat_activity WHERE application_name = '$session'")" 4 'connections'
}

# Whether a second client waits while the process serves the first one.  Then the socket's
# path appears three times: for the listening socket and for two connections.
queued()
{
	local sockets_there path=$sockets/tasks-create.sock
	sockets_there=$(</proc/net/unix)
	[[ $sockets_there == *"$path"*"$path"*"$path"* ]]
}

@test "a process that is told to end serves its request first, and no other that waits" {
	local signal waiting
	for signal in TERM USR1; do
		start_programs tasks-create
		create
		hold 'LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE'
		request_later POST /api/tasks --body '{"title":"the last one"}'
		wait_for_lock
		rm -f "$BATS_TEST_TMPDIR/waiting/answer"
		apart waiting ask fastcgi "$sockets/tasks-create.sock" /dev/null REQUEST_METHOD=GET PATH_INFO=/ 3>&- &
		waiting=$!
		wait_until queued || fail 'the second client does not come'
		kill -s "$signal" "${pids[tasks-create]}"
		[[ -d /proc/${pids[tasks-create]} ]] || fail 'it ended at once'
		waits_for_lock || fail 'the request was given up'
		release
		join
		assert_status 201
		assert_json '.title == "the last one"'
		wait "${pids[tasks-create]}" || fail "exit status $?"
		unset "pids[tasks-create]"
		rm -f "$sockets/tasks-create.sock"
		wait "$waiting" || true
		[[ -e $BATS_TEST_TMPDIR/waiting/answer ]] || fail 'the one that waited does not know how it ended'
		! grep -q "^status='[^']" "$BATS_TEST_TMPDIR/waiting/answer" || fail 'the one that waited was served'
		assert_same "$(backends)" '' 'connections of the process'
	done
}

@test "a process that nobody asks anything ends at once" {
	start_programs tasks-create me
	end_program tasks-create
	request GET /api/me
	end_program me
}

# gone PID: whether the process has ended.  A zombie has no /proc/PID/exe.
gone() { [[ ! -e /proc/$1/exe ]]; }

@test "processes that share a socket each serve, and each end when told to" {
	local pid n out=$BATS_TEST_TMPDIR/pids
	env -i TASKS_ENV_FILE="$settings_file" \
		${API_SANITIZER_OPTIONS:+"ASAN_OPTIONS=$API_SANITIZER_OPTIONS"} \
		spawn-fcgi -F 4 -s "$sockets/tasks-list.sock" -P "$out" -- "$API_PROGRAMS/tasks-list" \
		</dev/null >/dev/null 2>&1 3>&-
	: >"$sockets/tasks-list.out"
	for n in {1..40}; do
		request GET /api/tasks --unchecked || break
		assert_status 200 || break
	done
	for pid in $(<"$out"); do
		kill -TERM "$pid"
	done
	for pid in $(<"$out"); do
		wait_until gone "$pid" || fail "$pid is still there" || kill -KILL "$pid"
	done
	assert_status 200
}

# bats test_tags=native
@test "a process ends itself, cleanly, after so many requests" {
	local folder=$BATS_TEST_TMPDIR/few n
	mkdir "$folder"
	cp -a "$API_PROGRAMS/lib" "$API_PROGRAMS/cgi-bin" "$folder/"
	rm "$folder"/lib/http/gateway.*
	make -s --no-print-directory -C "$API_ROOT" BUILD="$folder" CPPFLAGS=-DGATEWAY_MAX_REQUESTS=5 \
		${API_SANITIZER_OPTIONS:+SAN=address,undefined} "$folder/me"
	start_programs me
	for n in {1..5}; do
		request GET /api/me
		assert_status 200
	done
	wait "${pids[me]}" || fail "exit status $?"
	unset "pids[me]"
}

# spawn COUNT PROGRAM: start so many processes that share a socket, with their pids in $out.
spawn()
{
	out=$BATS_TEST_TMPDIR/pids
	env -i TASKS_ENV_FILE="$settings_file" \
		${API_SANITIZER_OPTIONS:+"ASAN_OPTIONS=$API_SANITIZER_OPTIONS"} \
		spawn-fcgi -F "$1" -s "$sockets/$2.sock" -P "$out" -- "$API_PROGRAMS/$2" \
		</dev/null >/dev/null 2>&1 3>&-
}

@test "while processes are told to end under load, no request is lost" {
	local out pid n clients=() ended=0
	token_for "$user"
	spawn 5 me
	spec 200 GET /api/me >"$BATS_TEST_TMPDIR/spec"
	for n in {1..6}; do
		"$API_HELPERS/fcgi" "$sockets/me.sock" 3000 <"$BATS_TEST_TMPDIR/spec" >"$BATS_TEST_TMPDIR/load.$n" 2>&1 3>&- &
		clients+=($!)
	done
	for pid in $(head -n 4 "$out"); do
		nap 0.05
		kill -TERM "$pid"
		wait_until gone "$pid" || fail "$pid does not end"
	done
	for n in "${clients[@]}"; do
		wait "$n" || ended=1
	done
	kill -TERM "$(tail -n 1 "$out")"
	((ended == 0)) || fail "a request was lost: $(cat "$BATS_TEST_TMPDIR"/load.*)"
}

# switches PID...: print how often these processes have waited.
switches()
{
	local files=("${@/%//status}")
	awk '/^voluntary/ { n += $2 } END { print n }' "${files[@]/#//proc/}"
}

@test "a connection wakes one of the processes that share a socket" {
	local out pids_there before after
	token_for "$user"
	spawn 8 me
	mapfile -t pids_there <"$out"
	spec 200 GET /api/me >"$BATS_TEST_TMPDIR/spec"
	"$API_HELPERS/fcgi" "$sockets/me.sock" 100 <"$BATS_TEST_TMPDIR/spec"
	before=$(switches "${pids_there[@]}")
	"$API_HELPERS/fcgi" "$sockets/me.sock" 500 <"$BATS_TEST_TMPDIR/spec"
	after=$(switches "${pids_there[@]}")
	kill -TERM "${pids_there[@]}"
	# One switch is the wait for the connection, and a second one the wait for its input.
	((after - before <= 1100)) || fail "500 requests: $((after - before)) switches"
}
