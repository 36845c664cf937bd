# shellcheck shell=bash disable=SC2034,SC2119,SC2120,SC2154
# Read the access log of the server under test.  setup() sources this file, so that the
# tests skip the lines that were logged earlier.

access_log=$API_RUN/${API_SERVER%%-*}/tasks-access.log

# Every server writes these keys in this order.  The values of the header X-Tasks-Log,
# which the program sends to the server, come last.
quoted='"([^"\\]|\\.)*"'
line_form="^time=20[0-9-]{8}T[0-9:]{8}(\.[0-9]+)?[+-][0-9]{2}:?[0-9]{2} client=[0-9a-f.:]+ method=$quoted path=$quoted "
line_form+="status=[0-9]{3} bytes=[0-9]+ ms=[0-9]+ request_id=$quoted (upstream=$quoted )?"
line_form+="(-|program=[a-z-]+( user=[A-Za-z0-9._~%-]+)?( code=[a-z_]+)? program_ms=[0-9]+\.[0-9]{3}"
line_form+="( db_ms=[0-9]+\.[0-9]{3})?( trace_id=[0-9a-f]{32})?)\$"

# The lines that were logged after setup(), and the start of an incomplete line.
logged=() unfinished=''
[[ ! -e $access_log ]] || { exec {access_fd}<"$access_log" && mapfile -t -u "$access_fd" logged; }
logged=()

read_log()
{
	local text
	while IFS= read -r -u "$access_fd" text; do
		logged+=("$unfinished$text")
		unfinished=''
	done
	unfinished+=$text
}

# traced REQUEST...: send a request and set line to its line of the access log.  Check
# that the reply does not contain the header X-Tasks-Log.
traced()
{
	request "$@" --unchecked && assert_no_header X-Tasks-Log || return 1
	line_of "${reply_headers[x-request-id]:-}"
}

# line_of REQUEST-ID: wait for the log line of this request and set line.  A server logs
# a request after its reply, lighttpd some seconds later.
line_of() { untraced line_with " request_id=\"$1\" "; }

# next_line COMMAND...: execute a command and set line to the line that is logged for it.
# Fail if there is more than one.
next_line()
{
	read_log
	logged=()
	"$@" || return 1
	untraced line_with ''
}

line_with()
{
	line=''
	wait_until is_logged "$1" || true
	[[ -n $line && $line != *$'\n'* ]] || fail "not one line with '$1': $line"
}

is_logged()
{
	local text
	line=''
	read_log
	for text in "${logged[@]}"; do
		[[ $text != *"$1"* ]] || line+=${line:+$'\n'}$text
	done
	[[ -n $line ]]
}

# assert_line METHOD PATH STATUS PROGRAM [CODE]: check that line has these values.
assert_line()
{
	[[ $line =~ $line_form ]] || fail "not of the form: $line" || return 1
	[[ $line == *" method=\"$1\" path=\"$2\" status=$3 "*" program=$4 "*"${5:+code=$5 }program_ms="* &&
		(-n ${5:-} || $line != *' code='*) ]] ||
		fail "not $*: $line"
}
