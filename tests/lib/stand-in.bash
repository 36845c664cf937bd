# shellcheck shell=bash disable=SC2034,SC2154
# Scripts that replace programs, for servers that start one process per request.

stood_in=() gate=$API_RUN/gate

# take_away PROGRAM: remove a program until end_stand_in, which teardown() must call.
take_away()
{
	mv -- "$API_RUN/programs/$1" "$API_RUN/$1.saved"
	stood_in+=("$1")
}

# stand_in PROGRAM COMMANDS: replace the program by a script until end_stand_in.
stand_in()
{
	put_back
	take_away "$1"
	printf '#!/bin/sh\n%s\n' "$2" >"$API_RUN/programs/$1"
	chmod 755 "$API_RUN/programs/$1"
}

end_stand_in()
{
	open_gate
	put_back
}

put_back()
{
	local name
	for name in "${stood_in[@]}"; do
		mv -f -- "$API_RUN/$name.saved" "$API_RUN/programs/$name"
	done
	stood_in=()
}

# close_gate: set at_gate to sh commands that append the process's ID to $gate.begun and
# then wait until open_gate.
close_gate()
{
	rm -f -- "$gate"
	mkfifo -m 666 "$gate"
	: >"$gate.begun"
	chmod 666 "$gate.begun"
	at_gate="echo \$\$ >>$gate.begun; [ ! -e $gate ] || read -r _ <$gate"
}

open_gate()
{
	local end
	[[ -e $gate ]] || return 0
	# A waiting reader whose open() blocks needs a writer.  A reader that already reads
	# gets the end of the file.
	exec {end}<>"$gate"
	rm -f -- "$gate"
	exec {end}>&-
}

# have_begun COUNT: succeed if at least so many processes have reached the gate.  Set begun
# to their IDs.
have_begun()
{
	mapfile -t begun <"$gate.begun"
	((${#begun[@]} >= $1))
}

gone() { [[ ! -d /proc/$1 ]]; }

# hangs_until_504: let GET /api/me hang at the gate and check that another program is served
# meanwhile.  Then check that the response to the first request is a 504.
hangs_until_504()
{
	token_for "$user"
	send_raw hanging "GET /api/me HTTP/1.1\r\nHost: x\r\nOrigin: http://localhost:3000\r\nAuthorization: Bearer $token\r\nConnection: close\r\n\r\n"
	wait_until have_begun 1 || fail 'the program was not started' || return 1
	request GET /health/live --no-token
	assert_status 200 || return 1
	ask waits hanging || fail 'the other one did not wait' || return 1
	received hanging GET /api/me
	assert_problem 504 timeout || return 1
	[[ ${reply_headers[retry-after]:-} =~ ^[1-9]$ ]] || fail 'no Retry-After' || return 1
	assert_header Access-Control-Allow-Origin http://localhost:3000
}
