# shellcheck shell=bash disable=SC2030,SC2031,SC2034,SC2154
# The stand-in for Neon in front of a PostgreSQL of its own (tests/db/neon).  To be
# sourced after tls.bash.

owner=neondb_owner encoded_owner=neondb_owner
# No other one's: command lines are searched for it.
export neon_number=${neon_number:-$RANDOM$RANDOM}
password=npg_pa55wordQ7x$neon_number encoded=$password

# As Neon names them.  libpq is told the address; for PgBouncer, which cannot be,
# the endpoint has the name localhost as well.
endpoint=ep-cool-rain-a2b4c6d8
domain=eu-central-1.aws.neon.example

# Exports port and control, the stand-in's.
start_stand_in()
{
	export stand_in port control
	. "$API_ROOT/tools/admin/wait.sh"
	# For the limits of the tests.
	measure_price
	start_cluster localhost "*.$domain"
	node "$API_ROOT/tests/db/neon/stand-in.mjs" "$cluster" "$database_port" "$endpoint" localhost \
		</dev/null >"$cluster/stand-in.log" 2>&1 3>&- 4>&- &
	stand_in=$!
	wait_until test -s "$cluster/ports"
	read -r port control <"$cluster/ports"
	(cd "$API_ROOT" && DATABASE_URL="$(console_url)" tools/admin/tasks-setup schema)
}

stop_stand_in()
{
	kill "$stand_in" || true
	stop_cluster
}

# neon WORD...: sleep or awake, now, and NAME=value for what stand-in.mjs calls habits.
neon()
{
	local -A reply_headers
	local path='' query='' word status='' body why
	for word; do
		if [[ $word == *=* ]]; then query+="&$word"; else path=$word; fi
	done
	untraced ask http POST "http://127.0.0.1:$control/$path?${query#&}" '' || true
	[[ $status == 200 ]] || fail "the stand-in does not take $*"
}

# The stand-in's count of that name; state is how the compute is.
neon_count()
{
	local -A reply_headers
	local status body why
	untraced ask http GET "http://127.0.0.1:$control/" ''
	[[ $body =~ \"$1\":\"?([a-z0-9]+) ]] && printf '%s\n' "${BASH_REMATCH[1]}"
}

# wait_until_state STATE
wait_until_state()
{
	wait_until state_is "$1" || fail "the stand-in is not $1"
}
state_is() { [[ $(neon_count state) == "$1" ]]; }

# neon_url [PARAMETER...]: by a name that PgBouncer finds, too.
neon_url()
{
	local parameters
	printf -v parameters '&%s' "sslrootcert=$cluster/ca.pem" "$@"
	url "${parameters#&}"
}

# console_url [HOST]: as Neon's console prints it, and what libpq 15 does not
# know by itself.
console_url()
{
	url "sslmode=require&channel_binding=require&sslrootcert=$cluster/ca.pem&hostaddr=127.0.0.1" \
		"${1:-$endpoint.$domain}"
}

# The tasks of that title, whoever asks.
stored()
{
	superuser "SELECT count(*) FROM tasks WHERE title = '$1'" "$owner"
}

# --- The programs -----------------------------------------------------------

# begin_way: a test whose programs reach the stand-in as WAY says, cgi-direct,
# cgi-pooled, fcgi-direct or fcgi-pooled.
begin_way()
{
	begin
	token_for "$user"
	make_place
	askers=()
	# The default, and what a slow machine takes in addition; 15000 is the most that
	# the programs take.
	patience=$((5000 + (PRICE < 7000 ? PRICE : 7000)))
	[[ $WAY == cgi-* ]] || . "$API_ROOT/tests/lib/fastcgi.bash"
	neon cold=held wake=0 end=57P01 idle=0 certificate=good
	neon sleep
}

end_way()
{
	local result=0
	[[ $WAY == cgi-* ]] || end_programs || result=1
	remove_place
	return "$result"
}

# serve_from URL [SETTING...]: from now on.  In cgi mode, too, the settings are in
# a file: those in the environment would stand in the command line of env.
serve_from()
{
	settings=("DATABASE_URL=$1" "BETTER_AUTH_SECRET=$API_SECRET" "CORS_ORIGINS=$API_ORIGINS"
		"TASKS_DB_TIMEOUT_MS=$patience" "${@:2}")
	[[ $WAY == *-direct ]] || use_pooler "$1" || return 1
	write_settings
	if [[ $WAY == cgi-* ]]; then
		settings=("TASKS_ENV_FILE=$settings_file")
	elif ((${#pids[@]} == 0)); then
		start_programs tasks-list tasks-create
	fi
}

# Both programs have been served, and hold connections where they keep them.
warm_up()
{
	create && request GET /api/tasks && assert_status 200 && assert_discreet "$cluster/stand-in.log"
}

# ask_later NAME METHOD PATH [OPTION]...: in the background.
ask_later()
{
	apart "$1" ask_now "${@:2}" >/dev/null 2>&1 3>&- &
	askers+=("$!")
}

ask_now()
{
	local start=${EPOCHREALTIME/[.,]/}
	request "$@" --unchecked || true
	printf '%s after %d ms\n' "${status:-none}" \
		$(((${EPOCHREALTIME/[.,]/} - start) / 1000)) >"$BATS_TEST_TMPDIR/told"
}

# answers: wait for them.  Sets REPLY to NAME: STATUS after N ms, one a line.
answers()
{
	local file name
	wait "${askers[@]}" || true
	askers=() REPLY=
	for file in "$BATS_TEST_TMPDIR"/*/told; do
		name=${file%/told}
		REPLY+="${name##*/}: $(<"$file")"$'\n'
	done
	rm -- "$BATS_TEST_TMPDIR"/*/told
	REPLY=${REPLY%$'\n'}
}

# deadline MILLISECONDS: from the next request on, whatever else was set before.
deadline()
{
	echo "TASKS_DB_TIMEOUT_MS=$1" >>"$settings_file"
}

# assert_unavailable METHOD PATH [OPTION...]: a whole 503 that says no more than it
# should, and before the time that a program has where no setting says otherwise.
assert_unavailable()
{
	local start=${EPOCHREALTIME/[.,]/} took
	request "$@"
	took=$(((${EPOCHREALTIME/[.,]/} - start) / 1000))
	assert_problem 503 database_unavailable 'Database unavailable' || return 1
	((took < patience - 500)) || fail "it took $took ms" || return 1
	assert_discreet "$cluster/stand-in.log"
}

# sleep_through COLD WAKE: requests of either kind meet a cold start, some from its
# beginning, some in the middle; nobody notices.
sleep_through()
{
	local n before
	warm_up || return 1
	before=$(neon_count wakes)
	neon "cold=$1" "wake=$2" sleep
	for n in 1 2 3; do
		ask_later "list-$n" GET /api/tasks
		ask_later "create-$n" POST /api/tasks --body "{\"title\":\"$user $1 $n\"}"
		nap 0.15
	done
	answers
	[[ $REPLY =~ ^(create-[123]:\ 201\ [^:]*){3}(list-[123]:\ 200\ [^:]*){3}$ ]] || fail "$1: $REPLY" || return 1
	for n in 1 2 3; do
		assert_same "$(stored "$user $1 $n")" 1 "tasks of $1 $n" || return 1
	done
	assert_same "$(neon_count wakes)" $((before + 1)) "cold starts of $1" || return 1
	assert_discreet "$cluster/stand-in.log"
}
