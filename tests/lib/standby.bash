# shellcheck shell=bash disable=SC2034,SC2153,SC2154
# A streaming standby of the private PostgreSQL, in $place/standby.  Source this file after
# api.bash and pool.bash.

# start_standby: create the standby as the primary's superuser if it does not exist, and
# start it as PostgreSQL's user.
start_standby()
{
	local bins=(/usr/lib/postgresql/*/bin) socket=$API_SOCKET
	bin=${bins[-1]} standby=$place/standby
	if [[ ! -e $standby/data ]]; then
		mkdir -p "$standby"
		[[ $(id -u) != 0 ]] || chown postgres: "$standby"
		as_service "$bin/pg_basebackup" -D "$standby/data" -R -c fast -h "$socket" -p 5432 -U postgres
	fi
	as_service "$bin/pg_ctl" start -s -w -t 3600 -D "$standby/data" -l "$standby/log" \
		-o "-k $standby -c wal_receiver_status_interval=1 -c wal_retrieve_retry_interval=200ms" \
		</dev/null 3>&- 4>&-
}

stop_standby()
{
	as_service "$bin/pg_ctl" stop -s -w -m "${1:-fast}" -D "$standby/data"
}

# standby_sql SQL: execute SQL as the standby's superuser.
standby_sql()
{
	API_SOCKET=$standby sql "$1"
}

# caught_up: wait until the standby has replayed all that the primary has written.
caught_up()
{
	local lsn
	lsn=$(sql 'SELECT pg_current_wal_lsn()')
	wait_until is_true_there "pg_last_wal_replay_lsn() >= '$lsn'" || fail 'the standby does not catch up'
}

is_true_there()
{
	[[ $(standby_sql "SELECT $1" 2>/dev/null) == t ]]
}

# lag: pause the replay, so that the standby does not show later changes.  end_lag: resume
# it.
lag()
{
	caught_up
	standby_sql 'SELECT pg_wal_replay_pause()'
	wait_until is_true_there "pg_get_wal_replay_pause_state() = 'paused'" || fail 'the standby does not pause'
}

end_lag()
{
	standby_sql 'SELECT pg_wal_replay_resume()'
	caught_up
}

# use_database FILE URL: write the settings with this DATABASE_URL to $API_RUN/FILE.
use_database()
{
	{
		grep -v '^DATABASE_URL=' "$API_RUN/env"
		echo "DATABASE_URL='$2'"
	} >"$API_RUN/$1.new"
	chmod --reference="$API_RUN/env" "$API_RUN/$1.new"
	chown --reference="$API_RUN/env" "$API_RUN/$1.new"
	mv "$API_RUN/$1.new" "$API_RUN/$1"
}

# read_from URL: set the database of the programs that read.
read_from()
{
	use_database read-env "$1"
}

# start_reading SERVER MODE: start a server whose lists and gets have their own settings
# file.
start_reading()
{
	local try
	for try in {1..5}; do
		API_PORT=$((26000 + RANDOM % 1000))
		if (cd "$API_ROOT" && RUN=$API_RUN PORT=$API_PORT SERVER=$1 MODE=$2 POOL=no BUILD=${API_TOKEN%/*} \
			TASKS_READ_ENV_FILE=$API_RUN/read-env BETTER_AUTH_SECRET=$API_SECRET CORS_ORIGINS=$API_ORIGINS \
			TASKS_UNLIMITED=yes tools/dev/serve start >"$place/start" 2>&1 \
			</dev/null 3>&- 4>&- 8>&-); then
			echo "$API_PORT" >"$place/port"
			ask_reading
			return
		fi
		grep -q 'is in use' "$place/start" || break
	done
	cat "$place/start"
	return 1
}

# ask_reading: direct request() to this server.
ask_reading()
{
	API_PORT=$(<"$place/port")
	API_URL=http://127.0.0.1:$API_PORT
}

stop_reading()
{
	(cd "$API_ROOT" && RUN=$API_RUN && export RUN && tools/dev/apache stop && tools/dev/nginx stop) </dev/null 3>&- 4>&-
}

# lookups_at SOCKET: print how often this server has scanned the table of tasks.  A session
# reports its counts at its end at the latest, so end the kept sessions first.
lookups_at()
{
	API_SOCKET=$1 sql "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'tasks_app'" >/dev/null
	API_SOCKET=$1 sql "SELECT seq_scan + idx_scan FROM pg_stat_user_tables WHERE relname = 'tasks'"
}
