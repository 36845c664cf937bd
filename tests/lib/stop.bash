# shellcheck shell=bash disable=SC2154,SC2317
# Whether a server ends when it is told to.

# stops_by_itself: tools/dev/nginx stops it, and needs no SIGKILL for that.
stops_by_itself()
{
	(
		export killed=$BATS_TEST_TMPDIR/killed
		# For the scripts that tools/dev/nginx starts, too.
		kill()
		{
			[[ " $* " != *' KILL '* ]] || echo "$*" >>"$killed"
			builtin kill "$@"
		}
		export -f kill
		cd "$API_ROOT" && RUN=$API_RUN tools/dev/nginx stop 3>&-
	)
	[[ ! -e $BATS_TEST_TMPDIR/killed ]] || fail "they had to be killed: $(<"$BATS_TEST_TMPDIR/killed")"
}
