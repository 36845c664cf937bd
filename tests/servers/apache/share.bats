# A client with slow requests does not take all processes from other clients.
# bats file_tags=server
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/share.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/share.bash"
	begin_limited
}

start_limited()
{
	sed "s|$API_RUN/apache|$place|; s|^Listen 127.*|Listen 127.0.0.1:$1|; /^Listen \[/d; /^Define TASKS_UNLIMITED/d
		s|^Define TASKS_PORT .*|Define TASKS_PORT $1|" "$API_RUN/apache/httpd.conf" >"$place/httpd.conf"
	/usr/sbin/apache2 -f "$place/httpd.conf" -k start </dev/null >"$place/start.log" 2>&1 3>&- 4>&- ||
		{ cat "$place/start.log" && return 1; }
}

stop_limited() { stop_apache; }

@test "a client with as many slow requests as it may have does not keep another one waiting" {
	if [[ $MODE == fcgi ]]; then
		leaves_some 12
	else
		leaves_some 16
	fi
}
