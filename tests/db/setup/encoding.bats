# Databases with an encoding other than UTF-8, which cannot store texts in all languages.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/setup.bash
setup_file()
{
	. "$API_ROOT/tests/lib/setup.bash"
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
	owner_url=$(url 'sslmode=require&channel_binding=require')
}

teardown() { fresh_database && remove_place; }

# database_in ENCODING: replace the owner's database by an empty one with this encoding.
database_in()
{
	superuser "DROP DATABASE $owner WITH (FORCE)"
	superuser "CREATE DATABASE $owner OWNER $owner ENCODING '$1' LOCALE 'C' TEMPLATE template0"
}

# ours: print how many of this project's tables and roles exist.
ours()
{
	superuser "SELECT count(*) FROM pg_class WHERE relname IN ('users', 'tasks', 'idempotency_keys')" "$owner"
	superuser "SELECT count(*) FROM pg_roles WHERE rolname IN ('tasks_app', 'tasks_probe')"
}

# create_as_told TEXT: replace the owner's database by one that the createdb command in TEXT
# creates.
create_as_told()
{
	[[ $1 =~ createdb\ ([-A-Za-z0-9=. ]*)\ NAME ]] || fail "no command is told: $1" || return 1
	superuser "DROP DATABASE $owner WITH (FORCE)"
	# shellcheck disable=SC2086
	as_service env -u LC_ALL -u LANG "$bin/createdb" -h "$cluster" -p "$database_port" -O "$owner" ${BASH_REMATCH[1]} "$owner"
}

# assert_any_text: check that texts in any language can be stored and found.
assert_any_text()
{
	local settings=("TASKS_ENV_FILE=$settings_file") title
	repeat 200 é
	title=$REPLY
	create "{\"title\":\"$title\",\"description\":\"日本語 😀\"}"
	request GET /api/tasks?search=%E6%97%A5
	assert_json 'length == 1 and .[0].title == $t' --arg t "$title"
}

@test "tasks-setup refuses a database that is not UTF-8, changes nothing, and tells the command that creates a right one" {
	local encoding before word
	before=$(<"$settings_file")
	while read -r encoding word; do
		database_in "$encoding"
		set_up ${word:+"$word"} <<<"$owner_url"
		[[ $code == 1 && $said == *"the encoding of database $owner is $encoding, not UTF8; nothing was changed"* ]] ||
			fail "$encoding: $code $said"
		assert_same "$(ours)" $'0\n0' "$encoding: tables and roles"
		assert_same "$(<"$settings_file")" "$before" "$encoding: the settings"
	done <<<$'SQL_ASCII\nLATIN1\nLATIN1 schema\nEUC_JP --new-password'
	create_as_told "$said"
	set_up <<<"$owner_url"
	assert_same "$code" 0 "$said"
	assert_green
	assert_any_text
}

@test "UTF-8 is all that is asked for: the locale may be any" {
	database_in UTF8
	set_up <<<"$owner_url"
	assert_same "$code" 0 "$said"
	assert_green
	assert_any_text
}

@test "sql/load.sql by hand refuses it, too, and leaves nothing" {
	local status=0
	database_in SQL_ASCII
	said=$(psql -X -q "$super dbname=$owner" -f "$API_ROOT/sql/load.sql" 2>&1) || status=$?
	[[ $status == 3 && $said == *'is SQL_ASCII, not UTF8; nothing was changed'*'createdb -E UTF8'* ]] || fail "$status $said"
	assert_same "$(ours)" $'0\n0' 'tables and roles'
	database_in UTF8
	psql -X -q "$super dbname=$owner" -f "$API_ROOT/sql/load.sql"
	assert_same "$(ours)" $'3\n2' 'tables and roles'
}

@test "tasks-check says that a database is not UTF-8, and tells the command that creates a right one" {
	local encoding
	set_up <<<"$owner_url"
	assert_green
	for encoding in LATIN1 SQL_ASCII; do
		# The state that an earlier release set up.
		superuser "UPDATE pg_database SET encoding = pg_char_to_encoding('$encoding') WHERE datname = '$owner'"
		check
		assert_wrong "encoding: the database's encoding is $encoding, not UTF8"
	done
	create_as_told "$body"
	set_up --new-password <<<"$owner_url"
	assert_same "$code" 0 "$said"
	assert_green
	assert_any_text
}

@test "the private database of make run is UTF-8 where no locale is set" {
	local run=$place/run
	install -d "$run"
	[[ $(id -u) != 0 ]] || chmod 755 "$place"
	(cd "$API_ROOT" && env -u LANG -u LC_ALL -u LC_CTYPE RUN="$run" tools/dev/postgres start >/dev/null 2>&1 3>&- 4>&- </dev/null)
	said=$(sql_at "host=$run/postgres port=5432 user=postgres dbname=tasks" 'SHOW server_encoding')
	(cd "$API_ROOT" && RUN=$run tools/dev/postgres stop >/dev/null 2>&1)
	assert_same "$said" UTF8 'the encoding'
}
