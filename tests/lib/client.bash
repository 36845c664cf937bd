# shellcheck shell=bash disable=SC2034,SC2154
# Each test starts one client process (tests/lib/client/client.h) and sends commands to it
# over a pipe.  So a request, a jq filter, a query or a token needs no new process.
# api.bash sources this file and starts the client.

# start_client: start a client process and open the pipes to and from it.
start_client()
{
	client_answer=$BATS_TEST_TMPDIR/answer
	coproc CLIENT { exec "$API_CLIENT" "$client_answer" 3>&-; }
	exec {client_in}>&"${CLIENT[1]}" {client_out}<&"${CLIENT[0]}"
	# Without arguments, `wait` would wait for the client, too.
	disown "$CLIENT_PID"
}

# apart NAME COMMAND...: execute a command with a client and a folder of its own.
# Call this function in a background subshell of a test: if two shells shared one
# client, their commands would mix in its pipes.
apart()
{
	BATS_TEST_TMPDIR+=/$1
	[[ -d $BATS_TEST_TMPDIR ]] || mkdir -p "$BATS_TEST_TMPDIR"
	start_client
	"${@:2}"
}

# ask COMMAND FIELD...: have the client execute a command of client.h, and set the
# variables of its answer.  Return 0 if the command succeeded, 1 if it failed and 2 if
# the client has ended.
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

# untraced COMMAND...: execute a command without bats's DEBUG trap.  Functions inherit
# that trap, and it takes most of the time of a function of many commands.
untraced()
{
	local result=0
	set +T
	"$@" || result=$?
	set -T
	return "$result"
}

# json FILTER [--arg NAME TEXT | --argjson NAME JSON]...: set REPLY to the output of
# `jq -r -c` for $body.  Return 0 if the last result is neither false nor null.
json()
{
	ask json "$body" "$@"
}

# rows_at CONNINFO TEXT: execute SQL and set REPLY to the rows in the format of
# `psql -q -A -t`.
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

# signed HEADER CLAIMS [ALG [SECRET]]: set token to a JWS of exactly these two texts.
signed()
{
	local alg=${3:-HS256}
	ask token "${4:-$API_SECRET}" "$1" "$2" "SHA${alg#HS}"
}
