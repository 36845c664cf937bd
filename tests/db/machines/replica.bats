# Lists and gets read a streaming standby; everything else uses the primary.  Test what a
# client then sees and that it loses nothing.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/lists.bash
# shellcheck source=tests/lib/pool.bash
# shellcheck source=tests/lib/standby.bash

setup_file()
{
	. "$API_ROOT/tests/lib/api.bash" && . "$API_ROOT/tests/lib/pool.bash"
	. "$API_ROOT/tests/lib/standby.bash"
	make_place
	export place standby bin
	start_standby
	start_reading apache-event cgi
}

teardown_file()
{
	. "$API_ROOT/tests/lib/pool.bash" && . "$API_ROOT/tests/lib/standby.bash"
	stop_reading
	pgbouncer '' stop
	stop_standby immediate
	rm -rf -- "$place" "$API_RUN/read-env"
}

setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/lists.bash"
	. "$API_ROOT/tests/lib/pool.bash" && . "$API_ROOT/tests/lib/standby.bash"
	ask_reading
	url_behind "$standby"
	read_from "$REPLY"
	both=$REPLY,${API_SOCKET//\//%2F}
}

teardown()
{
	standby_sql 'SELECT pg_wal_replay_resume() FROM pg_is_in_recovery() AS r WHERE r' >/dev/null 2>&1 || true
	[[ ! -e $API_RUN/env.before ]] || mv -f "$API_RUN/env.before" "$API_RUN/env"
	[[ -S $API_SOCKET/.s.PGSQL.5432 ]] || primary start
}

# primary start|stop: start or stop the database that the other tests use as well.
primary()
{
	(cd "$API_ROOT" && RUN=$API_RUN tools/dev/postgres "$1" </dev/null >/dev/null 3>&- 4>&-)
}

# Check that the standby alone counts the reads, and that writes go to the primary.
reads_are_the_standbys()
{
	local here there i
	create
	caught_up
	request GET "/api/tasks/$id"
	assert_status 200
	here=$(lookups_at "$API_SOCKET") there=$(lookups_at "$standby")
	for i in {1..5}; do
		request GET /api/tasks
		assert_same "$body" "[$task]" 'the list'
		request GET "/api/tasks/$id"
		assert_same "$body" "$task" 'the task'
	done
	assert_same "$(lookups_at "$API_SOCKET")" "$here" 'lookups at the primary'
	(($(lookups_at "$standby") >= there + 10)) || fail 'the standby was not asked'
	request PATCH "/api/tasks/$id" --body '{"title":"changed"}'
	assert_status 200
	assert_same "$(sql "SELECT title FROM tasks WHERE id = '$id'")" changed 'at the primary'
	request DELETE "/api/tasks/$id"
	assert_status 204
}

@test "lists and gets are the standby's, writes the primary's: Apache, CGI" {
	reads_are_the_standbys
}

@test "what is not there yet is not shown, and comes with the standby's catching up" {
	local old
	create '{"title":"old"}'
	old=$task
	lag
	request PATCH "/api/tasks/$id" --body '{"title":"new"}'
	assert_status 200
	task=$body etag=$(header ETag)
	# The response is the complete old state with the old tag.
	request GET "/api/tasks/$id"
	assert_same "$body" "$old" 'the task'
	[[ $(header ETag) != "$etag" ]] || fail 'the tag of what it is not'
	request GET /api/tasks
	assert_same "$body" "[$old]" 'the list'
	create
	request GET "/api/tasks/$id"
	assert_problem 404 task_not_found
	end_lag
	request GET "/api/tasks/$id"
	assert_same "$body" "$task" 'the new task'
	request GET "/api/tasks?sort=title"
	assert_json '[.[].title] == ["a task", "new"]'
	request GET "/api/tasks?search=TASK"
	assert_json '[.[].title] == ["a task"]'
}

