# shellcheck shell=bash
# Starting a server takes longer where fork() is slow, so timeouts scale with PRICE.
# tools/dev/lib.sh and the tests source this file.

# nap SECONDS: sleep without a process.
nap()
{
	# Read from a pipe without writers: the read always times out.
	[[ -n ${never:-} ]] || exec {never}<> <(:)
	read -r -t "$1" -u "$never" _ || true
}

# measure_price: set PRICE to the time that a null program takes, in microseconds: the
# mean of 50 runs.  Export PRICE, so that child processes do not measure it again.
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

# wait_until COMMAND...: return 0 as soon as the command succeeds, 1 if it still fails
# after 5 s plus the time of 30,000 null programs.
wait_until()
{
	local deadline=$((SECONDS + 5)) extended=''
	until "$@"; do
		if ((SECONDS >= deadline)); then
			[[ -z $extended ]] || return 1
			# Most commands succeed within 5 s, so measure only now.
			measure_price
			deadline=$((SECONDS + PRICE * 30 / 1000)) extended=yes
		fi
		nap 0.05
	done
}
