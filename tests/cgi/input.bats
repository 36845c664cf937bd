# Standard input and CONTENT_LENGTH.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	token_for "$user"
	input=$BATS_TEST_TMPDIR/input
	printf '{"title":"x"}' >"$input"
	post=(REQUEST_METHOD=POST PATH_INFO=/api/tasks CONTENT_TYPE=application/json
		HTTP_AUTHORIZATION="Bearer $token")
}

count_tasks()
{
	sql "SELECT count(*) FROM tasks WHERE user_id = '$user'"
}

@test "a CONTENT_LENGTH that is no plain number is 400 and makes no task" {
	local length
	for length in -1 +13 13x 0x0d ' 13' '13 ' 1e1 13.0 13,13 '' "13"$'\n' ١٣; do
		[[ -n $length ]] || continue
		bare tasks-create "$input" "${post[@]}" CONTENT_LENGTH="$length"
		assert_problem 400 bad_request
	done
	bare tasks-list /dev/null REQUEST_METHOD=GET PATH_INFO=/api/tasks HTTP_AUTHORIZATION="Bearer $token" CONTENT_LENGTH=x
	assert_problem 400 bad_request
	assert_same "$(count_tasks)" 0 'tasks'
	bare tasks-create "$input" "${post[@]}" CONTENT_LENGTH=13
	assert_status 201
}

@test "a CONTENT_LENGTH beyond any number is 413, not a small one" {
	local length
	for length in 65537 4294967309 9223372036854775807 9223372036854775808 18446744073709551629 \
		99999999999999999999999999999999999999999; do
		bare tasks-create "$input" "${post[@]}" CONTENT_LENGTH="$length"
		assert_problem 413 body_too_large
	done
	assert_same "$(count_tasks)" 0 'tasks'
}

@test "a body shorter than declared is 400 and makes no task" {
	bare tasks-create "$input" "${post[@]}" CONTENT_LENGTH=14
	assert_status 400
	assert_json '.detail | test("shorter")'
	bare tasks-create /dev/null "${post[@]}" CONTENT_LENGTH=13
	assert_status 400
	assert_same "$(count_tasks)" 0 'tasks'
}

