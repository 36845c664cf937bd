# A client with slow requests does not take all processes from other clients.
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
	(cd "$API_ROOT" && RUN=$API_RUN PORT=$1 TASKS_UNLIMITED='' CORS_ORIGINS=$API_ORIGINS tools/dev/nginx site) |
		sed "s|$API_RUN/nginx/|$place/|; /listen \[::1\]/d" >"$place/site.conf"
	sed "s|$API_RUN/nginx|$place|" "$API_RUN/nginx/nginx.conf" >"$place/nginx.conf"
	nginx -c "$place/nginx.conf" 2>"$place/start.log" 3>&- 4>&- || { cat "$place/start.log" && return 1; }
}

stop_limited() { stop_apache; }

@test "a client with as many slow requests as it may have does not keep another one waiting" {
	leaves_some 12
}
