# shellcheck shell=bash disable=SC2034,SC2154
# The test's own client process (tests/client/client.h), which it asks over two
# pipes instead of starting a program for each request, look into JSON, query
# or token.  Sourced by api.bash, which starts it.

# start_client: begin a client.
start_client()
{
	client_answer=$BATS_TEST_TMPDIR/answer
	coproc CLIENT { exec "$API_CLIENT" "$client_answer" 3>&-; }
	exec {client_in}>&"${CLIENT[1]}" {client_out}<&"${CLIENT[0]}"
	# So that `wait` without a process does not wait for it.
	disown "$CLIENT_PID"
}

# apart NAME COMMAND...: execute a command in a shell that runs beside the test,
# with a client and a folder of its own: commands of two shells would mix in the
# pipes of one client.
apart()
{
	BATS_TEST_TMPDIR+=/$1
	[[ -d $BATS_TEST_TMPDIR ]] || mkdir -p "$BATS_TEST_TMPDIR"
	start_client
	"${@:2}"
}

# ask COMMAND FIELD...: execute a command of client.h and set the variables of
# its answer.  Returns whether it succeeded; 2 when the client is gone.
ask()
{
	local client_result
	printf '%s\0' "$#" "$@" >&"$client_in" &&
		IFS= read -r -u "$client_out" client_result &&
		[[ $client_result == [01] ]] || return 2
	# shellcheck disable=SC1090
	. "$client_answer"
	return "$client_result"
}

# bats traces each command of a function that inherits its trap, which takes
# most of the time of a function of many commands.
# untraced COMMAND...
untraced()
{
	local result=0
	set +T
	"$@" || result=$?
	set -T
	return "$result"
}

# json FILTER [--arg NAME TEXT | --argjson NAME JSON]...: set REPLY to what
# `jq -r` makes of $body.  True if the last result is neither false nor null.
json()
{
	ask json "$body" "$@"
}

# rows_at CONNINFO TEXT: execute SQL and set REPLY to the rows, as `psql -q -A -t`
# prints them.
rows_at()
{
	local why=''
	if ! ask sql "$1" "$2"; then
		printf '%s\n' "${why:-the client is gone}" >&2
		return 1
	fi
}

# sql_at CONNINFO TEXT: execute SQL and print the rows.
sql_at()
{
	local REPLY
	rows_at "$@" || return 1
	[[ -z $REPLY ]] || printf '%s\n' "$REPLY"
}

# signed HEADER CLAIMS [ALG [SECRET]]: set token to exactly these texts, signed.
signed()
{
	local alg=${3:-HS256}
	ask token "${4:-$API_SECRET}" "$1" "$2" "SHA${alg#HS}"
}
