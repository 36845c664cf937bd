# shellcheck shell=bash disable=SC2154,SC2317
# Check that a server stops when it is asked to.

# stops_by_itself: check that its script stops the server without SIGKILL.
stops_by_itself()
{
	(
		export killed=$BATS_TEST_TMPDIR/killed
		# Export the function to the scripts that this one starts.
		kill()
		{
			[[ " $* " != *' KILL '* ]] || echo "$*" >>"$killed"
			builtin kill "$@"
		}
		export -f kill
		cd "$API_ROOT" && RUN=$API_RUN "tools/dev/${API_SERVER%%-*}" stop 3>&-
	)
	[[ ! -e $BATS_TEST_TMPDIR/killed ]] || fail "they had to be killed: $(<"$BATS_TEST_TMPDIR/killed")"
}
