# tools/jwks-refresh: a good answer is installed at once, any other changes
# nothing.
# shellcheck disable=SC2030,SC2031,SC2119,SC2154,SC2034
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/jwks.bash
# shellcheck source=tests/lib/answer.bash
bats_require_minimum_version 1.5.0

setup_file()
{
	local i
	export keys=$BATS_FILE_TMPDIR
	. "$API_ROOT/tests/lib/jwks.bash"
	make_key old EdDSA
	make_key new EdDSA
	make_key rsa PS256
	key_set old >"$keys/old.json"
	key_set old new rsa >"$keys/good.json"
	# As it is installed: the script and the program side by side.
	mkdir "$keys/bin"
	cp "$API_ROOT/tools/jwks-refresh" "$API_ROOT"/tools/{lib,wait}.sh "$API_PROGRAMS/jwks-check" "$keys/bin/"
	# For the tests of the loop, which else would take minutes, and of silence.
	sed 's/^wanted_every_s=[0-9]*$/wanted_every_s=5/; s/^every_s=300$/every_s=3600/; s/^answer_s=10$/answer_s=5/' \
		"$keys/bin/jwks-refresh" >"$keys/bin/jwks-refresh-quick"
	chmod +x "$keys/bin/jwks-refresh-quick"
}

setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/jwks.bash"
	. "$API_ROOT/tests/lib/answer.bash"
	folder=$BATS_TEST_TMPDIR/keys
	mkdir "$folder"
	file=$folder/jwks.json
	cp "$keys/old.json" "$file"
	web_listen TCP-LISTEN:%d
	url=http://127.0.0.1:$port/api/auth/jwks
	loop_pid='' reader='' locker=''
	tool=jwks-refresh
}

teardown()
{
	local pid
	for pid in $loop_pid $reader $locker; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	web_stop
}

# refresh [NAME=value...]: run it once; sets result and said.
refresh()
{
	result=0
	said=$(env -i PATH="$PATH" JWKS_FILE="$file" JWKS_URL="$url" \
		${API_SANITIZER_OPTIONS:+"ASAN_OPTIONS=$API_SANITIZER_OPTIONS"} "$@" \
		"$keys/bin/$tool" 2>&1 3>&-) || result=$?
}

# The old file byte for byte, nothing beside it, and a failure that is told.
assert_kept()
{
	[[ $result != 0 ]] || fail "$1: the exit status is 0" || return 1
	cmp -s "$file" "$keys/old.json" || fail "$1: the file has changed" || return 1
	[[ -n $said ]] || fail "$1: it says nothing" || return 1
	assert_no_rest "$1"
}

assert_no_rest()
{
	local rest
	rest=$(find "$folder" -mindepth 1 ! -name jwks.json ! -name jwks.json.wanted)
	[[ -z $rest ]] || fail "$1: this is left behind: $rest"
}

assert_installed()
{
	[[ $result == 0 ]] || fail "$1: exit status $result: $said" || return 1
	cmp -s "$file" "${2:-$keys/good.json}" || fail "$1: it is not installed" || return 1
	[[ $(stat -c %a "$file") == 644 ]] || fail "$1: others cannot read it" || return 1
	assert_no_rest "$1"
}

@test "a good answer is installed, over an old set, a broken one or none" {
	web_reply '200 OK' "$keys/good.json" 'Content-Type: application/json'
	refresh
	assert_installed 'over an old set'
	grep -q '^GET /api/auth/jwks HTTP/1' "$web/requests" || fail 'another address was asked'
	[[ $(web_requests) == 1 ]] || fail 'more than one request'
	printf 'broken' >"$file"
	refresh
	assert_installed 'over a broken one'
	rm "$file"
	refresh
	assert_installed 'over none'
	refresh JWKS_URL="http://localhost:$port/jwks"
	assert_installed 'by localhost'
}

