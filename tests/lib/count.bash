# shellcheck shell=bash disable=SC2034,SC2154
# How tests/run runs what prints TAP, within a time, and counts it.

# bounded OUTPUT ERRORS COMMAND...: run it, but not for ever.  In the
# background, so that a signal to us is heard at once.
bounded()
{
	local status=0
	timeout -k 10 "$limit" "${@:3}" >"$1" 2>"$2" </dev/null 3>&- 9>&- &
	current=$!
	wait "$current" || status=$?
	current=''
	return "$status"
}

# stream NAME COMMAND...: run what prints TAP and count it; on the server in
# $excepting, if any, tests/exceptions counts too.
stream()
{
	local name=$1 status=0 counts before=$layer_failed
	shift
	bounded "$taps/$name.tap" "$taps/$name.err" "$@" || status=$?
	counts=$(awk -v status="$status" -v server="${excepting:-}" -v exceptions=tests/exceptions \
		-f tests/lib/tap.awk "$taps/$name.tap")
	count "$name" "${counts##*$'\n'}" "${counts%$'\n'*}"
	if ((layer_failed > before)) && [[ -s $taps/$name.err ]]; then
		sed 's/^/  ! /' "$taps/$name.err" | tail -n 60
	fi
}

# count NAME 'PASSED FAILED [EXCEPTED]' TEXT: add to the layer's counts.
count()
{
	local passed failed excepted
	read -r passed failed excepted <<<"$2"
	layer_passed=$((layer_passed + passed))
	layer_failed=$((layer_failed + failed))
	layer_excepted=$((layer_excepted + ${excepted:-0}))
	if [[ $failed != 0 ]]; then
		printf '%s\n%s\n' "--- $1: $failed failed" "$3"
	fi
}

# verdict NAME TEXT COMMAND...: one test of ours, passed if the command is
# true.
verdict()
{
	local name=$1 text=$2
	shift 2
	if "$@"; then
		count "$name" '1 0' ''
	else
		count "$name" '0 1' "  not ok - $text"
	fi
}

# What the sanitizers wrote down is a failure, each of it.
no_reports()
{
	local report
	for report in "$reports"/*; do
		[[ -e $report ]] || return 0
		sed 's/^/  # /' "$report" | head -n 60
	done
	rm -f -- "$reports"/*
	return 1
}

seconds_since()
{
	local us=$((${EPOCHREALTIME/[.,]/} - ${1/[.,]/}))
	printf '%d.%d' $((us / 1000000)) $((us / 100000 % 10))
}
