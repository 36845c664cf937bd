# shellcheck shell=bash disable=SC2154
# Scripts in the place of programs, for servers that start one a request.

stood_in=()

# take_away PROGRAM: until end_stand_in, which belongs into teardown().
take_away()
{
	mv -- "$API_RUN/programs/$1" "$API_RUN/$1.saved"
	stood_in+=("$1")
}

# stand_in PROGRAM COMMANDS: the same, and a script is there.
stand_in()
{
	end_stand_in
	take_away "$1"
	printf '#!/bin/sh\n%s\n' "$2" >"$API_RUN/programs/$1"
	chmod 755 "$API_RUN/programs/$1"
}

end_stand_in()
{
	local name pid
	for name in "${stood_in[@]}"; do
		for pid in $(pgrep -x -f -- "/bin/sh $API_RUN/programs/$name"); do
			pkill -P "$pid" || true
			kill "$pid" 2>/dev/null || true
		done
		mv -f -- "$API_RUN/$name.saved" "$API_RUN/programs/$name"
	done
	stood_in=()
}
