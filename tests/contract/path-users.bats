# The user in /api/{user_id}/tasks must be the token's user, in any percent-encoding.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# bats file_tags=server
setup() { . "$API_ROOT/tests/lib/api.bash" && begin; }

# percent_encode TEXT: set REPLY to TEXT with each byte as %XX.
percent_encode()
{
	local LC_ALL=C text=$1 i code
	REPLY=''
	for ((i = 0; i < ${#text}; i++)); do
		printf -v code %d "'${text:i:1}"
		printf -v code %%%02X $((code & 255))
		REPLY+=$code
	done
}

@test "another user's path is 403 before the store is asked, one's own is not" {
	local path other
	new_user
	other=$REPLY
	for path in "/api/$other/tasks" "/api/${user}x/tasks" \
		"/api/${user%?}/tasks" "/api/${user^^}/tasks" "/api/$user%20/tasks"; do
		request GET "$path"
		assert_problem 403 forbidden 'Not authorized to access this resource'
	done
	request POST "/api/$other/tasks" --body '{"title":"not mine"}'
	assert_problem 403 forbidden
	rows "SELECT count(*) FROM tasks WHERE user_id IN ('$other', '$user')"
	assert_same "$REPLY" 0 'tasks made'
	request GET "/api/$user/tasks"
	assert_status 200
	request POST "/api/$user/tasks" --body '{"title":"mine"}'
	assert_status 201
	# 403 for all ids, so that the status does not reveal whether a task exists.
	take_id
	for path in "$id" 00000000-0000-4000-8000-000000000000 no-uuid; do
		request GET "/api/$other/tasks/$path"
		assert_problem 403 forbidden
	done
	request GET "/api/$user/tasks/$id"
	assert_status 200
	# Users are compared byte by byte, without Unicode normalisation.
	user=e$'\u0301'$user
	request GET "/api/%C3%A9${user:2}/tasks"
	assert_problem 403 forbidden
	request GET "/api/e%CC%81${user:2}/tasks"
	assert_status 200
}

@test "users of any letters reach their tasks, written plainly or as %XX" {
	local name path tag
	new_user
	tag=$REPLY
	while read -r name path; do
		user=${name//_/ }$tag
		request POST "/api/$path$tag/tasks" --body '{"title":"found"}'
		assert_status 201
		assert_json '.user_id == $u' --arg u "$user"
		take_id
		# Location is the URL of the new task.
		request GET "${reply_headers[location]}"
		assert_status 200
		assert_json '.id == $i' --arg i "$id"
		percent_encode "$user"
		request GET "/api/$REPLY/tasks/$id"
		assert_status 200
	done <<-'END'
		Az-09.~ Az-09.~
		Az-09.~ %41z%2D09%2E%7E
		ada@example.org ada@example.org
		ada@example.org ada%40example.org
		two_words two%20words
		auth0|5f auth0%7C5f
		a+b a+b
		a+b a%2Bb
		100% 100%25
		q?x&y#z q%3Fx%26y%23z
		it's it%27s
		"\ %22%5C
		$(id)`id` %24%28id%29%60id%60
		žluťoučký %C5%BElu%C5%A5ou%C4%8Dk%C3%BD
		任务 %E4%BB%BB%E5%8A%A1
		😀 %F0%9F%98%80
		%41 %2541

	END
}

@test "a user id of 255 characters works in token and path, of 256 nowhere" {
	local letter path tag
	for letter in x é 😀; do
		new_user
		tag=$REPLY
		repeat $((255 - ${#tag})) "$letter"
		user=$REPLY$tag
		percent_encode "$user"
		path=/api/$REPLY/tasks
		request POST "$path" --body '{"title":"long"}'
		assert_status 201
		assert_json '.user_id == $u' --arg u "$user"
		request GET "$path"
		assert_json 'length == 1'
		user=${user}x
		request GET /api/tasks
		assert_problem 401 invalid_token 'Invalid token'
	done
}
