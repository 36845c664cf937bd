# TLS in Apache, configured as in httpd.conf.example.
# bats file_tags=default
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/https.bash
# shellcheck source=tests/lib/apache.bash
load_all()
{
	. "$API_ROOT/tests/lib/api.bash"
	. "$API_ROOT/tests/lib/https.bash"
	. "$API_ROOT/tests/lib/apache.bash"
}

setup_file() { load_all && begin_https; }
teardown_file() { load_all && end_https; }
setup() { load_all && begin; }

start_https()
{
	local modules=/usr/lib/apache2/modules
	start_apache "$secure" "LoadModule socache_shmcb_module $modules/mod_socache_shmcb.so" \
		"LoadModule ssl_module $modules/mod_ssl.so" "Listen 127.0.0.1:$open" "Define TASKS_PLAIN_PORT $open" \
		"Define TASKS_TLS_CERTIFICATE $place/server.pem" "Define TASKS_TLS_KEY $place/server.key"
}

stop_https() { stop_apache; }

@test "over TLS the API and the pages are served, with HSTS, and without TLS there is none" {
	served_over_tls
}

@test "old versions of TLS are refused, and the programs cannot read the key" {
	only_new_and_proved
}

@test "without TLS a page moves on to it, and the API, preflights too, is refused" {
	turned_away_without_tls
}

@test "without TLS, or spoken to without it, the server words its own errors as JSON" {
	refused_in_shape
}

@test "without TLS, too, a client that stalls is 408 as JSON" {
	API_PORT=$open
	raw 'GET /health HTTP/1.1\r\nHost: x\r\n'
	assert_status 408
	assert_refusal
}
