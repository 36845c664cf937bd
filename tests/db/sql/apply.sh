#!/bin/sh
# Test repeated and concurrent runs of sql/load.sql, also beside the tables of other
# applications.  Print TAP.  Run as the superuser of a private cluster that PGHOST and
# PGUSER name and in which the role tasks_owner exists.  The test creates its own databases
# and drops them.
set -u

load=$(dirname "$0")/../../../sql/load.sql
database=tasks_apply_$$
out=$(mktemp -d) || exit 1
trap 'dropdb --if-exists --force "$database" 2>/dev/null; rm -rf "$out"' EXIT
number=0
failures=0

sql()
{
	psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$database" "$@"
}
apply()
{
	sql -c "SET SESSION AUTHORIZATION ${1:-tasks_owner}" -f "$load"
}
new_database()
{
	dropdb --if-exists --force "$database" 2>/dev/null
	createdb -O tasks_owner "$database"
}
# Print the schema and the data.  Leave out \restrict lines, which contain a random key.
state()
{
	pg_dump "$database" | grep -v '^\\\(un\)\{0,1\}restrict'
	sql -c "SELECT datacl FROM pg_database WHERE datname = current_database()" \
	    -c "SELECT roleid::regrole, member::regrole FROM pg_auth_members
		 WHERE member = 'tasks_owner'::regrole ORDER BY 1"
}
# check NAME COMMAND...: the command succeeds.
check()
{
	name=$1
	shift
	number=$((number + 1))
	if "$@" >"$out/log" 2>&1; then
		echo "ok $number - $name"
	else
		failures=$((failures + 1))
		echo "not ok $number - $name"
		sed 's/^/# /' "$out/log"
	fi
}
unchanged()
{
	state >"$out/after" && diff "$out/before" "$out/after"
}
changed()
{
	! unchanged
}
refused()
{
	! apply 2>"$out/refusal" && grep -F "$1" "$out/refusal"
}
two_at_once()
{
	apply &
	apply || { wait; return 1; }
	wait $!
}

# beside LOCK LOCK: apply while another session locks these two tables in the order in which
# a create locks them, half a second apart.
beside()
{
	sql -c "BEGIN; LOCK TABLE $1 IN ROW EXCLUSIVE MODE; SELECT pg_sleep(0.5);
		LOCK TABLE $2 IN ROW EXCLUSIVE MODE; COMMIT" &
	until [ "$(sql -c "SELECT count(*) FROM pg_locks
		WHERE granted AND mode = 'RowExclusiveLock'
		  AND relation = '$1'::regclass")" = 1 ]; do
		sleep 0.02
	done
	apply || { wait; return 1; }
	wait $!
}

echo 1..21

new_database
check 'an owner who is no superuser can apply it' apply
sql -c "INSERT INTO public.users (id) VALUES ('alice');
	INSERT INTO public.tasks (user_id, title) VALUES ('alice', 'kept')"
state >"$out/before"
check 'the owner can apply it again' apply
check 'which changes nothing, in tasks neither' unchanged
check 'a superuser can apply it again' apply "$(sql -c 'SELECT current_user')"
check 'which changes nothing either' unchanged
for first in users tasks; do
	[ $first = users ] && second=tasks || second=users
	check "and beside a create that has $first and asks for $second" \
		beside "public.$first" "public.$second"
done

sql -c "GRANT ALL ON public.users TO PUBLIC, tasks_app;
	GRANT UPDATE (user_id) ON public.tasks TO tasks_app;
	GRANT EXECUTE ON FUNCTION public.task_exists TO PUBLIC;
	GRANT ALL ON public.idempotency_keys TO PUBLIC, tasks_app;
	CREATE POLICY open ON public.tasks USING (true);
	CREATE POLICY open ON public.idempotency_keys USING (true);
	ALTER TABLE public.idempotency_keys NO FORCE ROW LEVEL SECURITY;
	ALTER TABLE public.tasks NO FORCE ROW LEVEL SECURITY;
	ALTER TABLE public.users DISABLE ROW LEVEL SECURITY;
	DROP INDEX public.tasks_created, public.tasks_due_last,
		public.idempotency_keys_age;
	CREATE INDEX tasks_newest ON public.tasks (user_id, created_at DESC, id DESC)"
check '(control: it can be opened by hand)' changed
apply
check 'what was opened by hand is closed again' unchanged

new_database
check 'two can apply it at once' two_at_once

# Since PostgreSQL 16 an owner may not grant the roles that another owner has created.
other=tasks_other_$$
new_database
sql -c "CREATE ROLE $other CREATEROLE; ALTER DATABASE $database OWNER TO $other"
if [ "$(sql -c "SELECT current_setting('server_version_num')::integer >= 160000")" = t ]; then
	apply "$other" 2>"$out/refusal"
	check 'the owner of another database is told whose the roles are' \
		grep -F "GRANT tasks_app, tasks_probe TO $other WITH ADMIN OPTION" "$out/refusal"
	sql -c "GRANT tasks_app, tasks_probe TO $other WITH ADMIN OPTION"
else
	check 'the owner of another database can apply it' apply "$other"
fi
check 'and can apply it after that' apply "$other"
dropdb --force "$database"
psql -X -q -d postgres -c "DROP ROLE $other"

# index NAME: succeed if NAME is the search index; '' means that there is none.
index()
{
	[ "$(sql -c "SELECT to_regclass('public.tasks_search')")" = "$1" ]
}
new_database
sql -c 'CREATE SCHEMA elsewhere; CREATE EXTENSION pg_trgm SCHEMA elsewhere'
check 'it can be applied where pg_trgm is in a schema that the owner may not use' apply
check 'search then has no index' index ''
sql -c 'GRANT USAGE ON SCHEMA elsewhere TO tasks_owner'
apply
check 'and has one once the owner may use it' index tasks_search

new_database
sql -c "CREATE TABLE public.users (id integer PRIMARY KEY, password text)"
state >"$out/before"
check 'another application'\''s users are refused' \
	refused 'public.users exists and is not the table of tasks-cgi'
check 'and nothing is changed' unchanged

new_database
sql -c "CREATE VIEW public.tasks AS SELECT 1 AS id"
state >"$out/before"
check 'another application'\''s tasks are refused' \
	refused 'public.tasks exists and is not the table of tasks-cgi'
check 'and nothing is changed' unchanged

new_database
sql -c "CREATE TABLE public.idempotency_keys (key text PRIMARY KEY, response json)"
state >"$out/before"
check 'another application'\''s idempotency keys are refused' \
	refused 'public.idempotency_keys exists and is not the table of tasks-cgi'
check 'and nothing is changed' unchanged

exit "$((failures > 0))"
