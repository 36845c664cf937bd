# The tables partitioned into four by the hash of the user: which partitions each statement
# uses, by the plans in PostgreSQL's log.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	postgres_log=$API_RUN/postgres/log
	before=$(stat -c %s "$postgres_log")
}

# executed: print one line per statement that was executed since `before`: its first words,
# then the numbers of the partitions that it read or wrote.
executed()
{
	tail -c "+$((before + 1))" "$postgres_log" | awk '
		function finish() {
			if (text != "")
				print text ":" parts
			text = parts = ""
		}
		/^\t/ {
			if (text != "" && /(tasks|users|idempotency_keys)_p[0-9]/ && !/never executed/) {
				match($0, /(tasks|users|idempotency_keys)_p[0-9]/)
				part = substr($0, RSTART + RLENGTH - 1, 1)
				if (index(parts, part) == 0)
					parts = parts " " part
			}
			next
		}
		{ finish() }
		/LOG:  duration: .* plan:$/ { getline; sub(/^\tQuery Text: /, ""); text = substr($0, 1, 60) }
		END { finish() }'
}

# assert_parts PARTS WHAT: check that each statement on tables since `before` used exactly
# these partitions, and that there was at least one.
assert_parts()
{
	local got
	got=$(executed | sed -n 's/^.*: \([0-9 ]*\)$/\1/p' | sort -u)
	assert_same "$got" "$1" "the parts that $2 touched" || { executed && return 1; }
	before=$(stat -c %s "$postgres_log")
}

# part_of USER: print the number of the partition that holds the user's tasks.
part_of()
{
	sql "SELECT DISTINCT right(tableoid::regclass::text, 1) FROM tasks WHERE user_id = '$1'"
}

@test "the users are spread over all parts, and no one is in two of a table" {
	local i
	for i in {1..12}; do
		create '{"title":"t"}' --user "spread-$i"
		request POST /api/tasks --body '{"title":"t"}' --user "spread-$i" --header 'Idempotency-Key: k'
		assert_status 201
	done
	assert_same "$(sql "SELECT count(DISTINCT tableoid) FROM tasks WHERE user_id ^@ 'spread-'")" 4 'parts'
	# A user's rows of all tables are in partitions of the same number, so that one
	# shard can check the foreign keys alone.
	assert_same "$(sql "SELECT count(DISTINCT right(tableoid::regclass::text, 1)), count(*) FROM (
			SELECT tableoid, id AS u FROM users UNION ALL SELECT tableoid, user_id FROM tasks
			UNION ALL SELECT tableoid, user_id FROM idempotency_keys) AS t
		WHERE u ^@ 'spread-' GROUP BY u" | sort -u)" '1|4' 'parts and rows of each user'
}

@test "a write touches the part of its user alone" {
	create
	part=$(part_of "$user")
	assert_parts "$part" 'a create'
	request POST /api/tasks --body '{"title":"once"}' --header 'Idempotency-Key: key'
	assert_parts "$part" 'a create with a key'
	sql "UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE user_id = '$user'"
	before=$(stat -c %s "$postgres_log")
	request POST /api/tasks --body '{"title":"once"}' --header 'Idempotency-Key: key-2'
	assert_parts "$part" 'a create that removes an old key'
	request PATCH "/api/tasks/$id" --body '{"title":"b"}'
	assert_parts "$part" 'an update'
	request PATCH "/api/tasks/$id/complete" --header "If-Match: $(header ETag)"
	assert_status 200
	assert_parts "$part" 'a completion'
	request DELETE "/api/tasks/$id"
	assert_status 204
	assert_parts "$part" 'a delete'
}

@test "a read touches the part of its user alone, whatever it filters and sorts by" {
	local sort query
	for _ in {1..5}; do
		create '{"title":"words","due_date":"2020-01-01"}'
	done
	part=$(part_of "$user")
	before=$(stat -c %s "$postgres_log")
	request GET "/api/tasks/$id"
	assert_parts "$part" 'a get'
	for sort in created_at updated_at due_date priority title status; do
		request GET "/api/tasks?sort=$sort&limit=2"
		assert_parts "$part" "a page by $sort"
		query=$(header Link)
		query=${query#<}
		request GET "${query%%>*}"
		assert_json 'length == 2'
		assert_parts "$part" "the next page by $sort"
	done
	for query in status=active completed=false priority=medium due_after=2001-01-01 \
		due_before=2040-01-01 has_due_date=true overdue=true offset=1; do
		request GET "/api/tasks?$query"
		assert_json 'length >= 4'
		assert_parts "$part" "a list with $query"
	done
}

@test "a search asks the index of all parts for ids, and reads the tasks of its user's part alone" {
	create '{"title":"words"}'
	part=$(part_of "$user")
	before=$(stat -c %s "$postgres_log")
	request GET '/api/tasks?search=ords'
	assert_json 'length == 1'
	assert_same "$(executed | grep -cE ': [0-3 ]+$')" 2 'statements on tables'
	executed | grep ': 0 1 2 3$' | grep -q '^SELECT array_agg(found.id)' || fail 'not the index'
	executed | grep ": $part\$" | grep -q '^WITH turn AS' || fail 'not the tasks'
}

@test "whether a task is somebody else's or nobody's is asked of all parts, and nothing else is" {
	request GET /api/tasks/00000000-0000-4000-8000-000000000000
	assert_problem 404 task_not_found
	assert_same "$(executed | grep -c ': 0 1 2 3$')" 1 'statements on all parts'
	executed | grep ': 0 1 2 3$' | grep -q '^SELECT EXISTS (SELECT FROM public.tasks WHERE id = task_id)' ||
		fail 'another statement on all parts'
	assert_same "$(executed | grep -cE ': [0-3]$')" 2 'statements on one part'
	create
	request GET "/api/tasks/$id" --user "bob-$user"
	assert_problem 403 forbidden
}
