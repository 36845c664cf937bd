# Runs every program under valgrind with a good and a refused request. It must
# read no uninitialised memory and leak none.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	cgi() { under_valgrind "$@"; }
	id=$(</proc/sys/kernel/random/uuid)
	missing=$(</proc/sys/kernel/random/uuid)
	sql "INSERT INTO users (id) VALUES ('$user');
		INSERT INTO tasks (user_id, id, title) VALUES ('$user', '$id', 'one'),
			('$user', gen_random_uuid(), 'two')"
}

# Replaces cgi() of request.bash. OpenSSL is told not to clean up at exit, so
# its memory is still reachable then. Still reachable memory alone is no error
# here.
under_valgrind()
{
	local exit_status=2 found=$BATS_TEST_TMPDIR/valgrind
	if [[ ! -e $found.sh ]]; then
		printf '#!/bin/sh\nprogram=$PROGRAM\nunset PROGRAM\nexec %q -q --error-exitcode=99 --leak-check=full \
	--errors-for-leak-kinds=definite,indirect,possible --log-file=%q "$program"\n' "$(type -P valgrind)" "$found" >"$found.sh"
		chmod +x "$found.sh"
	fi
	ask program "$found.sh" "$2" "${settings[@]}" "PROGRAM=$API_PROGRAMS/$1" "${@:3}" && exit_status=0
	[[ ! -s $found ]] || printf '%s\n' "$(<"$found")"
	return "$exit_status"
}

@test "valgrind would notice: it finds what is wrong with a program that is" {
	local result=0
	API_PROGRAMS=$API_RUN/helpers cgi lost /dev/null || result=$?
	[[ $result == 99 ]] || fail "a program that loses memory ended with $result"
}

@test "a list, its next page and its refusal" {
	request GET '/api/tasks?limit=1&sort=title&search=O&due_after=&completed=false'
	assert_status 200
	[[ $(header Link) =~ \<(.*)\> ]]
	request GET "${BASH_REMATCH[1]}"
	assert_status 200
	request GET '/api/tasks?limit=0&cursor=AAAA&q=%ff'
	assert_invalid query.limit query.cursor query.q
}

@test "a task is made, once for a key, and refused" {
	create '{"title":"é\ud83d\ude00","description":"d","due_date":"2026-01-09"}' \
		--header "Idempotency-Key: $user"
	request POST /api/tasks --body '{"title":"x",}'
	assert_problem 400 malformed_json
}

@test "a task is got, and is not there" {
	request GET "/api/tasks/$id" --header 'If-None-Match: "x", W/"y"'
	assert_status 200
	request GET "/api/tasks/$missing"
	assert_problem 404 task_not_found
}

@test "a task is changed, and refused with all faults at once" {
	request PATCH "/api/tasks/$id" --body '{"title":"x","description":null,"status":"completed"}'
	assert_status 200
	request PUT "/api/tasks/$id" --body '{"title":"","due_date":"x","priority":1}'
	assert_invalid body.title body.due_date body.priority
}

@test "a task is completed, and not if it has changed" {
	request PATCH "/api/tasks/$id/complete" --header 'Prefer: return=minimal'
	assert_status 200
	request PATCH "/api/tasks/$id/complete" --header 'If-Match: "1", W/"2"'
	assert_problem 412 precondition_failed
}

@test "a task is deleted, and not by another path's user" {
	request DELETE "/api/tasks/$id"
	assert_status 204
	request DELETE "/api/somebody/tasks/$id"
	assert_problem 403 forbidden
}

@test "who am I, by a secret, a key set, and with a forged token" {
	request GET /api/me
	assert_status 200
	request GET /api/me --token "${token%?????}AAAAA"
	assert_problem 401 invalid_token
	printf '%s' '{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},{"kty":"RSA"}]}' \
		>"$BATS_TEST_TMPDIR/keys"
	settings=("JWKS_FILE=$BATS_TEST_TMPDIR/keys" "CORS_ORIGINS=$API_ORIGINS")
	request GET /api/me --unchecked
	assert_problem 401 invalid_token
}

@test "health, and without a database" {
	request GET /health
	assert_status 200
	settings[0]='DATABASE_URL=postgresql://tasks_app@/tasks?host=%2Fnonexistent'
	request GET /health
	assert_status 503
}

@test "a preflight, and no such path" {
	request OPTIONS /api/tasks --no-token
	assert_status 204
	request GET /nothing --no-token
	assert_problem 404 not_found
}
