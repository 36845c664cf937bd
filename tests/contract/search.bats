# Concurrent searches of one user, and a search on a database without the latest schema.
# tests/db/setup/search.bats tests which tasks a search finds.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/later.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && . "$API_ROOT/tests/lib/later.bash" && begin; }

teardown() { release; }

# bats test_tags=server
@test "a search while another one of the same user runs is 429 with Retry-After, and nobody else's is" {
	create '{"title":"milk"}'
	request GET '/api/tasks?search=MILK'
	assert_status 200
	assert_json 'length == 1'
	# The advisory lock that a search holds.
	hold "SELECT pg_advisory_xact_lock(hashtextextended('tasks-cgi search $user', 0))"
	for query in 'search=milk' 'q=milk&limit=20' 'search=m&status=pending'; do
		request GET "/api/tasks?$query" --origin http://localhost:3000
		assert_problem 429 too_many_requests 'Too many requests'
		assert_header Retry-After 2
		assert_header Access-Control-Allow-Origin http://localhost:3000
	done
	for query in '' '?limit=20' '?status=pending' '?search='; do
		request GET "/api/tasks$query"
		assert_status 200
		assert_json 'length == 1'
	done
	first=$user
	new_user
	user=$REPLY
	request GET '/api/tasks?search=milk'
	assert_status 200
	user=$first
	release
	request GET '/api/tasks?search=milk'
	assert_status 200
	assert_json 'length == 1'
}

@test "a page of a search knows how many there are, also past the last one and by a cursor" {
	local query rows
	for i in 1 2 3 4 5; do
		create "{\"title\":\"milk $i\"}"
	done
	create '{"title":"bread"}'
	while read -r query rows; do
		request GET "/api/tasks?search=milk&$query"
		assert_status 200
		assert_header X-Total-Count 5
		assert_json 'map(.title) == $t' --argjson t "$rows"
	done <<-'END'
		limit=2&sort=title ["milk 1","milk 2"]
		limit=2&sort=-title ["milk 5","milk 4"]
		limit=2&offset=4&sort=title ["milk 5"]
		limit=2&offset=5&sort=title []
		limit=2&page=9&sort=title []
		limit=5&sort=title ["milk 1","milk 2","milk 3","milk 4","milk 5"]
	END
	request GET '/api/tasks?search=milk&limit=2&sort=title'
	[[ ${reply_headers[link]} =~ cursor=([^&>]+) ]]
	request GET "/api/tasks?search=milk&limit=2&sort=title&cursor=${BASH_REMATCH[1]}"
	assert_header X-Total-Count 5
	assert_json 'map(.title) == ["milk 3","milk 4"]'
	request GET '/api/tasks?search=milk&status=completed&limit=2'
	assert_header X-Total-Count 0
	assert_json '. == []'
}
