# A cursor that was forged with the secret of the MAC.
# shellcheck disable=SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && begin; }

# forge ORDER KEY: set cursor to one with a valid MAC for the task $id.
forge()
{
	cursor=$({
		printf 'cursor\0%s\0%s\0%s%s' "$user" "$1" "$id" "$2" |
			openssl dgst -sha256 -mac HMAC -macopt "key:$API_SECRET" -binary | head -c 16
		printf '%s%s' "$id" "$2"
	} | base64 -w0 | tr '+/' -_ | tr -d =)
}

@test "a forged cursor whose key is of another kind is 422, no fault of the server's" {
	local order key
	create '{"title":"b"}'
	forge title:asc a
	request GET "/api/tasks?sort=title&order=asc&cursor=$cursor"
	assert_status 200
	assert_json 'map(.title) == ["b"]'
	while read -r order key; do
		forge "$order" "$key"
		request GET "/api/tasks?sort=${order%:*}&order=${order#*:}&cursor=$cursor"
		assert_invalid query.cursor || return 1
	done <<-'END'
		created_at:desc nonsense
		due_date:asc 2030-13-01
		updated_at:asc 99999999-01-01
		priority:asc high
	END
	request GET '/api/tasks'
	assert_json 'length == 1'
}
