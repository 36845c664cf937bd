# shellcheck shell=bash disable=SC2016,SC2034,SC2154
# Requests that libcurl would not send: the client sends the bytes of a test over TCP.

# raw BYTES: send the bytes (with the escapes of printf's %b) over a new connection and
# set what request() sets.  The reply ends with the connection, so send "Connection:
# close" unless the server closes the connection anyway.
raw() { untraced raw_once "$1"; }

raw_once()
{
	method=${1%% *} path=/ asked=${1:0:300} status='' body=''
	! send_raw raw "$1" || ask receive raw
}

# send_raw NAME BYTES: send the bytes over the connection of that name; see client.h.
send_raw()
{
	printf '%b' "$2" >"$BATS_TEST_TMPDIR/bytes"
	ask send "$1" "$API_PORT" "$BATS_TEST_TMPDIR/bytes"
}

# received NAME METHOD PATH: read the reply on the connection and set what request()
# sets.  METHOD and PATH are those of the request.
received()
{
	method=$2 path=$3 asked="$2 $3 over the connection $1"
	ask receive "$1"
}

# assert_server_error STATUS: check that the reply is a JSON error that does not reveal
# the server.  Either the server or the program fallback wrote the error.
assert_server_error()
{
	local id=${reply_headers[x-request-id]:-}
	assert_status "$1" || return 1
	assert_header Content-Type application/json || return 1
	assert_header X-Content-Type-Options nosniff || return 1
	[[ $id =~ ^[A-Za-z0-9_-]{1,64}$ ]] || fail 'no X-Request-Id' || return 1
	[[ ${reply_headers[vary]:-} == Origin ]] || fail 'no Vary: Origin' || return 1
	assert_json 'keys == ["code","detail","request_id"] and (.detail | type == "string")
		and (.code | test("^[a-z_]+$")) and .request_id == $id' --arg id "$id" || return 1
	[[ $body != *'<'* && $body != *Apache* && $body != *"$API_PORT "* ]] || fail 'it tells of the server'
}

# stall: send half a header over the connection "header" and half a body over the
# connection "body".  Check that the server waits for the rest of both and serves
# another request meanwhile.
stall()
{
	send_raw header 'GET /api/tasks HTTP/1.1\r\nHost: x\r\n' &&
		send_raw body 'POST /api/tasks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{' ||
		fail 'no connection' || return 1
	request GET /api/tasks
	assert_status 200 || return 1
	ask waits header || fail 'half a header was not waited for' || return 1
	ask waits body || fail 'half a body was not waited for'
}
