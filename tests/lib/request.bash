# shellcheck shell=bash disable=SC2034,SC2119,SC2120,SC2154
# request(): send one request and check the rules that hold for every reply of the API.
# TRANSPORT names the transport: cgi executes the program itself, and http sends the
# request to a web server by libcurl.
#
#   request METHOD PATH [--user U|--token T|--authorization V|--no-token]
#           [--body TEXT|--body-file F] [--type CONTENT-TYPE] [--origin O]
#           [--header 'Name: value']... [--unchecked]
#
# PATH is percent-encoded.  The default token is one of $user, the default origin is an
# allowed one, and the default type of a body is application/json.  An empty origin or
# type means that the request does not have this header.  --unchecked leaves the checks
# out.  Sets status, body, reply_headers and asked; over cgi also log.

declare -gA reply_headers=()

request() { sound request_once "$@"; }

# sound COMMAND...: execute a command that checks the reply.  `&&` hides a failed
# check.  Mark the status, so that a later assertion on it fails.
sound()
{
	local result=0
	untraced "$@" || result=$?
	((result == 0)) || status+=' (unsound)'
	return "$result"
}

request_once()
{
	local method=$1 path=$2 unchecked='' body_file='' type='' typed=''
	local authorization='' said='' origin=http://localhost:3000
	local -a extra=()
	asked="$method $path" status=''
	shift 2
	while (($#)); do
		case $1 in
		--user) token_for "$2" && authorization="Bearer $token" said=1 ;;
		--token) authorization="Bearer $2" said=1 asked+=" by ${2:0:300}" ;;
		--authorization) authorization=$2 said=1 asked+=" by ${2:0:300}" ;;
		--body)
			body_file=$BATS_TEST_TMPDIR/request-body
			printf '%s' "$2" >"$body_file"
			asked+=" ${2:0:300}"
			;;
		--body-file) body_file=$2 ;;
		--type) type=$2 typed=1 ;;
		--origin) origin=$2 ;;
		--header) extra+=("$2") asked+=" [${2:0:300}]" ;;
		--no-token | --unchecked)
			[[ $1 == --no-token ]] && said=1 || unchecked=1
			set -- "" "$@"
			;;
		*) fail "request: what is $1?" || return 1 ;;
		esac
		shift 2
	done
	if [[ -z $said ]]; then
		token_for "$user"
		authorization="Bearer $token"
	fi
	if [[ -n $body_file && -z $typed ]]; then
		type=application/json
	fi
	"request_over_$TRANSPORT" || return 1
	[[ -n $unchecked ]] || check_reply
}

# --- http -------------------------------------------------------------------

# on_server METHOD PATH: set REPLY to the path of this resource on the server.
# BusyBox has no routes, so its URLs contain the name of the program.
on_server()
{
	local decoded program
	REPLY=$2
	if [[ $API_SERVER == busybox ]]; then
		percent_decode "${2%%\?*}"
		ask route "$1" "$decoded"
		REPLY=/cgi-bin/$program$2
	fi
}

request_over_http()
{
	local -a headers=()
	local REPLY why=''
	on_server "$method" "$path"
	[[ -z $authorization ]] || headers+=("Authorization: $authorization")
	[[ -z $origin ]] || headers+=("Origin: $origin")
	if [[ -n $body_file || -n $type ]]; then
		headers+=("Content-Type:${type:+ $type}")
	fi
	ask http "$method" "$API_URL$REPLY" "$body_file" "${headers[@]}" "${extra[@]}" ||
		fail "curl: ${why:-the client is gone}"
}

# --- cgi --------------------------------------------------------------------

