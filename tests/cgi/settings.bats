# Settings: an invalid one causes a 500 and one log line, which names the variable and
# never its value.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && begin; }

# assert_fault VARIABLE [VALUE]: the last reply is a 500, and its log line names VARIABLE
# without the value.
assert_fault()
{
	set -- "$1" "${2:-}"
	assert_problem 500 internal_error 'Internal server error' || return 1
	[[ $log == *" setting=$1 "* ]] || fail "$1 is not named" || return 1
	# Short values such as -1 can occur in times and ids by chance.
	((${#2} < 6)) || [[ $log$body != *"$2"* ]] || fail 'the value is told'
}

@test "each setting with a bad value is refused, named and not repeated" {
	local name value
	while read -r name value; do
		settings=("DATABASE_URL=$API_DATABASE_URL" "BETTER_AUTH_SECRET=$API_SECRET"
			"CORS_ORIGINS=$API_ORIGINS")
		request GET /api/tasks
		assert_status 200
		settings=("${settings[@]/#$name=*/X=}" "$name=$value")
		request GET /api/tasks --origin ''
		assert_fault "$name" "$value"
		# Programs without queries do not parse the URL.
		[[ $name$value != DATABASE_URLpostgresql://* ]] || continue
		request GET /api/me --origin ''
		assert_fault "$name" "$value"
	done <<-'END'
		DATABASE_URL nonsense-value
		DATABASE_URL host=localhost dbname=tasks password=pa55word
		DATABASE_URL mysql://user:pa55word@localhost/tasks
		DATABASE_URL postgresql://user:pa%ZZ55word@localhost/tasks
		DATABASE_URL postgresql://user:pa55word@localhost:99999/tasks
		DATABASE_URL postgresql://user:pa55word@localhost:port/tasks
		DATABASE_URL postgresql://user:pa55word@localhost/tasks?sslmode=maybe
		DATABASE_URL postgresql://user:pa55word@localhost/tasks?nosuchthing=1
		DATABASE_URL postgresql://user:pa55word@[::1/tasks
		BETTER_AUTH_SECRET 31-bytes-are-one-too-few-for-it
		JWT_SECRET 31-bytes-are-one-too-few-for-it
		JWT_SECRET another-secret-of-at-least-32-bytes-yes
		JWT_ALGORITHM hs256
		JWT_ALGORITHM HS1
		JWT_ALGORITHM none
		JWT_ALGORITHM RS256
		JWT_ALGORITHM HS256,HS512
		JWT_LEEWAY -1
		JWT_LEEWAY 1.5
		JWT_LEEWAY 60s
		JWKS_FILE /nonexistent/keys.json
		CORS_ORIGINS *
		CORS_ORIGINS localhost:3000
		CORS_ORIGINS http://localhost:3000/
		CORS_ORIGINS http://localhost:3000,nonsense
		CORS_ORIGINS https://a.example:443
		CORS_ORIGINS http://localhost:80
		CORS_ORIGINS http://localhost:
		CORS_ORIGINS http://:3000
		CORS_ORIGINS http://localhost:03000
		CORS_ORIGINS http://a:b:c
		CORS_ORIGINS http://127.1
		CORS_ORIGINS http://[::FFFF]
		PUBLIC_PREFIX relative-path
		PUBLIC_PREFIX https://example.org/backend
		PUBLIC_PREFIX /backend/
		PUBLIC_PREFIX //example.org
		PUBLIC_PREFIX /backend/../x
		PUBLIC_PREFIX /backend?x=1
		PUBLIC_PREFIX /
		TASKS_MAX_ROWS 0
		TASKS_MAX_ROWS -1
		TASKS_MAX_ROWS 1e3
		TASKS_MAX_ROWS 99999999999999999999
		TASKS_MAX_BODY 0
		TASKS_MAX_BODY 64K
		TASKS_DB_TIMEOUT_MS 0
		TASKS_DB_TIMEOUT_MS 5s
		TASKS_DB_TIMEOUT_MS -5
		TASKS_ENV_FILE /nonexistent/env-file
		TASKS_ENV_FILE /
	END
}

@test "a required setting that is missing or empty is named" {
	local name
	for name in DATABASE_URL BETTER_AUTH_SECRET; do
		begin
		settings=("${settings[@]/#$name=*/$name=}")
		request GET /api/tasks
		assert_fault "$name"
		settings=("${settings[@]/#$name=*/X=}")
		request GET /api/tasks
		assert_fault "$name"
		request POST /api/tasks --no-token --body '{}'
		assert_fault "$name"
	done
	settings=()
	request GET /api/tasks --origin ''
	assert_status 500
}

@test "a fault of the settings can be read by the page that asked" {
	settings+=(TASKS_MAX_ROWS=0)
	request GET /api/tasks
	assert_fault TASKS_MAX_ROWS
	assert_header Access-Control-Allow-Origin http://localhost:3000
}

@test "each program needs only what it uses" {
	settings=("BETTER_AUTH_SECRET=$API_SECRET" "CORS_ORIGINS=$API_ORIGINS")
	request GET /api/me
	assert_status 200
	request GET /health/live --no-token
	assert_status 200
	request GET /health --no-token
	assert_fault DATABASE_URL
	request GET /nothing
	assert_status 404
	settings=("DATABASE_URL=$API_DATABASE_URL" "CORS_ORIGINS=$API_ORIGINS")
	request GET /health/live --no-token
	assert_status 200
	# The API is unhealthy without a key, because it cannot verify tokens.
	request GET /health --no-token
	assert_fault BETTER_AUTH_SECRET
	request GET /api/me
	assert_fault BETTER_AUTH_SECRET
}

@test "a fault of what it does not need stops neither /health/live nor a preflight" {
	local fault name
	for fault in TASKS_MAX_ROWS=0 TASKS_MAX_BODY=0 TASKS_DB_TIMEOUT_MS=0 DATABASE_URL=nonsense BETTER_AUTH_SECRET=short \
		JWT_ALGORITHM=none JWT_LEEWAY=-1 JWKS_FILE=/none PUBLIC_PREFIX=x TASKS_LOG_USER=x TASKS_SERVER_TIMING=x; do
		name=${fault%%=*}
		base_settings
		settings=("${settings[@]/#$name=*/X=}" "$fault")
		request GET /health/live --no-token
		assert_status 200
		request HEAD /health/live/ --no-token
		assert_status 200
		request OPTIONS /api/tasks --no-token --header 'Access-Control-Request-Method: GET'
		assert_status 204
		assert_header Access-Control-Allow-Origin http://localhost:3000
		# All other requests get the 500.
		for path in /health /health/ready /api/tasks; do
			request GET "$path"
			assert_fault "$name"
		done
		request POST /health/live --no-token
		assert_problem 405 method_not_allowed
	done
	# These settings determine the format of replies and logs, so all requests get the 500.
	for fault in CORS_ORIGINS=http://localhost:3000/ TASKS_LOG_FORMAT=x TASKS_ENV_FILE=/none; do
		settings=("$fault")
		request GET /health/live --no-token --unchecked
		assert_fault "${fault%%=*}"
		request OPTIONS /api/tasks --no-token --unchecked
		assert_fault "${fault%%=*}"
	done
}

@test "empty means unset: the defaults hold" {
	settings+=(JWT_SECRET='' JWT_ALGORITHM='' JWKS_FILE='' JWT_ISSUER='' JWT_AUDIENCE='' JWT_LEEWAY=''
		TASKS_MAX_ROWS='' TASKS_MAX_BODY='' TASKS_DB_TIMEOUT_MS='' TASKS_ENV_FILE='')
	request GET /api/tasks
	assert_status 200
	settings=("DATABASE_URL=$API_DATABASE_URL" "BETTER_AUTH_SECRET=$API_SECRET" CORS_ORIGINS=)
	request GET /api/tasks --origin http://localhost:3000
	assert_header Access-Control-Allow-Origin http://localhost:3000
}

@test "JWT_SECRET is another name of the secret; both at once must be equal" {
	settings=("DATABASE_URL=$API_DATABASE_URL" "CORS_ORIGINS=$API_ORIGINS" "JWT_SECRET=$API_SECRET")
	request GET /api/tasks
	assert_status 200
	settings+=("BETTER_AUTH_SECRET=$API_SECRET")
	request GET /api/tasks
	assert_status 200
}

@test "the key is the secret's bytes, untrimmed" {
	local key exp
	in_seconds 60
	exp=$REPLY
	for key in "$API_SECRET " " $API_SECRET" "$API_SECRET"$'\n' "žluťoučký kůň $API_SECRET" \
		"$API_SECRET=+/\\\"'\$#"; do
		begin
		settings=("${settings[@]/#BETTER_AUTH_SECRET=*/X=}" "BETTER_AUTH_SECRET=$key")
		raw_token "{\"sub\":\"$user\",\"exp\":$exp}" '' HS256 "$key"
		request GET /api/me --token "$token"
		assert_status 200
		raw_token "{\"sub\":\"$user\",\"exp\":$exp}"
		request GET /api/me --token "$token"
		assert_problem 401 invalid_token
	done
}

@test "JWT_ALGORITHM is the only algorithm that is accepted" {
	local alg other
	in_seconds 60
	for alg in HS256 HS384 HS512; do
		settings+=(JWT_ALGORITHM="$alg")
		for other in HS256 HS384 HS512; do
			raw_token "{\"sub\":\"$user\",\"exp\":$REPLY}" "{\"alg\":\"$other\"}" "$other"
			request GET /api/me --token "$token"
			if [[ $other == "$alg" ]]; then
				assert_status 200
			else
				assert_problem 401 invalid_token
			fi
		done
	done
}

@test "JWT_ISSUER and JWT_AUDIENCE are checked when set" {
	local name good bad exp
	in_seconds 60
	exp=$REPLY
	while read -r name good bad; do
		begin
		settings+=("$name=http://localhost:3000")
		raw_token "{\"sub\":\"$user\",\"exp\":$exp,$good}"
		request GET /api/me --token "$token"
		assert_status 200
		raw_token "{\"sub\":\"$user\",\"exp\":$exp,$bad}"
		request GET /api/me --token "$token"
		assert_problem 401 invalid_token 'Invalid token'
	done <<-'END'
		JWT_ISSUER "iss":"http://localhost:3000" "iss":"http://localhost:3001"
		JWT_ISSUER "iss":"http://localhost:3000","aud":"x" "aud":"http://localhost:3000"
		JWT_ISSUER "iss":"http://localhost:3000" "iss":"http://localhost:3000/"
		JWT_ISSUER "iss":"http://localhost:3000" "iss":["http://localhost:3000"]
		JWT_AUDIENCE "aud":"http://localhost:3000" "aud":"http://localhost"
		JWT_AUDIENCE "aud":["x","http://localhost:3000"] "aud":["x","y"]
		JWT_AUDIENCE "aud":["http://localhost:3000"] "aud":[]
		JWT_AUDIENCE "aud":"http://localhost:3000","iss":"x" "iss":"http://localhost:3000"
		JWT_AUDIENCE "aud":"http://localhost:3000" "aud":{"a":"http://localhost:3000"}
		JWT_AUDIENCE "aud":"http://localhost:3000" "aud":[["http://localhost:3000"]]
	END
}

@test "JWT_LEEWAY forgives clocks that differ by so much, and no more" {
	token_for "$user" -30
	settings+=(JWT_LEEWAY=60)
	request GET /api/me --token "$token"
	assert_status 200
	settings+=(JWT_LEEWAY=10)
	request GET /api/me --token "$token"
	assert_problem 401 token_expired
	in_seconds 30
	raw_token "{\"sub\":\"$user\",\"exp\":9999999999,\"nbf\":$REPLY}"
	request GET /api/me --token "$token"
	assert_problem 401 invalid_token
	settings+=(JWT_LEEWAY=60)
	request GET /api/me --token "$token"
	assert_status 200
}

@test "CORS_ORIGINS may have white space and empty items" {
	settings+=("CORS_ORIGINS= http://a.example ,, https://b.example:8443,")
	local origin
	for origin in http://a.example https://b.example:8443; do
		request GET /api/tasks --origin "$origin" --unchecked
		assert_header Access-Control-Allow-Origin "$origin"
	done
	request GET /api/tasks --origin http://localhost:3000 --unchecked
	assert_no_header Access-Control-Allow-Origin
}

@test "a fault in CORS_ORIGINS says which origin it is, and what to write" {
	settings=("${settings[@]/#CORS_ORIGINS=*/X=}" 'CORS_ORIGINS=http://localhost:3000,https://a.example:443')
	request GET /api/tasks --unchecked
	assert_fault CORS_ORIGINS a.example
	[[ $log == *'is invalid at origin 2: remove the port, because it is the scheme'* ]] || fail "$log"
	# Pages of the origins before the invalid one can read the reply.
	assert_header Access-Control-Allow-Origin http://localhost:3000
}

@test "behind a proxy that strips PUBLIC_PREFIX, Location and Link lead back through it" {
	local base link
	settings+=(PUBLIC_PREFIX=/my%C3%A9/backend)
	for base in /api/tasks /api/v1/tasks "/api/$user/tasks" "/api/$user/tasks/"; do
		request POST "$base" --body '{"title":"x"}'
		assert_status 201
		[[ ${reply_headers[location]} == "/my%C3%A9/backend${base%/}"/????????-* ]] ||
			fail "Location: ${reply_headers[location]}"
		request GET "$base?limit=1&sort=title"
		assert_status 200
		link="</my%C3%A9/backend$base?limit=1&sort=title&cursor="
		[[ $base == /api/tasks || ${reply_headers[link]} == "$link"*'>; rel="next"' ]] || fail "Link: ${reply_headers[link]}"
		# The programs themselves are still called without the prefix.
		request GET "/backend$base"
		assert_status 404
	done
	settings+=(PUBLIC_PREFIX=)
	request GET '/api/tasks?limit=1'
	[[ ${reply_headers[link]} == '</api/tasks?limit=1&cursor='* ]] || fail "Link: ${reply_headers[link]}"
}

@test "a file of settings serves like the environment, which goes before it" {
	local file=$BATS_TEST_TMPDIR/env
	# A byte order mark, as editors on Windows write it.
	printf '\xef\xbb\xbf' >"$file"
	cat >>"$file" <<-END
		# a comment

		export DATABASE_URL='$API_DATABASE_URL'
		BETTER_AUTH_SECRET="$API_SECRET" # the key
		  CORS_ORIGINS = $API_ORIGINS   # and more
		UNKNOWN=value
		JWT_ISSUER="a\\"b\\\\c\\\$d"
		TASKS_MAX_BODY=14
	END
	settings=(TASKS_ENV_FILE="$file")
	in_seconds 60
	raw_token "{\"sub\":\"$user\",\"exp\":$REPLY,\"iss\":\"a\\\"b\\\\c\$d\"}"
	request GET /api/tasks --token "$token"
	assert_status 200
	request POST /api/tasks --token "$token" --body '{"title":"xyz"}'
	assert_problem 413 body_too_large
	settings+=(TASKS_MAX_BODY=15)
	request POST /api/tasks --token "$token" --body '{"title":"xyz"}'
	assert_status 201
	settings+=(JWT_ISSUER=another)
	request GET /api/tasks --token "$token"
	assert_problem 401 invalid_token
}

@test "a file of settings that cannot be read is a fault that tells the line, not its text" {
	local file=$BATS_TEST_TMPDIR/env text
	while IFS= read -r text; do
		printf 'BETTER_AUTH_SECRET=%s\n%b\n' "$API_SECRET" "$text" >"$file"
		settings=("DATABASE_URL=$API_DATABASE_URL" "CORS_ORIGINS=$API_ORIGINS" TASKS_ENV_FILE="$file")
		request GET /api/tasks --origin ''
		assert_fault TASKS_ENV_FILE pa55word
		[[ $log != *"$API_SECRET"* && $log != *"$file"* ]] || fail 'the secret or the file is told'
	done <<-'END'
		pa55word
		PASS="pa55word
		PASS='pa55word
		PASS="pa55word" pa55word
		PASS=pa55word\0x
		PASS=pa55word#x
		PASS=#pa55word
		PASS="pa55word"#x
	END
	printf 'BETTER_AUTH_SECRET=%s#\n' "$API_SECRET" >"$file"
	request GET /api/tasks --origin ''
	assert_fault TASKS_ENV_FILE
	[[ $log == *'line 1 has a # outside quotes: quote the value'* ]] || fail "$log"
	printf 'A=%s\n' "$API_SECRET" >"$file"
	request GET /api/tasks --origin ''
	assert_fault BETTER_AUTH_SECRET
	head -c 70000 /dev/zero | tr '\0' '#' >"$file"
	request GET /api/tasks --origin ''
	assert_fault TASKS_ENV_FILE
}
