# The messages and transactions that the programs send to PostgreSQL.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	folder=$(mktemp -d /tmp/tasks-XXXXXX)
	wire=$folder/wire
	proxy=''
}

teardown()
{
	[[ -z $proxy ]] || { kill "$proxy" && wait "$proxy"; } 2>/dev/null || true
	rm -rf -- "$folder"
	sql_on postgres "DROP DATABASE IF EXISTS $probe WITH (FORCE)" >/dev/null
}
probe=tasks_probe_$$

# sql_on DATABASE SQL: run SQL without notices.  The second attempt is for DROP DATABASE,
# which cannot share a query with SET.
sql_on()
{
	API_DATABASE=$1 sql "SET client_min_messages = warning; $2" 2>/dev/null ||
		API_DATABASE=$1 sql "$2"
}

# Start a proxy that logs the traffic in hexadecimal to $wire.
listen()
{
	socat -x UNIX-LISTEN:"$folder/.s.PGSQL.5432",fork UNIX-CONNECT:"$API_DATABASE_SOCKET" 2>"$wire" 3>&- &
	proxy=$!
	wait_until test -S "$folder/.s.PGSQL.5432"
	url_behind "$folder"
	settings=("${settings[@]/#DATABASE_URL=*/X=}" "DATABASE_URL=$REPLY")
}

# Print the number of Sync messages ('S' and the length 4) since the last call.  Each Sync
# is one round trip and one transaction.  The proxy logs data before it forwards them, so
# the log of an answered request is complete.
count_syncs()
{
	awk '/^[<>]/ { ours = /^>/; next } ours { line = line $0 }
		END { print gsub(/ 53 00 00 00 04( |$)/, "", line) }' "$wire"
	: >"$wire"
}

@test "each request takes one round trip to the database; a miss a second one" {
	listen
	create
	assert_same "$(count_syncs)" 1 'round trips of create'
	request GET /api/tasks
	assert_same "$(count_syncs)" 1 'round trips of list'
	request GET "/api/tasks/$id"
	assert_same "$(count_syncs)" 1 'round trips of get'
	request PUT "/api/tasks/$id" --body '{"title":"y"}'
	assert_same "$(count_syncs)" 1 'round trips of update'
	request PATCH "/api/tasks/$id/complete"
	assert_same "$(count_syncs)" 1 'round trips of complete'
	request DELETE "/api/tasks/$id"
	assert_status 204
	assert_same "$(count_syncs)" 1 'round trips of delete'
	request GET "/api/tasks/$id"
	assert_status 404
	assert_same "$(count_syncs)" 2 'round trips of a miss'
	request GET /health --no-token
	assert_same "$(count_syncs)" 1 'round trips of health'
}

@test "what is refused before the store is asked never reaches the database" {
	listen
	request GET /api/tasks --no-token
	assert_status 401
	request GET /api/nobody/tasks
	assert_status 403
	request POST /api/tasks --body '{}'
	assert_status 422
	request GET /api/tasks/no-uuid
	assert_status 422
	request GET /api/me
	assert_status 200
	request GET /health/live
	assert_status 200
	nap 0.2
	assert_same "$(<"$wire")" '' 'what is on the wire'
	request GET /api/tasks
	assert_status 200
	assert_same "$(count_syncs)" 1 'round trips of list'
}

@test "GET and HEAD run in read-only transactions, the rest does not" {
	create
	# A copy of the database in which only read-only transactions can read rows.
	copy_database "$probe"
	sql_on "$probe" "CREATE FUNCTION public.only_read() RETURNS boolean VOLATILE LANGUAGE plpgsql AS
		\$\$ BEGIN
			IF current_setting('transaction_read_only') = 'off' THEN
				RAISE EXCEPTION 'a read-write transaction';
			END IF;
			RETURN true;
		END \$\$;
		CREATE POLICY only_read ON public.tasks AS RESTRICTIVE TO tasks_app USING (public.only_read())"
	settings=("${settings[@]/#DATABASE_URL=*/X=}" "DATABASE_URL=${API_DATABASE_URL/\/tasks\?/\/$probe?}")
	request GET /api/tasks
	assert_status 200
	assert_same "$body" "[$task]" 'the list'
	request HEAD /api/tasks
	assert_status 200
	request GET "/api/tasks/$id"
	assert_status 200
	request HEAD "/api/tasks/$id"
	assert_status 200
	# Positive control: writes fail in this database.
	request PUT "/api/tasks/$id" --body '{"title":"y"}'
	assert_problem 500 internal_error
	request PATCH "/api/tasks/$id/complete"
	assert_problem 500 internal_error
	request DELETE "/api/tasks/$id"
	assert_problem 500 internal_error
}

@test "a search has two seconds of the database's time, however long a request may take" {
	local query
	create
	# A copy in which rows can be read only if statement_timeout is at most 2 s.
	copy_database "$probe"
	sql_on "$probe" "CREATE FUNCTION public.soon() RETURNS boolean VOLATILE LANGUAGE plpgsql AS
		\$\$ BEGIN
			IF NOT current_setting('statement_timeout')::interval BETWEEN '1 ms' AND '2 s' THEN
				RAISE EXCEPTION 'a statement of %', current_setting('statement_timeout');
			END IF;
			RETURN true;
		END \$\$;
		CREATE POLICY soon ON public.tasks AS RESTRICTIVE TO tasks_app USING (public.soon())"
	settings=("${settings[@]/#DATABASE_URL=*/X=}" "DATABASE_URL=${API_DATABASE_URL/\/tasks\?/\/$probe?}")
	settings+=(TASKS_DB_TIMEOUT_MS=15000)
	for query in search=t 'q=no+such+text' 'search=t&limit=1&offset=1'; do
		request GET "/api/tasks?$query"
		assert_status 200
	done
	# Positive control: requests without a search fail in this database.
	for query in '' '?search=' '?status=pending&limit=1'; do
		request GET "/api/tasks$query"
		assert_problem 500 internal_error
	done
	# A shorter TASKS_DB_TIMEOUT_MS also shortens the timeout of a search.
	settings=("${settings[@]/#TASKS_DB_TIMEOUT_MS=*/TASKS_DB_TIMEOUT_MS=1000}")
	sql_on "$probe" "CREATE OR REPLACE FUNCTION public.soon() RETURNS boolean VOLATILE LANGUAGE sql
		RETURN current_setting('statement_timeout')::interval BETWEEN '1 ms' AND '1 s'"
	request GET '/api/tasks?search=t'
	assert_status 200
	assert_same "$body" "[$task]" 'what was found'
}

@test "a refusal by the database itself is a 500 that tells nothing" {
	create
	copy_database "$probe"
	sql_on "$probe" "ALTER TABLE public.tasks ADD CHECK (title <> 'pa55word')"
	settings=("${settings[@]/#DATABASE_URL=*/X=}" "DATABASE_URL=${API_DATABASE_URL/\/tasks\?/\/$probe?}")
	request PUT "/api/tasks/$id" --body '{"title":"pa55word"}'
	assert_problem 500 internal_error 'Internal server error'
	[[ $log == *' sqlstate=23514 site='* && $log != *pa55word* ]] || fail 'the log'
	request POST /api/tasks --body '{"title":"fine"}'
	assert_status 201
	assert_same "$(sql_on "$probe" "SELECT count(*) FROM tasks WHERE user_id = '$user' AND title = 'pa55word'")" 0 'tasks'
}
