# shellcheck shell=bash disable=SC2016,SC2034,SC2119,SC2120,SC2154
# What all bats files share: users, tokens, SQL and assertions.  Sourced by
# setup(); tests/run exports the API_* variables.

. "$API_ROOT/tools/wait.sh"
. "$API_ROOT/tests/lib/client.bash"
. "$API_ROOT/tests/lib/request.bash"
[[ $TRANSPORT != fcgi ]] || . "$API_ROOT/tests/lib/fastcgi.bash"

# A user that nobody had before; tests never share one.  Sets REPLY.
new_user()
{
	REPLY=${1:-u}-${EPOCHREALTIME/[.,]/}-$RANDOM
}

# Every test begins with a fresh $user, whom request() speaks for.
begin()
{
	new_user
	user=$REPLY
	declare -gA tokens=()
	base_settings
	start_client
}

# What the programs cannot do without.
base_settings()
{
	settings=("DATABASE_URL=$API_DATABASE_URL"
		"BETTER_AUTH_SECRET=$API_SECRET"
		"CORS_ORIGINS=$API_ORIGINS")
}

# write_settings [NAME=value...]: into the file that TASKS_ENV_FILE may name;
# a process that serves many requests reads it at each.
settings_file=${BATS_TEST_TMPDIR:-}/env
write_settings()
{
	local line
	for line in "${settings[@]}" "$@"; do
		printf "%s='%s'\n" "${line%%=*}" "${line#*=}"
	done >"$settings_file.new"
	mv "$settings_file.new" "$settings_file"
}

# token_for USER [SECONDS]: set token to one of that user, good for so long.
token_for()
{
	local name
	token=${tokens[$1]:-}
	[[ -z $token || -n ${2:-} ]] || return 0
	name=${1//\\/\\\\}
	signed '{"alg":"HS256","typ":"JWT"}' \
		"{\"sub\":\"${name//\"/\\\"}\",\"iat\":$EPOCHSECONDS,\"exp\":$((EPOCHSECONDS + ${2:-3600}))}"
	[[ -n ${2:-} ]] || tokens[$1]=$token
}

# raw_token CLAIMS [HEADER [ALG [SECRET]]]: set token to exactly these texts, signed.
raw_token()
{
	local header=${2:-}
	signed "${header:-{\"alg\":\"HS256\"\}}" "$1" "${3:-HS256}" "${4:-}"
}

# In seconds since 1970, plus so many.
in_seconds()
{
	REPLY=$((EPOCHSECONDS + $1))
}

# A port where nobody listens, from a range that nothing else here draws from: 12000
# on are the databases', 20000 on the servers' of the lanes, 32768 on the kernel's.
# Sets REPLY.
free_port()
{
	for _ in {1..100}; do
		REPLY=$((10000 + RANDOM % 2000))
		grep -qsE "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$REPLY") 0+:0000 0A " /proc/net/tcp /proc/net/tcp6 || return 0
	done
	return 1
}

# rows TEXT: SQL as the superuser, who sees everything.  Sets REPLY to the rows.
rows()
{
	untraced rows_at "host=$API_SOCKET port=5432 user=postgres dbname=${API_DATABASE:-tasks}" "$1"
}

# sql TEXT: the same, but prints the rows.
sql()
{
	local REPLY
	rows "$1" || return 1
	[[ -z $REPLY ]] || printf '%s\n' "$REPLY"
}

# is SQL TEXT: whether the query's answer is this.
is()
{
	local REPLY
	rows "$1" && [[ $REPLY == "$2" ]]
}

# copy_database NAME: the database as it is.  No other connection, as an idle one
# of the pooler's, may be there to it meanwhile.
copy_database()
{
	API_DATABASE=postgres sql "SELECT pg_terminate_backend(pid, 5000)
		FROM pg_stat_activity WHERE datname = 'tasks'" >/dev/null
	API_DATABASE=postgres sql "CREATE DATABASE $1 TEMPLATE tasks"
}

