# shellcheck shell=bash disable=SC2034,SC2154
# A pooler of a test's own, in $place/pgbouncer, whatever POOL says.

make_place()
{
	place=$(mktemp -d /tmp/tasks-XXXXXX)
	chmod 0711 "$place"
}

remove_place()
{
	pgbouncer '' stop || true
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
