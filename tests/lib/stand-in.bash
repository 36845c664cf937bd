# shellcheck shell=bash disable=SC2034,SC2154
# Scripts in the place of programs, for servers that start one a request.

stood_in=() gate=$API_RUN/gate

# take_away PROGRAM: until end_stand_in, which belongs into teardown().
take_away()
{
	mv -- "$API_RUN/programs/$1" "$API_RUN/$1.saved"
	stood_in+=("$1")
}

# stand_in PROGRAM COMMANDS: the same, and a script is there.
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

# close_gate: from now on $at_gate, commands of sh, writes the process's number to a
# line of $gate.begun and waits until open_gate.
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
	# Those that wait for a writer get one; those that read, its end.
	exec {end}<>"$gate"
	rm -f -- "$gate"
	exec {end}>&-
}

# have_begun COUNT: whether so many processes have come to the gate; sets begun to them.
have_begun()
{
	mapfile -t begun <"$gate.begun"
	((${#begun[@]} >= $1))
}

gone() { [[ ! -d /proc/$1 ]]; }

# hangs_until_504: GET /api/me hangs at the gate and another program is served
# meanwhile; what the server then says of the first is set as by request().
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
