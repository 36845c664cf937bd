# shellcheck shell=bash disable=SC2154
# A script in the place of a program, for servers that start one a request.

stood_in=''

# stand_in PROGRAM COMMANDS: until end_stand_in, which belongs into teardown().
stand_in()
{
	end_stand_in
	mv -- "$API_RUN/programs/$1" "$API_RUN/$1.saved"
	stood_in=$1
	printf '#!/bin/sh\n%s\n' "$2" >"$API_RUN/programs/$1"
	chmod 755 "$API_RUN/programs/$1"
}

end_stand_in()
{
	local pid
	[[ -n $stood_in ]] || return 0
	for pid in $(pgrep -x -f -- "/bin/sh $API_RUN/programs/$stood_in"); do
		pkill -P "$pid" || true
		kill "$pid" 2>/dev/null || true
	done
	mv -f -- "$API_RUN/$stood_in.saved" "$API_RUN/programs/$stood_in"
	stood_in=''
}
