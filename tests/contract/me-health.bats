# /api/me (the token's user) and /health.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# bats file_tags=server
setup() { . "$API_ROOT/tests/lib/api.bash" && begin; }

@test "who am I: the verified token's claims, null where it has none" {
	local path
	in_seconds 600
	for path in /api/me /api/v1/auth/me; do
		raw_token "{\"sub\":\"$user\",\"email\":\"ada@example.org\",\"name\":\"Ada Ž\",\"exp\":$REPLY}"
		request GET "$path" --token "$token"
		assert_status 200
		assert_json '. == {id: $u, email: "ada@example.org", name: "Ada Ž", expires_at: .expires_at}
			and (.expires_at | test("^[0-9-]{10}T[0-9:]{8}[.]000000Z$"))
			and (.expires_at | sub("[.]0+"; "") | fromdate) == ($e | tonumber)' --arg u "$user" --arg e "$REPLY"
	done
	raw_token "{\"sub\":\"$user\",\"exp\":$REPLY.25}"
	request GET /api/me --token "$token"
	assert_json 'keys == ["email","expires_at","id","name"] and .email == null and .name == null
		and (.expires_at | endswith(".250000Z"))'
	raw_token "{\"sub\":\"$user\",\"email\":5,\"name\":[],\"exp\":$REPLY}"
	request GET /api/me --token "$token"
	assert_json '.email == null and .name == null'
	request GET /api/me --no-token
	assert_problem 401 missing_token
}

@test "/health says healthy, connected, when and what version, to anybody; /health/live says nothing of it" {
	local path
	for path in /health /health/ready; do
		request GET "$path" --no-token
		assert_status 200
		assert_json '.status == "healthy" and .database == "connected"
			and (.version | type == "string" and . != "")
			and (.timestamp | test("^20[0-9-]{8}T[0-9:]{8}[.][0-9]{6}Z$"))'
	done
	request GET /health --token garbage
	assert_status 200
	# /health/live does not query the database.
	request GET /health/live --no-token
	assert_status 200
	assert_json '.status == "healthy" and (has("database") | not)'
}
