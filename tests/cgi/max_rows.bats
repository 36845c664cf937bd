# TASKS_MAX_ROWS: a list that is cut off has a Link to the next page.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/lists.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && . "$API_ROOT/tests/lib/lists.bash" && begin; }

@test "without a limit a list ends at TASKS_MAX_ROWS, and Link goes on" {
	local max
	sow 9
	for max in 1 4 8; do
		settings+=("TASKS_MAX_ROWS=$max")
		request GET /api/tasks
		assert_status 200
		assert_json 'length == ($m | tonumber)' --arg m "$max"
		assert_no_header X-Total-Count
		walk /api/tasks
		body=$whole
		json .
		assert_same "$seen" "$REPLY" 'what the walk saw'
		assert_same "$pages" $(((9 + max - 1) / max)) pages
	done
	# A higher limit is reduced to TASKS_MAX_ROWS, which is also the size of a page.
	settings+=(TASKS_MAX_ROWS=4)
	walk '/api/tasks?limit=1000&sort=title'
	assert_same "$pages" 3 pages
	request GET '/api/tasks?limit=4&page=2'
	assert_json '. == ($w | fromjson | .[4:8])' --arg w "$whole"
	settings+=(TASKS_MAX_ROWS=9)
	request GET /api/tasks
	assert_json 'length == 9'
	assert_no_header Link
	settings+=(TASKS_MAX_ROWS=0)
	request GET /api/tasks
	assert_status 500
}

@test "a cursor is of the deployment's secret" {
	local other
	sow 9
	request GET '/api/tasks?limit=2'
	next_page
	request GET "$next"
	assert_status 200
	other=${API_SECRET^^}x
	raw_token "{\"sub\":\"$user\",\"exp\":4102444800}" '' '' "$other"
	settings+=("BETTER_AUTH_SECRET=$other")
	request GET "$next" --token "$token"
	assert_invalid query.cursor
	request GET '/api/tasks?limit=2' --token "$token"
	next_page
	request GET "$next" --token "$token"
	assert_status 200
}
