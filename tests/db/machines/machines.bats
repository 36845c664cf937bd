# Two machines with one database: Apache with CGI, and nginx with FastCGI.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/machines.bash
# shellcheck source=tests/lib/lists.bash
# shellcheck source=tests/lib/jwks.bash

setup_file()
{
	. "$API_ROOT/tests/lib/api.bash" && . "$API_ROOT/tests/lib/machines.bash"
	export machines
	machines=$(mktemp -d /tmp/tasks-XXXXXX)
	chmod 0711 "$machines"
	make_clocked_programs
	# Start both at the same time, as after a power failure: each one updates the
	# schema.
	start_machine apache apache-event cgi 3>&- &
	start_machine nginx nginx fcgi "$machines/clocked" && wait $!
}

teardown_file()
{
	. "$API_ROOT/tests/lib/machines.bash"
	stop_machine apache
	stop_machine nginx
	rm -rf -- "$machines"
}

setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/lists.bash"
	. "$API_ROOT/tests/lib/machines.bash"
	# A machine whose clock is ahead sees the token expire earlier, so make it last
	# longer.
	token_for "$user" 10000
	tokens[$user]=$token
}

teardown()
{
	local name
	set_clock 0
	for name in ${kept_env:+apache nginx}; do
		mv "$BATS_TEST_TMPDIR/$name.env" "$machines/$name/env"
	done
}

# assert_near TIMESTAMP: check that the time is within a minute of the database's clock.
# The test's other clock differs by an hour.
assert_near()
{
	[[ $(sql "SELECT abs(extract(epoch FROM now() - '$1')) < 60") == t ]] ||
		fail "$1 is not of now"
}

# --- One state ---------------------------------------------------------------

@test "what is done at one machine is seen at once at the other" {
	local here there
	for here in apache nginx; do
		[[ $here == apache ]] && there=nginx || there=apache
		at "$here"
		create
		at "$there"
		request GET "/api/tasks/$id"
		assert_status 200
		assert_same "$body" "$task" 'the task'
		request PATCH "/api/tasks/$id" --body '{"title":"changed"}'
		assert_status 200
		task=$body etag=$(header ETag)
		at "$here"
		request GET "/api/tasks/$id"
		assert_same "$body" "$task" 'the task'
		assert_header ETag "$etag"
		request GET /api/tasks
		assert_json '. == [$t | fromjson]' --arg t "$task"
		request DELETE "/api/tasks/$id"
		assert_status 204
		at "$there"
		request GET "/api/tasks/$id"
		assert_problem 404 task_not_found
	done
}

@test "somebody else's task is as closed at the other machine" {
	at apache
	create
	at nginx
	request GET "/api/tasks/$id" --user "bob-$user"
	assert_problem 403 forbidden
	request GET "/api/tasks/$id"
	assert_status 200
}

# post_at MACHINE KEY: create a task with this Idempotency-Key.
post_at()
{
	at "$1"
	request POST /api/tasks --body '{"title":"once"}' --header "Idempotency-Key: $2" || return 1
	assert_status 201 || return 1
	printf '%s\n' "$body" >"$BATS_TEST_TMPDIR/given"
}

@test "a key that is sent to both at the same time makes one task, and all get its answer" {
	local round
	for round in {1..5}; do
		begin_beside
		for _ in 1 2; do
			beside post_at apache "key-$round"
			beside post_at nginx "key-$round"
		done
		wait_all
		assert_same "$(sort -u "$beside"/*/given | wc -l)" 1 'different answers'
		assert_same "$(sql "SELECT count(*) FROM tasks WHERE user_id = '$user'")" "$round" tasks
	done
	# The same keys later, at either machine.
	post_at apache key-1
	post_at nginx key-1
	request POST /api/tasks --body '{"title":"other"}' --header 'Idempotency-Key: key-1'
	assert_status 422
	assert_same "$(sql "SELECT count(*) FROM tasks WHERE user_id = '$user'")" 5 tasks
}

# edit_at MACHINE TITLE: edit the task with $etag, the tag that all concurrent edits send.
edit_at()
{
	at "$1"
	request PATCH "/api/tasks/$id" --body "{\"title\":\"$2\"}" --header "If-Match: $etag" || return 1
	[[ $status == 200 || $status == 412 ]] || fail 'neither done nor refused' || return 1
	echo "$status $2" >"$BATS_TEST_TMPDIR/given"
}

