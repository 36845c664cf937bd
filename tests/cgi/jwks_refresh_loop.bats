# tools/admin/jwks-refresh with Better Auth's table, the flag file by which programs request
# a refresh, and the loop that watches the flag.
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

# --- Better Auth's own table ---------------------------------------------------

# Create a database with the table of Better Auth's migration.
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

# add_row ID KEY ALG EXPIRES: insert the JWK as Better Auth stores it, without kid and alg.
add_row()
{
	local jwk
	jwk=$(<"$keys/$2.jwk")
	jwk=${jwk/,\"kid\":\"$2\"/} jwk=${jwk/\"alg\":\"PS256\",/}
	API_DATABASE=$database sql "INSERT INTO jwks VALUES ('$1', '$jwk', '{\"d\":\"a private key\"}', now(), $4, $3, NULL)"
}

@test "the table of Better Auth's database serves as well, private keys aside" {
	make_table
	add_row 7HpfNkYQyrrJYyqJ9wNYvGLgYnBqVXsE new "'EdDSA'" NULL
	add_row recent old "'EdDSA'" "now() - interval '29 days'"
	add_row ancient old "'EdDSA'" "now() - interval '31 days'"
	refresh JWKS_DATABASE_URL="$table_url"
	[[ $result == 0 ]] || fail "exit status $result: $said"
	body=$(<"$file")
	assert_json '[.keys[].kid] | sort == ["7HpfNkYQyrrJYyqJ9wNYvGLgYnBqVXsE", "recent"]'
	[[ $body != *private* ]] || fail 'a private key is in the file'
	signed_by new '' '{"alg":"EdDSA","kid":"7HpfNkYQyrrJYyqJ9wNYvGLgYnBqVXsE"}'
	settings=("JWKS_FILE=$file" "CORS_ORIGINS=$API_ORIGINS")
	bare me /dev/null REQUEST_METHOD=GET PATH_INFO=/api/me HTTP_AUTHORIZATION="Bearer $token"
	assert_status 200
}

@test "a PS256 key from the table is one: its alg stands in a column" {
	make_table
	add_row p rsa "'PS256'" NULL
	refresh JWKS_DATABASE_URL="$table_url"
	[[ $result == 0 ]] || fail "exit status $result: $said"
	signed_by rsa '' '{"alg":"PS256","kid":"p"}'
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
	local text
	make_table
	add_row new new "'EdDSA'" NULL
	API_DATABASE=$database sql 'BEGIN; LOCK TABLE jwks'
	# The statement timeout of the server expires before the timeout of psql.
	tool_with answer_s=3
	text=$(<"$tool")
	printf '%s\n' "${text/psql_seconds=\$answer_s/psql_seconds=1000000}" >"$tool"
	refresh JWKS_DATABASE_URL="$table_url"
	assert_kept 'a lock'
	[[ $said == *'statement timeout'* ]] || fail "$said"
	API_DATABASE=$database sql 'ROLLBACK'
	tool=$keys/bin/jwks-refresh
	refresh JWKS_DATABASE_URL="$table_url"
	[[ $result == 0 ]] || fail "exit status $result: $said"
}

@test "a database that says nothing more is given up, whatever the server does" {
	make_table
	mkdir "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\nexec sleep 1000000\n' >"$BATS_TEST_TMPDIR/bin/psql"
	chmod +x "$BATS_TEST_TMPDIR/bin/psql"
	tool_with answer_s=1
	refresh JWKS_DATABASE_URL="$table_url" PATH="$BATS_TEST_TMPDIR/bin:$PATH"
	assert_kept 'silence'
	[[ $said == *'the database did not reply within 1 s'* ]] || fail "$said"
}

# --- The flag --------------------------------------------------------------------

flag() { stat -c '%a %G %Y' "$file.wanted"; }

@test "the flag is given to the group as soon as that can be, and left alone once it is right" {
	local group before
	group=$(id -gn)
	web_reply '200 OK' "$good"
	refresh JWKS_GROUP=nobody-has-this-name
	assert_same "$(flag)" "600 $group 0" 'a group that is none'
	refresh JWKS_GROUP=nobody-has-this-name
	assert_same "$(flag)" "600 $group 0" 'the same again'
	refresh JWKS_GROUP="$group"
	assert_same "$(flag)" "660 $group 0" 'a group that is one'
	# Any change, even of ctime alone, would trigger the path unit again.
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

# Start the loop with shorter pauses.  Each pause appends a line to $looks.
start_loop()
{
	looks=$BATS_TEST_TMPDIR/looks
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/bash\necho "$*" >>%q\nexec %q 0.1\n' "$looks" "$(type -P sleep)" >"$BATS_TEST_TMPDIR/bin/sleep"
	chmod +x "$BATS_TEST_TMPDIR/bin/sleep"
	: >"$looks"
	: >"$BATS_TEST_TMPDIR/loop.log"
	env -i PATH="$BATS_TEST_TMPDIR/bin:$PATH" JWKS_FILE="$file" JWKS_URL="$url" JWKS_GROUP=root \
		${API_SANITIZER_OPTIONS:+"ASAN_OPTIONS=$API_SANITIZER_OPTIONS"} \
		bash "$tool" --loop >"$BATS_TEST_TMPDIR/loop.log" 2>&1 3>&- &
	loop_pid=$!
}

# Set REPLY to the number of times that the loop has checked the flag.
count_looks()
{
	local lines
	mapfile -t lines <"$looks"
	REPLY=${#lines[@]}
}

# looked COUNT: whether the loop has checked the flag at least COUNT times.
looked()
{
	local REPLY
	count_looks
	((REPLY >= $1))
}

# look_on COUNT: wait for COUNT more checks.
look_on()
{
	local REPLY
	count_looks
	wait_until looked $((REPLY + $1)) || fail 'the loop has stopped'
}

end_loop()
{
	kill -TERM "$loop_pid"
	result=0
	wait "$loop_pid" || result=$?
	loop_pid=''
	assert_same "$result" 0 'exit status' || return 1
	assert_no_rest 'after TERM'
}

@test "the loop fetches at once, is quiet without a question, and ends on TERM" {
	web_reply '200 OK' "$good"
	start_loop
	wait_until has_set "$keys/good.json" || fail 'nothing was fetched'
	[[ -f $file.wanted && $(stat -c %Y "$file.wanted") == 0 ]] || fail 'no flag that says: long ago'
	look_on 8
	assert_requests 1 'without a question'
	end_loop
}

@test "TERM during a fetch ends the loop as well, and leaves nothing behind" {
	# The fetch has no timeout here, so the loop must end without waiting for it.
	tool_with answer_s=1000000
	web_hold
	start_loop
	wait_until web_asked 1 || fail 'nothing was asked'
	end_loop
	has_set "$keys/old.json"
}

@test "the loop hears a program within about a second: a rotated key opens the API" {
	local pause
	web_reply '200 OK' "$(<"$keys/old.json")"
	rm "$file"
	# Only the flag can cause another fetch.
	tool_with every_s=10000000 wanted_every_s=1000000
	start_loop
	wait_until has_set "$keys/old.json" || fail 'nothing was fetched'
	settings=("JWKS_FILE=$file" "CORS_ORIGINS=$API_ORIGINS")
	signed_by new
	web_reply '200 OK' "$good"
	asks() { bare me /dev/null REQUEST_METHOD=GET PATH_INFO=/api/me HTTP_AUTHORIZATION="Bearer $token"; [[ $status == 200 ]]; }
	wait_until asks || fail 'the new key is never accepted'
	assert_requests 2 'in all'
	# The pause between two checks is less than a second.
	read -r pause <"$looks"
	[[ $pause == 0.[0-9] ]] || fail "a pause of $pause s"
}

@test "a flood of questions is one question in 30 seconds" {
	local n
	[[ $(<"$tool") =~ wanted_every_s=([0-9]+) ]]
	((BASH_REMATCH[1] >= 30)) || fail 'more often than in 30 seconds'
	web_reply '200 OK' "$good"
	tool_with every_s=1000000 wanted_every_s=10000
	start_loop
	for n in {1..15}; do
		look_on 1
		touch -d "@$n" "$file.wanted"
	done
	look_on 2
	# One request at the start of the loop, and one for the first change of the flag.
	assert_requests 2 'where the time is not over'
	end_loop
	tool_with wanted_every_s=1
	start_loop
	asked_again() { : >"$file.wanted" && web_asked 5; }
	wait_until asked_again || fail 'no question is heard any more'
}

@test "the loop outlives bad answers and takes the next good one" {
	web_reply '500 Internal Server Error' no
	tool_with every_s=1000000 wanted_every_s=1
	start_loop
	told() { [[ $(<"$BATS_TEST_TMPDIR/loop.log") == *'was not changed'* ]]; }
	wait_until told || fail 'it says nothing of the failure'
	has_set "$keys/old.json" || fail 'the file has changed'
	web_reply '200 OK' "$good"
	wait_until has_set "$keys/good.json" || fail 'it never tried again'
}
