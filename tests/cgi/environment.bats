# CGI variables that a server omits or adds.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	token_for "$user"
	programs=("$API_ROOT"/cgi-bin/*.c)
	programs=("${programs[@]##*/}")
	programs=("${programs[@]%.c}")
}

@test "without REQUEST_METHOD every program answers 400" {
	local program
	for program in "${programs[@]}"; do
		bare "$program" /dev/null PATH_INFO=/api/tasks HTTP_AUTHORIZATION="Bearer $token"
		assert_problem 400 bad_request
		bare "$program" /dev/null REQUEST_METHOD= PATH_INFO=/health
		assert_problem 400 bad_request
	done
	bare tasks-list /dev/null REQUEST_METHOD=GET PATH_INFO=/api/tasks HTTP_AUTHORIZATION="Bearer $token"
	assert_status 200
}

@test "without a path, or with one that is none, every program answers 404" {
	local program path
	for program in "${programs[@]}"; do
		bare "$program" /dev/null REQUEST_METHOD=GET
		assert_problem 404 not_found
		for path in / x api/tasks //api/tasks /api//tasks /api/tasks// '/api/tasks?x' ' /api/tasks'; do
			bare "$program" /dev/null REQUEST_METHOD=GET PATH_INFO="$path"
			assert_problem 404 not_found
		done
	done
}

@test "a program that is asked for another's path or method refuses, without a token even" {
	local name program path method uuid=00000000-0000-4000-8000-000000000000
	for path in /api/tasks "/api/tasks/$uuid" "/api/tasks/$uuid/complete" /api/me /health; do
		for method in GET POST PUT PATCH DELETE; do
			ask route "$method" "$path" # sets program
			for name in "${programs[@]}"; do
				[[ $name != "$program" ]] || continue
				# bare() looks for the Allow of a 405.
				bare "$name" /dev/null REQUEST_METHOD="$method" PATH_INFO="$path"
				[[ $status == 404 || $status == 405 ]] ||
					fail "$name serves $method $path: $status" || return 1
			done
		done
	done
}

@test "the Allow of a program names what it serves itself" {
	bare tasks-list /dev/null REQUEST_METHOD=DELETE PATH_INFO=/api/tasks
	assert_status 405
	assert_header_words Allow 'GET HEAD OPTIONS'
	bare tasks-create /dev/null REQUEST_METHOD=GET PATH_INFO=/api/tasks
	assert_status 405
	assert_header_words Allow 'POST OPTIONS'
}

@test "any program answers a preflight of its path" {
	local program path
	while read -r program path; do
		bare "$program" /dev/null REQUEST_METHOD=OPTIONS PATH_INFO="$path" HTTP_ORIGIN=http://localhost:3000
		assert_status 204
		assert_header Access-Control-Allow-Origin http://localhost:3000
	done <<-'END'
		tasks-list /api/tasks
		tasks-create /api/v1/tasks/
		tasks-get /api/u/tasks/x
		tasks-update /api/tasks/x/
		tasks-delete /api/tasks/x
		tasks-complete /api/tasks/x/complete
		me /api/me
		health /health
		fallback /api/tasks
	END
}

@test "variables that are no business of a program change nothing" {
	local n many=()
	for n in {1..500}; do
		many+=("X_$n=$n")
	done
	bare tasks-list /dev/null "${many[@]}" REQUEST_METHOD=GET PATH_INFO=/api/tasks \
		HTTP_AUTHORIZATION="Bearer $token" HTTP_PROXY=http://127.0.0.1:1 PATH_TRANSLATED=/etc/passwd \
		SCRIPT_NAME=/x SCRIPT_FILENAME=/y REMOTE_USER=root HTTP_X_HTTP_METHOD_OVERRIDE=DELETE \
		'HTTP_X=() { :; }; echo x' LANG=tr_TR.UTF-8 TZ=America/New_York PGHOST=/nonexistent PGPORT=1 PGUSER=nobody \
		PGDATABASE=nothing PGOPTIONS='-c statement_timeout=1'
	assert_status 200
	assert_same "$body" '[]' 'the list'
}

@test "the server's own error is worded by fallback, in the contract's shape" {
	local server wanted
	while read -r server wanted; do
		bare fallback /dev/null REQUEST_METHOD=GET PATH_INFO=/api/tasks \
			REDIRECT_STATUS="$server" REDIRECT_URL=/some/where HTTP_ORIGIN=http://localhost:3000
		assert_problem "${wanted% *}" "${wanted#* }"
		assert_header Access-Control-Allow-Origin http://localhost:3000
	done <<-'END'
		403 404 not_found
		404 404 not_found
		413 413 body_too_large
		500 500 internal_error
		503 503 service_unavailable
		504 504 timeout
	END
	bare fallback /dev/null REQUEST_METHOD=GET PATH_INFO=/api/tasks REDIRECT_STATUS=99999999999999999999
	assert_status 404
}
