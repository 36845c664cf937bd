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
	[fastapi]='start_peer fastapi'
	[fastify]='start_peer fastify'
)
# The order of the report.
names=(null-cgi cgi cgi-pool null-fcgi fcgi null-nginx fcgi-nginx fastapi fastify)

# The number of connections that each of a peer's two workers holds. Of 5, 10
# and 20, this was the fastest on two cores.
declare -A pool_size=([fastapi]=10 [fastify]=10)

server_pids=()
database_pid=
peer_pid=

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
	server_pids=("$peer_pid")
}

# exec_peer NAME COMMAND...: start in the background and wait for the port.
exec_peer()
{
	NODE_ENV=production PYTHONDONTWRITEBYTECODE=1 "${@:2}" </dev/null \
		>"$RUN/$1.log" 2>&1 &
	peer_pid=$!
	wait_until answers || {
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
	read -r -a command <<<"${contenders[$1]}"
	"${command[@]}"
	read -r database_pid <"$RUN/postgres/data/postmaster.pid"
}

stop_contender()
{
	if [[ -n $peer_pid ]]; then
		kill -- "$peer_pid" 2>/dev/null || true
		wait "$peer_pid" 2>/dev/null || true
		peer_pid=
	fi
	tools/dev/serve stop
}