# Set REPLY to the URL of the programs' database behind the socket FOLDER/
# .s.PGSQL.5432.
url_behind()
{
	local user=${API_DATABASE_URL#*//}
	REPLY="postgresql://${user%%@*}@/tasks?host=${1//\//%2F}"
}

# repeat COUNT TEXT: sets REPLY.
repeat()
{
	printf -v REPLY '%*s' "$1" ''
	REPLY=${REPLY// /$2}
}

# --- Tasks ------------------------------------------------------------------

# create [JSON [OPTION...]]: a task of $user; sets id, and task to its JSON.
create()
{
	local json=${1:-{\"title\":\"a task\"\}}
	shift || true
	request POST /api/tasks --body "$json" "$@"
	assert_status 201 || return 1
	task=$body
	take_id
}

# Set id to that of the first task in the reply.
take_id()
{
	[[ $body =~ \"id\":\"([0-9a-f-]{36})\" ]] || fail 'no id in the task' || return 1
	id=${BASH_REMATCH[1]}
}

# --- Assertions -------------------------------------------------------------

# What was asked and got, for whoever reads the failure.
explain()
{
	local name
	printf '%s\n' "$*" "request: ${asked:-none}" "status:  ${status:-}"
	for name in "${!reply_headers[@]}"; do
		printf '  %s: %s\n' "$name" "${reply_headers[$name]}"
	done
	printf 'body:    %s\n' "${body:0:2000}"
	[[ -z ${log:-} ]] || printf 'log:     %s\n' "${log:0:2000}"
}

fail()
{
	explain "$@"
	return 1
}

assert_status()
{
	[[ $status == "$1" ]] || fail "status $1 was wanted, got $status"
}

# assert_problem STATUS CODE [DETAIL]: an error of the contract's shape.
assert_problem()
{
	[[ $status == "$1" && $body == *"\"code\":\"$2\""* ]] ||
		fail "$1 with the code $2 was wanted" || return 1
	[[ -z ${3:-} || $body == "{\"detail\":\"$3\","* ]] ||
		fail "the detail \"$3\" was wanted"
}

# assert_invalid LOC...: a 422 whose list names these, and no others; LOC is
# body.title, path.id or body.
assert_invalid()
{
	local wanted REPLY why=''
	[[ $status == 422 && $body == *'"code":"validation_error"'* ]] ||
		fail '422 validation_error was wanted' || return 1
	printf -v wanted '"%s",' "$@"
	untraced json '(.detail | map(select((.msg | type == "string" and . != "")
		and (.type | test("^[a-z_]+$"))) | .loc | join(".")) | sort) as $got
		| $got, $got == ($wanted | sort)' --argjson wanted "[${wanted%,}]" ||
		fail "faults in $* were wanted, got ${REPLY%$'\n'*} $why"
}

# assert_json FILTER [--arg NAME TEXT | --argjson NAME JSON]...: true of the body.
assert_json()
{
	local REPLY why=''
	untraced json "$@" || fail "this is not true of the body: $* $why"
}

# assert_same A B WHAT
assert_same()
{
	[[ $1 == "$2" ]] || fail "$3: wanted \"$2\", got \"$1\""
}

# The header's value; nothing and false where there is none.
header()
{
	local name=${1,,}
	[[ -n ${reply_headers[$name]+set} ]] || return 1
	printf '%s\n' "${reply_headers[$name]}"
}

assert_header()
{
	local name=${1,,}
	[[ -n ${reply_headers[$name]+set} ]] ||
		fail "the header $1 is missing" || return 1
	[[ ${reply_headers[$name]} == "$2" ]] ||
		fail "$1: \"$2\" was wanted, got \"${reply_headers[$name]}\""
}

assert_no_header()
{
	local name=${1,,}
	[[ -z ${reply_headers[$name]+set} ]] || fail "there is a header $1"
}

# assert_header_words NAME WORDS: a comma-separated list of exactly these, in any order.
assert_header_words()
{
	local -a got wanted
	local word words
	read -r -a got <<<"${reply_headers[${1,,}]//,/ }"
	read -r -a wanted <<<"$2"
	words=" ${got[*]} "
	for word in "${wanted[@]}"; do
		[[ $words == *" $word "* ]] || break
		words=${words/" $word "/ }
	done
	[[ $words == ' ' && ${#got[@]} == "${#wanted[@]}" ]] || fail "$1: $2 was wanted, got ${got[*]}"
}