@test "of edits with the same tag, at both machines at once, exactly one is done" {
	local round i won
	at apache
	create
	for round in {1..4}; do
		request GET "/api/tasks/$id"
		etag=$(header ETag)
		begin_beside
		for i in 1 2 3; do
			beside edit_at apache "apache $round.$i"
			beside edit_at nginx "nginx $round.$i"
		done
		wait_all
		won=$(sed -n 's/^200 //p' "$beside"/*/given)
		assert_same "$(wc -l <<<"$won")" 1 'edits that were done'
		request GET "/api/tasks/$id"
		assert_json '.title == $w' --arg w "$won"
	done
}

# count_at MACHINE TIMES: add 1 to the number in the title TIMES times.  After a 412, read
# the task again.
count_at()
{
	local done=0 n
	at "$1"
	while ((done < $2)); do
		request GET "/api/tasks/$id" || return 1
		json .title
		request PUT "/api/tasks/$id" --body "{\"title\":\"$((REPLY + 1))\"}" \
			--header "If-Match: ${reply_headers[etag]}" || return 1
		case $status in
		200) done=$((done + 1)) ;;
		412) ;;
		*) fail 'neither done nor refused' || return 1 ;;
		esac
	done
}

@test "a count that both machines raise at the same time misses none" {
	at apache
	create '{"title":"0"}'
	begin_beside
	for _ in 1 2; do
		beside count_at apache 4
		beside count_at nginx 4
	done
	wait_all
	request GET "/api/tasks/$id"
	assert_json '.title == "16"'
}

@test "a cursor of one machine goes on at the other, page by page" {
	local path='/api/tasks?limit=2&sort=title' seen=''
	at apache
	sow 9
	request GET '/api/tasks?sort=title'
	whole=$body
	while [[ -n $path ]]; do
		[[ $machine == apache ]] && at nginx || at apache
		request GET "$path"
		assert_status 200
		assert_header X-Total-Count 9
		json '.[]'
		seen+=$REPLY$'\n'
		next_page && path=$next || path=''
	done
	body=$whole
	json '.[]'
	assert_same "${seen%$'\n'}" "$REPLY" 'what the walk saw'
}

# --- Clocks ------------------------------------------------------------------

@test "a machine whose clock is an hour off gives every task the database's time" {
	local off before
	for off in 3600 -3600; do
		set_clock $off
		at nginx
		create '{"title":"t","status":"completed"}'
		json '.created_at, .updated_at, .completed_at'
		for before in $REPLY; do
			assert_near "$before"
		done
		at apache
		request PATCH "/api/tasks/$id" --body '{"title":"by the other"}'
		json .updated_at
		before=$REPLY
		assert_near "$before"
		at nginx
		request PATCH "/api/tasks/$id" --body '{"title":"back"}'
		json .updated_at
		assert_near "$REPLY"
		[[ $REPLY > $before ]] || fail 'time went backwards'
	done
	# Control: the machine does use this clock.
	set_clock 3600
	request GET /health
	assert_json '.timestamp | sub("[.][0-9]+"; "") | fromdate > now + 3500' || fail 'the clock is right'
}

@test "what is overdue, and when a key has had its day, no machine's clock decides" {
	local off due
	at nginx
	create '{"title":"soon"}'
	for off in 3600 -3600; do
		set_clock $off
		TZ=UTC printf -v due '%(%FT%TZ)T' $((EPOCHSECONDS + off / 2))
		request PATCH "/api/tasks/$id" --body "{\"due_date\":\"$due\"}"
		assert_status 200
		request GET '/api/tasks?overdue=true'
		# A due date half an hour ahead is not overdue, although the machine's clock
		# is an hour ahead.  The reverse holds for a clock that is behind.
		assert_json "length == $((off < 0))"
	done
	set_clock 3600
	post_at nginx key
	task=$body
	sql "UPDATE idempotency_keys SET created_at = now() - interval '23 hours 50 minutes' WHERE user_id = '$user'"
	post_at nginx key
	assert_same "$body" "$task" 'the answer within the day'
	set_clock -3600
	sql "UPDATE idempotency_keys SET created_at = now() - interval '24 hours 10 minutes' WHERE user_id = '$user'"
	post_at nginx key
	[[ $body != "$task" ]] || fail 'a key of yesterday'
}

@test "what a machine's clock does decide is how long a token is good" {
	set_clock 3600
	at nginx
	token_for "short-$user" 900
	request GET /api/tasks --token "$token"
	assert_problem 401 token_expired 'Token expired'
	at apache
	request GET /api/tasks --token "$token"
	assert_status 200
}

# --- Key sets ------------------------------------------------------------------

# use_key_sets: give each machine its own copy of a key set and make it verify tokens with
# that.
use_key_sets()
{
	local name
	for name in apache nginx; do
		cp -p "$machines/$name/env" "$BATS_TEST_TMPDIR/$name.env"
		give_keys "$name" old
		{
			grep -v '^BETTER_AUTH_SECRET=' "$BATS_TEST_TMPDIR/$name.env"
			echo "JWKS_FILE='$machines/$name/jwks.json'"
		} >"$machines/$name/env.new"
		chmod --reference="$machines/$name/env" "$machines/$name/env.new"
		chown --reference="$machines/$name/env" "$machines/$name/env.new"
		mv "$machines/$name/env.new" "$machines/$name/env"
	done
	kept_env=yes
}

# give_keys MACHINE KEY...: replace the machine's key set by these keys.
give_keys()
{
	key_set "${@:2}" >"$machines/$1/jwks.new"
	chmod 0644 "$machines/$1/jwks.new"
	mv "$machines/$1/jwks.new" "$machines/$1/jwks.json"
}

# ask_with MACHINE KEY: request the list with a token signed by this key.
ask_with()
{
	at "$1"
	signed_by "$2" "{\"sub\":\"$user\",\"exp\":$((EPOCHSECONDS + 900))}"
	request GET /api/tasks --token "$token"
}
assert_taken() { ask_with "$@" && assert_status 200; }
assert_refused() { ask_with "$@" && assert_problem 401 invalid_token 'Invalid token'; }

@test "while one machine has a new key and the other not yet, only tokens of that key are refused, and only there" {
	. "$API_ROOT/tests/lib/jwks.bash"
	make_key old EdDSA
	make_key new ES256
	use_key_sets
	assert_taken apache old
	assert_taken nginx old
	assert_refused apache new
	give_keys apache old new
	assert_taken apache new
	assert_refused nginx new
	assert_taken apache old
	assert_taken nginx old
	# The second machine gets the key.  Its next request accepts the token, also in a
	# process that already runs.
	give_keys nginx old new
	assert_taken nginx new
	# After one machine has dropped a key, the other one accepts it as long as its own
	# set has it.
	give_keys apache new
	assert_refused apache old
	assert_taken nginx old
	give_keys nginx new
	assert_refused nginx old
}

@test "with key sets a cursor goes on at another machine if both have the same DATABASE_URL, letter by letter" {
	. "$API_ROOT/tests/lib/jwks.bash"
	make_key old EdDSA
	use_key_sets
	signed_by old "{\"sub\":\"$user\",\"exp\":$((EPOCHSECONDS + 900))}"
	at apache
	create '{"title":"1"}' --token "$token"
	create '{"title":"2"}' --token "$token"
	request GET '/api/tasks?limit=1' --token "$token"
	next_page
	at nginx
	# Each machine's DATABASE_URL names its own pooler's folder.
	request GET "$next" --token "$token"
	assert_invalid query.cursor
	for machine in apache nginx; do
		sed -i "s|^DATABASE_URL=.*|DATABASE_URL='${API_DIRECT_URL//&/\\&}'|" "$machines/$machine/env"
	done
	at apache
	request GET '/api/tasks?limit=1' --token "$token"
	next_page
	at nginx
	request GET "$next" --token "$token"
	assert_status 200
	assert_json 'length == 1'
}

# --- Machines that come and go -------------------------------------------------

# ask_at MACHINE KEY: create a task with this Idempotency-Key.  Set status and body; status
# is 000 if there is no response.
ask_at()
{
	printf '{"title":"%s"}' "$2" >"$BATS_TEST_TMPDIR/sent"
	untraced ask http POST "http://127.0.0.1:$(<"$machines/$1.port")/api/tasks" "$BATS_TEST_TMPDIR/sent" \
		"Authorization: Bearer $token" 'Content-Type: application/json' "Idempotency-Key: $2" || status=000
}

# create_until_told WHO END FIRST SECOND: create tasks at machine FIRST until the file END
# exists, each with its own key.  Repeat at machine SECOND a create that FIRST did not
# acknowledge; if SECOND is none, fail.  Print one line per task.
create_until_told()
{
	local n key where
	for ((n = 0; ; n++)); do
		[[ ! -e $beside/$2 ]] || return 0
		key=$1-$n where=$3
		ask_at "$where" "$key"
		if [[ $status != 201 && $4 != none ]]; then
			where=$4
			ask_at "$where" "$key"
		fi
		[[ $status == 201 ]] || { echo "$key: $status" && return 1; }
		[[ $body =~ \"id\":\"([0-9a-f-]{36})\" ]]
		echo "$key $where ${BASH_REMATCH[1]}"
	done
}

# all_at MACHINE: succeed if each of the first three clients has created a task there.
all_at()
{
	local i
	for i in 0 1 2; do
		[[ $(<"$beside/$i.out") == *" $1 "* ]] || return 1
	done
}

machine_dies()
{
	local who
	token_for "$user"
	begin_beside
	for who in 1 2 3; do
		beside create_until_told "$who" stop "$1" "$2"
	done
	# Clients of the other machine, without a second machine to use.
	for who in 4 5; do
		beside create_until_told "$who" end "$2" none
	done
	wait_until all_at "$1" || fail 'nothing was done before'
	kill_machine "$1"
	wait_until all_at "$2" || fail 'nothing was done afterwards'
	: >"$beside/stop"
	restart_machine "$1"
	: >"$beside/end"
	wait_all
	cat "$beside"/*.out >"$beside/told"
	# The database has exactly the acknowledged tasks, one per key.
	assert_same "$(sql "SELECT title || ' ' || id FROM tasks WHERE user_id = '$user'" | LC_ALL=C sort)" \
		"$(sed 's/ [a-z]* / /' "$beside/told" | LC_ALL=C sort)" 'tasks'
	at "$1"
	request GET '/api/tasks?limit=1'
	assert_header X-Total-Count "$(wc -l <"$beside/told")"
}

@test "Apache and CGI dying in the middle lose nothing; clients go on at the other, whose own notice nothing, nor when it is back" {
	machine_dies apache nginx
}

@test "nginx and FastCGI dying in the middle lose nothing; clients go on at the other, whose own notice nothing, nor when it is back" {
	machine_dies nginx apache
}
