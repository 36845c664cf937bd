# README's commands for fcgiwrap.  Only the paths of its files are changed.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/readme.bash"
	place=$API_RUN/fw services=()
	rm -rf "$place"
	mkdir -p "$place/etc/default" "$place/etc/nginx/sites-available"
	as=()
	[[ $(id -u) != 0 ]] || as=(-u www-data -g www-data -U www-data -G www-data)
}

teardown()
{
	local pid children
	for pid in "${services[@]}"; do
		mapfile -t children < <(pgrep -P "$pid")
		# fcgiwrap restarts a child that ends, so end the parent first.
		kill "$pid" || true
		wait "$pid" || true
		kill "${children[@]}" 2>/dev/null || true
	done
	rm -rf "$place"
}

healthy() { request GET /health --no-token && [[ $status == 200 ]]; }

@test "nginx and fcgiwrap serve the API when set up as README says" {
	local commands site=$place/etc/nginx/sites-available/tasks options unit port name
	free_port
	port=$REPLY
	commands=$(block 'DAEMON_OPTS' | sed "/apt-get/d; /systemctl/d; s|^sudo ||; s|sudo tee|tee|
		s|/usr/share/tasks-cgi|$API_ROOT/deploy|; s|/etc/|$place/etc/|g")
	[[ -n $commands ]] || fail 'README has no such block'
	bash -e -c "$commands" >/dev/null || fail "$commands"
	# README tells the reader to change one line.
	assert_same "$(diff "$API_ROOT/deploy/nginx.conf.example" "$site" | grep -c '^>')" 1 'lines changed'
	# Start fcgiwrap as Debian's unit does, but with spawn-fcgi, which passes the socket
	# as descriptor 0.  systemd passes it as descriptor 3.
	unit=$(dpkg -L fcgiwrap | grep 'fcgiwrap.service$')
	grep -qxF 'ExecStart=/usr/sbin/fcgiwrap ${DAEMON_OPTS}' "$unit"
	grep -qxF 'EnvironmentFile=-/etc/default/fcgiwrap' "$unit"
	grep -qxF 'ListenStream=/run/fcgiwrap.socket' "${unit%.service}.socket"
	options=$(sed -n 's/^DAEMON_OPTS=//p' "$place/etc/default/fcgiwrap")
	spawn-fcgi -n -s "$place/fcgiwrap.socket" -M 0660 "${as[@]}" -- /usr/sbin/fcgiwrap "$options" \
		2>"$place/journal" </dev/null 3>&- &
	services+=($!)
	{
		[[ $(id -u) != 0 ]] || echo 'user www-data;'
		printf '%s\n' "pid $place/pid;" "error_log $place/error.log debug;" 'daemon off;' 'events {}' 'http {'
		for name in client_body fastcgi proxy scgi uwsgi; do
			echo "${name}_temp_path $place/tmp-$name;"
		done
		sed "s|listen 80 |listen 127.0.0.1:$port |; /listen \[::\]/d; s|/run/fcgiwrap.socket|$place/fcgiwrap.socket|
			s|/etc/tasks-cgi/env|$API_RUN/env|; s|/usr/lib/tasks-cgi|$API_RUN/programs|
			s|/var/log/nginx|$place|; s|/usr/share/tasks-cgi/htdocs|$API_RUN/htdocs|" "$site"
		echo '}'
	} >"$place/nginx.conf"
	/usr/sbin/nginx -t -c "$place/nginx.conf" || fail 'the configuration is not taken'
	/usr/sbin/nginx -c "$place/nginx.conf" </dev/null 3>&- &
	services+=($!)
	API_URL=http://127.0.0.1:$port
	wait_until healthy || fail 'it does not serve'
	create
	request GET /api/tasks
	assert_status 200
	assert_json 'length == 1'
	request GET '/api/tasks?private' --no-token --header 'X-Request-Id: in-the-journal'
	assert_status 401
	assert_same "$(pgrep -c -P "${services[0]}")" 24 'processes'
	# The programs log to fcgiwrap's stderr.  nginx's error log, which quotes the query,
	# must not hold these lines.
	assert_same "$(grep -c 'request_id=in-the-journal ' "$place/journal")" 1 'lines'
	! grep -e in-the-journal -e private "$place"/tasks-error.log || fail "it is in nginx's error log"
}
