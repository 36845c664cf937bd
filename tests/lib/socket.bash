# shellcheck shell=bash disable=SC2034,SC2154
# Stand-ins for FastCGI processes, at their sockets.  To be sourced after stand-in.bash.

sockets=$API_RUN/fcgi stand_in=

# end_replacement: the processes are back.  It belongs into teardown().
end_replacement()
{
	local saved
	open_gate
	if [[ -n $stand_in ]]; then
		kill -- "-$stand_in" 2>/dev/null || true
		wait "$stand_in" 2>/dev/null || true
		stand_in=
	fi
	for saved in "$sockets"/*.saved; do
		[[ -e $saved ]] || continue
		mv -f -- "$saved" "${saved%.saved}"
	done
}

# hide PROGRAM: nothing listens there.
hide()
{
	mv -- "$sockets/$1.sock" "$sockets/$1.sock.saved"
}

# replace PROGRAM COMMAND [OPTION]: until the test ends, answer each connection to PROGRAM's
# socket by running COMMAND.  OPTION is an option for socat's listener.
replace()
{
	hide "$1"
	setsid socat "UNIX-LISTEN:$sockets/$1.sock,mode=0666,fork${3:+,$3}" "SYSTEM:$2" 2>/dev/null 3>&- &
	stand_in=$!
	wait_until test -S "$sockets/$1.sock" || fail 'the stand-in does not listen'
}