@test "an answer that is no key set changes nothing" {
	local status body name
	local -a cases=(
		'200 OK|' '200 OK|<!DOCTYPE html><title>Sign in</title>' '200 OK|[]' '200 OK|null'
		'200 OK|{"keys":[]}' '200 OK|{"keys":{}}' '200 OK|{"error":"x"}'
		'200 OK|{"keys":[{"kty":"oct","k":"AAAA"}]}'
		"200 OK|{\"keys\":[$(sed 's/"kid"/"d":"AAAA","kid"/' "$keys/new.jwk")]}"
		"200 OK|{\"keys\":[$(sed 's/"kid"/"use":"enc","kid"/' "$keys/new.jwk")]}"
		"200 OK|$(head -c 60 "$keys/good.json")" "200 OK|$(<"$keys/good.json")x"
		"200 OK|$(<"$keys/good.json")$(<"$keys/good.json")"
		'204 No Content|' '304 Not Modified|'
		'400 Bad Request|' '401 Unauthorized|' '404 Not Found|' '500 Internal Server Error|' '503 Service Unavailable|'
	)
	for name in "${cases[@]}"; do
		status=${name%%|*} body=${name#*|}
		printf '%s' "$body" >"$web/body"
		web_reply "$status" "$web/body" "Content-Length: ${#body}"
		refresh
		assert_kept "$name"
	done
	web_reply '200 OK' "$keys/good.json"
	refresh
	assert_installed 'a good one after them'
}

@test "an error with a good key set as its body changes nothing" {
	local status
	for status in '400 Bad Request' '403 Forbidden' '404 Not Found' '429 Too Many Requests' \
		'500 Internal Server Error' '502 Bad Gateway' '503 Service Unavailable'; do
		web_reply "$status" "$keys/good.json"
		refresh
		assert_kept "$status"
	done
}

@test "a redirect is not followed" {
	local status
	for status in '301 Moved Permanently' '302 Found' '303 See Other' '307 Temporary Redirect' '308 Permanent Redirect'; do
		: >"$web/requests"
		web_script <<-END
			#!/bin/bash
			if [[ \$(wc -l <"$web/requests") == 1 ]]; then
				printf 'HTTP/1.1 $status\r\nLocation: http://127.0.0.1:$port/other\r\nContent-Length: 0\r\n\r\n'
			else
				printf 'HTTP/1.1 200 OK\r\n\r\n'
				cat "$keys/good.json"
			fi
		END
		refresh
		assert_kept "$status"
		[[ $(web_requests) == 1 ]] || fail "$status: it was followed"
	done
}

@test "a redirect's own body is no answer, even if it is a good key set" {
	web_reply '302 Found' "$keys/good.json" "Location: http://127.0.0.1:$port/other"
	refresh
	assert_kept '302 with a good body'
}

@test "more than 64 KiB change nothing, with and without a length" {
	local bytes
	for bytes in 65537 65600 1000000; do
		{ cat "$keys/good.json" && head -c "$bytes" /dev/zero | tr '\0' ' '; } | head -c "$bytes" >"$web/body"
		web_reply '200 OK' "$web/body" "Content-Length: $bytes"
		refresh
		assert_kept "$bytes with a length"
		web_reply '200 OK' "$web/body"
		refresh
		assert_kept "$bytes without a length"
	done
	head -c 65536 "$web/body" >"$web/exact"
	web_reply '200 OK' "$web/exact" 'Content-Length: 65536'
	refresh
	assert_installed '64 KiB' "$web/exact"
}

@test "an answer without end is cut off at once" {
	local start=$SECONDS
	web_script <<-'END'
		#!/bin/bash
		printf 'HTTP/1.1 200 OK\r\n\r\n'
		exec cat /dev/zero
	END
	refresh
	assert_kept 'zeros without end'
	((SECONDS - start < 9)) || fail "it took $((SECONDS - start)) s"
}

@test "a connection that breaks off changes nothing" {
	local size
	size=$(stat -c %s "$keys/good.json")
	web_reply '200 OK' "$keys/good.json" "Content-Length: $((size + 1))"
	refresh
	assert_kept 'a byte too few'
	web_script <<<$'#!/bin/bash\nexit 0'
	refresh
	assert_kept 'no answer'
	web_script <<<$'#!/bin/bash\nprintf "nonsense\\r\\n\\r\\n"; cat '"$keys/good.json"
	refresh
	assert_kept 'no HTTP'
	web_script <<-END
		#!/bin/bash
		printf 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n' $size
		cat "$keys/good.json"
		printf '\r\n'
	END
	refresh
	assert_kept 'chunks without the last'
	web_stop
	refresh
	assert_kept 'nobody there'
}

@test "a server that says nothing is given up" {
	local start=$SECONDS
	web_script <<<$'#!/bin/bash\nexec sleep 30'
	refresh
	assert_kept 'silence'
	((SECONDS - start < 25)) || fail "it took $((SECONDS - start)) s"
}

@test "plain http only to this machine, and nothing but http and https" {
	local address
	web_reply '200 OK' "$keys/good.json"
	# Whoever would ask another host asks our server instead.
	for address in "http://example.com/jwks" "http://127.0.0.1.example.com:$port/" \
		"http://localhost.example.com:$port/" "http://localhost:$port@example.com/" \
		"http://localhost:1@example.com/" "http://localhost@127.0.0.1:$port/" \
		"http://127.0.0.1@example.com/" "http://127.0.0.1:$port" "http://localhost:$port?x" \
		"http://localhost:$port#/" "http://[::1]@example.com/" "http://127.0.0.2:$port/" \
		"http://2130706433:$port/" "http://0:$port/" "HTTP://127.0.0.1:$port/" \
		" http://127.0.0.1:$port/" "127.0.0.1:$port/" "localhost:$port/" \
		"file://$keys/good.json" "$keys/good.json" "ftp://127.0.0.1:$port/jwks" \
		"gopher://127.0.0.1:$port/_x" "dict://127.0.0.1:$port/x" "telnet://127.0.0.1:$port/" \
		"-K$keys/good.json" "--help"; do
		: >"$web/requests"
		refresh http_proxy="http://127.0.0.1:$port" JWKS_URL="$address"
		assert_kept "$address"
		[[ $(web_requests) == 0 ]] || fail "$address was asked: $(<"$web/requests")"
	done
	refresh
	assert_installed 'the right address'
}

@test "https with a certificate that is not right changes nothing" {
	local name
	cd "$BATS_TEST_TMPDIR"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -subj /CN=ca -days 2 2>/dev/null
	for name in localhost other.example; do
		openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$name.key" -out "$name.csr" -subj "/CN=$name" 2>/dev/null
		openssl x509 -req -in "$name.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 \
			-extfile <(printf 'subjectAltName=DNS:%s' "$name") -out "$name.pem" 2>/dev/null
	done
	printf 'insecure\nlocation\n' >"$BATS_TEST_TMPDIR/.curlrc"
	web_reply '200 OK' "$keys/good.json"
	web_listen "OPENSSL-LISTEN:%d,cert=$PWD/localhost.pem,key=$PWD/localhost.key,verify=0"
	url=https://localhost:$port/api/auth/jwks
	refresh HOME="$BATS_TEST_TMPDIR"
	assert_kept 'a certificate of nobody known'
	url=https://127.0.0.1:$port/api/auth/jwks
	refresh CURL_CA_BUNDLE="$PWD/ca.pem"
	assert_kept 'another name than asked for'
	url=http://localhost:$port/api/auth/jwks
	refresh CURL_CA_BUNDLE="$PWD/ca.pem"
	assert_kept 'http to it'
	url=https://localhost:$port/api/auth/jwks
	refresh CURL_CA_BUNDLE="$PWD/ca.pem"
	assert_installed 'a certificate that is right'
	cp "$keys/old.json" "$file"
	web_listen "OPENSSL-LISTEN:%d,cert=$PWD/other.example.pem,key=$PWD/other.example.key,verify=0"
	url=https://localhost:$port/api/auth/jwks
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
	[[ $(web_requests) == 0 ]] || fail 'it asked all the same'
	cmp "$file" "$keys/old.json"
}

@test "a place that cannot be written, or is a folder, is a failure" {
	web_reply '200 OK' "$keys/good.json"
	file=$folder/nowhere/jwks.json
	refresh
	[[ $result != 0 ]] || fail 'no such folder: exit status 0'
	file=$folder/is-folder
	mkdir "$file"
	refresh
	[[ $result != 0 && -d $file && -z $(ls -A "$file") ]] ||
		fail "a folder: exit status $result, in it: $(ls -A "$file")"
}

@test "whoever reads meanwhile sees the old set or the new one, whole" {
	local bad=$BATS_TEST_TMPDIR/bad stop=$BATS_TEST_TMPDIR/stop i
	for ((i = 0; i < 40; i++)); do
		sed "s/\"kid\":\"new\"/\"kid\":\"k$i\"/" "$keys/new.jwk" >"$keys/k$i.jwk"
	done
	key_set k{0..39} >"$web/large.json"
	(
		while [[ ! -e $stop && -d $BATS_TEST_TMPDIR ]]; do
			"$keys/bin/jwks-check" "$file" >/dev/null 2>>"$bad" || echo broken >>"$bad"
			echo >>"$bad.count"
		done
	) 3>&- &
	reader=$!
	for i in {1..20}; do
		web_reply '200 OK' "$web/large.json"
		refresh
		assert_installed "large, round $i" "$web/large.json"
		web_reply '200 OK' "$keys/good.json"
		refresh
		assert_installed "small, round $i"
	done
	: >"$stop"
	wait "$reader"
	[[ ! -s $bad ]] || fail "broken: $(sort "$bad" | uniq -c)"
	(($(wc -l <"$bad.count") > 50)) || fail 'hardly anybody read'
}

# --- Better Auth's own table ---------------------------------------------------

# A database with Better Auth's table, as its migration makes it.
make_table()
{
	database=auth_${EPOCHREALTIME/[.,]/}
	API_DATABASE=postgres sql "CREATE DATABASE $database"
	API_DATABASE=$database sql 'CREATE TABLE jwks (id text PRIMARY KEY, "publicKey" text NOT NULL,
		"privateKey" text NOT NULL, "createdAt" timestamptz NOT NULL DEFAULT now(),
		"expiresAt" timestamptz, alg text, crv text)'
	table_url="postgresql://postgres@/$database?host=${API_SOCKET//\//%2F}&port=5432"
	url=
}

