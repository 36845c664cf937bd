# BusyBox httpd, which finds the programs by their names alone.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && begin; }

@test "x" {
	request GET /api/me
	assert_status 200
}
