# shellcheck shell=bash disable=SC2016,SC2034,SC2119,SC2120,SC2154
# Functions for all bats files: users, tokens, SQL and assertions.  setup() sources this
# file.  tests/run exports the API_* variables.

. "$API_ROOT/tools/admin/wait.sh"
. "$API_ROOT/tests/lib/client.bash"
. "$API_ROOT/tests/lib/request.bash"
[[ $TRANSPORT != fcgi ]] || . "$API_ROOT/tests/lib/fastcgi.bash"

# new_user [PREFIX]: set REPLY to a new, unique user ID.  Tests never share a user.
new_user()
{
	REPLY=${1:-u}-${EPOCHREALTIME/[.,]/}-$RANDOM
}

# Prepare a test: set user to a new user, whose tokens request() sends, set settings to
# the minimum, and start the client.
begin()
{
	new_user
	user=$REPLY
	declare -gA tokens=()
	base_settings
	start_client
}

# Set settings to those that the programs require.
base_settings()
{
	settings=("DATABASE_URL=$API_DATABASE_URL"
		"BETTER_AUTH_SECRET=$API_SECRET"
		"CORS_ORIGINS=$API_ORIGINS")
}

# write_settings [NAME=value...]: write $settings and these to $settings_file.  A process
# whose TASKS_ENV_FILE names this file checks it for changes at each request.
settings_file=${BATS_TEST_TMPDIR:-}/env
write_settings()
{
	local line
	for line in "${settings[@]}" "$@"; do
		printf "%s='%s'\n" "${line%%=*}" "${line#*=}"
	done >"$settings_file.new"
	mv "$settings_file.new" "$settings_file"
}

# token_for USER [SECONDS]: set token to a token of that user, which expires after so
# many seconds (3600 by default).
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

# raw_token CLAIMS [HEADER [ALG [SECRET]]]: set token to a JWS of exactly these texts.
raw_token()
{
	local header=${2:-}
	signed "${header:-{\"alg\":\"HS256\"\}}" "$1" "${3:-HS256}" "${4:-}"
}

# db_time MS: set REPLY to a TASKS_DB_TIMEOUT_MS of so many milliseconds plus one for each
# microsecond of PRICE, so that a correct answer is in time.  The setting's maximum is 15000.
db_time()
{
	measure_price
	REPLY=$(($1 + PRICE))
	((REPLY <= 15000)) || REPLY=15000
}

# in_seconds SECONDS: set REPLY to the Unix time so many seconds from now.
in_seconds()
{
	REPLY=$((EPOCHSECONDS + $1))
}

# Choose a free port below 12000: databases use 12000 and up, servers 20000 and up, the
# kernel 32768 and up.  Sets REPLY.
free_port()
{
	for _ in {1..100}; do
		REPLY=$((10000 + RANDOM % 2000))
		grep -qsE "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$REPLY") 0+:0000 0A " /proc/net/tcp /proc/net/tcp6 || return 0
	done
	return 1
}

# rows TEXT: execute SQL as the superuser, to whom row-level security does not apply.
# Sets REPLY to the rows.
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

# is SQL TEXT: return 0 if the query succeeds and its rows are this text.
is()
{
	local REPLY
	rows "$1" && [[ $REPLY == "$2" ]]
}

# copy_database NAME: create a copy of the database tasks.  CREATE DATABASE fails while
# its template has other connections, such as idle ones of a pooler, so end them first.
copy_database()
{
	API_DATABASE=postgres sql "SELECT pg_terminate_backend(pid, 5000)
		FROM pg_stat_activity WHERE datname = 'tasks'" >/dev/null
	API_DATABASE=postgres sql "CREATE DATABASE $1 TEMPLATE tasks"
}

# url_behind FOLDER: set REPLY to the URL of the programs' database by way of the socket
# FOLDER/.s.PGSQL.5432.
url_behind()
{
	local user=${API_DATABASE_URL#*//}
	REPLY="postgresql://${user%%@*}@/tasks?host=${1//\//%2F}"
}

# repeat COUNT TEXT: set REPLY to so many copies of the text.
repeat()
{
	printf -v REPLY '%*s' "$1" ''
	REPLY=${REPLY// /$2}
}

# --- Tasks ------------------------------------------------------------------

# create [JSON [OPTION...]]: create a task of $user by POST.  Set id to the task's ID and
# task to its JSON.
create()
{
	local json=${1:-{\"title\":\"a task\"\}}
	shift || true
	request POST /api/tasks --body "$json" "$@"
	assert_status 201 || return 1
	task=$body
	take_id
}

# Set id to the ID of the first task in the reply.
take_id()
{
	[[ $body =~ \"id\":\"([0-9a-f-]{36})\" ]] || fail 'no id in the task' || return 1
	id=${BASH_REMATCH[1]}
}

# --- Assertions -------------------------------------------------------------

# explain MESSAGE: print the message, the request and the reply.
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

# assert_problem STATUS CODE [DETAIL]: check that the reply is this error.
assert_problem()
{
	[[ $status == "$1" && $body == *"\"code\":\"$2\""* ]] ||
		fail "$1 with the code $2 was wanted" || return 1
	[[ -z ${3:-} || $body == "{\"detail\":\"$3\","* ]] ||
		fail "the detail \"$3\" was wanted"
}

# assert_invalid LOC...: check that the reply is a 422 that lists exactly these
# locations, such as body, body.title or path.id.
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

# assert_json FILTER [--arg NAME TEXT | --argjson NAME JSON]...: check that the last
# result of the jq filter over the body is neither false nor null.
assert_json()
{
	local REPLY why=''
	untraced json "$@" || fail "this is not true of the body: $* $why"
}

# assert_same GOT WANTED WHAT
assert_same()
{
	[[ $1 == "$2" ]] || fail "$3: wanted \"$2\", got \"$1\""
}

# header NAME: print the header's value.  Return 1 if the reply does not have the header.
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

# assert_header_words NAME WORDS: check that the header is a comma-separated list of
# exactly these words, in any order.
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
