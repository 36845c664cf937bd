# shellcheck shell=bash disable=SC2034,SC2119,SC2120,SC2154
# The access log of the server under test, line by line.

access_log=$API_RUN/${API_SERVER%%-*}/tasks-access.log

# The keys that every server writes, in this order; what a program said comes last.
quoted='"([^"\\]|\\.)*"'
line_form="^time=20[0-9-]{8}T[0-9:]{8}(\.[0-9]+)?[+-][0-9]{2}:?[0-9]{2} client=[0-9a-f.:]+ method=$quoted path=$quoted "
line_form+="status=[0-9]{3} bytes=[0-9]+ ms=[0-9]+ request_id=$quoted (upstream=$quoted )?"
line_form+="(-|program=[a-z-]+( user=[A-Za-z0-9._~%-]+)?( code=[a-z_]+)? program_ms=[0-9]+\.[0-9]{3}"
line_form+="( db_ms=[0-9]+\.[0-9]{3})?( trace_id=[0-9a-f]{32})?)\$"

# ask REQUEST...: request(), and sets line to what the access log says of it; the
# client has not seen that.
ask()
{
	request "$@" --unchecked && assert_no_header X-Tasks-Log || return 1
	line_of "$(header X-Request-Id)"
}

# line_of REQUEST-ID: sets line; a server writes it after it has answered, lighttpd
# some seconds after.
line_of()
{
	for _ in {1..100}; do
		line=$(grep -F " request_id=\"$1\" " "$access_log") && break
		sleep 0.1
	done
	[[ -n $line && $line != *$'\n'* ]] || fail "not one line of $1: $line"
}

# last_line COUNT: sets line to the one after so many, which is the last.
last_line()
{
	for _ in {1..50}; do
		(($(wc -l <"$access_log") == $1)) || break
		sleep 0.1
	done
	line=$(tail -n "+$(($1 + 1))" "$access_log")
	[[ -n $line && $line != *$'\n'* ]] || fail "not one line: $line"
}

# assert_line METHOD PATH STATUS PROGRAM [CODE]: of line.
assert_line()
{
	[[ $line =~ $line_form ]] || fail "not of the form: $line" || return 1
	[[ $line == *" method=\"$1\" path=\"$2\" status=$3 "*" program=$4 "*"${5:+code=$5 }program_ms="* &&
		(-n ${5:-} || $line != *' code='*) ]] ||
		fail "not $*: $line"
}
