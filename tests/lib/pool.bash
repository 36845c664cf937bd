# shellcheck shell=bash disable=SC2034,SC2154
# A pooler of a test's own, in $place/pgbouncer, whatever POOL says.

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

# pgbouncer URL start|stop
pgbouncer()
{
	(cd "$API_ROOT" && RUN=$place BUILD=${API_TOKEN%/token} DATABASE_URL=$1 \
		tools/pgbouncer "$2" </dev/null 3>&- 4>&-)
}

# as_service COMMAND...: as the user that the servers run as.
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

# pooled_psql ARGUMENT...: through the pooler.
pooled_psql()
{
	psql -X -q -A -t -w -h "$place/pgbouncer" -p 6432 -d tasks "$@"
}

# console SQL: the pooler's own.
console()
{
	as_service psql -X -q -A -t -w -F ' = ' -h "$place/pgbouncer" -p 6432 -U pgbouncer \
		-d pgbouncer -c "$1"
}

# use_pooler URL: put a fresh one between the programs and that database.
use_pooler()
{
	pgbouncer "$1" start || fail 'PgBouncer does not start' || return 1
	settings=("${settings[@]/#DATABASE_URL=*/X=}"
		"DATABASE_URL=postgresql://$(id -un)@/tasks?host=${place//\//%2F}%2Fpgbouncer&port=6432")
}

# --- One connection for all --------------------------------------------------

# share ROLE: all that follows goes over one connection, logged in as ROLE, to a
# copy of the database.
share()
{
	role=$1
	[[ $API_DATABASE == "$probe" ]] || copy_database "$probe" || return 1
	API_DATABASE=$probe
	use_pooler "${direct/tasks_app@/$role@}" || return 1
	console 'SET default_pool_size = 1'
	assert_same "$(console 'SHOW CONFIG' | sed -n 's/^default_pool_size = \([0-9]*\) .*/\1/p')" 1 'connections'
}

connection() { pooled_psql -c 'SELECT pg_backend_pid()'; }

# Nothing of the last request's is left on the connection.
assert_clean()
{
	assert_same "$(pooled_psql -c "SELECT current_user, session_user,
		coalesce(current_setting('app.user_id', true), ''),
		current_setting('statement_timeout'), current_setting('transaction_read_only'),
		(SELECT count(*) FROM tasks)")" "$role|$role||0|off|0" 'what is left on the connection'
}

# Hold a lock on the tasks until unlock_tasks; teardown() ends locker.
lock_tasks()
{
	coproc psql -X -q -A -t -h "$API_SOCKET" -p 5432 -U postgres -d "$probe" 3>&- 2>/dev/null
	locker=$COPROC_PID
	echo 'BEGIN; LOCK TABLE tasks; SELECT 1;' >&"${COPROC[1]}"
	read -r <&"${COPROC[0]}"
}

unlock_tasks()
{
	echo 'ROLLBACK; SELECT 1;' >&"${COPROC[1]}"
	read -r <&"${COPROC[0]}"
	echo '\q' >&"${COPROC[1]}"
	wait "$locker" || true
	locker=
}

# How many wait for that lock.
waiting() { sql "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'tasks'::regclass"; }
