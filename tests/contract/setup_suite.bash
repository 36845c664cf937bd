# shellcheck shell=bash disable=SC2034,SC2154
# With TRANSPORT=fcgi, one FastCGI process per program serves all tests.
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

# Each program must exit with status 0.  LeakSanitizer reports change the status.
teardown_suite()
{
	[[ $TRANSPORT != fcgi ]] || end_programs
}
