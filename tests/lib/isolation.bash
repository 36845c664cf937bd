# shellcheck shell=bash disable=SC2154
# The part isolation of tests/run, which sources this file.  There are two protections: the
# predicates on user_id in the SQL, and row-level security.  The tests run with either one
# disabled, and with both disabled.

# Run the isolation tests as built, without the predicates, and without row-level security.
# Without both, every test must fail.
isolation()
{
	local built=$API_PROGRAMS open=${API_DATABASE_URL/\/tasks\?/\/tasks_open?}
	local without=$RUN/variant/$2
	tools/dev/deps node || return 1
	without_predicates "$2" || return 1
	without_row_security || return 1
	export TRANSPORT=cgi
	run_bats "$1-as-built" tests/contract/isolation.bats
	API_PROGRAMS=$without run_bats "$1-no-predicates" tests/contract/isolation.bats
	API_PROGRAMS=$built API_DATABASE=tasks_open API_DATABASE_URL=$open \
		run_bats "$1-no-row-security" tests/contract/isolation.bats
	API_PROGRAMS=$without API_DATABASE=tasks_open API_DATABASE_URL=$open \
		bounded "$taps/$1-neither.tap" "$taps/$1-neither.err" \
		bats --tap tests/contract/isolation.bats || true
	verdict 'every isolation test fails with both walls down' \
		most_fail "$taps/$1-neither.tap" 100
	campaign "$@"
}

# campaign NAME BUILD: run the generated requests in the same variants, and in a database
# where a statement without a user is an error.
campaign()
{
	local built=$API_PROGRAMS open=${API_DATABASE_URL/\/tasks\?/\/tasks_open?}
	local without=$RUN/variant/$2 name=$1-campaign place=$RUN/campaign many=8
	local -a some=(node tests/robustness/isolation/main.mjs fastcgi 80 "$place")
	mkdir -p -- "$place"
	if [[ $1 == asan-* ]]; then
		many=80
	else
		stream "$name-cgi" node tests/robustness/isolation/main.mjs cgi 1280
	fi
	stream "$name-as-built" node tests/robustness/isolation/main.mjs fastcgi $many "$place"
	API_PROGRAMS=$without stream "$name-no-predicates" "${some[@]}"
	API_PROGRAMS=$built API_DATABASE=tasks_open API_DATABASE_URL=$open \
		stream "$name-no-row-security" "${some[@]}"
	copy_database tasks_guarded "$(<tests/lib/guard.sql)" || return 1
	API_PROGRAMS=$built API_DATABASE=tasks_guarded API_DATABASE_URL=${open/_open?/_guarded?} \
		stream "$name-guarded" "${some[@]}"
	# A test may send no request that shows a leak, because the campaign sends few of its
	# requests here, and another user may have deleted the tasks already.
	API_PROGRAMS=$without API_DATABASE=tasks_open API_DATABASE_URL=$open \
		bounded "$taps/$name-neither.tap" "$taps/$name-neither.err" "${some[@]}" || true
	verdict 'the tests of the campaign fail with both walls down' \
		most_fail "$taps/$name-neither.tap" 95
}

# most_fail TAP PERCENT: return 0 if so many of the tests failed.
most_fail()
{
	local planned failed
	planned=$(sed -n 's/^1\.\.//p' "$1")
	failed=$(grep -c '^not ok' "$1") || true
	((${planned:-0} > 0 && 100 * failed >= $2 * planned)) ||
		{ grep '^ok' "$1"; return 1; }
}

# without_predicates BUILD: build the programs without `user_id = $1` in the SQL, in
# $RUN/variant/BUILD.
without_predicates()
{
	local copy=$RUN/variant found store
	local -a stores=("$copy"/lib/task/task_store{,_draft}.c)
	mkdir -p -- "$copy/$1" "$copy/build"
	cp -a Makefile CHANGELOG.md include lib cgi-bin sql tools "$copy/"
	cp -a build/libpq "$copy/build/"
	cp -a "$1"/*.a "$1/lib" "$1/cgi-bin" "$1/tools" "$copy/$1/"
	for store in "${stores[@]}"; do
		# shellcheck disable=SC2016
		found=$(grep -c 't\.user_id = \$1' "$store") || true
		((found > 0)) || break
	done
	# shellcheck disable=SC2016
	sed -i 's/t\.user_id = \$1/$1::text IS NOT NULL/' "${stores[@]}"
	if ((found == 0)) || grep -n 'user_id *=' "$copy"/lib/*/*.c; then
		echo 'The predicates in lib/task/task_store*.c look different now: mend tests/lib/isolation.bash' >&2
		return 1
	fi
	make_programs "$1" -C "$copy"
}

# copy_database NAME SQL: copy the database and execute SQL in the copy.
copy_database()
{
	local psql=(psql -X -q -v ON_ERROR_STOP=1 -h "$RUN/postgres" -p 5432 -U postgres)
	# CREATE DATABASE fails while its template has other connections, such as idle ones
	# of the pooler.
	"${psql[@]}" -d postgres -c 'SET client_min_messages = warning' \
		-c "DROP DATABASE IF EXISTS $1 WITH (FORCE)" \
		-o /dev/null -c "SELECT pg_terminate_backend(pid, 5000)
			FROM pg_stat_activity WHERE datname = 'tasks'" \
		-c "CREATE DATABASE $1 TEMPLATE tasks" || return 1
	"${psql[@]}" -d "$1" -c "$2"
}

without_row_security()
{
	copy_database tasks_open '
		ALTER TABLE public.tasks DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
		ALTER TABLE public.users DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
		ALTER TABLE public.idempotency_keys DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY'
}
