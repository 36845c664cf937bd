# Idempotency-Key on POST BASE: repeated requests create one task.
# shellcheck disable=SC1003,SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/at-once.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && . "$API_ROOT/tests/lib/at-once.bash" && begin; }

# post KEY [JSON [OPTION...]]: create a task with this Idempotency-Key.
post()
{
	local json=${2:-{\"title\":\"once\"\}}
	request POST /api/tasks --body "$json" --header "Idempotency-Key: $1" "${@:3}"
}

# assert_rows TABLE COUNT [CONDITION]: $user has that many rows that meet CONDITION.
assert_rows()
{
	local REPLY
	rows "SELECT count(*) FROM $1 WHERE user_id = '$user' AND ${3:-true}"
	assert_same "$REPLY" "$2" "rows of $1"
}

# age INTERVAL: set the age of all keys of $user.
age()
{
	rows "UPDATE idempotency_keys SET created_at = now() - interval '$1' WHERE user_id = '$user'"
}

# bats test_tags=server
@test "the same key, user and body: the first answer again and one task, whatever became of it" {
	local first etag location base
	post key-1
	assert_status 201
	first=$body etag=${reply_headers[etag]} location=${reply_headers[location]}
	take_id
	assert_same "$location" "/api/tasks/$id" Location
	for _ in 1 2; do
		post key-1
		assert_status 201
		assert_same "$body" "$first" 'the answer'
		assert_header ETag "$etag"
		assert_header Location "$location"
	done
	for base in /api/v1/tasks "/api/$user/tasks"; do
		request POST "$base" --body '{"title":"once"}' --header 'Idempotency-Key: key-1'
		assert_status 201
		assert_same "$body" "$first" 'the answer'
	done
	request GET "$location"
	assert_same "$body" "$first" 'the task'
	assert_header ETag "$etag"
	assert_rows tasks 1
	# Positive control: a request with another key or without a key creates a task.
	post key-2
	[[ $body != *"$id"* ]] || fail 'another key, the same task'
	create '{"title":"once"}'
	create '{"title":"once"}'
	assert_rows tasks 4
	# The same key with another body is refused.  The error about a key is reported
	# together with the errors of the body.
	post key-1 '{"title":"twice"}'
	assert_invalid header.Idempotency-Key
	post 'a b' '{"title":"","priority":"urgent"}'
	assert_invalid header.Idempotency-Key body.title body.priority
	# The first answer is repeated even after the task was changed or deleted.
	request PATCH "$location" --body '{"title":"changed"}'
	post key-1
	assert_status 201
	assert_same "$body" "$first" 'the answer'
	request GET "$location"
	assert_json '.title == "changed"'
	request DELETE "$location"
	post key-1
	assert_status 201
	assert_same "$body" "$first" 'the answer'
	assert_rows tasks 3
	# Other methods than POST ignore the key.
	request PATCH "/api/tasks/$id" --body '{"title":"b"}' --header 'Idempotency-Key: key-1'
	assert_json '.title == "b"'
	request PATCH "/api/tasks/$id" --body '{"title":"c"}' --header 'Idempotency-Key: a b'
	assert_json '.title == "c"'
	request GET "/api/tasks/$id" --header 'Idempotency-Key: key-1'
	assert_json '.title == "c"'
}

@test "the answer is that of a task with every member, as a task without a key, and none for Prefer: return=minimal" {
	local location prefer='Prefer: return=minimal'
	local json='{"title":"t 😀","description":"d","status":"completed","priority":"high","due_date":"2026-01-09T12:00:00.123456Z"}'
	create "$json"
	post key "$json"
	assert_status 201
	assert_json '(del(.id, .created_at, .updated_at, .completed_at) == ($t | fromjson | del(.id, .created_at, .updated_at, .completed_at)))
		and .created_at == .updated_at and .completed_at == .created_at and (keys == ($t | fromjson | keys))' --arg t "$task"
	task=$body
	take_id
	request GET "/api/tasks/$id"
	assert_same "$body" "$task" 'the task'
	request PATCH "/api/tasks/$id" --body '{"title":"x"}' --header "If-Match: ${reply_headers[etag]}"
	assert_status 200
	post other '' --header "$prefer"
	assert_status 201
	location=${reply_headers[location]}
	assert_same "$body" '' 'the body'
	post other '' --header "$prefer"
	assert_status 201
	assert_header Location "$location"
	assert_header Preference-Applied return=minimal
	post other
	assert_json '"/api/tasks/" + .id == $l' --arg l "$location"
}

@test "the same key with another body is 422 and makes nothing; what is refused uses no key up" {
	local json
	post key
	assert_status 201
	for json in '{"title":"twice"}' '{"title":"once","priority":"high"}' '{"title":"once" }'; do
		post key "$json"
		assert_invalid header.Idempotency-Key
	done
	assert_rows tasks 1
	post key
	assert_status 201
	post other-key '{"title":"twice"}'
	assert_status 201
	assert_rows tasks 2
	post 'a b' '{'
	assert_problem 400 malformed_json
	post third-key '{}'
	assert_invalid body.title
	post third-key '{"title":'
	assert_problem 400 malformed_json
	assert_rows idempotency_keys 2
	post third-key
	assert_status 201
	post third-key '{}'
	assert_invalid body.title
	assert_rows tasks 3
}

@test "a key is its user's own" {
	local first other=$user
	post key
	take_id
	first=$id
	new_user
	user=$REPLY
	post key '{"title":"of another body"}'
	assert_status 201
	assert_json '.id != $id and .user_id == $u' --arg id "$first" --arg u "$user"
	assert_rows tasks 1
	post key '{"title":"of another body"}' --user "$user"
	assert_status 201
	user=$other
	assert_rows tasks 1
	post key
	assert_json '.id == $id' --arg id "$first"
}

@test "keys of 1 to 255 visible ASCII, each for itself; of 256 or with a space it is 422" {
	local key
	repeat 255 k
	for key in k K '~' '!' '"quoted"' "'" '\' '%' '$1' ',' ';' '{}' 7b0c2b1e-4f5a-4c3d-9e8f-0123456789ab "$REPLY" "${REPLY%k}"; do
		post "$key"
		assert_status 201
		take_id
		post "$key"
		assert_status 201
		[[ $body == *"\"id\":\"$id\""* ]] || fail "another task for the key $key"
	done
	assert_rows tasks 15
	assert_rows idempotency_keys 15
	repeat 256 k
	for key in "$REPLY" 'a b' 'a, b'; do
		post "$key"
		assert_invalid header.Idempotency-Key
	done
	assert_rows tasks 15
}

# bats test_tags=server
@test "a key with a tab or bytes that are no ASCII is 422, and nothing is made" {
	local key
	for key in $'a\tb' 'é' '😀' $'\x80'; do
		post "$key"
		assert_invalid header.Idempotency-Key
	done
	assert_rows tasks 0
}

# bats test_tags=server
@test "an empty key is 422, and nothing is made" {
	# curl sends an empty header field only if a semicolon follows its name.
	if [[ $TRANSPORT == http ]]; then
		request POST /api/tasks --body '{"title":"x"}' --header 'Idempotency-Key;'
	else
		request POST /api/tasks --body '{"title":"x"}' --header 'Idempotency-Key: '
	fi
	assert_invalid header.Idempotency-Key
	assert_rows tasks 0
}

@test "a key is kept for 24 hours, then it makes a new task; expired ones go with the user's next keyed create, and no others" {
	local first second other n
	post key
	take_id
	first=$id
	age '23 hours 50 minutes'
	post key
	assert_json '.id == $id' --arg id "$first"
	age '24 hours 1 second'
	post key '{"title":"another body"}'
	assert_status 201
	assert_json '.id != $id and .title == "another body"' --arg id "$first"
	second=$body
	post key '{"title":"another body"}'
	assert_same "$body" "$second" 'the second answer'
	post key
	assert_invalid header.Idempotency-Key
	assert_rows tasks 2
	assert_rows idempotency_keys 1
	new_user
	user=$REPLY other=$REPLY
	post of-another
	age '25 hours'
	new_user
	user=$REPLY
	for n in 1 2 3 4; do
		post "key-$n"
	done
	age '25 hours'
	post young
	assert_status 201
	assert_rows idempotency_keys 1 "key = 'young'"
	assert_rows idempotency_keys 1
	age '23 hours'
	create
	post younger
	assert_rows idempotency_keys 2
	assert_rows tasks 7
	user=$other
	assert_rows idempotency_keys 1
	post another
	assert_rows idempotency_keys 1 "key = 'another'"
	assert_rows idempotency_keys 1
}

post_once() { post "at-once-$round"; }
post_own() { post "own-$1"; }
post_old() { post "old-$(($1 % 2))"; }

# bats test_tags=server
@test "8 at once with one key: one task and one answer" {
	local round=1
	create
	keep_for_two "INSERT INTO idempotency_keys (user_id, key, digest, task_id, answer, etag)
		VALUES ('$user', 'at-once-1', 'x', gen_random_uuid(), '{}', 'x')"
	at_once 8 post_once
	assert_same "$outcome" 8x201 'the answers'
	assert_same "$different" 1 'different answers'
	assert_rows tasks 2
	# Eight concurrent requests reuse one expired key.
	age '25 hours'
	keep_for_two "SELECT FROM idempotency_keys WHERE user_id = '$user' FOR UPDATE"
	at_once 8 post_once
	assert_same "$outcome" 8x201 'the answers'
	assert_same "$different" 1 'different answers'
	assert_rows tasks 3
	assert_rows idempotency_keys 1
}

@test "20 at once with a key each, beside expired ones: 20 tasks" {
	post first
	rows "INSERT INTO idempotency_keys (user_id, key, digest, task_id, answer, etag, created_at)
		SELECT '$user', 'expired-' || n, 'x', gen_random_uuid(), '{}', 'x', now() - interval '25 hours'
		  FROM generate_series(1, 200) AS n"
	at_once 20 post_own
	assert_same "$outcome" 20x201 'the answers'
	assert_rows tasks 21
	assert_rows idempotency_keys 21
}

@test "expired keys that are used again at once do not stand in each other's way" {
	local round
	post old-0
	post old-1
	for round in {1..6}; do
		age '25 hours'
		at_once 4 post_old
		assert_same "$outcome" 4x201 "round $round: the answers"
		assert_same "$different" 2 'different answers'
	done
}
