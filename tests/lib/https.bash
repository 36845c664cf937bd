# shellcheck shell=bash disable=SC2034,SC2153,SC2154
# The same programs behind a server of a test's own that has a certificate.  To be
# sourced after api.bash; who sources it has start_https() and stop_https(), which
# serve $place/server.pem on $secure and turn away who comes to $open.
# shellcheck source=tests/lib/raw.bash
. "$API_ROOT/tests/lib/raw.bash"

begin_https()
{
	place=$(mktemp -d /tmp/tasks-XXXXXX)
	chmod 711 "$place"
	(
		cd "$place" || exit
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=ca \
			-keyout ca.key -out ca.pem 2>/dev/null
		openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=server \
			-keyout server.key -out server.csr 2>/dev/null
		openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
			-extfile <(echo subjectAltName=DNS:localhost) -out server.pem 2>/dev/null
	) && chmod 600 "$place"/*.key
	plain_url=$API_URL
	for _ in {1..5}; do
		free_port
		secure=$REPLY
		free_port
		open=$REPLY
		[[ $open == "$secure" ]] || ! start_https || return 0
	done
	fail 'the server does not start'
}

end_https()
{
	stop_https
	rm -rf -- "$place"
}

# ask URL [OPTION...]: sets status, headers and body; fails where curl does.
ask()
{
	status=$(curl -q -s --noproxy '*' -m 10 --cacert "$place/ca.pem" -D "$place/headers" \
		-o "$place/body" -w '%{http_code}' "${@:2}" "$1") || return 1
	headers=$(tr -d '\r' <"$place/headers")
	body=$(<"$place/body")
}

assert_hsts()
{
	[[ $'\n'${headers,,}$'\n' == *$'\nstrict-transport-security: max-age=63072000\n'* ]] || fail "no HSTS: $headers"
	assert_same "$(grep -ci '^strict-transport-security:' <<<"$headers")" 1 'of them'
}

# Every kind of answer: a program's, a refusal's, a file's, one of the server's own.
served_over_tls()
{
	local url=https://localhost:$secure
	token_for "$user"
	ask "$url/api/tasks" -H "Authorization: Bearer $token" -H 'Content-Type: application/json' -d '{"title":"over TLS"}' ||
		fail 'no answer over TLS'
	assert_status 201 && assert_hsts
	ask "$url/api/tasks" -H "Authorization: Bearer $token"
	[[ $status == 200 && $body == *'"title":"over TLS"'* ]] || fail "$body"
	assert_hsts
	ask "$url/api/tasks" && assert_status 401 && assert_hsts
	ask "$url/nothing" && assert_status 404 && assert_hsts
	ask "$url/docs" && assert_status 200 && assert_hsts
	ask "$url/health" -H 'Expect: nonsense' && assert_status 417 && assert_hsts
	# The control: without TLS there is none.
	ask "$plain_url/docs" && assert_status 200
	[[ ${headers,,} != *strict-transport-security* ]] || fail 'HSTS without TLS'
	ask "$plain_url/health"
	[[ ${headers,,} != *strict-transport-security* ]] || fail 'HSTS without TLS'
}

only_new_and_proved()
{
	local url=https://localhost:$secure/health/live
	ask "$url" --tlsv1.2 --tls-max 1.2 || fail 'TLS 1.2 is refused'
	ask "$url" --tlsv1.3 || fail 'TLS 1.3 is refused'
	# So that it is the server which refuses: this side would.
	! ask "$url" --tlsv1.0 --tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0 || fail 'TLS 1.1 is taken'
	openssl s_client -connect "localhost:$secure" -tls1_1 -cipher DEFAULT@SECLEVEL=0 </dev/null 2>&1 |
		grep -q 'alert protocol version' || fail 'it is not the version that is refused'
	! curl -q -s --noproxy '*' -m 10 -o /dev/null "$url" || fail 'curl knows that authority without us'
	! curl -q -s --noproxy '*' -m 10 --cacert "$place/ca.pem" -o /dev/null "${url/localhost/127.0.0.1}" ||
		fail 'another name is taken'
	[[ $(id -u) != 0 ]] ||
		! setpriv --reuid=www-data --regid=www-data --init-groups cat "$place/server.key" 2>/dev/null ||
		fail 'the programs can read the key'
}

turned_away_without_tls()
{
	local url=http://127.0.0.1:$open
	ask "$url/docs?a=b%0d%0ax" -H 'Host: evil.example'
	[[ $status == 301 && ${headers,,} == *$'\nlocation: https://localhost'*'/docs?a=b%0d%0ax'* &&
		$headers != *evil* ]] || fail "$status $headers"
	token_for "$user"
	ask "$url/api/tasks" -H "Authorization: Bearer $token"
	[[ $status == 403 && $body == '{"detail":"Answered over https only","code":"forbidden","request_id":"'*'"}' ]] ||
		fail "$status $body"
	[[ ${headers,,} == *'content-type: application/json'* && ${headers,,} == *x-request-id:* ]] || fail "$headers"
	ask "$url/api/tasks" -X OPTIONS -H 'Origin: http://localhost:3000' -H 'Access-Control-Request-Method: GET'
	assert_status 403
	ask "$url/docs" -d 'a form' && assert_status 403
	ask "$url/health" && assert_status 403
}

# What the server refuses before it knows what is asked, and plain HTTP where TLS
# is spoken: errors of the contract's shape, and the query in no log.
refused_in_shape()
{
	local API_PORT=$open marker=mark3r$RANDOM request long
	repeat 9000 a
	long=$REPLY
	for request in 'garbage' "GET /x?$marker HTTP/9.9" "GET /x?$marker HTTP/1.1" "GET /%zz?$marker HTTP/1.1\r\nHost: x" \
		"GET /api/../../x?$marker HTTP/1.1\r\nHost: x" "POST /.tasks-error?$marker HTTP/1.1\r\nHost: x" \
		"GET /x?$marker$long HTTP/1.1\r\nHost: x" "GET /x?$marker HTTP/1.1\r\nHost: x\r\nX-Long: $long$long" \
		"TRACE /x?$marker HTTP/1.1\r\nHost: x" "POST /x?$marker HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: unknown" \
		"POST /x?$marker HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999" \
		"GET /health?$marker HTTP/1.1\r\nHost: x\r\nExpect: the-unexpected"; do
		raw "$request\r\nConnection: close\r\n\r\n"
		assert_refusal || return 1
	done
	API_PORT=$secure
	for request in GET 'POST with a body'; do
		long=''
		[[ $request == GET ]] || long='Content-Length: 9999999\r\n'
		raw "${request%% *} /api/tasks?$marker HTTP/1.1\r\nHost: localhost\r\n${long}Connection: close\r\n\r\n"
		assert_status 400 && assert_refusal || return 1
	done
	! grep -rF --include='*log' -- "$marker" "$place" || fail 'the query is in a log'
}

assert_refusal()
{
	[[ $status == [45]?? && $body == '{"detail":"'*'","code":"'*'","request_id":"'"$(header X-Request-Id)"'"}'* ]] ||
		fail 'not the shape of an error' || return 1
	assert_header Content-Type application/json || return 1
	assert_header X-Content-Type-Options nosniff || return 1
	assert_header Cache-Control no-store
}
