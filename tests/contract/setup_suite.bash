# shellcheck shell=bash disable=SC2034,SC2154
# With TRANSPORT=fcgi, each program is one FastCGI process that serves all tests.
setup_suite()
{
	[[ $TRANSPORT == fcgi ]] || return 0
	export API_SOCKETS=$BATS_SUITE_TMPDIR
	. "$API_ROOT/tests/lib/api.bash"
	base_settings
	settings_file=$API_SOCKETS/env
	write_settings
	start_programs tasks-list tasks-create tasks-get tasks-update tasks-delete tasks-complete me health fallback
}

# Each ends with 0, or it has failed (LeakSanitizer, too).
teardown_suite()
{
	[[ $TRANSPORT != fcgi ]] || end_programs
}