@test "a conditional get says 304 of what it would send, and a write with an old tag is refused" {
	local old
	create
	request GET "/api/tasks/$id"
	caught_up
	request GET "/api/tasks/$id"
	old=$(header ETag)
	lag
	request PATCH "/api/tasks/$id" --body '{"title":"new"}'
	etag=$(header ETag)
	request GET "/api/tasks/$id" --header "If-None-Match: $old"
	assert_status 304
	request GET "/api/tasks/$id" --header "If-None-Match: $etag"
	assert_status 200
	assert_header ETag "$old"
	# An edit based on the standby's old state overwrites nothing.
	request PATCH "/api/tasks/$id" --body '{"title":"by an old reader"}' --header "If-Match: $old"
	assert_problem 412 precondition_failed
	request PATCH "/api/tasks/$id" --body '{"title":"by the writer"}' --header "If-Match: $etag"
	assert_status 200
	end_lag
	request GET "/api/tasks/$id" --header "If-None-Match: $old"
	assert_status 200
	assert_json '.title == "by the writer"'
}

@test "nobody sees another's tasks at the standby: 403, 404 and row security" {
	local as_app="host=$standby port=5432 user=tasks_app dbname=tasks"
	create
	caught_up
	request GET "/api/tasks/$id" --user "bob-$user"
	assert_problem 403 forbidden
	request GET /api/tasks --user "bob-$user"
	assert_json '. == []'
	request GET /api/tasks/00000000-0000-4000-8000-000000000000
	assert_problem 404 task_not_found
	request GET "/api/tasks/$id"
	assert_status 200
	request GET '/api/tasks?search=TASK' --user "bob-$user"
	assert_json '. == []'
	request GET '/api/tasks?search=TASK'
	assert_same "$body" "[$task]" 'what a search finds'
	# Row-level security alone, without the programs.
	assert_same "$(sql_at "$as_app" 'SELECT count(*) FROM tasks')" 0 'tasks of nobody'
	assert_same "$(sql_at "$as_app" "BEGIN; SELECT set_config('app.user_id', 'bob-$user', true);
		SELECT count(*) FROM tasks WHERE id = '$id'" | tail -n 1)" 0 "tasks of the other's"
	assert_same "$(sql_at "$as_app" "BEGIN; SELECT set_config('app.user_id', 'bob-$user', true);
		SELECT tasks_candidates('task')" | tail -n 1)" '{}' 'ids of the other'"'"'s'
	assert_same "$(sql_at "$as_app" "BEGIN; SELECT set_config('app.user_id', '$user', true);
		SELECT count(*) FROM tasks WHERE id = '$id' AND id = ANY (tasks_candidates('task'))" | tail -n 1)" 1 'own tasks'
}

@test "a standby that goes away is 503 for lists and gets alone, and is there again by itself" {
	create
	caught_up
	stop_standby
	request GET /api/tasks
	assert_problem 503 database_unavailable
	request GET "/api/tasks/$id"
	assert_problem 503 database_unavailable
	request PATCH "/api/tasks/$id" --body '{"title":"meanwhile"}'
	assert_status 200
	task=$body
	request POST /api/tasks --body '{"title":"meanwhile"}'
	assert_status 201
	start_standby
	caught_up
	request GET "/api/tasks/$id"
	assert_same "$body" "$task" 'the task'
}

@test "with the primary as a second host nobody notices that the standby goes away" {
	read_from "$both"
	sow 5
	caught_up
	request GET '/api/tasks?limit=2&sort=title'
	assert_header X-Total-Count 5
	next_page
	stop_standby
	# A cursor of the standby is valid at the primary.
	request GET "$next"
	assert_status 200
	assert_json 'length == 2'
	create
	request GET "/api/tasks/$id"
	assert_same "$body" "$task" 'what was just written, at the primary'
	start_standby
	caught_up
	lag
	request PATCH "/api/tasks/$id" --body '{"title":"new"}'
	request GET "/api/tasks/$id"
	assert_json '.title == "a task"' || fail 'it is not asked first again'
}

