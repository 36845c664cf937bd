# tools/admin/jwks-refresh: a valid key set is installed at once; any other answer changes
# nothing.
# shellcheck disable=SC2030,SC2031,SC2119,SC2154,SC2034
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/refresh.bash
setup_file()
{
	. "$API_ROOT/tests/lib/refresh.bash" && make_refresh
}

setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/refresh.bash" && begin_refresh
}

teardown() { end_refresh; }

@test "a good answer is installed, over an old set, a broken one or none" {
	web_reply '200 OK' "$good" 'Content-Type: application/json'
	refresh
	assert_installed 'over an old set'
	[[ $(<"$web/requests") == 'GET /api/auth/jwks HTTP/1.1' ]] || fail 'another address was asked, or twice'
	printf 'broken' >"$file"
	refresh
	assert_installed 'over a broken one'
	rm "$file"
	refresh
	assert_installed 'over none'
}

@test "a byte-order mark before the answer is no fault of it" {
	web_reply '200 OK' $'\xef\xbb\xbf'"$good" 'Content-Type: application/json'
	printf '\xef\xbb\xbf%s' "$good" >"$keys/marked.json"
	refresh
	assert_installed 'with a mark' "$keys/marked.json"
	settings=("JWKS_FILE=$file" "CORS_ORIGINS=$API_ORIGINS")
	signed_by new
	bare me /dev/null REQUEST_METHOD=GET PATH_INFO=/api/me HTTP_AUTHORIZATION="Bearer $token"
	assert_status 200
}