@test "a body that the server has not passed on is 400 and toggles nothing, though no CONTENT_LENGTH tells of it" {
	local toggle complete='{"completed":false}'
	create
	toggle=(REQUEST_METHOD=PATCH PATH_INFO="/api/tasks/$id/complete" CONTENT_TYPE=application/json
		HTTP_AUTHORIZATION="Bearer $token")
	# BusyBox httpd sets CONTENT_LENGTH for POST only.
	bare tasks-complete /dev/null "${toggle[@]}" HTTP_CONTENT_LENGTH=${#complete}
	assert_status 400
	assert_json '.detail | test("shorter")'
	bare tasks-complete /dev/null "${toggle[@]}" HTTP_CONTENT_LENGTH=x
	assert_problem 400 bad_request
	assert_same "$(sql "SELECT status FROM tasks WHERE id = '$id'")" pending 'the task'
	printf '%s' "$complete" >"$input"
	bare tasks-complete "$input" "${toggle[@]}" HTTP_CONTENT_LENGTH=${#complete}
	assert_status 200
	assert_json '.status == "pending"'
	# Positive control: CONTENT_LENGTH takes precedence, and an empty body toggles.
	bare tasks-complete /dev/null "${toggle[@]}" CONTENT_LENGTH=0 HTTP_CONTENT_LENGTH=${#complete}
	assert_status 200
	assert_json '.status == "completed"'
}

@test "more input than declared is ignored" {
	printf '{"title":"x"}{"title":"y"} and more' >"$input"
	bare tasks-create "$input" "${post[@]}" CONTENT_LENGTH=13
	assert_status 201
	assert_json '.title == "x"'
	bare tasks-create "$input" "${post[@]}" CONTENT_LENGTH=0
	assert_status 400
	assert_same "$(count_tasks)" 1 'tasks'
}

@test "without CONTENT_LENGTH a chunked body is read to its end, under the limit" {
	local coding
	post+=(SERVER_SOFTWARE=Apache)
	for coding in chunked Chunked 'gzip, chunked'; do
		bare tasks-create "$input" "${post[@]}" HTTP_TRANSFER_ENCODING="$coding"
		assert_status 201
	done
	bare tasks-create "$input" "${post[@]}" HTTP_TRANSFER_ENCODING=chunked CONTENT_LENGTH=
	assert_status 201
	printf '%*s' 65523 '' >>"$input"
	bare tasks-create "$input" "${post[@]}" HTTP_TRANSFER_ENCODING=chunked
	assert_status 201
	printf ' ' >>"$input"
	bare tasks-create "$input" "${post[@]}" HTTP_TRANSFER_ENCODING=chunked
	assert_problem 413 body_too_large
	assert_same "$(count_tasks)" 5 'tasks'
	bare tasks-create /dev/null "${post[@]}" HTTP_TRANSFER_ENCODING=chunked
	assert_status 400
	# nginx decodes a chunked body and also sets CONTENT_LENGTH.
	bare tasks-create "$input" "${post[@]}" HTTP_TRANSFER_ENCODING=chunked CONTENT_LENGTH=13
	assert_status 201
}

@test "a chunked body that the server does not decode is 411 and toggles nothing" {
	local toggle busybox='busybox httpd/1.35.0'
	create
	toggle=(REQUEST_METHOD=PATCH PATH_INFO="/api/tasks/$id/complete" CONTENT_TYPE=application/json
		HTTP_AUTHORIZATION="Bearer $token" HTTP_TRANSFER_ENCODING=chunked)
	printf '15\r\n{"completed":false}\n\r\n0\r\n\r\n' >"$input"
	bare tasks-complete "$input" "${toggle[@]}" SERVER_SOFTWARE="$busybox"
	assert_problem 411 length_required
	# The server can start the program before the body has arrived.
	bare tasks-complete /dev/null "${toggle[@]}" SERVER_SOFTWARE="$busybox"
	assert_problem 411 length_required
	bare tasks-create "$input" "${post[@]}" HTTP_TRANSFER_ENCODING=chunked SERVER_SOFTWARE="$busybox"
	assert_problem 411 length_required
	assert_same "$(sql "SELECT status FROM tasks WHERE id = '$id'")" pending 'the task'
	# Positive controls: a server that decodes chunked bodies, and a request with a length.
	bare tasks-complete /dev/null "${toggle[@]}" SERVER_SOFTWARE=Apache/2.4.67
	assert_status 200
	assert_json '.status == "completed"'
	printf '{"completed":false}' >"$input"
	bare tasks-complete "$input" "${toggle[@]}" HTTP_TRANSFER_ENCODING= CONTENT_LENGTH=19 SERVER_SOFTWARE="$busybox"
	assert_json '.status == "pending"'
}

# ask_open PROGRAM VARIABLE=value...: run the program with $open as input, a pipe that
# stays open.
ask_open()
{
	asked="$*"
	timeout 30 env -i "${settings[@]}" "${sanitizer_variables[@]}" "${@:2}" "$API_PROGRAMS/$1" \
		<&"$open" >"$BATS_TEST_TMPDIR/reply" 2>/dev/null || fail 'it waits for the end of its input' || return 1
	read_reply "$BATS_TEST_TMPDIR/reply"
}

@test "a server that leaves the input open gets its answer at once, where no body is announced or all of it is there" {
	local program method path wanted open coding
	create
	mkfifo "$BATS_TEST_TMPDIR/open"
	exec {open}<>"$BATS_TEST_TMPDIR/open"
	while read -r program method path wanted; do
		ask_open "$program" REQUEST_METHOD="$method" PATH_INFO="$path" HTTP_AUTHORIZATION="Bearer $token"
		assert_status "$wanted" || return 1
	done <<-END
		health GET /health/live 200
		health HEAD /health 200
		tasks-list GET /api/tasks 200
		tasks-get GET /api/tasks/$id 200
		tasks-create POST /api/tasks 400
		tasks-update PUT /api/tasks/$id 400
		tasks-complete PATCH /api/tasks/$id/complete 200
		tasks-delete DELETE /api/tasks/$id 204
		me GET /api/me 200
		fallback GET / 404
		fallback OPTIONS /api/tasks 204
	END
	# Without a valid CONTENT_LENGTH the input is not read, so these bytes are not a body.
	printf '{"title":"x"}{"title":"y"}' >&"$open"
	ask_open tasks-create "${post[@]}"
	assert_status 400
	ask_open tasks-create "${post[@]}" CONTENT_LENGTH=x
	assert_problem 400 bad_request
	# With these transfer codings the end of the body is unknown.
	for coding in identity gzip 'chunked, gzip' chunke xchunked; do
		ask_open health REQUEST_METHOD=GET PATH_INFO=/health/live HTTP_TRANSFER_ENCODING="$coding"
		assert_problem 400 bad_request || return 1
		ask_open tasks-create "${post[@]}" HTTP_TRANSFER_ENCODING="$coding"
		assert_problem 400 bad_request || return 1
	done
	ask_open tasks-create "${post[@]}" CONTENT_LENGTH=13
	assert_status 201
	ask_open tasks-create "${post[@]}" HTTP_CONTENT_LENGTH=13
	assert_status 201
	assert_json '.title == "y"'
	exec {open}>&-
}

# A pipe holds 64 KiB: once more has been written, the program has begun to read.
begin_body()
{
	printf '{"title":"slow"%*s' 100000 ''
}

# slow_create COMMAND...: send a create and run COMMAND before the end of its body.
slow_create()
{
	local slow=$BATS_TEST_TMPDIR/slow
	[[ -p $slow ]] || mkfifo "$slow"
	(
		exec >"$slow"
		begin_body
		"$@"
		printf '}'
	) 3>&- &
	settings=(TASKS_ENV_FILE="$settings_file")
	bare tasks-create "$slow" REQUEST_METHOD=POST PATH_INFO=/api/tasks CONTENT_TYPE=application/json \
		HTTP_AUTHORIZATION="Bearer $token" CONTENT_LENGTH=100016
	wait $!
	base_settings
}

@test "a token that expires while the body is still arriving is refused; one that does not is not" {
	local end
	write_settings TASKS_MAX_BODY=200000
	in_seconds 2
	end=$REPLY
	token_for "$user" 2
	slow_create wait_until eval '((EPOCHSECONDS >= end))'
	assert_problem 401 token_expired
	assert_same "$(count_tasks)" 0 'tasks'
	token_for "$user" 100
	slow_create wait_until eval '((EPOCHSECONDS >= end))'
	assert_status 201
}

@test "a secret that is changed while the body is still arriving counts, and so does a limit" {
	write_settings TASKS_MAX_BODY=200000
	slow_create write_settings TASKS_MAX_BODY=200000 JWT_LEEWAY=1
	assert_status 201
	slow_create write_settings
	assert_problem 413 body_too_large
	write_settings TASKS_MAX_BODY=200000
	slow_create write_settings TASKS_MAX_BODY=200000 BETTER_AUTH_SECRET=another-secret-of-at-least-32-bytes
	assert_problem 401 invalid_token
	assert_same "$(count_tasks)" 1 'tasks'
}

@test "a body beyond what TASKS_MAX_BODY may allow is 413, at that setting too" {
	settings+=(TASKS_MAX_BODY=1048576)
	printf '%*s' $((1048576 - 13)) '' >>"$input"
	bare tasks-create "$input" "${post[@]}" CONTENT_LENGTH=auto
	assert_status 201
	printf ' ' >>"$input"
	bare tasks-create "$input" "${post[@]}" CONTENT_LENGTH=auto
	assert_problem 413 body_too_large
	bare tasks-create "$input" "${post[@]}" HTTP_TRANSFER_ENCODING=chunked
	assert_problem 413 body_too_large
	assert_same "$(count_tasks)" 1 'tasks'
}

@test "a body that comes in drops is put together" {
	local drops=$BATS_TEST_TMPDIR/drops
	mkfifo "$drops"
	(
		for part in '{"ti' 'tle":' '"in dr' 'ops"' '}'; do
			printf '%s' "$part"
			nap 0.05
		done >"$drops"
	) 3>&- &
	bare tasks-create "$drops" "${post[@]}" CONTENT_LENGTH=20
	wait $!
	assert_status 201
	assert_json '.title == "in drops"'
}

@test "every program reads the body that is announced to its end, wanted or not" {
	local program path method code
	while read -r program method path; do
		code=$BATS_TEST_TMPDIR/code
		for token in "" "$token"; do
			for length in CONTENT_LENGTH=400000 HTTP_TRANSFER_ENCODING=chunked; do
				{
					head -c 400000 /dev/zero
					echo $? >"$code"
				} 2>/dev/null | env -i "${settings[@]}" REQUEST_METHOD="$method" PATH_INFO="$path" \
					HTTP_AUTHORIZATION="Bearer $token" "$length" ${API_SANITIZER_OPTIONS:+"ASAN_OPTIONS=$API_SANITIZER_OPTIONS"} \
					"$API_PROGRAMS/$program" >"$BATS_TEST_TMPDIR/reply" 2>/dev/null
				[[ $(<"$code") == 0 ]] || fail "$program left input unread" || return 1
				read_reply "$BATS_TEST_TMPDIR/reply"
				[[ $status == [24]?? ]] || fail "$program: no reply" || return 1
			done
		done
	done <<-'END'
		tasks-list GET /api/tasks
		tasks-list GET /nothing
		tasks-create POST /api/tasks
		tasks-create DELETE /api/tasks
		tasks-get GET /api/tasks/x
		tasks-update PUT /api/tasks/x
		tasks-delete DELETE /api/tasks/x
		tasks-complete PATCH /api/tasks/x/complete
		me GET /api/me
		health GET /health/live
		fallback GET /
		fallback OPTIONS /api/tasks
	END
}

@test "input is read to the end though the settings are wrong" {
	head -c 400000 /dev/zero | env -i TASKS_MAX_ROWS=0 REQUEST_METHOD=POST PATH_INFO=/api/tasks \
		CONTENT_LENGTH=400000 "$API_PROGRAMS/tasks-create" >"$BATS_TEST_TMPDIR/reply" 2>/dev/null
	assert_same "${PIPESTATUS[0]}" 0 'the exit status of the writer'
	read_reply "$BATS_TEST_TMPDIR/reply"
	assert_status 500
}

@test "TASKS_MAX_BODY moves the limit" {
	settings+=(TASKS_MAX_BODY=13)
	bare tasks-create "$input" "${post[@]}" CONTENT_LENGTH=13
	assert_status 201
	printf ' ' >>"$input"
	bare tasks-create "$input" "${post[@]}" CONTENT_LENGTH=14
	assert_problem 413 body_too_large
	settings+=(TASKS_MAX_BODY=200000)
	printf '%*s' 100000 '' >>"$input"
	bare tasks-create "$input" "${post[@]}" CONTENT_LENGTH=auto
	assert_status 201
}

@test "HEAD has no body, not even where the length is no number or a setting is wrong" {
	local -a head=(REQUEST_METHOD=HEAD PATH_INFO=/api/tasks)
	bare tasks-list /dev/null "${head[@]}" CONTENT_LENGTH=x
	assert_status 400
	settings+=(TASKS_MAX_ROWS=0)
	bare tasks-list /dev/null "${head[@]}" CONTENT_LENGTH=x
	assert_status 500
}
