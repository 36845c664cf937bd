# shellcheck shell=bash disable=SC2034,SC2154
# A database session that holds locks, and requests in the background that wait for
# them.  Source this file after api.bash, and call release() in teardown().

# hold SQL: execute the SQL in a transaction of another session.  release() ends the
# transaction.
hold()
{
	holder="host=$API_SOCKET port=5432 user=postgres dbname=${API_DATABASE:-tasks} application_name=holder"
	sql_at "$holder" "BEGIN; $1" >/dev/null
}

release()
{
	[[ -n ${holder:-} ]] || return 0
	sql_at "$holder" ROLLBACK || true
	holder=
}

# request_later METHOD PATH [OPTION]...: start a request in the background.  join() waits
# for the reply and sets what request() sets.
request_later()
{
	rm -f "$BATS_TEST_TMPDIR/later/answer"
	(
		apart later request "$@" --unchecked || true
	) >/dev/null 2>&1 3>&- &
	later=$!
}

join()
{
	wait "$later" || true
	asked='the request in the background' status='' body='' log=''
	[[ -e $BATS_TEST_TMPDIR/later/answer ]] || fail 'it has no answer' || return 1
	# shellcheck disable=SC1091
	. "$BATS_TEST_TMPDIR/later/answer"
}
