# Pagination of a list by the Link header and its cursors.
# shellcheck disable=SC1003,SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/lists.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && . "$API_ROOT/tests/lib/lists.bash" && begin; }

@test "walks over every sort, both ways, by 1 and by 4, see each task once and in order" {
	local sort direction limit
	sow 9
	for sort in created_at updated_at due_date priority title status; do
		for direction in asc desc; do
			in_order "$sort" "$direction"
			for limit in 1 4; do
				walk "/api/tasks?sort=$sort&order=$direction&limit=$limit"
				assert_walked
				assert_same "$pages" $(((9 + limit - 1) / limit)) pages
			done
		done
	done
}

# bats test_tags=server
@test "a walk keeps its filters, under the names and in the base that the client used" {
	local base
	sow 36
	pick 'map(select(.status != "completed" and .description != null and .due_date != null))
		| sort_by(.title, .id) | reverse'
	for base in /api/tasks /api/v1/tasks "/api/$user/tasks"; do
		walk "$base?status_filter=active&q=words+&sort_by=-title&page_size=3&has_due_date=true&unknown=1"
		assert_walked
		((pages > 3)) || fail "only $pages pages"
		[[ $asked == "GET $base?"*'status_filter=active&'*'page_size=3&'* ]] || fail 'not the same names and base'
	done
	walk "/api/tasks?q=%25_O&limit=3"
	assert_walked 'map(select(.title == "50%_off"))'
	walk '/api/tasks?q=%C3%A9mile%20%F0%9F%98%80&limit=3&sort=title'
	assert_walked 'map(select(.title == "émile 😀")) | sort_by(.id)'
}

@test "a walk may begin at an offset or a page, and change its limit" {
	sow 14
	walk '/api/tasks?offset=5&limit=2'
	assert_walked '.[$n:]' --argjson n 5
	walk '/api/tasks?page=2&limit=4'
	assert_walked '.[$n:]' --argjson n 4
	request GET '/api/tasks?limit=3'
	take_cursor
	walk "/api/tasks?cursor=$cursor&limit=7"
	assert_walked '.[$n:]' --argjson n 3
	assert_same "$pages" 2 pages
	request GET "/api/tasks?cursor=$cursor"
	assert_list
	assert_no_header Link
	assert_header X-Total-Count 14
}

# Change the list between two pages: add a task, delete one and change sort keys of two.
disturb()
{
	step=$((step + 1))
	rows "INSERT INTO tasks (user_id, title, status, priority, due_date, created_at, updated_at)
		SELECT user_id, title, 'pending', priority, due_date, created_at, updated_at FROM tasks
		 WHERE user_id = '$user' AND title LIKE 'stays%' ORDER BY random() LIMIT 1;
		UPDATE tasks SET title = 'new $step' WHERE user_id = '$user' AND title LIKE 'stays%'
			AND NOT id = ANY ('$stays');
		DELETE FROM tasks WHERE (user_id, id) IN (SELECT user_id, id FROM tasks
			WHERE user_id = '$user' AND NOT id = ANY ('$stays') ORDER BY random() LIMIT 1);
		UPDATE tasks SET title = md5(random()::text), due_date = now() + random() * interval '1 day',
			created_at = now() - random() * interval '600 days', updated_at = now() - random() * interval '600 days',
			priority = (ARRAY['low', 'medium', 'high'])[1 + floor(random() * 3)],
			status = (ARRAY['pending', 'in_progress'])[1 + floor(random() * 2)], completed_at = NULL
		 WHERE (user_id, id) IN (SELECT user_id, id FROM tasks
			WHERE user_id = '$user' AND NOT id = ANY ('$stays') ORDER BY random() LIMIT 2);
		UPDATE tasks SET description = 'changed $step' WHERE user_id = '$user'"
}

@test "while tasks come, go and move, one that is there throughout is seen exactly once, in every sort" {
	local sort direction limit step=0 stays whole wanted
	for sort in created_at updated_at due_date priority title status; do
		for direction in asc desc; do
			rows "DELETE FROM tasks WHERE user_id = '$user'"
			plant 16
			# Half of the tasks keep their sort keys during the walk.  $stays has their ids.
			rows "SELECT array_agg(id) FROM (SELECT id FROM tasks WHERE user_id = '$user'
				ORDER BY random() LIMIT 8) AS t"
			stays=$REPLY
			rows "UPDATE tasks SET title = 'stays ' || title WHERE id = ANY ('$stays')"
			look
			in_order "$sort" "$direction"
			limit=$((2 + RANDOM % 2))
			walk "/api/tasks?sort=$sort&order=$direction&limit=$limit" disturb
			body=$seen
			assert_json 'def ours: map(.id) | map(select(inside($stays)));
				($wanted | ours | length == 8) and ours == ($wanted | ours)' \
				--argjson wanted "$wanted" --arg stays "$stays" || fail "$sort $direction by $limit: not each once"
		done
	done
	((step > 50)) || fail "only $step changes"
}

