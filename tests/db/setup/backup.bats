# README's backup commands, restored into another database.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/setup.bash
setup_file()
{
	. "$API_ROOT/tests/lib/setup.bash"
	# The programs run as the user that runs the tests.
	more_hba="local all $(programs) trust"
	start_file
}

teardown_file()
{
	. "$API_ROOT/tests/lib/setup.bash"
	stop_cluster
}

setup()
{
	. "$API_ROOT/tests/lib/api.bash"
	. "$API_ROOT/tests/lib/setup.bash" && begin_setup
	. "$API_ROOT/tests/lib/readme.bash"
}

teardown() { remove_place; }

# replay WORD: run README's commands that contain WORD on this cluster, with its users.
replay()
{
	local commands
	commands=$(block "$1" | sed "s|sudo -u postgres|as_service env PGHOST=$cluster PGPORT=$port|
		s|sudo tasks-setup|$place/usr/sbin/tasks-setup|
		s|postgresql://postgres@/\([a-z]*\)|'&?host=${cluster//\//%2F}\&port=$port'|")
	[[ -n $commands ]] || fail "README has no block with $1" || return 1
	said=$(cd "$place" && declare -f as_service >functions && TASKS_ENV_FILE=$settings_file \
		bash -e -c ". ./functions; $commands" 2>&1 3>&- 4>&-)
}

# everybody_sees_theirs: check that each of the two users sees exactly their own tasks.
everybody_sees_theirs()
{
	local who settings=("TASKS_ENV_FILE=$settings_file")
	for who in "$user" "$bob"; do
		request GET /api/tasks --user "$who"
		assert_status 200 || return 1
		assert_json 'length == 3 and all(.user_id == $u and (.title | endswith($u)))' --arg u "$who" || return 1
	done
	request GET "/api/tasks/$bobs"
	assert_problem 403 forbidden
}

@test "a backup that is put back has everybody's tasks, and shows nobody another's" {
	local bob=bob-$user i before key='Idempotency-Key: first'
	superuser 'CREATE DATABASE tasks'
	set_up <<<"postgresql://postgres@/tasks?host=${cluster//\//%2F}&port=$port"
	assert_same "$code" 0 "$said"
	settings=("TASKS_ENV_FILE=$settings_file")
	for i in 1 2 3; do
		create "{\"title\":\"$i of $bob\",\"due_date\":\"2030-01-0$i\"}" --user "$bob"
		bobs=$id
		create "{\"title\":\"$i of $user\",\"description\":\"\\\\ \\t ä\"}" --header "$key$i"
		mine=$id
	done
	everybody_sees_theirs
	before=$(superuser 'SELECT md5(string_agg(t::text, $$,$$ ORDER BY t.id)) FROM tasks t' tasks)
	replay pg_dump || fail "$said"
	[[ -s $place/tasks.dump ]] || fail 'there is no backup'

	replay 'template0 restored' || fail "$said"
	assert_same "$(superuser 'SELECT md5(string_agg(t::text, $$,$$ ORDER BY t.id)) FROM tasks t' restored)" "$before" tasks
	sed -i 's|@/tasks?|@/restored?|' "$settings_file"
	assert_green
	everybody_sees_theirs
	# A create with an old key is not executed again.
	settings=("TASKS_ENV_FILE=$settings_file")
	create "{\"title\":\"3 of $user\",\"description\":\"\\\\ \\t ä\"}" --header "${key}3"
	assert_same "$id" "$mine" 'the task of an old key'
	everybody_sees_theirs
	superuser 'DROP DATABASE restored WITH (FORCE)'
	superuser 'DROP DATABASE tasks WITH (FORCE)'
}

@test "a role that row security blinds makes no empty backup: it is told" {
	local owner_url
	fresh_database
	owner_url=$(url sslmode=require)
	set_up <<<"$owner_url"
	assert_same "$code" 0 "$said"
	assert_served
	said=$(PGPASSWORD=$password pg_dump -Fc --data-only "${owner_url/":$encoded@"/@}" 2>&1 >"$place/blind") &&
		fail 'it has made one'
	[[ $said == *'affected by row-level security policy'* ]] || fail "$said"
	superuser "ALTER ROLE $owner BYPASSRLS"
	PGPASSWORD=$password pg_dump -Fc --data-only "${owner_url/":$encoded@"/@}" >"$place/seeing"
	pg_restore -f - "$place/seeing" | grep -q "a task" || fail 'the task is not in it'
}