# percent_decode TEXT: set decoded to the text without percent-encoding.
percent_decode()
{
	local text=${1//\\/\\\\}
	printf -v decoded '%b' "${text//%/\\x}"
}

request_over_cgi()
{
	local -a variables=()
	local line name decoded query=''
	if [[ $path == *\?* ]]; then
		query=${path#*\?}
	fi
	percent_decode "${path%%\?*}"
	variables=(GATEWAY_INTERFACE=CGI/1.1 SERVER_PROTOCOL=HTTP/1.1
		REQUEST_METHOD="$method" PATH_INFO="$decoded" QUERY_STRING="$query")
	[[ -z $authorization ]] ||
		variables+=(HTTP_AUTHORIZATION="$authorization")
	[[ -z $origin ]] || variables+=(HTTP_ORIGIN="$origin")
	[[ -z $type ]] || variables+=(CONTENT_TYPE="$type")
	[[ -z $body_file ]] || variables+=(CONTENT_LENGTH=auto)
	for line in "${extra[@]}"; do
		name=${line%%:*}
		name=${name^^}
		variables+=("HTTP_${name//-/_}=${line#*: }")
	done
	ask route "$method" "$decoded"
	cgi "$program" "${body_file:-/dev/null}" "${variables[@]}" ||
		[[ -n $unchecked ]] || fail "$program: exit status $?" || return 1
	[[ -n $unchecked ]] || check_log
}

# Send the same variables to a running FastCGI process: fastcgi.bash redefines cgi().
request_over_fcgi() { request_over_cgi; }

# Environment variables for programs that are built with the sanitizers.
sanitizer_variables=(${API_SANITIZER_OPTIONS:+"ASAN_OPTIONS=$API_SANITIZER_OPTIONS"
	"UBSAN_OPTIONS=print_stacktrace=1:$API_SANITIZER_OPTIONS"})

# cgi PROGRAM INPUT-FILE VARIABLE=value...: run the program with an environment of only
# the settings and these variables.  Return the program's exit status.
cgi()
{
	local exit_status=2
	ask program "$API_PROGRAMS/$1" "$2" "${settings[@]}" "${sanitizer_variables[@]}" "${@:3}" ||
		return "$exit_status"
}

# bare PROGRAM INPUT-FILE VARIABLE=value...: call cgi() and check the log and the reply
# as request() does.
bare() { sound bare_once "$@"; }

bare_once()
{
	local program=$1 method='' path='' authorization='' origin='' variable
	asked="$1 <$2 ${*:3}"
	for variable in "${@:3}"; do
		case $variable in
		REQUEST_METHOD=*) method=${variable#*=} ;;
		PATH_INFO=*) path=${variable#*=} ;;
		HTTP_ORIGIN=*) origin=${variable#*=} ;;
		HTTP_AUTHORIZATION=*) authorization=${variable#*=} ;;
		esac
	done
	cgi "$@" || fail "$program: exit status $?" || return 1
	check_log && check_reply
}

# Check that a failed request logs exactly one line, that any other request logs
# nothing, and that the line does not contain the token.
check_log()
{
	if ((status < 400)); then
		[[ -z $log ]] || fail 'a request that succeeded was logged'
		return
	fi
	[[ $log != *$'\n'* && $log =~ ^time=20[0-9-]+T[0-9:.]+Z\ level=(info|error)\ request_id=[A-Za-z0-9_-]+\ program=$program\ status=$status\ code=[a-z_]+( |$) ]] ||
		fail 'not exactly one line of the form that is wanted' || return 1
	[[ -z $authorization || ${#authorization} -lt 20 ||
		$log != *"${authorization#* }"* ]] || fail 'the token is in the log'
}

# --- Replies ----------------------------------------------------------------

# read_reply FILE: set status, body and reply_headers from a file with the output of a
# program or of `curl -i`.
read_reply()
{
	ask reply "$1"
}

# Check the rules that hold for every reply.
check_reply()
{
	local request_id=${reply_headers[x-request-id]:-}
	[[ $status =~ ^[2-5][0-9][0-9]$ ]] || fail 'no status' || return 1
	[[ $request_id =~ ^[A-Za-z0-9_-]{1,64}$ ]] ||
		fail 'not one X-Request-Id' || return 1
	[[ ${reply_headers[x-content-type-options]:-} == nosniff ]] ||
		fail 'not one X-Content-Type-Options: nosniff' || return 1
	[[ ${reply_headers[vary]:-} == Origin ]] ||
		fail 'not one Vary: Origin' || return 1
	[[ -n ${reply_headers[cache-control]:-} ]] ||
		fail 'no Cache-Control' || return 1
	if [[ $status == [23]04 || ${reply_headers[preference-applied]:-} == return=minimal ]]; then
		[[ -z $body && -z ${reply_headers[content-type]+set} ]] ||
			fail "$status with a body or a type" || return 1
	else
		[[ ${reply_headers[content-type]:-} == application/json ]] ||
			fail 'the type is not application/json' || return 1
	fi
	if [[ $method == HEAD ]]; then
		[[ -z $body ]] || fail 'HEAD with a body' || return 1
	elif ((status >= 400)) && [[ $path != /health* ]]; then
		[[ $body =~ ^\{\"detail\":(\".+\"|\[\{.+\}\]),\"code\":\"[a-z_]+\",\"request_id\":\"$request_id\"\}[[:space:]]*$ ]] ||
			fail 'not the shape of an error' || return 1
		check_discretion || return 1
	fi
	check_cors || return 1
	case $status in
	401) [[ ${reply_headers[www-authenticate]:-} == Bearer* ]] || fail '401 without WWW-Authenticate' ;;
	405) [[ -n ${reply_headers[allow]:-} ]] || fail '405 without Allow' ;;
	503) [[ ${reply_headers[retry-after]:-} =~ ^[1-9][0-9]*$ ]] || fail '503 without Retry-After' ;;
	esac
}

# Check that an error discloses no host, SQL, file name, secret or message of a library.
check_discretion()
{
	local word
	for word in "$API_SECRET" "$API_SOCKET" "$API_ROOT" PGSQL postgres pgbouncer libpq \
		jansson SELECT INSERT UPDATE public. tasks_app /usr/ /var/ .c:; do
		[[ $body != *"$word"* ]] || fail "\"$word\" is in the reply" || return 1
	done
}

# Check that every reply to an allowed origin has the CORS headers, and that no reply to
# another origin has one.
check_cors()
{
	if [[ -n $origin && $origin != *,* && ,$API_ORIGINS, == *",$origin,"* ]]; then
		[[ ${reply_headers[access-control-allow-origin]:-} == "$origin" &&
			${reply_headers[access-control-allow-credentials]:-} == true &&
			-n ${reply_headers[access-control-expose-headers]:-} ]] ||
			fail 'CORS headers are missing'
		return
	fi
	local word
	for word in "${!reply_headers[@]}"; do
		[[ $word != access-control-* ]] ||
			fail "$word for an origin that is not allowed" || return 1
	done
}