# assert_took START SECONDS: check that at most so many seconds have passed since START.
# Allow more on a slow machine.
assert_took()
{
	measure_price
	((SECONDS - $1 <= $2 + PRICE / 1000)) || fail "it took $((SECONDS - $1)) s"
}

is_served()
{
	request GET /api/tasks
	[[ $status != 503 ]]
}

@test "with a PgBouncer before the standby it is the same" {
	local start who
	pgbouncer "$REPLY" start
	who=$([[ $(id -u) != 0 ]] && id -un || echo www-data)
	read_from "postgresql://$who@/tasks?host=${place//\//%2F}%2Fpgbouncer&port=6432"
	reads_are_the_standbys
	stop_standby
	start=$SECONDS
	request GET /api/tasks
	assert_problem 503 database_unavailable
	assert_took "$start" 8
	start_standby
	caught_up
	wait_until is_served
	assert_json '. == []'
	pgbouncer '' stop
}

@test "a standby that has hung takes all the time of a list, also with a second host, and none of a write" {
	local start pid took write_took
	create
	caught_up
	read_from "$both&application_name=hung"
	pid=$(head -n 1 "$standby/data/postmaster.pid")
	kill -STOP "$pid"
	start=${EPOCHREALTIME/[.,]/}
	request GET /api/tasks || true
	took=$((${EPOCHREALTIME/[.,]/} - start))
	request PATCH "/api/tasks/$id" --body '{"title":"meanwhile"}' || true
	write_took=$((${EPOCHREALTIME/[.,]/} - start - took))
	measure_price
	kill -CONT "$pid"
	assert_status 200
	((took >= 4000000 && took <= 8000000 + PRICE * 1000)) || fail "the list took $took us"
	((write_took < took)) || fail 'the write waited, too'
	request GET /api/tasks
	assert_status 200
}

@test "a primary that goes away leaves lists and gets, and writes are 503" {
	create
	caught_up
	primary stop
	request GET /api/tasks
	assert_same "$body" "[$task]" 'the list'
	request GET "/api/tasks/$id" --header "If-None-Match: $(header ETag)"
	assert_status 200
	request PATCH "/api/tasks/$id" --body '{"title":"lost"}'
	assert_problem 503 database_unavailable
	primary start
	request PATCH "/api/tasks/$id" --body '{"title":"kept"}'
	assert_status 200
	caught_up
	request GET "/api/tasks/$id"
	assert_json '.title == "kept"'
}

@test "lists and gets are the standby's, writes the primary's: nginx, FastCGI" {
	stop_reading
	start_reading nginx fcgi
	reads_are_the_standbys
}

@test "lists and gets are the standby's, writes the primary's: Apache, FastCGI" {
	stop_reading
	start_reading apache-event fcgi
	reads_are_the_standbys
}

# This test must be the last one: after the promotion, the histories of the two servers
# differ.
@test "a standby that is promoted takes the writes, where the settings name both" {
	cp -p "$API_RUN/env" "$API_RUN/env.before"
	use_database env "${both%%host=*}host=${API_SOCKET//\//%2F},${standby//\//%2F}&target_session_attrs=read-write"
	create
	request POST /api/tasks --body '{"title":"once"}' --header 'Idempotency-Key: key'
	task=$body
	caught_up
	primary stop
	request PATCH "/api/tasks/$id" --body '{"title":"too early"}'
	assert_problem 503 database_unavailable
	as_service "$bin/pg_ctl" promote -s -w -D "$standby/data"
	request PATCH "/api/tasks/$id" --body '{"title":"at the new one"}'
	assert_status 200
	request GET "/api/tasks/$id"
	assert_json '.title == "at the new one"'
	request POST /api/tasks --body '{"title":"once"}' --header 'Idempotency-Key: key'
	assert_same "$body" "$task" 'the answer to the same key'
}