# add_row ID KEY ALG EXPIRES: the JWK without kid and alg, as it is stored.
add_row()
{
	local jwk
	jwk=$(sed 's/,"kid":"[^"]*"//; s/"alg":"[^"]*",//' "$keys/$2.jwk")
	API_DATABASE=$database sql "INSERT INTO jwks VALUES ('$1', '$jwk', '{\"d\":\"a private key\"}', now(), $4, $3, NULL)"
}

@test "the table of Better Auth's database serves as well, private keys aside" {
	make_table
	add_row 7HpfNkYQyrrJYyqJ9wNYvGLgYnBqVXsE new "'EdDSA'" NULL
	add_row recent old "'EdDSA'" "now() - interval '29 days'"
	add_row ancient old "'EdDSA'" "now() - interval '31 days'"
	refresh JWKS_DATABASE_URL="$table_url"
	[[ $result == 0 ]] || fail "exit status $result: $said"
	gojq -e '[.keys[].kid] | sort == ["7HpfNkYQyrrJYyqJ9wNYvGLgYnBqVXsE", "recent"]' "$file" >/dev/null || fail "$(<"$file")"
	! grep -q private "$file" || fail 'a private key is in the file'
	signed new '' '{"alg":"EdDSA","kid":"7HpfNkYQyrrJYyqJ9wNYvGLgYnBqVXsE"}'
	settings=("JWKS_FILE=$file" "CORS_ORIGINS=$API_ORIGINS")
	bare me /dev/null REQUEST_METHOD=GET PATH_INFO=/api/me HTTP_AUTHORIZATION="Bearer $token"
	assert_status 200
}

