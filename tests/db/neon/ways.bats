# How the programs handle Neon's behaviour.  WAY selects how they reach the database:
# cgi-direct, cgi-pooled, fcgi-direct or fcgi-pooled.
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

@test "a cold start is not noticed, and a write is there once: links held, refused by 57P03 or by the proxy, reset" {
	local cold
	serve_from "$(neon_url sslmode=verify-full)"
	for cold in held starting compute reset; do
		sleep_through "$cold" 1000 || return 1
	done
}

# sleep_past COLD: test a cold start that lasts longer than the requests wait.
sleep_past()
{
	warm_up || return 1
	deadline 700
	neon "cold=$1" wake=60000 sleep
	assert_unavailable GET /api/tasks || return 1
	assert_unavailable POST /api/tasks --body "{\"title\":\"$user $1 late\"}" || return 1
	deadline "$patience"
	neon awake
	# PgBouncer may still retry a connection, which succeeds within the next second.
	nap 0.5
	create "{\"title\":\"$user $1 awake\"}" || return 1
	request GET /api/tasks
	assert_status 200 || return 1
	assert_same "$(stored "$user $1 late")/$(stored "$user $1 awake")" 0/1 'what was refused and what was taken'
}

@test "a cold start beyond the deadline, held or refused: 503 with Retry-After in time, nothing written, and served once awake" {
	local cold
	serve_from "$(neon_url sslmode=verify-full)"
	for cold in held compute; do
		sleep_past "$cold" || fail "$cold" || return 1
	done
}

@test "links that were cut while idle are replaced, and nobody notices" {
	local end
	serve_from "$(neon_url sslmode=verify-full)"
	for end in 57P01 silent reset; do
		warm_up || return 1
		[[ $WAY == cgi-direct || $(neon_count links) -gt 0 ]] || fail 'no link is kept' || return 1
		neon "end=$end" sleep
		nap 0.2
		create "{\"title\":\"$user $end\"}" || fail "$end: a create" || return 1
		neon sleep
		nap 0.2
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
	nap 1.2
	assert_same "$(neon_count state)/$(neon_count connections)" "asleep/$before" 'the compute and its connections' || return 1
	request GET /api/tasks
	assert_status 200
	assert_same "$(neon_count state)" awake 'the compute'
}

@test "another name, another authority, an expired certificate: refused with a 503, and the right one is served" {
	local wrong url
	# Disable channel binding, which would refuse these certificates too.
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
		# sslmode=require verifies neither the name nor the authority.  Channel
		# binding lets the client log in only to a server that has PostgreSQL's own
		# certificate.
		neon certificate=twin sleep
		serve_from "$(console_url)" TASKS_DB_TIMEOUT_MS=700
		assert_unavailable GET /api/tasks || return 1
		neon certificate=good
		deadline "$patience"
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
