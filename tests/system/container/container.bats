# The image of Containerfile in podman: what confines it, its health, log, stop and
# settings.  tests/contract runs against it, too.
# shellcheck disable=SC2030,SC2031,SC2034,SC2119,SC2153,SC2154,SC2190
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/later.bash"
	. "$API_ROOT/tests/system/container/podman.bash"
}

teardown()
{
	release
	podman rm -fi -t 0 tasks-own >/dev/null 2>&1
}

# up_own [OPTION...]: start a container of the test, and send its requests there.
up_own()
{
	free_port
	API_PORT=$REPLY API_URL=http://127.0.0.1:$REPLY
	up tasks-own "$API_PORT" "$@" 3>&- || fail 'podman cannot start the container'
}

# find_processes CONTAINER: set pids to the processes in the container, and first to the one
# that started the others.
find_processes()
{
	local folder
	pids=()
	first=$(podman inspect -f '{{.State.Pid}}' "$1")
	for folder in /proc/[0-9]*; do
		[[ ! $folder/ns/pid -ef /proc/$first/ns/pid ]] || pids+=("${folder#/proc/}")
	done
	((${#pids[@]} > 10)) || fail "only ${#pids[@]} processes"
}

# in_status PID NAME: set REPLY to this value of the process's status.
in_status()
{
	local text
	text=$(</proc/"$1"/status) || return 1
	text=${text#*$'\n'"$2":$'\t'}
	REPLY=${text%%$'\n'*}
}

is_healthy() { podman healthcheck run "$1" >/dev/null 2>&1; }
is_unhealthy() { ! is_healthy "$1"; }
answers() { request GET /health --unchecked >/dev/null && [[ $status == "$1" ]]; }
refuses() { ! true 2>/dev/null <>"/dev/tcp/127.0.0.1/$API_PORT"; }
has_ended() { [[ $(podman inspect -f '{{.State.Running}}' "$1") == false ]]; }

@test "no process in the container is root, has a privilege, or can get one" {
	local pid name
	find_processes tasks-api
	for pid in "${pids[@]}"; do
		in_status "$pid" Uid && assert_same "$REPLY" $'33\t33\t33\t33' "user of $pid" || return 1
		for name in CapPrm CapEff CapBnd; do
			in_status "$pid" "$name" && assert_same "$REPLY" 0000000000000000 "$name of $pid" || return 1
		done
		in_status "$pid" NoNewPrivs && assert_same "$REPLY" 1 "NoNewPrivs of $pid" || return 1
	done
}

@test "the programs confine themselves further than the container does" {
	local pid programs=0 outer inner
	find_processes tasks-api
	in_status "${pids[0]}" Seccomp_filters
	outer=$REPLY
	request GET /api/tasks
	assert_status 200
	for pid in "${pids[@]}"; do
		[[ $(readlink "/proc/$pid/exe") == /usr/lib/tasks-cgi/* ]] || continue
		in_status "$pid" Seccomp_filters
		inner=$REPLY
		((inner == outer)) || programs=$((programs + 1))
	done
	((programs > 0)) || fail 'no program has a filter of its own'
}

@test "the container runs no shell and can run none" {
	local pid file
	find_processes tasks-api
	for pid in "${pids[@]}"; do
		file=$(readlink "/proc/$pid/exe")
		[[ $file == /usr/@(lib/tasks-cgi/*|lib/tasks-cgi-tools/container|sbin/nginx) ]] || fail "$file runs" || return 1
	done
	for file in sh bash; do
		! podman exec tasks-api "/bin/$file" -c true 2>/dev/null || fail "$file runs" || return 1
	done
	podman exec tasks-api /usr/bin/true
}

@test "only /tmp can be written" {
	local file
	for file in /x /etc/nginx/x /etc/tasks-cgi/x /run/x /usr/lib/tasks-cgi/x /usr/share/tasks-cgi/htdocs/x /var/tmp/x; do
		! podman exec tasks-api /usr/bin/touch "$file" 2>/dev/null || fail "$file can be written" || return 1
	done
	podman exec tasks-api /usr/bin/touch /tmp/x
}

@test "health follows the database, and the settings may be a mounted file" {
	mkdir "$BATS_TEST_TMPDIR/settings"
	settings_file=$BATS_TEST_TMPDIR/settings/env
	settings=("DATABASE_URL=postgresql://tasks_app@/tasks?host=%2Fnowhere" "BETTER_AUTH_SECRET=$API_SECRET")
	write_settings
	chmod 644 "$settings_file"
	chmod 711 "$BATS_RUN_TMPDIR" "$BATS_SUITE_TMPDIR" "$BATS_TEST_TMPDIR"
	up_own -v "$BATS_TEST_TMPDIR/settings:/etc/tasks-cgi:ro"
	wait_until answers 503
	is_unhealthy tasks-own
	settings[0]="DATABASE_URL=$database_url"
	write_settings
	chmod 644 "$settings_file"
	wait_until is_healthy tasks-own
	request GET /api/tasks
	assert_status 200
	podman exec tasks-own /usr/lib/tasks-cgi-tools/container health
}

@test "files carry the CORS headers of each origin in the settings, and of no other" {
	local origin
	for origin in ${API_ORIGINS//,/ }; do
		request GET /docs --origin "$origin" --unchecked
		assert_status 200
		assert_header Access-Control-Allow-Origin "$origin" || return 1
	done
	request GET /docs --origin https://other.example --unchecked
	assert_status 200
	assert_no_header Access-Control-Allow-Origin
}

@test "standard output has the id of each request, and neither its token nor its query" {
	local out id=the-request-$RANDOM
	request GET "/api/tasks?limit=1&search=s3cr3t" --header "X-Request-Id: $id"
	assert_status 200
	request GET /api/tasks/x --header "X-Request-Id: $id-bad"
	assert_status 422
	wait_until logged "request_id=\"$id-bad\""
	[[ $out == *" path=\"/api/tasks\" status=200 "*"request_id=\"$id\" "* ]] || fail 'no line of the access log'
	[[ $out == *" request_id=$id-bad program=tasks-get status=422 "* ]] || fail 'no line of the program'
	[[ $out != *"$token"* && $out != *s3cr3t* ]] || fail 'a secret is in the log'
}
# logged TEXT: set out to the container's standard output, and check that TEXT is in it.
logged()
{
	out=$(podman logs tasks-api 2>/dev/null)
	[[ $out == *"$1"* ]]
}

@test "a stop lets a running request end, and the exit status is 0" {
	local stopper
	up_own -e "DATABASE_URL=$database_url" -e "BETTER_AUTH_SECRET=$API_SECRET" -e TASKS_DB_TIMEOUT_MS=15000
	wait_until answers 200
	create
	hold "SELECT 1 FROM tasks WHERE id = '$id' FOR UPDATE"
	request_later PATCH "/api/tasks/$id" --body '{"title":"after the stop"}'
	wait_until is "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%tasks%'" 1
	podman stop -t 60 tasks-own >/dev/null 2>&1 3>&- &
	stopper=$!
	wait_until refuses
	release
	join
	assert_status 200
	wait "$stopper"
	has_ended tasks-own
	assert_same "$(podman inspect -f '{{.State.ExitCode}}' tasks-own)" 0 'exit status'
	assert_same "$(sql "SELECT title FROM tasks WHERE id = '$id'")" 'after the stop' title
}

@test "a killed program is replaced, and without nginx the container ends" {
	local pid first nginx='' killed=()
	up_own -e "DATABASE_URL=$database_url" -e "BETTER_AUTH_SECRET=$API_SECRET"
	wait_until answers 200
	find_processes tasks-own
	for pid in "${pids[@]}"; do
		case $(readlink "/proc/$pid/exe") in
		*/tasks-list) kill -KILL "$pid" && killed+=("$pid") ;;
		*/nginx)
			in_status "$pid" PPid
			[[ $REPLY != "$first" ]] || nginx=$pid
			;;
		esac
	done
	((${#killed[@]} == 13)) || fail "${#killed[@]} processes of tasks-list"
	request GET /api/tasks
	assert_status 200
	kill -KILL "$nginx"
	wait_until has_ended tasks-own
	assert_same "$(podman inspect -f '{{.State.ExitCode}}' tasks-own)" 1 'exit status'
}