@test "a PS256 key from the table is one: its alg stands in a column" {
	make_table
	add_row p rsa "'PS256'" NULL
	refresh JWKS_DATABASE_URL="$table_url"
	[[ $result == 0 ]] || fail "exit status $result: $said"
	signed rsa '' '{"alg":"PS256","kid":"p"}'
	settings=("JWKS_FILE=$file" "CORS_ORIGINS=$API_ORIGINS")
	bare me /dev/null REQUEST_METHOD=GET PATH_INFO=/api/me HTTP_AUTHORIZATION="Bearer $token"
	assert_status 200
}

@test "an empty table, a broken row alone, no table, no server: nothing changes" {
	make_table
	refresh JWKS_DATABASE_URL="$table_url"
	assert_kept 'an empty table'
	API_DATABASE=$database sql "INSERT INTO jwks VALUES ('a', '{\"kty\":\"oct\"}', '')"
	refresh JWKS_DATABASE_URL="$table_url"
	assert_kept 'no usable key'
	API_DATABASE=$database sql 'DROP TABLE jwks'
	refresh JWKS_DATABASE_URL="$table_url"
	assert_kept 'no table'
	refresh JWKS_DATABASE_URL="postgresql://postgres@/x?host=$BATS_TEST_TMPDIR"
	assert_kept 'no server'
	refresh JWKS_DATABASE_URL=nonsense
	assert_kept 'nonsense'
	refresh JWKS_DATABASE_URL=postgresql://own:word/pa55@h/d
	assert_kept 'a raw slash in a password'
	[[ $said == *'percent-encoded'* && $said != *pa55* && $said != *word\"* ]] || fail "$said"
}

@test "a table that is locked is given up, and the server told so; then all is well" {
	local start=$SECONDS
	make_table
	add_row new new "'EdDSA'" NULL
	coproc psql -X -q -A -t -h "$API_SOCKET" -p 5432 -U postgres -d "$database" 3>&- 2>/dev/null
	locker=$COPROC_PID
	# shellcheck disable=SC2153
	echo 'BEGIN; LOCK TABLE jwks; SELECT 1;' >&"${COPROC[1]}"
	read -r -t 10 <&"${COPROC[0]}"
	tool=jwks-refresh-quick
	refresh JWKS_DATABASE_URL="$table_url"
	assert_kept 'a lock'
	((SECONDS - start < 15)) || fail "it took $((SECONDS - start)) s"
	assert_same "$(sql "SELECT count(*) FROM pg_stat_activity WHERE datname = '$database' AND wait_event_type = 'Lock'")" \
		0 'sessions that wait still'
	echo 'ROLLBACK; SELECT 1;' >&"${COPROC[1]}"
	read -r -t 10 <&"${COPROC[0]}"
	refresh JWKS_DATABASE_URL="$table_url"
	[[ $result == 0 ]] || fail "exit status $result: $said"
}

@test "a database that says nothing more is given up, whatever the server does" {
	local start=$SECONDS
	make_table
	mkdir "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\nexec sleep 60\n' >"$BATS_TEST_TMPDIR/bin/psql"
	chmod +x "$BATS_TEST_TMPDIR/bin/psql"
	tool=jwks-refresh-quick
	refresh JWKS_DATABASE_URL="$table_url" PATH="$BATS_TEST_TMPDIR/bin:$PATH"
	assert_kept 'silence'
	[[ $said == *'no answer within 5 s'* ]] || fail "$said"
	((SECONDS - start < 15)) || fail "it took $((SECONDS - start)) s"
}

# --- The flag --------------------------------------------------------------------

flag() { stat -c '%a %G %Y' "$file.wanted"; }

@test "the flag is given to the group as soon as that can be, and left alone once it is right" {
	local group before
	group=$(id -gn)
	web_reply '200 OK' "$keys/good.json"
	refresh JWKS_GROUP=nobody-has-this-name
	assert_same "$(flag)" "600 $group 0" 'a group that is none'
	refresh JWKS_GROUP=nobody-has-this-name
	assert_same "$(flag)" "600 $group 0" 'the same again'
	refresh JWKS_GROUP="$group"
	assert_same "$(flag)" "660 $group 0" 'a group that is one'
	# Any change, if only of its ctime, would have the unit started again.
	before=$(stat -c %z "$file.wanted")
	refresh JWKS_GROUP="$group"
	refresh JWKS_GROUP="$(id -g)"
	refresh JWKS_GROUP=nobody-has-this-name
	assert_same "$(stat -c %z "$file.wanted")" "$before" 'the time of its last change'
	if [[ $(id -u) == 0 ]]; then
		refresh JWKS_GROUP=www-data
		assert_same "$(flag)" '660 www-data 0' 'another group'
	fi
}

# --- The loop --------------------------------------------------------------------

# start_loop [SCRIPT]
start_loop()
{
	env -i PATH="$PATH" JWKS_FILE="$file" JWKS_URL="$url" JWKS_GROUP=root \
		${API_SANITIZER_OPTIONS:+"ASAN_OPTIONS=$API_SANITIZER_OPTIONS"} \
		"$keys/bin/${1:-jwks-refresh-quick}" --loop >"$BATS_TEST_TMPDIR/loop.log" 2>&1 3>&- &
	loop_pid=$!
}

# wait_for SECONDS COMMAND...
wait_for()
{
	local end=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000))
	shift
	until "$@"; do
		((${EPOCHREALTIME/[.,]/} < end)) || return 1
		sleep 0.05
	done
}

