# shellcheck shell=bash disable=SC2034,SC2154
# Each test starts a PgBouncer of its own in $place/pgbouncer, independent of POOL.

. "$API_ROOT/tests/lib/later.bash"

make_place()
{
	place=$(mktemp -d /tmp/tasks-XXXXXX)
	chmod 0711 "$place"
}

remove_place()
{
	[[ ! -e $place/pgbouncer ]] || pgbouncer '' stop || true
	rm -rf -- "$place"
}

# end_pool: end FastCGI programs, the pooler and the test's database, in a teardown.
end_pool()
{
	local result=0
	release
	end_programs || result=1
	remove_place
	API_DATABASE=postgres sql "DROP DATABASE IF EXISTS $probe WITH (FORCE)" || result=1
	return "$result"
}

# pgbouncer URL start|stop: start a pooler for this database, or stop it.
pgbouncer()
{
	(cd "$API_ROOT" && RUN=$place BUILD=${API_TOKEN%/token} DATABASE_URL=$1 \
		tools/dev/pgbouncer "$2" </dev/null 3>&- 4>&-)
}

# as_service COMMAND...: execute a command as the user that runs the servers.
as_service()
{
	(
		cd /
		if [[ $(id -u) == 0 ]]; then
			exec setpriv --reuid=postgres --regid=postgres --init-groups "$@"
		fi
		exec "$@"
	)
}

# pooled SQL: execute SQL through the pooler and print the rows.
pooled()
{
	sql_at "host=$place/pgbouncer port=6432 dbname=tasks application_name=another" "$1"
}

# find_newer: export newer, a PgBouncer of version 1.24 or newer.
find_newer()
{
	local program
	program=$("$API_ROOT/tools/dev/pgbouncer-13" "${API_TOKEN%/token}/pgbouncer-13")
	if [[ $program == "$API_ROOT"/* ]]; then
		# The user of the pooler may be unable to enter the project's folder.
		cp -rT -- "${program%/*}" "$API_RUN/pgbouncer-13"
		program=$API_RUN/pgbouncer-13/pgbouncer
	fi
	export newer=$program
}

# console SQL: execute a command of PgBouncer's admin console.
console()
{
	as_service psql -X -q -A -t -w -F ' = ' -h "$place/pgbouncer" -p 6432 -U pgbouncer \
		-d pgbouncer -c "$1"
}

# use_pooler URL: start a pooler for that database and have the programs use it.
use_pooler()
{
	pgbouncer "$1" start || fail 'PgBouncer does not start' || return 1
	settings=("${settings[@]/#DATABASE_URL=*/X=}"
		"DATABASE_URL=postgresql://$(id -un)@/tasks?host=${place//\//%2F}%2Fpgbouncer&port=6432")
}

# --- One connection for all --------------------------------------------------

# share ROLE: copy the database and start a pooler with a single connection to the copy,
# logged in as ROLE.  All later queries of the programs share this connection.
share()
{
	role=$1
	[[ $API_DATABASE == "$probe" ]] || copy_database "$probe" || return 1
	API_DATABASE=$probe
	use_pooler "${direct/tasks_app@/$role@}" || return 1
	console 'SET default_pool_size = 1'
	[[ $(console 'SHOW CONFIG') == *$'\ndefault_pool_size = 1 = '* ]] || fail 'not one connection'
}

# connection: print the PID of the backend that serves the connection.
connection() { pooled 'SELECT pg_backend_pid()'; }

# Check that the last request left no role, user, setting or visible task on the
# connection.
assert_clean()
{
	assert_same "$(pooled "SELECT current_user, session_user,
		coalesce(current_setting('app.user_id', true), ''),
		current_setting('statement_timeout'), current_setting('transaction_read_only'),
		(SELECT count(*) FROM tasks)")" "$role|$role||0|off|0" 'what is left on the connection'
}

# waiting COUNT: return 0 if exactly so many sessions wait for a lock on the tasks.
waiting() { is "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'tasks'::regclass" "$1"; }
