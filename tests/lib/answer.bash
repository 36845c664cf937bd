# shellcheck shell=bash disable=SC2034,SC2154
# A small HTTP server that says what a test wants (web.c), one process for all
# requests.  Each request's first line goes to $web/requests; the bytes of
# $web/reply are the answer, or those of $web/reply.NAME to the path /.../NAME.

web=$BATS_TEST_TMPDIR/web
web_pid=

# web_listen: sets port.
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

# web_reply STATUS BODY [HEADER...]: the answer from now on, in one piece.
web_reply()
{
	{
		printf 'HTTP/1.1 %s\r\nConnection: close\r\n' "$1"
		(($# < 3)) || printf '%s\r\n' "${@:3}"
		printf '\r\n%s' "$2"
	} >"$web/reply.new"
	mv "$web/reply.new" "$web/reply"
}

# web_raw FORMAT [ARGUMENT...]: the same in printf's words.
web_raw()
{
	# shellcheck disable=SC2059
	printf "$@" >"$web/reply.new"
	mv "$web/reply.new" "$web/reply"
}

# web_hold: from now on no answer comes, and the server waits.
web_hold()
{
	rm -f "$web/reply"
	mkfifo "$web/reply"
}

# Sets REPLY to the number of requests so far.
web_requests()
{
	local lines
	mapfile -t lines <"$web/requests"
	REPLY=${#lines[@]}
}

# web_asked COUNT: whether there were so many requests at least.
web_asked()
{
	local REPLY
	web_requests
	((REPLY >= $1))
}
