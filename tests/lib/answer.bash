# shellcheck shell=bash disable=SC2034,SC2154
# A small HTTP server (web.c) whose replies the test determines, in one process.  It appends
# each request line to $web/requests.  It sends the bytes of $web/reply, or of
# $web/reply.NAME for a path /.../NAME.

web=$BATS_TEST_TMPDIR/web
web_pid=

# web_listen: start the server and set port.
web_listen()
{
	mkdir -p "$web"
	rm -f "$web/port"
	: >"$web/requests"
	"${API_CLIENT%/*}/helpers/web" "$web" 3>&- &
	web_pid=$!
	wait_until test -e "$web/port"
	port=$(<"$web/port")
}

web_stop()
{
	[[ -n $web_pid ]] || return 0
	kill "$web_pid" 2>/dev/null || true
	wait "$web_pid" 2>/dev/null || true
	web_pid=
}

# web_reply STATUS BODY [HEADER...]: send this reply from now on.
web_reply()
{
	{
		printf 'HTTP/1.1 %s\r\nConnection: close\r\n' "$1"
		(($# < 3)) || printf '%s\r\n' "${@:3}"
		printf '\r\n%s' "$2"
	} >"$web/reply.new"
	mv "$web/reply.new" "$web/reply"
}

# web_raw FORMAT [ARGUMENT...]: like web_reply, but printf's format gives the whole reply.
web_raw()
{
	# shellcheck disable=SC2059
	printf "$@" >"$web/reply.new"
	mv "$web/reply.new" "$web/reply"
}

# web_hold: from now on the server waits and sends no reply.
web_hold()
{
	rm -f "$web/reply"
	mkfifo "$web/reply"
}

# web_requests: set REPLY to the number of requests so far.
web_requests()
{
	local lines
	mapfile -t lines <"$web/requests"
	REPLY=${#lines[@]}
}

# web_asked COUNT: succeed if there were at least so many requests.
web_asked()
{
	local REPLY
	web_requests
	((REPLY >= $1))
}
