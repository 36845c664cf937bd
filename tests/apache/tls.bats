# TLS by Apache, as httpd.conf.example has it.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/https.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/https.bash"
	begin_https
}

teardown() { end_https; }

apache()
{
	(cd "$API_ROOT" && RUN=$place SERVER=$API_SERVER PORT=$secure TASKS_PLAIN_PORT=$open TASKS_MEMORY=max \
		TASKS_TLS_CERTIFICATE=$place/server.pem TASKS_TLS_KEY=$place/server.key \
		tools/apache "$1" </dev/null 3>&- 4>&-)
}

start_https()
{
	cp -R "$API_RUN/programs" "$API_RUN/htdocs" "$place"
	cp -p "$API_RUN/env" "$place"
	apache start
}

stop_https() { apache stop; }

@test "over TLS the API and the pages are served, with HSTS, and without TLS there is none" { served_over_tls; }
@test "old versions of TLS are refused, and the programs cannot read the key" { only_new_and_proved; }
@test "without TLS a page moves on to it, and the API, preflights too, is refused" { turned_away_without_tls; }
@test "without TLS, or spoken to without it, the server words its own errors as JSON" { refused_in_shape; }

@test "without TLS, too, a client that stalls is 408 as JSON" {
	asked='half a header'
	(printf 'GET /health HTTP/1.1\r\nHost: x\r\n' && sleep 8) | timeout 20 socat -t 1 - "TCP:127.0.0.1:$open" \
		>"$BATS_TEST_TMPDIR/reply" 2>/dev/null || true
	read_reply "$BATS_TEST_TMPDIR/reply"
	assert_status 408
	assert_refusal
}
