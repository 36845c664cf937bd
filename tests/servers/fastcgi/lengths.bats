# The length of a reply, which FastCGI programs state.
# shellcheck disable=SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && begin; }

# assert_length: the reply says how many bytes its body has, and is not sent in chunks.
assert_length()
{
	local LC_ALL=C
	assert_header Content-Length "${#body}" || return 1
	assert_no_header Transfer-Encoding
}

@test "a client learns the length of each reply before its body, and no server sends it in chunks" {
	create '{"title":"Käse"}'
	assert_length
	request GET "/api/tasks/$id"
	assert_status 200
	assert_length
	request GET /api/tasks
	assert_length
	request GET /api/tasks/x
	assert_status 422
	assert_length
	request GET /nothing --no-token
	assert_status 404
	assert_length
	# A HEAD may tell the length of the GET, but has no body.
	request HEAD "/api/tasks/$id"
	assert_status 200
	assert_same "$body" '' 'the body of a HEAD'
	request POST /api/tasks --body '{"title":"x"}' --header 'Prefer: return=minimal'
	assert_status 201
	assert_same "$body" '' 'the body of a minimal reply'
	assert_no_header Transfer-Encoding
	request DELETE "/api/tasks/$id"
	assert_status 204
	assert_no_header Content-Length
	assert_no_header Transfer-Encoding
	# The next request on the same connection is answered.
	request GET /api/tasks
	assert_json 'length == 1'
}
