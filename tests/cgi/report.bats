# tasks-report: correct figures for an access log with any content.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && begin; }

good='time=2026-01-09T12:00:00+00:00 client=::1 method="GET" path="/api/me" status=200 bytes=9 ms=7 request_id="x" -'

report()
{
	status=0 body=$("$API_ROOT/tools/admin/tasks-report" "$@" 2>"$BATS_TEST_TMPDIR/said") || status=$?
	asked="tasks-report $*"
	log=$(<"$BATS_TEST_TMPDIR/said")
}

@test "counts and percentiles are those of what the log was made of" {
	node "$API_ROOT/tests/lib/report.mjs" 30000 "$BATS_TEST_TMPDIR"
}

@test "one request, none, and a log of anything else" {
	report <<<"$good"
	assert_status 0
	[[ $body == '1 requests from 2026-01-09T12:00:00+00:00 to 2026-01-09T12:00:00+00:00'* ]] || fail 'not one'
	assert_same "$(grep -cE '^GET /api/me +1 +0 +0 +7 +7 +7$' <<<"$body")" 1 'routes'
	report </dev/null
	assert_same "$body" 'no requests' 'of nothing'
	{ head -c 300000 /dev/urandom && echo; } >"$BATS_TEST_TMPDIR/noise"
	report "$BATS_TEST_TMPDIR/noise"
	assert_status 0
	[[ $body =~ ^no\ requests$'\n'[0-9]+\ lines\ are\ not\ requests\ of\ the\ API$ ]] || fail 'of noise'
	# Lines of other programs do not hide the lines of the API.
	gzip "$BATS_TEST_TMPDIR/noise"
	report "$BATS_TEST_TMPDIR/noise.gz" - <<<"$good" || true
	assert_status 1
	printf '%s\n' "$good" >"$BATS_TEST_TMPDIR/ours"
	report "$BATS_TEST_TMPDIR/noise.gz" "$BATS_TEST_TMPDIR/ours"
	[[ $body == '1 requests from '* ]] || fail 'not one'
}

@test "a file that cannot be read, or not to its end, is said, and there is no report" {
	local file=$BATS_TEST_TMPDIR/log.gz
	report /nonexistent
	assert_status 1
	assert_same "$log" 'tasks-report: cannot read /nonexistent' 'words'
	report "$BATS_TEST_TMPDIR"
	assert_status 1
	for _ in {1..2000}; do printf '%s %s\n' "$good" "$RANDOM"; done | gzip | head -c 3000 >"$file"
	report "$file"
	assert_status 1
	[[ -z $body && $log == *'tasks-report: cannot read the log' ]] || fail 'a report of half a log'
	report --help
	assert_status 1
	[[ $log == *usage* ]] || fail 'no usage'
}

@test "a hostile log makes no more rows than there are routes, and no control characters" {
	awk 'BEGIN {
		for (n = 1; n <= 3000; n++) {
			code = n
			gsub(/[0-9]/, "&a", code)
			gsub(/[0-4]/, "b", code)
			gsub(/[5-9]/, "c", code)
			printf "time=2026-01-09T12:00:00Z client=::1 method=\"M%d\" path=\"/%d\" status=%d bytes=1 ms=1 " \
				"request_id=\"x\" program=x code=%s program_ms=1\n", n, n, 400 + n % 200, code
		}
	}' >"$BATS_TEST_TMPDIR/log"
	report "$BATS_TEST_TMPDIR/log"
	assert_status 0
	[[ $body == '3000 requests from'* ]] || fail 'not all'
	(($(wc -l <<<"$body") < 320)) || fail 'rows without an end'
	[[ $body =~ $'\n''other other '\ +3000\  ]] || fail 'not folded'
	report < <(printf '%s\n' "${good/\/api\/me/\/$'\e[31m'}" "${good/x\"/x$'\e'\"}" "$good code="$'\e[31m')
	assert_status 0
	[[ $body == *' requests from '* && $body != *$'\e'* ]] || fail 'no report, or a control character in it'
}