asked_times() { (($(web_requests) >= $1)); }
has_set() { cmp -s "$file" "$1"; }

@test "the loop fetches at once, and ends on TERM" {
	local start
	web_reply '200 OK' "$keys/good.json"
	start_loop
	wait_for 20 has_set "$keys/good.json" || fail 'nothing was fetched'
	[[ -f $file.wanted && $(stat -c %Y "$file.wanted") == 0 ]] || fail 'no flag that says: long ago'
	start=${EPOCHREALTIME/[.,]/}
	kill -TERM "$loop_pid"
	result=0
	wait "$loop_pid" || result=$?
	loop_pid=
	[[ $result == 0 ]] || fail "exit status $result"
	((${EPOCHREALTIME/[.,]/} - start < 8000000)) || fail 'it took longer than 8 s'
	assert_no_rest 'after TERM'
}

@test "TERM during a fetch ends the loop as well, and leaves nothing behind" {
	local start
	web_script <<<$'#!/bin/bash\nexec sleep 30'
	start_loop
	wait_for 20 asked_times 1 || fail 'nothing was asked'
	start=${EPOCHREALTIME/[.,]/}
	kill -TERM "$loop_pid"
	result=0
	wait "$loop_pid" || result=$?
	loop_pid=''
	[[ $result == 0 ]] || fail "exit status $result"
	assert_no_rest 'after TERM'
	cmp "$file" "$keys/old.json"
	((${EPOCHREALTIME/[.,]/} - start < 8000000)) || fail 'it took longer than 8 s'
}

