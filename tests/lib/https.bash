# shellcheck shell=bash disable=SC2030,SC2031,SC2034,SC2153,SC2154
# The programs behind a server with TLS, which each test file starts for itself.
# Source this file after api.bash.  The sourcing file defines start_https() and
# stop_https().  The server has the certificate $place/server.pem on port $secure.
# On port $open the server refuses plain HTTP, or redirects it to HTTPS.
# shellcheck source=tests/lib/raw.bash
. "$API_ROOT/tests/lib/raw.bash"

begin_https()
{
	export place secure open
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
	for _ in {1..5}; do
		free_port
		secure=$REPLY
		free_port
		open=$REPLY
		[[ $open == "$secure" ]] || ! start_https || return 0
	done
	echo 'the server does not start'
	return 1
}

end_https()
{
	stop_https
	rm -rf -- "$place"
}

# ask_tls METHOD PATH [OPTION...]: call request() for the server with TLS.
ask_tls() { API_URL=https://localhost:$secure request "$@" --unchecked; }

assert_hsts() { assert_header Strict-Transport-Security max-age=63072000; }

# served_over_tls: check every kind of response: of a program, a rejection, a file, and the
# server's own.
served_over_tls()
{
	# A new client process trusts the test's authority.
	export CURL_CA_BUNDLE=$place/ca.pem
	start_client
	ask_tls POST /api/tasks --body '{"title":"over TLS"}'
	assert_status 201
	assert_hsts
	ask_tls GET /api/tasks
	[[ $status == 200 && $body == *'"title":"over TLS"'* ]] || fail 'not the task'
	assert_hsts
	ask_tls GET /api/tasks --no-token
	assert_status 401
	assert_hsts
	ask_tls GET /nothing
	assert_status 404
	assert_hsts
	ask_tls GET /docs
	assert_status 200
	assert_hsts
	ask_tls GET /health --header 'Expect: nonsense'
	assert_status 417
	assert_hsts
	# Control: without TLS the response does not have the header.
	request GET /docs --unchecked
	assert_status 200
	assert_no_header Strict-Transport-Security
	request GET /health
	assert_status 200
	assert_no_header Strict-Transport-Security
}

# tls_curl [OPTION...]: succeed if curl gets a response.
tls_curl() { curl -q -s --noproxy '*' -o /dev/null "$@"; }

only_new_and_proved()
{
	local url=https://localhost:$secure/health/live known=(--cacert "$place/ca.pem")
	tls_curl "${known[@]}" --tlsv1.2 --tls-max 1.2 "$url" --next -s --noproxy '*' -o /dev/null "${known[@]}" --tlsv1.3 "$url" ||
		fail 'TLS 1.2 or 1.3 is refused'
	# Lower the client's own security level, so that the server is the one that refuses.
	! tls_curl "${known[@]}" --tlsv1.0 --tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0 "$url" || fail 'TLS 1.1 is taken'
	body=$(openssl s_client -connect "localhost:$secure" -tls1_1 -cipher DEFAULT@SECLEVEL=0 </dev/null 2>&1) || true
	[[ $body == *'alert protocol version'* ]] || fail 'it is not the version that is refused'
	! tls_curl "$url" || fail 'curl knows that authority without us'
	! tls_curl "${known[@]}" "${url/localhost/127.0.0.1}" || fail 'another name is taken'
	[[ $EUID != 0 ]] ||
		! setpriv --reuid=www-data --regid=www-data --init-groups cat "$place/server.key" 2>/dev/null ||
		fail 'the programs can read the key'
}

turned_away_without_tls()
{
	local API_URL=http://127.0.0.1:$open
	request GET '/docs?a=b%0d%0ax' --unchecked --header 'Host: evil.example'
	[[ $status == 301 && ${reply_headers[location]:-} == https://localhost*'/docs?a=b%0d%0ax' &&
		${reply_headers[*]} != *evil* ]] || fail 'not moved on to TLS'
	request GET /api/tasks --unchecked
	assert_problem 403 forbidden 'Answered over https only'
	assert_refusal
	request OPTIONS /api/tasks --unchecked --header 'Access-Control-Request-Method: GET'
	assert_status 403
	request POST /docs --unchecked --body 'a form' --type application/x-www-form-urlencoded
	assert_status 403
	request GET /health --unchecked
	assert_status 403
}

# refused_in_shape: check requests that the server rejects before it parses the target, and
# plain HTTP on the TLS port.  The errors have the contract's format, and no log contains
# the query.
refused_in_shape()
{
	local API_PORT=$open marker=mark3r$RANDOM request long found
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
	found=$(grep -rF --include='*log' -- "$marker" "$place" || true)
	[[ -z $found ]] || fail "the query is in a log: $found"
}

assert_refusal()
{
	[[ $status == [45]?? && $body == '{"detail":"'*'","code":"'*'","request_id":"'"${reply_headers[x-request-id]:-}"'"}'* ]] ||
		fail 'not the shape of an error' || return 1
	assert_header Content-Type application/json || return 1
	assert_header X-Content-Type-Options nosniff || return 1
	assert_header Cache-Control no-store
}
