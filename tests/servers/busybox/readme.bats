# README's commands for BusyBox.  Only the paths of its files are changed.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/readme.bash"
	place=$API_RUN/bb
	rm -rf "$place"
	mkdir -p "$place/srv" "$place/etc/tasks-cgi"
}

teardown()
{
	[[ ! -s $place/pid ]] || kill "$(<"$place/pid")" || true
	rm -rf "$place"
}

healthy() { request GET /health --no-token && [[ $status == 200 ]]; }

@test "BusyBox serves the API when set up as README and its unit say" {
	local commands unit=$API_ROOT/deploy/systemd/tasks-busybox.service port command variable
	free_port
	port=$REPLY
	commands=$(block 'enable --now tasks-busybox' | sed "/apt-get/d; /systemctl/d; s|^sudo ||
		s|/usr/share/tasks-cgi|$API_ROOT/deploy|; s|/usr/lib/tasks-cgi|$API_RUN/programs|; s|/srv|$place/srv|; s|/etc/|$place/etc/|g")
	[[ -n $commands ]] || fail 'README has no such block'
	bash -e -c "$commands" || fail "$commands"
	sed -i "s|/srv/tasks|$place/srv/tasks|" "$place/etc/tasks-cgi/busybox.conf"
	variable=$(sed -n 's/^Environment=//p' "$unit")
	assert_same "$variable" TASKS_ENV_FILE=/etc/tasks-cgi/env 'the environment'
	command=$(sed -n 's/^ExecStart=//p' "$unit" | sed "s|-p 80 |-p 127.0.0.1:$port |; s|/etc/|$place/etc/|")
	[[ $(id -u) == 0 ]] || command=${command/-u www-data:www-data/}
	# shellcheck disable=SC2086
	env -i "TASKS_ENV_FILE=$API_RUN/env" $command 2>"$place/journal" </dev/null 3>&- &
	echo $! >"$place/pid"
	API_URL=http://127.0.0.1:$port
	wait_until healthy || fail 'it does not serve'
	create
	request GET /api/tasks
	assert_status 200
	assert_json 'length == 1'
	request GET '/api/tasks?private' --no-token --header 'X-Request-Id: in-the-journal'
	assert_status 401
	assert_same "$(grep -c 'request_id=in-the-journal ' "$place/journal")" 1 'lines'
	! grep private "$place/journal" || fail 'a query is in the journal'
	if [[ $(id -u) == 0 ]]; then
		assert_same "$(ps -o user= -p "$(<"$place/pid")")" www-data 'whom it runs as'
	fi
}
