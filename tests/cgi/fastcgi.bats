# The state that a FastCGI process keeps between requests, and malformed requests.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/fastcgi.bash"
	name_session
	write_settings
	token_for "$user" && mine=$token
}

teardown()
{
	release
	end_programs
}

# record TYPE BODY [REQUEST-ID]: print a FastCGI record.  printf's escapes are resolved
# in the body.
record()
{
	local LC_ALL=C length text header
	# A variable cannot hold a NUL byte, so count another byte in its place.
	printf -v text '%b' "${2//\\x00/\\x01}"
	length=${#text}
	printf -v header '\\x%02x' 1 "$1" 0 "${3:-1}" $((length >> 8)) $((length & 255)) 0 0
	printf '%b' "$header$2"
}

# param NAME VALUE: append the pair to params, as encoded in a PARAMS record.
param()
{
	local bytes
	printf -v bytes '\\x%02x\\x80\\x%02x\\x%02x\\x%02x' ${#1} $((${#2} >> 16)) \
		$((${#2} >> 8 & 255)) $((${#2} & 255))
	params+=$bytes$1$2
}

begin_record()
{
	record 1 '\x00\x01\x00\x00\x00\x00\x00\x00'
}

# post_records [LENGTH]: print the records of a create of $user, up to the end of the
# parameters.  Without a length the body is chunked.
post_records()
{
	begin_record
	record_params POST ${1:+"$1"}
}

# record_params METHOD [LENGTH]: print the PARAMS records of a request for /api/tasks.
record_params()
{
	local params=''
	param REQUEST_METHOD "$1"
	param PATH_INFO /api/tasks
	param CONTENT_TYPE application/json
	param HTTP_AUTHORIZATION "Bearer $mine"
	if [[ -n ${2:-} ]]; then
		param CONTENT_LENGTH "$2"
	elif [[ $1 == POST ]]; then
		param HTTP_TRANSFER_ENCODING chunked
	fi
	record 4 "$params"
	record 4 ''
}

# send PROGRAM SECONDS: send standard input to the process.  After the end of the input
# the connection stays open for SECONDS, unless the process closes it.  Check the answer
# with assert_answer.
send()
{
	socat -t "$2" - "UNIX-CONNECT:$sockets/$1.sock" >"$BATS_TEST_TMPDIR/answer" 2>/dev/null || true
}

assert_answer()
{
	grep -aq "Status: $1" "$BATS_TEST_TMPDIR/answer" ||
		fail "$1 was wanted: $(head -c 300 "$BATS_TEST_TMPDIR/answer")"
}

# assert_unharmed COUNT: the process is alive and serves another user, and $user has
# COUNT tasks.
assert_unharmed()
{
	[[ -d /proc/${pids[tasks-create]} ]] || fail 'the process is gone' || return 1
	new_user other
	request POST /api/tasks --user "$REPLY" --body '{"title":"other"}'
	assert_status 201 || return 1
	assert_json '.user_id == $u and .title == "other"' --arg u "$REPLY" || return 1
	assert_same "$(sql "SELECT count(*) FROM tasks WHERE user_id = '$user'")" "$1" "tasks of the broken request's user"
}

@test "a file, a pipe, /dev/null, a closed descriptor or a connected socket as input is CGI" {
	local input program=$API_PROGRAMS/fallback
	cd "$BATS_TEST_TMPDIR"
	run=(env -i TASKS_ENV_FILE="$settings_file" REQUEST_METHOD=GET PATH_INFO=/nothing
		${API_SANITIZER_OPTIONS:+"ASAN_OPTIONS=$API_SANITIZER_OPTIONS"} "$program")
	: >empty
	"${run[@]}" <empty >reply.file 2>/dev/null
	: | "${run[@]}" >reply.pipe 2>/dev/null
	"${run[@]}" </dev/null >reply.null 2>/dev/null
	"${run[@]}" <&- >reply.closed 2>/dev/null
	printf '#!/bin/bash\nexec env -i TASKS_ENV_FILE=%q REQUEST_METHOD=GET PATH_INFO=/nothing %s %q 2>/dev/null\n' \
		"$settings_file" "${API_SANITIZER_OPTIONS:+ASAN_OPTIONS=$API_SANITIZER_OPTIONS}" "$program" >run
	chmod +x run
	socat -t 1000 - EXEC:./run,socktype=1 </dev/null >reply.unix 2>/dev/null
	socat UNIX-LISTEN:listen EXEC:./run,nofork 2>/dev/null 3>&- &
	wait_until test -S listen
	socat -t 1000 - UNIX-CONNECT:listen </dev/null >reply.accepted 2>/dev/null
	for input in file pipe null closed unix accepted; do
		asked="input: $input" method=GET path=/nothing
		read_reply "$PWD/reply.$input"
		assert_problem 404 not_found || return 1
	done
}

@test "one process serves one request after the other" {
	start_programs tasks-create tasks-list fallback
	for _ in {1..20}; do
		create
		request GET /api/tasks
		assert_status 200
		request OPTIONS /api/tasks --no-token
		assert_status 204
	done
	request GET /api/tasks
	assert_json 'length == 20'
	[[ $(backends) =~ ^[0-9]+$'\n'[0-9]+$ ]] || fail 'not the connections of two processes'
}

@test "what a request says is no setting: its own variables cannot open another database or key" {
	start_programs tasks-list
	bare tasks-list /dev/null REQUEST_METHOD=GET PATH_INFO=/api/tasks HTTP_AUTHORIZATION="Bearer $token" \
		HTTP_ORIGIN=http://localhost:3000 DATABASE_URL=postgresql://nowhere.invalid/x \
		BETTER_AUTH_SECRET=00000000000000000000000000000000 TASKS_ENV_FILE=/nonexistent CORS_ORIGINS=http://evil.example
	assert_status 200
}

@test "a changed settings file counts at the very next request" {
	local old=${settings[1]}
	start_programs tasks-list
	request GET /api/tasks
	assert_status 200
	settings[1]=BETTER_AUTH_SECRET=another-secret-of-at-least-32-bytes-$RANDOM
	write_settings
	request GET /api/tasks
	assert_problem 401 invalid_token
	settings[1]=$old
	write_settings
	request GET /api/tasks
	assert_status 200
	settings[2]=CORS_ORIGINS=https://new.example
	write_settings
	request GET /api/tasks --unchecked
	assert_no_header Access-Control-Allow-Origin
	request GET /api/tasks --origin https://new.example --unchecked
	assert_header Access-Control-Allow-Origin https://new.example
	settings[2]=CORS_ORIGINS=$API_ORIGINS
	write_settings TASKS_MAX_ROWS=0
	request GET /api/tasks
	assert_problem 500 internal_error
	write_settings
	request GET /api/tasks
	assert_status 200
}

# overwrite_secret SECRET: write it into the settings file, which keeps its inode and its
# size.
overwrite_secret()
{
	local text
	text=$(<"$settings_file")
	settings[1]=BETTER_AUTH_SECRET=$1
	printf '%s\n' "${text/BETTER_AUTH_SECRET=\'*([^\'])\'/BETTER_AUTH_SECRET=\'$1\'}" 1<>"$settings_file"
}

@test "a settings file that is edited in place counts at the very next request, however often" {
	local old=${settings[1]#*=} n
	shopt -s extglob
	start_programs me
	# Within a second, then after the process has kept the settings.
	for n in 1 2 3 4; do
		((n % 2 == 1)) || sleep 1.2
		request GET /api/me
		assert_status 200
		overwrite_secret "${old//[0-9]/x}"
		request GET /api/me
		assert_problem 401 invalid_token
		overwrite_secret "$old"
		request GET /api/me
		assert_status 200
	done
}

@test "a changed DATABASE_URL leads to the other database at the very next request" {
	local url=${settings[0]} before
	start_programs tasks-list tasks-create
	create
	request GET /api/tasks
	assert_json 'length == 1'
	before=$(backends)
	settings[0]=${url/\/tasks\?/\/postgres\?}
	write_settings
	request GET /api/tasks
	[[ $status == 50[03] ]] || fail 'the other database has no tasks'
	settings[0]=$url
	write_settings
	request GET /api/tasks
	assert_json 'length == 1'
	[[ $(backends) != *"${before##*$'\n'}"* ]] || fail 'the first connection was kept beside the second'
}

@test "a new key set counts at the very next request, whatever it replaces and however fast" {
	local file=$BATS_TEST_TMPDIR/jwks n old new one two
	. "$API_ROOT/tests/lib/jwks.bash"
	# The sets have the same kid and the same length.
	make_key one EdDSA k
	make_key two EdDSA k
	signed_by one
	old=$token
	signed_by two
	new=$token
	key_set one >"$file"
	one=$(<"$file")
	settings[1]=JWKS_FILE=$file
	write_settings
	start_programs me
	request GET /api/me --token "$old"
	assert_status 200
	key_set two >"$file.new"
	mv "$file.new" "$file"
	request GET /api/me --token "$old"
	assert_problem 401 invalid_token
	request GET /api/me --token "$new"
	assert_status 200
	echo '{"keys":' >"$file"
	request GET /api/me --token "$new"
	assert_problem 500 internal_error
	rm "$file"
	request GET /api/me --token "$new"
	assert_problem 500 internal_error
	key_set two >"$file"
	two=$(<"$file")
	request GET /api/me --token "$new"
	assert_status 200
	# Overwrite the file in place, within one tick of the file system's clock.
	for n in {1..10}; do
		printf '%s' "$one" 1<>"$file"
		request GET /api/me --token "$old"
		assert_status 200 || return 1
		request GET /api/me --token "$new"
		assert_problem 401 invalid_token || return 1
		printf '%s' "$two" 1<>"$file"
		request GET /api/me --token "$old"
		assert_problem 401 invalid_token || return 1
	done
	# The same once the file is old enough to be cached.
	nap 1.2
	request GET /api/me --token "$new"
	assert_status 200
	key_set one >"$file"
	request GET /api/me --token "$new"
	assert_problem 401 invalid_token
	request GET /api/me --token "$old"
	assert_status 200
}

@test "a key set that grows too old while a process keeps it is refused, until it is refreshed" {
	local file=$BATS_TEST_TMPDIR/jwks
	. "$API_ROOT/tests/lib/jwks.bash"
	make_key one EdDSA
	signed_by one
	key_set one >"$file"
	settings[1]=JWKS_FILE=$file
	settings+=(JWKS_MAX_AGE=1)
	write_settings
	# The set expires in about three seconds.  The process caches it at the second request.
	touch -d "@$((EPOCHSECONDS - 3598))" "$file"
	nap 1.2
	touch -d "@$((EPOCHSECONDS - 3597))" "$file"
	start_programs me
	request GET /api/me --token "$token"
	assert_status 200
	nap 1.2
	request GET /api/me --token "$token"
	assert_status 200
	nap 3
	request GET /api/me --token "$token"
	assert_problem 500 internal_error
	touch "$file"
	request GET /api/me --token "$token"
	assert_status 200
}

@test "a request that breaks off makes no task and harms nobody after it" {
	start_programs tasks-create
	request POST /api/tasks --user "$user-x" --body '{"title":"x"}'
	# A body that is shorter than its length, and a chunked body without the end of STDIN.
	{ post_records 50 && record 5 '{"title":"half"}'; } | send tasks-create 1
	assert_unharmed 0
	{ post_records && record 5 '{"title":"half"}'; } | send tasks-create 1
	assert_unharmed 0
	# The server aborts the request (FCGI_ABORT_REQUEST).
	{ post_records && record 5 '{"title":"half"}' && record 2 ''; } | send tasks-create 1
	assert_unharmed 0
	{ begin_record && record 2 ''; } | send tasks-create 1
	assert_unharmed 0
	# The server closes the connection before the answer.
	{ post_records 16 && record 5 '{"title":"gone"}' && record 5 ''; } >"$BATS_TEST_TMPDIR/records"
	socat -u "OPEN:$BATS_TEST_TMPDIR/records" "UNIX-CONNECT:$sockets/tasks-create.sock"
	wait_until is "SELECT count(*) FROM tasks WHERE user_id = '$user'" 1
	assert_unharmed 1
}

@test "a length that is a lie makes no wrong task and harms nobody after it" {
	start_programs tasks-create
	{ post_records 500 && record 5 '{"title":"short"}' && record 5 ''; } | send tasks-create 1000
	assert_answer 400
	assert_unharmed 0
	# Data after the declared length is dropped, not parsed as another request.
	{ post_records 13 && record 5 '{"title":"x"}{"title":"more"}' && record 5 ''; } | send tasks-create 1000
	assert_answer 201
	assert_unharmed 1
	{ post_records -1 && record 5 '{"title":"x"}' && record 5 ''; } | send tasks-create 1000
	assert_answer 400
	assert_unharmed 1
}

# answers COUNT: whether COUNT replies with status 201 have arrived.
answers()
{
	local text REPLY
	{ text=$(<"$BATS_TEST_TMPDIR/answer"); } 2>/dev/null # bash warns about NUL bytes
	repeat "$1" '*Status: 201'
	# shellcheck disable=SC2053
	[[ $text == $REPLY* ]]
}

@test "on a connection that the server keeps, the end of a body is not the next request's beginning" {
	local keep='\x00\x01\x01\x00\x00\x00\x00\x00' n
	start_programs tasks-create
	for n in 1 2 3; do
		record 1 "$keep"
		record_params POST 13
		# The body is followed by the bytes of a forged BEGIN_REQUEST record.
		record 5 '{"title":"x"}\x01\x01\x00\x01\x00\x08\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00'
		nap 0.2
		record 5 ''
		wait_until answers "$n" || break
	done | send tasks-create 1
	answers 3 || fail 'not three answers'
	assert_unharmed 3
}

@test "a connection that the server keeps does not keep the process from ending" {
	local keep='\x00\x01\x01\x00\x00\x00\x00\x00'
	start_programs tasks-create
	{
		record 1 "$keep"
		record_params POST 13
		record 5 '{"title":"x"}'
		record 5 ''
		wait_until answers 1
		end_program tasks-create
	} | send tasks-create 1
	[[ ! -e $sockets/tasks-create.sock ]] || fail 'the process did not end'
	unset "pids[tasks-create]"
	assert_answer 201
}

@test "a request that the server sent on a kept connection before the process must end is served" {
	local keep='\x00\x01\x01\x00\x00\x00\x00\x00'
	start_programs tasks-create
	{
		record 1 "$keep"
		record_params POST 13
		record 5 '{"title":"x"}'
		record 5 ''
		wait_until answers 1
		# The request and the signal find the process in poll().
		kill -STOP "${pids[tasks-create]}"
		record 1 "$keep"
		record_params POST 13
		record 5 '{"title":"y"}'
		record 5 ''
		nap 0.3
		kill -TERM "${pids[tasks-create]}"
		kill -CONT "${pids[tasks-create]}"
		wait_until answers 2 || true
	} | send tasks-create 1
	answers 2 || fail 'the second request was lost'
	wait "${pids[tasks-create]}" || fail "exit status $?"
	unset "pids[tasks-create]"
}

@test "a body that is much longer than announced costs nobody the answer" {
	start_programs tasks-create
	{
		post_records 13
		record 5 '{"title":"x"}'
		repeat 60000 x
		for _ in {1..20}; do record 5 "$REPLY"; done
		record 5 ''
	} | send tasks-create 1000
	assert_answer 201
	assert_unharmed 1
}

@test "an answer of several records arrives whole" {
	start_programs tasks-list
	sql "INSERT INTO users (id) VALUES ('$user') ON CONFLICT DO NOTHING;
		INSERT INTO tasks (user_id, title, description)
		SELECT '$user', 'Task ' || i, repeat('x', 2000) FROM generate_series(1, 150) AS i"
	request GET /api/tasks
	assert_status 200
	assert_json 'length == 150 and all(.[]; .description | length == 2000)'
}

@test "a client that connects and says nothing stops nobody for long" {
	start_programs me
	token_for "$user"
	socat -u "EXEC:sleep 20" "UNIX-CONNECT:$sockets/me.sock" 3>&- &
	nap 0.3
	request GET /api/me
	assert_status 200
	kill %1 || true
}

@test "no parameters, or bytes that are no FastCGI, harm nobody" {
	local n
	start_programs tasks-create
	{ begin_record && record 4 '' && record 5 ''; } | send tasks-create 1000
	assert_answer 400
	assert_unharmed 0
	for n in 'GET / HTTP/1.1\r\n\r\n' '\x01' '\x01\x01\x00\x01' '\xff\xff\xff\xff\xff\xff\xff\xff' \
		'\x01\x05\x00\x01\x00\x00\x00\x00' '\x01\x01\x00\x01\x00\x01\x00\x00\x00' ''; do
		printf '%b' "$n" | send tasks-create 1
		assert_unharmed 0 || return 1
	done
	# A parameter whose value is longer than its record.
	{ begin_record && record 4 '\x0e\x7fREQUEST_METHOD' && record 4 ''; } | send tasks-create 1
	assert_unharmed 0
	head -c 20000 /dev/urandom | send tasks-create 1
	assert_unharmed 0
	# A management record (FCGI_GET_VALUES).
	{ record 9 '\x0e\x00FCGI_MAX_CONNS' 0 && begin_record && record 4 '' && record 5 ''; } | send tasks-create 1000
	assert_unharmed 0
}

@test "hundreds of parameters and a long one are read, and forgotten after the request" {
	local n params=''
	start_programs tasks-list
	for n in {1..300}; do
		param "HTTP_X_$n" "$n"
	done
	repeat 60000 x
	{
		begin_record
		record 4 "$params" # a parameter continues in the next record
		params=
		param SSL_CLIENT_CERT "$REPLY"
		record 4 "$params"
		record_params GET
		record 5 ''
	} | send tasks-list 1000
	assert_answer 200
	bare tasks-list /dev/null REQUEST_METHOD=GET PATH_INFO=/api/tasks HTTP_ORIGIN=http://localhost:3000
	assert_problem 401 missing_token
}

@test "a body that nothing announces is none, and what comes of it is not taken for another request" {
	start_programs tasks-create
	printf '{"title":"x"}' >"$BATS_TEST_TMPDIR/input"
	for _ in 1 2; do
		bare tasks-create "$BATS_TEST_TMPDIR/input" REQUEST_METHOD=POST PATH_INFO=/api/tasks \
			CONTENT_TYPE=application/json HTTP_AUTHORIZATION="Bearer $mine"
		assert_status 400
	done
	assert_unharmed 0
	bare tasks-create "$BATS_TEST_TMPDIR/input" REQUEST_METHOD=POST PATH_INFO=/api/tasks \
		CONTENT_TYPE=application/json HTTP_AUTHORIZATION="Bearer $mine" HTTP_TRANSFER_ENCODING=chunked
	assert_status 201
}

# slow_create COMMAND...: send a create and run COMMAND before the end of its body.  The
# body is larger than all socket buffers, so the process has begun to read it.
slow_create()
{
	local n spaces
	printf -v spaces '%*s' 60000 ''
	{
		post_records 900016
		record 5 '{"title":"slow"'
		for n in {1..15}; do
			record 5 "$spaces"
		done
		"$@"
		record 5 '}'
		record 5 ''
	} | send tasks-create 1000
}

@test "a token that expires while the body is still arriving is refused; one that does not is not" {
	local end
	write_settings TASKS_MAX_BODY=1048576
	start_programs tasks-create
	in_seconds 2
	end=$REPLY
	token_for "$user" 2
	mine=$token
	slow_create wait_until eval '((EPOCHSECONDS >= end))'
	assert_answer 401
	assert_unharmed 0
	token_for "$user" 100
	mine=$token
	slow_create wait_until eval '((EPOCHSECONDS >= end))'
	assert_answer 201
	assert_unharmed 1
}

@test "a secret that is changed while the body is still arriving counts" {
	write_settings TASKS_MAX_BODY=1048576
	start_programs tasks-create
	slow_create write_settings TASKS_MAX_BODY=1048576 JWT_LEEWAY=1
	assert_answer 201
	slow_create write_settings
	assert_answer 413
	write_settings TASKS_MAX_BODY=1048576
	slow_create write_settings TASKS_MAX_BODY=1048576 BETTER_AUTH_SECRET=another-secret-of-at-least-32-bytes
	assert_answer 401
	write_settings
	assert_unharmed 1
}

@test "a process that is told to end while its request is still coming serves it" {
	start_programs tasks-create
	create
	{
		post_records 16
		record 5 '{"title":'
		nap 0.5
		kill -TERM "${pids[tasks-create]}"
		nap 0.3
		record 5 '"slow"}'
		record 5 ''
	} | send tasks-create 1000
	assert_answer 201
	wait "${pids[tasks-create]}" || fail "exit status $?"
	unset "pids[tasks-create]"
}
