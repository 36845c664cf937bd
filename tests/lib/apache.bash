# shellcheck shell=bash disable=SC2154
# A small separate Apache with the programs and the configuration of the server under test.
# Source this file after api.bash.

# start_apache PORT [LINE...]: start it in $place, with these configuration lines added.
start_apache()
{
	local line port=$1
	shift
	while IFS= read -r line; do
		line=${line//"$API_RUN/apache"/"$place"}
		case $line in
		"Listen 127."*) line="Listen 127.0.0.1:$port" ;;
		"Listen "*) continue ;;
		"Define TASKS_PORT "*) line="Define TASKS_PORT $port" ;;
		"Mutex "*) ;;
		# A few threads suffice for one test.
		"ThreadLimit "* | ThreadsPerChild* | MaxRequestWorkers* | MaxSpareThreads*) line="${line% *} 8" ;;
		StartServers* | MinSpareServers*) line="${line% *} 1" ;;
		"Include "*) printf '%s\n' "$@" ;;
		esac
		printf '%s\n' "$line"
	done <"$API_RUN/apache/httpd.conf" >"$place/httpd.conf"
	/usr/sbin/apache2 -f "$place/httpd.conf" -k start </dev/null >"$place/start.log" 2>&1 3>&- 4>&- ||
		{ cat "$place/start.log" && return 1; }
}

stop_apache()
{
	local pid
	[[ -s $place/pid ]] || return 0
	read -r pid <"$place/pid"
	kill "$pid"
	wait_until is_gone "$pid"
}

is_gone() { [[ ! -d /proc/$1 ]]; }

make_place()
{
	place=$(mktemp -d /tmp/tasks-XXXXXX)
	chmod 711 "$place"
}
