# If the clock cannot be read, no token is accepted.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
}

# ask_without CLOCKS PROGRAM PATH: the time in the log line may be wrong.
ask_without()
{
	cgi "$2" /dev/null REQUEST_METHOD=GET PATH_INFO="$3" HTTP_ORIGIN=http://localhost:3000 \
		HTTP_AUTHORIZATION="Bearer $token" "LD_PRELOAD=$clock" "NO_CLOCK=$1"
}

@test "a clock that cannot be read is a fault of ours, and no token is good by it" {
	local which program path expired
	clock=$BATS_TEST_TMPDIR/no_clock.so
	gcc -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -shared -fPIC -o "$clock" "$API_ROOT/tests/system/programs/no_clock.c"
	raw_token '{"sub":"alice","exp":1000000000}' '{"alg":"HS256"}' HS256 "$API_SECRET"
	expired=$token
	ask_without 0 me /api/me
	assert_problem 401 token_expired
	while read -r program path; do
		for which in 1 2 3; do
			for token in "$expired" ''; do
				ask_without "$which" "$program" "$path"
				assert_problem 500 internal_error || return 1
				[[ $log == *' site=endpoint.clock '*'the clock cannot be read'* ]] || fail "$which: $log"
			done
			token_for alice
			ask_without "$which" "$program" "$path"
			assert_problem 500 internal_error || return 1
		done
		token_for alice
		ask_without 0 "$program" "$path"
		assert_status 200
	done <<-END
		me /api/me
		tasks-list /api/tasks
		health /health/live
	END
}
