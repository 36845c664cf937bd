# shellcheck shell=bash
# Waiting, by the measure of the machine: where processes are dear, a server takes
# many times as long to start.  To be sourced, by tools/lib.sh and by the tests.

# nap SECONDS: sleep without a process.
nap()
{
	# The end of a pipe that nobody writes to and that has no end of file.
	[[ -n ${never:-} ]] || exec {never}<> <(:)
	read -r -t "$1" -u "$never" _ || true
}

# measure_price: set PRICE to the microseconds that a null program takes here, as
# fifty of them do, and export it to whatever else waits.
measure_price()
{
	local n start=$EPOCHREALTIME
	[[ -z ${PRICE:-} ]] || return 0
	for ((n = 0; n < 50; n++)); do
		/bin/true
	done
	PRICE=$(((${EPOCHREALTIME/[.,]/} - ${start/[.,]/}) / 50))
	export PRICE
}

# wait_until COMMAND...: return 0 as soon as the command succeeds, and 1 when it
# still fails after 5 s and the time of 30,000 null programs: it never will.
wait_until()
{
	local deadline=$((SECONDS + 5)) extended=''
	until "$@"; do
		if ((SECONDS >= deadline)); then
			[[ -z $extended ]] || return 1
			# Most waits are over before the price is of interest.
			measure_price
			deadline=$((SECONDS + PRICE * 30 / 1000)) extended=yes
		fi
		nap 0.05
	done
}
