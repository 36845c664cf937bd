# Neon's habits, as the programs meet them the way that WAY names: cgi-direct,
# cgi-pooled, fcgi-direct, fcgi-pooled.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/pool.bash
# shellcheck source=tests/lib/tls.bash
# shellcheck source=tests/lib/neon.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash"
	. "$API_ROOT/tests/lib/pool.bash"
	. "$API_ROOT/tests/lib/tls.bash"
	. "$API_ROOT/tests/lib/neon.bash"
	begin_way
}

teardown() { end_way; }

@test "a cold start that holds its connections is not noticed, and a write is there once" {
	sleep_through held 1000
}

@test "a cold start of 57P03, the database system is starting up, is not noticed, and a write is there once" {
	sleep_through starting 1000
}

@test "a cold start of \"Couldn't connect to compute node\" is not noticed, and a write is there once" {
	sleep_through compute 1000
}

@test "a cold start that resets its connections is not noticed, and a write is there once" {
	sleep_through reset 1000
}

# sleep_past COLD: a cold start that lasts until the requests have given up.
sleep_past()
{
	serve_from "$(neon_url sslmode=verify-full)"
	warm_up
	deadline 700
	neon "cold=$1" wake=60000 sleep
	assert_unavailable GET /api/tasks || return 1
	assert_unavailable POST /api/tasks --body "{\"title\":\"$user late\"}" || return 1
	deadline 5000
	neon awake
	# What the pooler still tries for is there within its next second.
	sleep 0.5
	create "{\"title\":\"$user awake\"}" || return 1
	request GET /api/tasks
	assert_status 200 || return 1
	assert_same "$(stored "$user late")/$(stored "$user awake")" 0/1 'what was refused and what was taken'
}

@test "a cold start beyond the deadline: 503 with Retry-After in time, nothing written, and served once awake" {
	sleep_past held
}

@test "errors beyond the deadline: 503 with Retry-After in time, nothing written, and served once awake" {
	sleep_past compute
}

@test "links that were cut while idle are replaced, and nobody notices" {
	local end
	serve_from "$(neon_url sslmode=verify-full)"
	for end in 57P01 silent reset; do
		warm_up || return 1
		[[ $WAY == cgi-direct || $(neon_count links) -gt 0 ]] || fail 'no link is kept' || return 1
		neon "end=$end" sleep
		sleep 0.2
		create "{\"title\":\"$user $end\"}" || fail "$end: a create" || return 1
		neon sleep
		sleep 0.2
		request GET /api/tasks
		assert_status 200 || fail "$end: a list" || return 1
		assert_same "$(stored "$user $end")" 1 "tasks after $end" || return 1
	done
}

@test "a compute that has fallen asleep is woken by requests alone" {
	local before
	serve_from "$(neon_url sslmode=verify-full)"
	warm_up || return 1
	before=$(neon_count connections)
	neon sleep
	sleep 1.2
	assert_same "$(neon_count state)/$(neon_count connections)" "asleep/$before" 'the compute and its connections' || return 1
	request GET /api/tasks
	assert_status 200
	assert_same "$(neon_count state)" awake 'the compute'
}

@test "another name, another authority, an expired certificate: refused with a 503, and the right one is served" {
	local wrong url
	# Without the other guard.
	url=$(neon_url sslmode=verify-full channel_binding=disable)
	for wrong in name authority expired; do
		neon "certificate=$wrong"
		serve_from "$url" TASKS_DB_TIMEOUT_MS=700
		assert_unavailable GET /api/tasks || fail "$wrong" || return 1
		neon certificate=good
		serve_from "$url"
		warm_up || fail "not $wrong, but the right one" || return 1
		neon sleep
	done
}

@test "the string that Neon's console prints is served" {
	local bound
	bound=$(neon_count bound)
	if [[ $WAY == *-direct ]]; then
		serve_from "$(console_url)"
	else
		serve_from "$(neon_url sslmode=require channel_binding=require)"
	fi
	warm_up || return 1
	if [[ $WAY == *-direct ]]; then
		(($(neon_count bound) > bound)) || fail 'no login was bound to its channel' || return 1
		# Neither name nor authority is asked for here, but the password is given
		# to PostgreSQL's own certificate alone.
		neon certificate=twin sleep
		serve_from "$(console_url)" TASKS_DB_TIMEOUT_MS=700
		assert_unavailable GET /api/tasks || return 1
		neon certificate=good
		deadline 5000
		warm_up
	fi
}

@test "a wrong password is a 503, and in no log" {
	local right
	right=$(neon_url sslmode=verify-full)
	serve_from "${right/pa55word/pa55wordX}" TASKS_DB_TIMEOUT_MS=700
	assert_unavailable GET /api/tasks || return 1
	assert_unavailable POST /api/tasks --body '{"title":"x"}' || return 1
	serve_from "$right"
	warm_up
}
