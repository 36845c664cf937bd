# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154
# The compared services, and how each is started and stopped. To be sourced.
# Only one runs at a time, with a newly started PostgreSQL and on the same port.

# Each contender's name, and the command that starts it and sets server_pids.
declare -A contenders=(
	[null-cgi]='start_ours apache-event cgi no null_cgi'
	[null-fcgi]='start_ours apache-event fcgi no null_fcgi'
	[null-nginx]='start_ours nginx fcgi no null_fcgi'
	[cgi]='start_ours apache-event cgi no'
	[cgi-pool]='start_ours apache-event cgi yes'
	[fcgi]='start_ours apache-event fcgi no'
	[fcgi-nginx]='start_ours nginx fcgi no'
	[python-cgi]='start_python'
	[php]='start_php'
	[fastapi]='start_peer fastapi'
	[fastify]='start_peer fastify'
	[pgbench]='start_database'
)
# The order of the report.
names=(null-cgi cgi cgi-pool python-cgi null-fcgi fcgi null-nginx fcgi-nginx php fastapi fastify
	pgbench)

# The number of connections that each of a peer's two workers holds, and of
# PHP's processes.  Of 5, 10 and 20, and of 4, 8 and 16, these were the fastest
# on two cores.
declare -A pool_size=([fastapi]=10 [fastify]=10 [php]=8)

# The largest number of connections to measure: Python as CGI would take minutes,
# and PostgreSQL has 300 connections.
declare -A most=([python-cgi]=16 [pgbench]=100)

server_pids=()
database_pid=
peer_pids=()

# All clients have the same address here, so the limits per client are off, and
# PROCESSES need not leave a process for other clients.
export TASKS_UNLIMITED=yes PROCESSES=4

# start_ours SERVER MODE POOL [NULL]: start this project. With NULL, that
# program replaces tasks-list, which gives the floor for the same configuration
# of the same server.
start_ours()
{
	SERVER=$1 MODE=$2 POOL=$3 tools/dev/serve start >/dev/null
	if [[ -n ${4:-} ]]; then
		install -m 0755 -- "$bench_build/$4" "$RUN/programs/new"
		mv -- "$RUN/programs/new" "$RUN/programs/tasks-list"
		[[ $2 != fcgi ]] || tools/dev/fcgi start
	fi
	server_pids=("$(<"$RUN/${1%%-*}/pid")")
	[[ $3 == no ]] || server_pids+=("$(<"$RUN/pgbouncer/pid")")
	[[ $2 != fcgi ]] || mapfile -t -O ${#server_pids[@]} server_pids < <(tools/dev/fcgi watchers)
}

# start_peer NAME: start a peer with its usual command. Its role bypasses
# row-level security, because such services do not use it.
start_peer()
{
	local url
	tools/dev/postgres start
	url="$(private_url postgres)&options=-c%20role%3Dbench_peer"
	export DATABASE_URL=$url POOL_SIZE=${pool_size[$1]} PORT
	case $1 in
	fastapi)
		exec_peer "$1" /usr/bin/python3 -m uvicorn app:app --workers 2 \
			--loop uvloop --http httptools --no-access-log \
			--backlog 4096 --log-level warning --port "$PORT" \
			--app-dir tests/bench/fastapi
		;;
	fastify) exec_peer "$1" node tests/bench/fastify/server.mjs ;;
	esac
	unset -v DATABASE_URL POOL_SIZE
	wait_for "$1" answers
}

# start_php: PHP-FPM behind Apache, as the peers' role.
start_php()
{
	local role=postgres fpm
	prepare_apache php/tasks.php
	tools/dev/postgres start
	! is_root || role=www-data
	fpm=(/usr/sbin/php-fpm*)
	export POOL_SIZE=${pool_size[php]} \
		DATABASE_DSN="pgsql:host=$RUN/postgres;port=5432;dbname=tasks;user=$role;options='-c role=bench_peer'"
	exec_peer php "${fpm[0]}" --fpm-config "$PWD/tests/bench/php/fpm.conf"
	wait_for php test -S "$BENCH_STATE/php.sock"
	start_apache php PHP
	unset -v DATABASE_DSN POOL_SIZE
}

# start_python: a Python process per request behind Apache, and PgBouncer.
start_python()
{
	local url
	prepare_apache python/tasks.py
	tools/dev/postgres start
	DATABASE_URL=$(private_url postgres) tools/dev/pgbouncer start
	url=$(pool_url "$(programs_user)")
	export DATABASE_URL=$url
	start_apache python-cgi PYTHON
	unset -v DATABASE_URL
	server_pids+=("$(<"$RUN/pgbouncer/pid")")
}

# prepare_apache FILE: make a folder for Apache and this program, which its user
# may be unable to reach here.
prepare_apache()
{
	export BENCH_STATE=$RUN/peer PORT
	rm -rf -- "$BENCH_STATE"
	mkdir -- "$BENCH_STATE"
	install -m 0755 -t "$BENCH_STATE" -- "tests/bench/$1"
}

# start_apache NAME DEFINE: start it with this part of its configuration.
start_apache()
{
	local root=()
	! is_root || root=(-D ROOT)
	exec_peer "$1" /usr/sbin/apache2 -D FOREGROUND "${root[@]}" -D "$2" -f "$PWD/tests/bench/apache.conf"
	wait_for "$1" answers
}

# start_database: only PostgreSQL, for pgbench.
start_database()
{
	tools/dev/postgres start
}

# exec_peer NAME COMMAND...: start in the background.
exec_peer()
{
	NODE_ENV=production PYTHONDONTWRITEBYTECODE=1 "${@:2}" </dev/null \
		>>"$RUN/$1.log" 2>&1 &
	peer_pids+=("$!")
	server_pids+=("$!")
}

# wait_for NAME COMMAND...: wait until the command succeeds.
wait_for()
{
	wait_until "${@:2}" || {
		tail -n 5 -- "$RUN/$1.log" >&2
		die "$1 does not answer"
	}
}

answers()
{
	(: <>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null
}

start_contender()
{
	local command
	server_pids=()
	read -r -a command <<<"${contenders[$1]}"
	"${command[@]}"
	read -r database_pid <"$RUN/postgres/data/postmaster.pid"
}

stop_contender()
{
	local pid
	# Apache first, which uses PHP-FPM.
	while ((${#peer_pids[@]})); do
		pid=${peer_pids[-1]}
		unset "peer_pids[-1]"
		kill -- "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	tools/dev/serve stop
}
