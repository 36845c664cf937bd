# The cost of expired idempotency keys.  The tests use a copy of the database, whose
# statistics count the rows that are read and deleted.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
probe=tasks_expired_$$

setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	copy_database "$probe"
	API_DATABASE=$probe
	# Without a pooler: PostgreSQL flushes the statistics when the program's session ends.
	direct=${API_DIRECT_URL/\/tasks\?/\/$probe?}
	settings=("${settings[@]/#DATABASE_URL=*/X=}" "DATABASE_URL=$direct")
}

teardown()
{
	API_DATABASE=postgres sql "DROP DATABASE IF EXISTS $probe WITH (FORCE)"
}

# expire COUNT: insert COUNT expired keys of $user; the last one is the oldest.
expire()
{
	rows "INSERT INTO users (id) VALUES ('$user') ON CONFLICT DO NOTHING;
		INSERT INTO idempotency_keys (user_id, key, digest, task_id, answer, etag, created_at)
		SELECT '$user', 'expired-' || n, 'x', gen_random_uuid(), '{}', 'x', now() - interval '25 hours' - n * interval '1 ms'
		  FROM generate_series(1, $1) AS n"
}

post() { request POST /api/tasks --body '{"title":"x"}' --header "Idempotency-Key: $1"; }

counted()
{
	local REPLY
	rows "SELECT pg_stat_clear_snapshot(); SELECT n_tup_ins > 0 FROM pg_stat_user_tables WHERE relname = 'idempotency_keys'"
	[[ $REPLY == *t ]]
}

# assert_cheap KEY: a create with KEY deletes 100 expired keys and reads few others.
assert_cheap()
{
	local REPLY
	rows 'SELECT pg_stat_force_next_flush(), pg_stat_reset()'
	post "$1"
	assert_status 201
	wait_until counted || fail 'the statistics do not arrive'
	rows "SELECT n_tup_del, seq_tup_read < 1000, idx_tup_fetch < 1000 FROM pg_stat_user_tables WHERE relname = 'idempotency_keys'"
	assert_same "${REPLY##*$'\n'}" '100|t|t' "$1: keys deleted, few read by scans, few read by indexes"
}

@test "a create with a key costs the same, however many keys have expired" {
	local REPLY
	expire 50000
	assert_cheap 'before-analyze'
	rows 'ANALYZE idempotency_keys'
	assert_cheap 'after-analyze'
	assert_cheap 'after-deletes'
	rows "SELECT count(*), min(created_at) = (SELECT created_at FROM idempotency_keys WHERE key = 'expired-49700')
		FROM idempotency_keys WHERE key LIKE 'expired-%'"
	assert_same "$REPLY" '49700|t' 'keys that are left, and whether the oldest are gone'
}

@test "all expired keys are gone in the end, and no key that has not expired" {
	local REPLY n
	post fresh
	expire 250
	for n in 1 2 3; do
		post "$n"
		assert_status 201
	done
	rows "SELECT string_agg(key, ' ' ORDER BY key) FROM idempotency_keys WHERE user_id = '$user'"
	assert_same "$REPLY" '1 2 3 fresh' 'the keys'
	post fresh
	assert_status 201
	rows "SELECT count(*) FROM tasks WHERE user_id = '$user'"
	assert_same "$REPLY" 4 'the tasks'
}