@test "an answer that is no key set changes nothing, whatever its status" {
	local new answer text
	new=$(<"$keys/new.jwk")
	for answer in '200 OK|' '200 OK|<!DOCTYPE html><title>Sign in</title>' '200 OK|[]' '200 OK|null' \
		'200 OK|{"keys":[]}' '200 OK|{"keys":{}}' '200 OK|{"error":"x"}' \
		'200 OK|{"keys":[{"kty":"oct","k":"AAAA"}]}' \
		"200 OK|{\"keys\":[${new/'"kid"'/'"key_ops":["sign"],"kid"'}]}" $'200 OK|\xef\xbb\xbf' \
		"200 OK|{\"keys\":[${new/'"kid"'/'"d":"AAAA","kid"'}]}" \
		"200 OK|{\"keys\":[${new/'"kid"'/'"use":"enc","kid"'}]}" \
		"200 OK|${good:0:60}" "200 OK|${good}x" "200 OK|$good$good" \
		'204 No Content|' '304 Not Modified|' '500 Internal Server Error|'; do
		text=${answer#*|}
		web_reply "${answer%%|*}" "$text" "Content-Length: ${#text}"
		refresh
		assert_kept "$answer"
	done
	web_reply '200 OK' "$good"
	refresh
	assert_installed 'a good one after them'
}

@test "an error with a good key set as its body changes nothing" {
	local status
	for status in '400 Bad Request' '401 Unauthorized' '403 Forbidden' '404 Not Found' '429 Too Many Requests' \
		'500 Internal Server Error' '502 Bad Gateway' '503 Service Unavailable'; do
		web_reply "$status" "$good"
		refresh
		assert_kept "$status"
	done
}

@test "a redirect is not followed, and its own body is no answer, even if it is a good key set" {
	local status
	web_reply '200 OK' "$good"
	mv "$web/reply" "$web/reply.other"
	for status in '301 Moved Permanently' '302 Found' '303 See Other' '307 Temporary Redirect' '308 Permanent Redirect'; do
		: >"$web/requests"
		web_reply "$status" "$good" "Location: http://127.0.0.1:$port/other"
		refresh
		assert_kept "$status"
		assert_requests 1 "$status"
	done
	# Positive control: the target of the redirect has a valid key set.
	url=http://127.0.0.1:$port/other
	refresh
	assert_installed 'where it leads to'
}

@test "more than 64 KiB change nothing, with and without a length" {
	local bytes body
	for bytes in 65537 65600 1000000; do
		printf -v body '%-*s' "$bytes" "$good"
		web_reply '200 OK' "$body" "Content-Length: $bytes"
		refresh
		assert_kept "$bytes with a length"
		web_reply '200 OK' "$body"
		refresh
		assert_kept "$bytes without a length"
	done
	printf '%s' "${body:0:65536}" >"$web/exact"
	web_reply '200 OK' "${body:0:65536}" 'Content-Length: 65536'
	refresh
	assert_installed '64 KiB' "$web/exact"
}

@test "an answer without end is cut off at its size, not by the time" {
	tool_with answer_s=1000000
	web_reply '200 OK' ''
	truncate -s 100G "$web/reply" # zeros
	refresh
	assert_kept 'zeros without end'
}

@test "a connection that breaks off changes nothing" {
	web_reply '200 OK' "$good" "Content-Length: $((${#good} + 1))"
	refresh
	assert_kept 'a byte too few'
	web_raw ''
	refresh
	assert_kept 'no answer'
	web_raw 'nonsense\r\n\r\n%s' "$good"
	refresh
	assert_kept 'no HTTP'
	web_raw 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n' ${#good} "$good"
	refresh
	assert_kept 'chunks without the last'
	web_stop
	refresh
	assert_kept 'nobody there'
}

@test "a server that says nothing is given up" {
	tool_with answer_s=1
	web_hold
	refresh
	assert_kept 'silence'
	[[ $said == *'timed out'* ]] || fail "$said"
}

# assert_refused ADDRESS: JWKS_URL is refused with a reason, and no request is sent, not
# even to a proxy from the environment.
assert_refused()
{
	refresh {http,https,all}_proxy="http://127.0.0.1:$port" {HTTP,HTTPS,ALL}_PROXY="http://127.0.0.1:$port" JWKS_URL="$1"
	assert_kept "$1" || return 1
	assert_requests 0 "$1" || return 1
	[[ $said == *JWKS_URL* ]] || fail "$1: the setting is not named: $said"
}

@test "keys come by https, or by plain http from a loopback address alone: no name, no other host, no proxy" {
	local address
	web_reply '200 OK' "$good"
	# assert_refused names our server as the proxy, so it would see requests to any host.
	for address in "http://example.com/jwks" "http://127.0.0.1.example.com:$port/" \
		"http://127.0.0.1@example.com/" "http://127.0.0.1:$port@example.com/" "http://user@127.0.0.1:$port/" \
		"http://user:word@127.0.0.1:$port/" "http://@127.0.0.1:$port/" "http://[::1]@example.com/" \
		"http://127.0.0.1:$port" "http://127.0.0.1:$port?x" "http://127.0.0.1:$port#/" "http://127.0.0.1:/" \
		"http://127.0.0.1:$port\\@example.com/" "http://127.0.0.1:${port}x/" "http://127.0.0.1:123456/" \
		"http://127.1:$port/" "http://127.0.1:$port/" "http://127.0.0.01:$port/" "http://0127.0.0.1:$port/" \
		"http://127.0.0.256:$port/" "http://127.0.0.1.:$port/" "http://0x7f.0.0.1:$port/" "http://2130706433:$port/" \
		"http://0:$port/" "http://0.0.0.0:$port/" "http://126.0.0.1:$port/" "http://128.0.0.1:$port/" \
		"http://[::]:$port/" "http://[::1%lo]:$port/" "http://[::ffff:127.0.0.1]:$port/" "http://[0:0:0:0:0:0:0:1]:$port/" \
		"http://[::1].example.com/" "http://::1:$port/" "http:/127.0.0.1:$port/" "http:127.0.0.1:$port/" \
		"http:///127.0.0.1:$port/" "HTTP://127.0.0.1:$port/" "Http://127.0.0.1:$port/" " http://127.0.0.1:$port/" \
		$'http://127.0.0.1:1\n/' $'\nhttp://127.0.0.1:'"$port/" "127.0.0.1:$port/" "//127.0.0.1:$port/" "https:" "https:/127.0.0.1/" \
		"file://$keys/good.json" "$keys/good.json" "ftp://127.0.0.1:$port/jwks" \
		"gopher://127.0.0.1:$port/_x" "dict://127.0.0.1:$port/x" "telnet://127.0.0.1:$port/" \
		"-K$keys/good.json" "--help"; do
		assert_refused "$address"
	done
	# Positive control: these addresses are allowed.  The proxy is ignored.
	for address in "$url" "http://127.0.0.1:$port/" "http://127.255.0.254:$port/jwks?x#y" "http://[::1]:$port/"; do
		printf '%s' "$(<"$keys/old.json")" >"$file"
		web_reply '200 OK' "$good"
		refresh {http,https,all}_proxy=http://127.0.0.1:1 {HTTP,HTTPS,ALL}_PROXY=http://127.0.0.1:1 JWKS_URL="$address"
		# The server listens on 127.0.0.1 only.
		if [[ $address == *127.0.0.1* ]]; then
			assert_installed "$address"
		else
			[[ $said == *"Failed to connect"* ]] || fail "$address is not asked: $said"
		fi
	done
}

@test "plain http to localhost is refused, since anybody may listen on its other address, and the reason says what to write" {
	local address
	web_reply '200 OK' "$good"
	for address in "http://localhost:$port/api/auth/jwks" "http://localhost/" "http://localhost" "http://LocalHost:$port/" \
		"HTTP://LOCALHOST:$port/" "http://localhost.:$port/" "http://localhost.localdomain:$port/" \
		"http://localhost.example.com:$port/" "http://user@localhost:$port/" "http://localhost@127.0.0.1:$port/" \
		"http://localhost:$port@example.com/" "http://localhost:$port?x" "http://localhost:$port#/"; do
		assert_refused "$address"
		[[ $said == *localhost*http://127.0.0.1:PORT*'http://[::1]:PORT'* ]] || fail "$address: $said"
	done
	refresh
	assert_installed 'the address in its place'
}

# listens PORT: whether a server listens on 127.0.0.1.
listens()
{
	local hex
	printf -v hex '0100007F:%04X 00000000:0000 0A' "$1"
	[[ $(</proc/net/tcp) == *"$hex"* ]]
}

# tls_listen NAME: start a TLS proxy with that certificate before the server.  Sets url.
tls_listen()
{
	local REPLY
	free_port
	socat "OPENSSL-LISTEN:$REPLY,bind=127.0.0.1,reuseaddr,fork,cert=$1.pem,key=$1.key,verify=0" \
		"TCP:127.0.0.1:$port" 2>/dev/null 3>&- &
	tls_pid=$!
	wait_until listens "$REPLY" || fail 'socat does not listen'
	url=https://localhost:$REPLY/api/auth/jwks
}

@test "https with a certificate that is not right changes nothing" {
	local name
	cd "$BATS_TEST_TMPDIR"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -subj /CN=ca -days 2 2>/dev/null
	for name in localhost other.example; do
		openssl req -x509 -CA ca.pem -CAkey ca.key -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$name.key" \
			-out "$name.pem" -subj "/CN=$name" -addext "subjectAltName=DNS:$name" -days 1 2>/dev/null
	done
	printf 'insecure\nlocation\n' >"$BATS_TEST_TMPDIR/.curlrc"
	web_reply '200 OK' "$good"
	tls_listen localhost
	refresh HOME="$BATS_TEST_TMPDIR"
	assert_kept 'a certificate of nobody known'
	refresh CURL_CA_BUNDLE="$PWD/ca.pem" JWKS_URL="${url/localhost/127.0.0.1}"
	assert_kept 'another name than asked for'
	refresh CURL_CA_BUNDLE="$PWD/ca.pem" JWKS_URL="${url/https/http}"
	assert_kept 'http to it'
	refresh CURL_CA_BUNDLE="$PWD/ca.pem"
	assert_installed 'a certificate that is right'
	kill "$tls_pid"
	printf '%s' "$(<"$keys/old.json")" >"$file"
	tls_listen other.example
	refresh CURL_CA_BUNDLE="$PWD/ca.pem"
	assert_kept 'a certificate of another host'
	[[ $said == *'curl: ('* ]] || fail 'the reason is not told'
}

@test "settings that are missing or too many are named" {
	refresh JWKS_URL=
	[[ $result == 1 && $said == *JWKS_URL*JWKS_DATABASE_URL* ]] || fail "neither: $said"
	refresh JWKS_URL="$url" JWKS_DATABASE_URL=postgresql://h/d
	[[ $result == 1 && $said == *both* ]] || fail "both: $said"
	refresh JWKS_URL="$url" JWKS_FILE=
	[[ $result == 1 && $said == *JWKS_FILE* ]] || fail "no file: $said"
	result=0
	said=$(env -i PATH="$PATH" JWKS_FILE="$file" JWKS_URL="$url" "$keys/bin/jwks-refresh" --lop 2>&1) || result=$?
	[[ $result == 1 && $said == *usage* ]] || fail "--lop: $said"
	assert_requests 0 'all the same'
	has_set "$keys/old.json"
}

@test "a place that cannot be written, or is a folder, is a failure" {
	web_reply '200 OK' "$good"
	file=$folder/nowhere/jwks.json
	refresh
	[[ $result != 0 ]] || fail 'no such folder: exit status 0'
	file=$folder/is-folder
	mkdir "$file"
	refresh
	[[ $result != 0 && -d $file && -z $(ls -A "$file") ]] ||
		fail "a folder: exit status $result, in it: $(ls -A "$file")"
}

# Read the file in a loop.  Append the name of each new content, or "broken", to $notes.
note_sets()
{
	local text last='' name
	while [[ -d $folder ]]; do
		text=$(<"$file") name=broken
		case $text in
		"$old") name=old ;;
		"$good") name=good ;;
		"$large") name=large ;;
		esac
		[[ $name == "$last" ]] || echo "$name" >>"$notes"
		last=$name
	done
}
noted() { [[ $(<"$notes") == *"$1" ]]; }

@test "whoever reads meanwhile sees the old set or the new one, whole" {
	local notes=$BATS_TEST_TMPDIR/notes old new large wanted=old n
	old=$(<"$keys/old.json") new=$(<"$keys/new.jwk")
	for n in {1..40}; do
		printf '%s' "${new/'"kid":"new"'/"\"kid\":\"k$n\""}" >"$keys/k$n.jwk"
	done
	key_set k{1..40} >"$keys/large.json"
	large=$(<"$keys/large.json")
	: >"$notes"
	note_sets 3>&- &
	reader=$!
	wait_until noted old
	for n in {1..6}; do
		web_reply '200 OK' "$large"
		refresh
		assert_installed "large, round $n" "$keys/large.json"
		wait_until noted large || fail 'nobody has read it'
		web_reply '200 OK' "$good"
		refresh
		assert_installed "small, round $n"
		wait_until noted good || fail 'nobody has read it'
		wanted+=$'\nlarge\ngood'
	done
	assert_same "$(<"$notes")" "$wanted" 'what was read'
}