@test "the loop hears a program within about a second: a rotated key opens the API" {
	local start took
	web_reply '200 OK' "$keys/old.json"
	rm "$file"
	# As it ships, where all else would take 30 s or five minutes.
	start_loop jwks-refresh
	wait_for 20 has_set "$keys/old.json" || fail 'nothing was fetched'
	settings=("JWKS_FILE=$file" "CORS_ORIGINS=$API_ORIGINS")
	signed new
	web_reply '200 OK' "$keys/good.json"
	start=${EPOCHREALTIME/[.,]/}
	asks() { bare me /dev/null REQUEST_METHOD=GET PATH_INFO=/api/me HTTP_AUTHORIZATION="Bearer $token"; [[ $status == 200 ]]; }
	wait_for 20 asks || fail 'the new key is never accepted'
	took=$((${EPOCHREALTIME/[.,]/} - start))
	((took < 9000000)) || fail "it took $took us"
	[[ $(web_requests) == 2 ]] || fail "$(web_requests) requests"
}

@test "a flood of questions is one question in 30 seconds (here 5)" {
	local end
	(($(sed -n 's/^wanted_every_s=//p' "$keys/bin/jwks-refresh") >= 30)) || fail 'more often than in 30 seconds'
	web_reply '200 OK' "$keys/good.json"
	start_loop
	wait_for 20 asked_times 1
	end=$((SECONDS + 12))
	while ((SECONDS < end)); do
		touch "$file.wanted"
		sleep 0.02
	done
	(($(web_requests) >= 2 && $(web_requests) <= 4)) || fail "$(web_requests) requests in 12 s"
}

@test "without a question the loop is quiet" {
	web_reply '200 OK' "$keys/good.json"
	start_loop
	wait_for 20 asked_times 1
	sleep 4
	[[ $(web_requests) == 1 ]] || fail "$(web_requests) requests"
}

@test "the loop outlives bad answers and takes the next good one" {
	printf 'no' >"$web/body"
	web_reply '500 Internal Server Error' "$web/body"
	start_loop
	wait_for 20 asked_times 1
	sleep 1
	cmp "$file" "$keys/old.json"
	web_reply '200 OK' "$keys/good.json"
	wait_for 30 has_set "$keys/good.json" || fail 'it never tried again'
	grep -q 'stays as it was' "$BATS_TEST_TMPDIR/loop.log" || fail 'it says nothing of the failure'
}
