# shellcheck shell=bash disable=SC2030,SC2031,SC2034,SC2154
# The stand-in for Neon in front of a separate PostgreSQL (tests/db/neon).  Source this file
# after tls.bash.

owner=neondb_owner encoded_owner=neondb_owner
# Make the password unique, because a test searches all command lines for it.
export neon_number=${neon_number:-$RANDOM$RANDOM}
password=npg_pa55wordQ7x$neon_number encoded=$password

# Names like Neon's.  hostaddr gives libpq the address.  PgBouncer has no such parameter, so
# localhost is a second name of the endpoint.
endpoint=ep-cool-rain-a2b4c6d8
domain=eu-central-1.aws.neon.example

# start_stand_in: start PostgreSQL and the stand-in, and export port and control.
start_stand_in()
{
	export stand_in port control
	. "$API_ROOT/tools/admin/wait.sh"
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

# neon WORD...: change the stand-in: sleep or awake takes effect now, NAME=value sets a
# habit of stand-in.mjs.
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

# neon_count NAME: print this count of the stand-in, or its state.
neon_count()
{
	local -A reply_headers
	local status body why
	untraced ask http GET "http://127.0.0.1:$control/" ''
	[[ $body =~ \"$1\":\"?([a-z0-9]+) ]] && printf '%s\n' "${BASH_REMATCH[1]}"
}

wait_until_state()
{
	wait_until state_is "$1" || fail "the stand-in is not $1"
}
state_is() { [[ $(neon_count state) == "$1" ]]; }

# neon_url [PARAMETER...]: print the URL with a host name that PgBouncer can resolve.
neon_url()
{
	local parameters
	printf -v parameters '&%s' "sslrootcert=$cluster/ca.pem" "$@"
	url "${parameters#&}"
}

# console_url [HOST]: print the URL as Neon's console does, plus the parameters that libpq
# 15 needs here.
console_url()
{
	url "sslmode=require&channel_binding=require&sslrootcert=$cluster/ca.pem&hostaddr=127.0.0.1" \
		"${1:-$endpoint.$domain}"
}

# stored TITLE: print the number of tasks with this title, of all users.
stored()
{
	superuser "SELECT count(*) FROM tasks WHERE title = '$1'" "$owner"
}

# --- The programs -----------------------------------------------------------

# begin_way: prepare a test.  WAY selects how the programs reach the stand-in: cgi-direct,
# cgi-pooled, fcgi-direct or fcgi-pooled.
begin_way()
{
	begin
	token_for "$user"
	make_place
	askers=()
	# The default timeout plus a margin for slow machines.  The total stays below 15000,
	# the setting's maximum.
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

# serve_from URL [SETTING...]: make the programs use this database.  Write the settings to a
# file also in CGI mode, because `env` would show them in its command line.
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

# warm_up: serve a request with both programs, so that they have connections if they keep
# them.
warm_up()
{
	create && request GET /api/tasks && assert_status 200 && assert_discreet "$cluster/stand-in.log"
}

# ask_later NAME METHOD PATH [OPTION]...: start a request in the background.
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

# answers: wait for these requests.  Set REPLY to lines of the form NAME: STATUS after N ms.
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

# deadline MILLISECONDS: set TASKS_DB_TIMEOUT_MS from the next request on.  The last line of
# the file wins.
deadline()
{
	echo "TASKS_DB_TIMEOUT_MS=$1" >>"$settings_file"
}

# assert_unavailable METHOD PATH [OPTION...]: check that the response is a complete 503
# without secrets, and that it arrives well before the default timeout.
assert_unavailable()
{
	local start=${EPOCHREALTIME/[.,]/} took
	request "$@"
	took=$(((${EPOCHREALTIME/[.,]/} - start) / 1000))
	assert_problem 503 database_unavailable 'Database unavailable' || return 1
	((took < patience - 500)) || fail "it took $took ms" || return 1
	assert_discreet "$cluster/stand-in.log"
}

# sleep_through COLD WAKE: send lists and creates at the start and in the middle of a cold
# start, and check that all succeed.
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
