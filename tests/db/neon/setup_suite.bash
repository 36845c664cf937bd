# shellcheck shell=bash
# Start one stand-in and its PostgreSQL for all tests of a run.
. "$API_ROOT/tests/lib/pool.bash"
. "$API_ROOT/tests/lib/tls.bash"
. "$API_ROOT/tests/lib/neon.bash"

setup_suite() { start_stand_in; }
teardown_suite() { stop_stand_in; }
