# Idempotency-Key on POST BASE: one task, however often it is asked for.
# shellcheck disable=SC1003,SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && begin; }

# post KEY [JSON [OPTION...]]
post()
{
	local json=${2:-{\"title\":\"once\"\}}
	request POST /api/tasks --body "$json" --header "Idempotency-Key: $1" "${@:3}"
}

# assert_rows TABLE COUNT [CONDITION]: of $user.
assert_rows()
{
	assert_same "$(sql "SELECT count(*) FROM $1 WHERE user_id = '$user' AND ${3:-true}")" "$2" "rows of $1"
}

# Make every key of $user so old.
age()
{
	sql "UPDATE idempotency_keys SET created_at = now() - interval '$1' WHERE user_id = '$user'"
}

@test "the same key, user and body: the first answer again, and one task" {
	local first etag location base
	post key-1
	assert_status 201
	first=$body etag=$(header ETag) location=$(header Location)
	id=$(gojq -r .id <<<"$first")
	assert_same "$location" "/api/tasks/$id" Location
	for _ in 1 2 3; do
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
	# The controls: another key, and none, make tasks.
	post key-2
	[[ $(gojq -r .id <<<"$body") != "$id" ]] || fail 'another key, the same task'
	create '{"title":"once"}'
	create '{"title":"once"}'
	assert_rows tasks 4
}

@test "the answer is that of a task with every member, and as a task without a key" {
	local json='{"title":"t 😀","description":"d","status":"completed","priority":"high","due_date":"2026-01-09T12:00:00.123456Z"}'
	create "$json"
	post key "$json"
	assert_status 201
	assert_json '(del(.id, .created_at, .updated_at, .completed_at) == ($t | fromjson | del(.id, .created_at, .updated_at, .completed_at)))
		and .created_at == .updated_at and .completed_at == .created_at and (keys == ($t | fromjson | keys))' --arg t "$task"
	task=$body
	id=$(gojq -r .id <<<"$body")
	request GET "/api/tasks/$id"
	assert_same "$body" "$task" 'the task'
	request PATCH "/api/tasks/$id" --body '{"title":"x"}' --header "If-Match: $(header ETag)"
	assert_status 200
}

@test "the first answer is kept when the task has changed or gone since" {
	local first
	post key
	first=$body
	id=$(gojq -r .id <<<"$body")
	request PATCH "/api/tasks/$id" --body '{"title":"changed"}'
	post key
	assert_status 201
	assert_same "$body" "$first" 'the answer'
	request GET "/api/tasks/$id"
	assert_json '.title == "changed"'
	request DELETE "/api/tasks/$id"
	post key
	assert_status 201
	assert_same "$body" "$first" 'the answer'
	assert_rows tasks 0
}

@test "the same key with another body is 422 and makes nothing" {
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
}

@test "a key is its user's own" {
	local first other=$user
	post key
	first=$(gojq -r .id <<<"$body")
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

@test "keys of 1 to 255 visible ASCII, each for itself" {
	local key
	repeat 255 k
	for key in k K '~' '!' '"quoted"' "'" '\' '%' '$1' ',' ';' '{}' 7b0c2b1e-4f5a-4c3d-9e8f-0123456789ab "$REPLY" "${REPLY%k}"; do
		post "$key"
		assert_status 201
		id=$(gojq -r .id <<<"$body")
		post "$key"
		assert_json '.id == $id' --arg id "$id"
	done
	assert_rows tasks 15
	assert_rows idempotency_keys 15
}

@test "a key of 256, with a space, or not of visible ASCII is 422, and nothing is made" {
	local key
	repeat 256 k
	for key in "$REPLY" 'a b' 'é' '😀' $'a\tb' 'a, b' $'\x80'; do
		post "$key"
		assert_invalid header.Idempotency-Key
	done
	assert_rows tasks 0
	post "${REPLY%k}"
	assert_status 201
}

@test "an empty key is 422, and nothing is made" {
	# As curl wants what is empty, and as an environment has it.
	if [[ $TRANSPORT == http ]]; then
		request POST /api/tasks --body '{"title":"x"}' --header 'Idempotency-Key;'
	else
		request POST /api/tasks --body '{"title":"x"}' --header 'Idempotency-Key: '
	fi
	assert_invalid header.Idempotency-Key
	assert_rows tasks 0
}

@test "a bad key and a bad body are told together; what was refused uses no key up" {
	post 'a b' '{"title":"","priority":"urgent"}'
	assert_invalid header.Idempotency-Key body.title body.priority
	post 'a b' '{'
	assert_problem 400 malformed_json
	post key '{}'
	assert_invalid body.title
	post key '{"title":'
	assert_problem 400 malformed_json
	assert_rows idempotency_keys 0
	post key
	assert_status 201
	post key '{}'
	assert_invalid body.title
	assert_rows tasks 1
}

@test "a key elsewhere than on POST means nothing" {
	post key
	id=$(gojq -r .id <<<"$body")
	request PATCH "/api/tasks/$id" --body '{"title":"a"}' --header 'Idempotency-Key: key'
	assert_status 200
	request PATCH "/api/tasks/$id" --body '{"title":"b"}' --header 'Idempotency-Key: a b'
	assert_json '.title == "b"'
	request GET "/api/tasks/$id" --header 'Idempotency-Key: key'
	assert_json '.title == "b"'
}

@test "Prefer: return=minimal goes with a key, the first time and again" {
	local location prefer='Prefer: return=minimal'
	post key '' --header "$prefer"
	assert_status 201
	location=$(header Location)
	assert_same "$body" '' 'the body'
	post key '' --header "$prefer"
	assert_status 201
	assert_header Location "$location"
	assert_header Preference-Applied return=minimal
	post key
	assert_json '"/api/tasks/" + .id == $l' --arg l "$location"
}

@test "a key is kept for 24 hours, then it makes a new task" {
	local first second
	post key
	first=$(gojq -r .id <<<"$body")
	age '23 hours 59 minutes'
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
}

@test "expired keys go with the user's next keyed create, and no others" {
	local other=$user n
	post of-another
	age '25 hours'
	begin
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

# at_once N COMMAND [ARGUMENT...]: N of them, each with its number last and
# a folder of its own; sets statuses (sorted words) and leaves out/N the bodies.
at_once()
{
	local n pids=()
	mkdir -p "$BATS_TEST_TMPDIR/out"
	rm -f "$BATS_TEST_TMPDIR/out"/*
	token_for "$user"
	for ((n = 1; n <= $1; n++)); do
		(
			out=$BATS_TEST_TMPDIR/out/$n
			BATS_TEST_TMPDIR=$(mktemp -d "$BATS_TEST_TMPDIR/one-XXXX")
			"${@:2}" "$n" >/dev/null 2>&1
			printf '%s\n' "$status" >"$out.status"
			printf '%s %s %s\n' "$body" "$(header ETag)" "$(header Location)" >"$out"
		) 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}" || true
	statuses=$(sort "$BATS_TEST_TMPDIR/out"/*.status | uniq -c | xargs)
	rm -f "$BATS_TEST_TMPDIR/out"/*.status
}
post_once() { post "at-once-$round"; }
post_own() { post "own-$1"; }
post_old() { post "old-$(($1 % 2))"; }

@test "20 at once with one key: one task and one answer" {
	local round
	for round in 1 2 3; do
		at_once 20 post_once
		assert_same "$statuses" '20 201' 'the answers'
		assert_same "$(sort -u "$BATS_TEST_TMPDIR/out"/* | wc -l)" 1 'different answers'
		assert_rows tasks "$round"
	done
	# An expired key is used again by all of them.
	age '25 hours'
	round=1
	at_once 20 post_once
	assert_same "$statuses" '20 201' 'the answers'
	assert_same "$(sort -u "$BATS_TEST_TMPDIR/out"/* | wc -l)" 1 'different answers'
	assert_rows tasks 4
	assert_rows idempotency_keys 1
}

@test "20 at once with a key each, beside expired ones: 20 tasks" {
	post first
	sql "INSERT INTO idempotency_keys (user_id, key, digest, task_id, answer, etag, created_at)
		SELECT '$user', 'expired-' || n, 'x', gen_random_uuid(), '{}', 'x', now() - interval '25 hours'
		  FROM generate_series(1, 200) AS n"
	at_once 20 post_own
	assert_same "$statuses" '20 201' 'the answers'
	assert_rows tasks 21
	assert_rows idempotency_keys 21
}

@test "expired keys that are used again at once do not stand in each other's way" {
	local round
	for round in {1..8}; do
		post old-0
		post old-1
		age '25 hours'
		at_once 4 post_old
		assert_same "$statuses" '4 201' "round $round: the answers"
		assert_same "$(sort -u "$BATS_TEST_TMPDIR/out"/* | wc -l)" 2 'different answers'
	done
}