@test "the task that a cursor stands on may be changed or deleted" {
	local sort
	for sort in created_at due_date title priority; do
		rows "DELETE FROM tasks WHERE user_id = '$user'"
		sow 9
		in_order "$sort" asc
		request GET "/api/tasks?sort=$sort:asc&limit=4"
		take_cursor
		json '.[3].id'
		request DELETE "/api/tasks/$REPLY"
		assert_status 204
		walk "/api/tasks?sort=$sort:asc&limit=4&cursor=$cursor"
		whole=$wanted
		assert_walked '.[$n:]' --argjson n 4
	done
}

@test "a cursor of another user, sort or direction, or edited by hand, is 422; as it came it is not" {
	local other=$user sort direction i c edited again
	sow 9
	request GET '/api/tasks?sort=title&limit=2'
	take_cursor
	request GET "/api/tasks?sort=title&limit=2&cursor=$cursor"
	assert_status 200
	request GET "/api/tasks?sort=title:asc&q=a&status=active&cursor=$cursor"
	assert_status 200
	for sort in created_at updated_at due_date priority title status; do
		for direction in asc desc; do
			[[ $sort$direction != titleasc ]] || continue
			request GET "/api/tasks?sort=$sort&order=$direction&cursor=$cursor"
			assert_invalid query.cursor
		done
	done
	request GET "/api/tasks?cursor=$cursor"
	assert_invalid query.cursor
	new_user
	user=$REPLY
	sow 9
	request GET "/api/tasks?sort=title&limit=2&cursor=$cursor"
	assert_invalid query.cursor
	user=$other
	request GET "/api/tasks?sort=title&limit=2&cursor=$cursor"
	assert_status 200
	for ((i = 0; i < ${#cursor}; i += 3)); do
		c=A
		[[ ${cursor:i:1} != A ]] || c=B
		request GET "/api/tasks?sort=title&limit=2&cursor=${cursor:0:i}$c${cursor:i+1}"
		assert_invalid query.cursor
	done
	again=$(base64 -w0 <<<"$cursor")
	for edited in "${cursor%?}" "${cursor%????}" "${cursor}A" "${cursor}AAAA" "$cursor$cursor" "=$cursor" \
		"$cursor%3D" "+$cursor" "${cursor:4}" "$again"; do
		request GET "/api/tasks?sort=title&limit=2&cursor=$edited"
		assert_invalid query.cursor
	done
	request GET "/api/tasks?sort=title&limit=2&cursor=$cursor"
	assert_status 200
}

@test "titles of every kind, and due dates from the first to the last and none, carry a walk" {
	local long title order limit
	repeat 255 😀
	long=$REPLY
	for title in "$long" '\"' "'" '\\' '%' ',' '{}' 'a\nb' '\u00a0x' NULL '0' "${long%?}a"; do
		create "{\"title\":\"$title\"}"
	done
	rows "INSERT INTO tasks (user_id, title) SELECT user_id, title FROM tasks WHERE user_id = '$user'"
	look
	in_order title asc
	walk '/api/tasks?sort=title&limit=1'
	assert_walked
	assert_same "$pages" 24 pages
	in_order title desc
	walk '/api/tasks?sort=title&order=desc&limit=5'
	assert_walked
	new_user
	user=$REPLY
	rows "INSERT INTO users (id) VALUES ('$user');
		INSERT INTO tasks (user_id, title, due_date) SELECT '$user', 'x', due::timestamptz
		FROM unnest(ARRAY[NULL, NULL, '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999999Z', '1969-12-31T23:59:59.000001Z', NULL]) AS due"
	look
	for order in asc desc; do
		in_order due_date "$order"
		for limit in 1 2; do
			walk "/api/tasks?sort=due_date&order=$order&limit=$limit"
			assert_walked
		done
	done
}
