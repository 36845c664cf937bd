# fcgiwrap behind nginx.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && begin; }

@test "each request is a process of its own, and none is left" {
	local n
	for n in 1 2 3; do
		request GET /api/me
		assert_status 200
	done
	! pgrep -a -f -- "^$API_RUN/programs/" || fail 'a program is left'
}
