# A task has the same bytes in every reply: programs write it, and for an idempotency key
# PostgreSQL does.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154
# shellcheck source=tests/lib/api.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && begin; }

# assert_bytes JSON: create the task with a key, and compare its first reply with the replies
# of GET, the list, a change that changes nothing, and a repetition of the create.
assert_bytes()
{
	local first etag
	number=$((number + 1))
	request POST /api/tasks --body "$1" --header "Idempotency-Key: bytes-$number"
	assert_status 201 || return 1
	first=$body etag=${reply_headers[etag]}
	take_id
	request GET "/api/tasks/$id"
	assert_same "$body" "$first" "GET of $1" || return 1
	assert_header ETag "$etag" || return 1
	request GET '/api/tasks?limit=1'
	assert_same "$body" "[$first]" "the list with $1" || return 1
	request PATCH "/api/tasks/$id" --body '{}'
	assert_same "$body" "$first" "PATCH of $1" || return 1
	assert_header ETag "$etag" || return 1
	request POST /api/tasks --body "$1" --header "Idempotency-Key: bytes-$number"
	assert_same "$body" "$first" "the repetition of $1"
}

@test "a task reads the same, byte for byte, whoever wrote its JSON" {
	local number=0 json text i
	while IFS= read -r json; do
		assert_bytes "$json" || return 1
	done <<-'END'
		{"title":"x"}
		{"title":"\" \\ / \b \f \n \r \t"}
		{"title":"</script>","description":"<!-- & ' -->"}
		{"title":"é ü ß İ Ω \u0065\u0301","description":"日本語 עברית ไทย"}
		{"title":"\ud83d\ude00","description":"\u2028\u2029\ufeff\uffff\ufffd"}
		{"title":"\u007f\u0080\u009f"}
		{"title":"x","description":""}
		{"title":"x","description":null,"due_date":null}
		{"title":"x","status":"in_progress","priority":"low"}
		{"title":"x","status":"completed","priority":"high"}
		{"title":"x","completed":true}
		{"title":"x","due_date":"0001-01-01"}
		{"title":"x","due_date":"9999-12-31T23:59:59.999999Z"}
		{"title":"x","due_date":"1969-12-31T23:59:59.999999Z"}
		{"title":"x","due_date":"1970-01-01T00:00:00Z"}
		{"title":"x","due_date":"1999-12-31T23:59:59.999999Z"}
		{"title":"x","due_date":"2000-01-01"}
		{"title":"x","due_date":"2000-02-29T12:34:56.7Z"}
		{"title":"x","due_date":"2100-03-01T00:00:00.000001+02:30"}
		{"title":"x","due_date":"1582-10-15"}
	END
	# Every control character but U+0000.
	for i in {1..31}; do
		printf -v text '%s\\u%04x' "${text:-}" "$i"
	done
	assert_bytes "{\"title\":\"x\",\"description\":\"$text\"}" || return 1
	assert_json '.description | explode == [range(1; 32)]' || return 1
	printf -v text '%2000s' ''
	assert_bytes "{\"title\":\"x\",\"description\":\"${text// /\\u0001}\"}" || return 1
	assert_bytes "{\"title\":\"x\",\"description\":\"${text// /😀}\"}"
}

@test "a page of a thousand tasks whose every character is escaped arrives whole" {
	rows "INSERT INTO users (id) VALUES ('$user');
		INSERT INTO tasks (user_id, title, description)
		SELECT '$user', repeat(chr(1), 255), repeat(chr(2), 2000) FROM generate_series(1, 1000)"
	request GET '/api/tasks?limit=1000'
	assert_status 200
	assert_json 'length == 1000 and all(.[]; (.title | length) == 255 and (.description | length) == 2000)'
}

@test "a task with an infinite time, stored by hand, does not cost its user the list" {
	local link order seen
	rows "INSERT INTO users (id) VALUES ('$user');
		INSERT INTO tasks (user_id, title, status, completed_at, created_at)
		SELECT '$user', at, 'completed', at::timestamptz, at::timestamptz
		FROM unnest(ARRAY['-infinity', '2026-01-09T00:00:00Z', 'infinity']) AS at"
	request GET /api/tasks
	assert_status 200
	assert_json 'map([.title, .created_at, .completed_at]) == [["infinity", null, null],
		["2026-01-09T00:00:00Z", "2026-01-09T00:00:00.000000Z", "2026-01-09T00:00:00.000000Z"],
		["-infinity", null, null]]' || return 1
	for order in asc desc; do
		link="/api/tasks?limit=1&sort=created_at&order=$order" seen=
		while [[ -n $link ]]; do
			request GET "$link"
			assert_status 200 || return 1
			json '.[].title' && seen+=" $REPLY" link=
			[[ ! ${reply_headers[link]:-} =~ \<([^\>]*)\>\;\ rel=\"?next ]] || link=${BASH_REMATCH[1]}
		done
		[[ $order != asc ]] || assert_same "$seen" ' -infinity 2026-01-09T00:00:00Z infinity' asc || return 1
		[[ $order != desc ]] || assert_same "$seen" ' infinity 2026-01-09T00:00:00Z -infinity' desc || return 1
	done
}

@test "the cursor of every order continues after rows of every kind" {
	local order sort seen page link
	rows "INSERT INTO users (id) VALUES ('$user') ON CONFLICT DO NOTHING;
		INSERT INTO tasks (user_id, title, status, completed_at, priority, due_date, created_at, updated_at)
		SELECT '$user', (ARRAY['a', 'B', 'é', '\"\\', '日'])[1 + n % 5],
			(ARRAY['pending', 'in_progress', 'completed'])[1 + n % 3],
			CASE WHEN n % 3 = 2 THEN now() END,
			(ARRAY['low', 'medium', 'high'])[1 + n / 2 % 3],
			CASE n % 4 WHEN 0 THEN NULL WHEN 1 THEN '0001-01-01T00:00:00Z'::timestamptz
				WHEN 2 THEN '9999-12-31T23:59:59.999999Z' ELSE now() END,
			now() - n / 2 * interval '1 microsecond', now() - n / 3 * interval '1 microsecond'
		FROM generate_series(1, 23) AS n"
	for sort in created_at updated_at due_date priority title status; do
		for order in asc desc; do
			request GET "/api/tasks?limit=100&sort=$sort&order=$order"
			json '[.[].id] | join(" ")' && page=$REPLY seen=''
			link="/api/tasks?limit=2&sort=$sort&order=$order"
			while [[ -n $link ]]; do
				request GET "$link"
				assert_status 200 || return 1
				json '[.[].id] | join(" ")' && seen+="${seen:+ }$REPLY"
				link=
				[[ ! ${reply_headers[link]:-} =~ \<([^\>]*)\>\;\ rel=\"?next ]] || link=${BASH_REMATCH[1]}
			done
			assert_same "$seen" "$page" "$sort $order" || return 1
		done
	done
}
