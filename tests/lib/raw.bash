# shellcheck shell=bash disable=SC2016,SC2034,SC2119,SC2120,SC2154
# Requests that curl would not send: bytes over a socket, and the reply.

# raw BYTES [SECONDS]: printf's escapes are resolved.  The server is asked to
# close, or does so by itself; what came is taken apart as by request().
raw()
{
	local result=0
	set +T
	raw_once "$@" || result=$?
	set -T
	return "$result"
}

raw_once()
{
	method=${1%% *} path=/ asked=${1:0:300}
	printf '%b' "$1" | timeout "${2:-30}" socat -t "${2:-30}" - \
		"TCP:127.0.0.1:$API_PORT" >"$BATS_TEST_TMPDIR/reply" 2>/dev/null || true
	read_reply "$BATS_TEST_TMPDIR/reply"
}

# assert_server_error STATUS: of the contract's shape, worded by the server or
# by fallback.
assert_server_error()
{
	local id=${reply_headers[x-request-id]:-}
	assert_status "$1" || return 1
	assert_header Content-Type application/json || return 1
	assert_header X-Content-Type-Options nosniff || return 1
	[[ $id =~ ^[A-Za-z0-9_-]{1,64}$ ]] || fail 'no X-Request-Id' || return 1
	[[ ${reply_headers[vary]:-} == Origin ]] || fail 'no Vary: Origin' || return 1
	gojq -e --arg id "$id" 'keys == ["code","detail","request_id"] and (.detail | type == "string")
		and (.code | test("^[a-z_]+$")) and .request_id == $id' <<<"$body" >/dev/null ||
		fail 'not the shape of an error' || return 1
	[[ $body != *'<'* && $body != *Apache* && $body != *"$API_PORT "* ]] || fail 'it tells of the server'
}

# stall: for setup_file(): two clients that send half a header, half a body and
# nothing more for 28 seconds.  Their replies come to be in
# $BATS_FILE_TMPDIR/slow-header and slow-body, their processes in *-pid, and how
# many seconds it took until they were hung up on in *-took.
stall()
{
	stall_in header 'GET /api/tasks HTTP/1.1\r\nHost: x\r\n'
	stall_in body 'POST /api/tasks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{'
}

stall_in()
{
	local since=$EPOCHSECONDS
	(printf '%b' "$2" && sleep 28) | {
		timeout 30 socat -t 1 - "TCP:127.0.0.1:$API_PORT" >"$BATS_FILE_TMPDIR/slow-$1" 2>/dev/null || true
		echo $((EPOCHSECONDS - since)) >"$BATS_FILE_TMPDIR/$1-took"
	} 3>&- &
	echo $! >"$BATS_FILE_TMPDIR/$1-pid"
}
