# The installed tasks-setup, on a PostgreSQL that requires passwords over TLS, as Neon does,
# and peer authentication over a socket.
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

@test "Neon's string, however it was pasted, sets a database up; the password made for it is in nobody's log or command line" {
	local before pasted kept wanted
	before=$(stat -c '%a %U:%G' "$settings_file")
	superuser "ALTER SYSTEM SET log_statement = 'all'"
	superuser 'SELECT pg_reload_conf()'
	for pasted in "$owner_url" "psql '$owner_url'" "DATABASE_URL=\"$owner_url\""; do
		fresh_database
		make_settings
		set_up <<<"$pasted"
		[[ $code == 0 && $said == *'tasks_app has its own password'*'Next: tasks-check'* ]] || fail "$pasted: $code $said"
		assert_same "$(stat -c '%a %U:%G' "$settings_file")" "$before" 'who may read the settings'
		wanted="DATABASE_URL='postgresql://tasks_app:([A-Za-z0-9_-]{43})@localhost:$port/[^ ]*channel_binding=require'"
		[[ $(<"$settings_file") =~ $'\n'$wanted$'\n' ]] ||
			fail "$(sed 's/SECRET=.*//' "$settings_file")"
		kept=${BASH_REMATCH[1]}
		assert_green
		assert_served
		for secret in "$kept" "$password"; do
			[[ $said$body != *"$secret"* ]] || fail 'a password is on the terminal'
			[[ $(<"$cluster/log")$(<"$place/arguments") != *"$secret"* ]] || fail 'a password is in a log or a command line'
		done
	done
	# Control: the log does contain the statements.
	grep -q 'SCRAM-SHA-256\$4096' "$cluster/log" || fail 'the log has no statements'
	grep -q 'ON_ERROR_STOP' "$place/arguments" || fail 'no command line was seen'
	superuser 'ALTER SYSTEM RESET ALL'
	superuser 'SELECT pg_reload_conf()'
	# The URL can also come from the environment.
	fresh_database
	make_settings
	DATABASE_URL=$owner_url set_up </dev/null
	assert_same "$code" 0 "$said"
	assert_green
}

@test "what was set up stays as it is when it is done again" {
	local before
	set_up <<<"$owner_url"
	before=$(cat "$settings_file" && stored_password)
	set_up <<<"$owner_url"
	assert_same "$code" 0 "$said"
	assert_same "$(cat "$settings_file" && stored_password)" "$before" 'the password and the settings'
	assert_served
}

@test "it reads the settings as the programs do: what they have is kept, what they have not is set" {
	local before line
	set_up <<<"$owner_url"
	line=$(grep '^DATABASE_URL=' "$settings_file")
	# Byte order mark and CRLF, as Windows editors write them.
	printf '\xef\xbb\xbfexport %s\r\nBETTER_AUTH_SECRET=%s # a comment\r\n' "$line" "$API_SECRET" >"$settings_file"
	before=$(<"$settings_file")
	assert_served
	set_up <<<"$owner_url"
	[[ $code == 0 && $said == *'DATABASE_URL was already set'* ]] || fail "$code $said"
	assert_same "$(<"$settings_file")" "$before" 'the settings'
	assert_green
	# Of two assignments the last one counts.  Here it is empty.
	printf '\xef\xbb\xbf%s\nBETTER_AUTH_SECRET=%s\nDATABASE_URL=""  # none\n' "$line" "$API_SECRET" >"$settings_file"
	check
	assert_wrong 'database: DATABASE_URL is not set'
	fresh_database
	set_up <<<"$owner_url"
	[[ $code == 0 && $said == *'tasks_app has its own password'* ]] || fail "$code $said"
	assert_same "$(grep -c DATABASE_URL "$settings_file")" 1 'lines with DATABASE_URL'
	assert_green
	assert_served
}

@test "a second machine does not end the first one's login, unless it is told to" {
	local first=$place/first
	set_up <<<"$owner_url"
	cp -p "$settings_file" "$first"
	make_settings
	set_up <<<"$owner_url"
	[[ $code == 1 && $said == *'tasks_app has a password already'*'nothing was changed'* && $said != *CONTEXT* ]] ||
		fail "$code $said"
	settings_file=$first assert_served
	! grep -q '^DATABASE_URL=.' "$settings_file" || fail 'it wrote a login that is not valid'
	set_up --new-password <<<"$owner_url"
	assert_same "$code" 0 "$said"
	[[ $said == *'With PgBouncer: write the new password into pgbouncer.ini'* ]] || fail "$said"
	assert_served
	settings_file=$first check
	assert_wrong 'database: the database refuses the password of DATABASE_URL'
}

@test "a refusal says why, and neither the database nor the settings change" {
	local before
	before=$(cat "$settings_file")
	superuser 'CREATE TABLE public.users (id integer)' "$owner"
	set_up <<<"$owner_url"
	[[ $code == 1 && $said == *'public.users exists and is not the table of tasks-cgi; nothing was changed'*'Use a database of its own.'* ]] ||
		fail "$code $said"
	assert_same "$(superuser "SELECT count(*) FROM pg_class WHERE relname IN ('tasks', 'idempotency_keys')" "$owner")" 0 tables
	assert_same "$(superuser "SELECT count(*) FROM pg_roles WHERE rolname = 'tasks_app'")" 0 roles
	assert_same "$(cat "$settings_file")" "$before" settings
	assert_same "$(find "$place" -name '*.new')" '' 'what is left'
	superuser 'DROP TABLE public.users' "$owner"
	# A failed login, an invalid URL and missing settings change nothing either.
	set_up <<<"${owner_url/npg_/xnpg_}"
	[[ $code == 1 && $said == *'password authentication failed'* && $said != *pa55word* ]] || fail "$code $said"
	set_up <<<'mysql://x'
	[[ $code == 1 && $said == *'no postgresql:// connection string'* ]] || fail "$code $said"
	set_up <<<"$(url 'user=postgres')"
	[[ $code == 1 && $said == *'must not contain user='* ]] || fail "$code $said"
	if [[ $(id -u) == 0 ]]; then
		code=0
		said=$(TASKS_ENV_FILE=$settings_file setpriv --reuid=nobody --clear-groups \
			"$place/usr/sbin/tasks-setup" <<<"$owner_url" 2>&1) || code=$?
		[[ $code == 1 && $said == "tasks-setup: the user nobody cannot read and replace $settings_file: run tasks-setup as root" ]] ||
			fail "$code $said"
	fi
	rm "$settings_file"
	set_up <<<"$owner_url"
	[[ $code == 1 && $said == *"$settings_file does not exist"* ]] || fail "$code $said"
	assert_same "$(superuser "SELECT count(*) FROM pg_roles WHERE rolname = 'tasks_app'")" 0 roles
	make_settings
	set_up <<<"$owner_url"
	assert_same "$code" 0 "$said"
	assert_green
}

@test "settings that cannot be written, or a part of sql/ that is not there, change nothing at all" {
	local before status=0
	before=$(cat "$settings_file")
	# RLIMIT_FSIZE 0 makes the write fail, as on a full disk.
	said=$(ulimit -f 0 && TASKS_ENV_FILE=$settings_file "$place/usr/sbin/tasks-setup" <<<"$owner_url" 2>&1 3>&- 4>&-) || status=$?
	[[ $status == 1 && $said == *'cannot write '* ]] || fail "$status $said"
	assert_same "$(cat "$settings_file")" "$before" settings
	mv "$place/usr/share/tasks-cgi/sql/03-policies.sql" "$place/"
	set_up <<<"$owner_url"
	[[ $code == 1 && $said == *03-policies.sql* ]] || fail "$code $said"
	assert_same "$(cat "$settings_file")" "$before" settings
	assert_same "$(superuser "SELECT count(*) FROM pg_class WHERE relname = 'tasks'" "$owner")" 0 tables
	assert_same "$(superuser "SELECT count(*) FROM pg_roles WHERE rolname = 'tasks_app'")" 0 roles
	assert_same "$(find "$place" -name '*.new')" '' 'what is left'
	mv "$place/03-policies.sql" "$place/usr/share/tasks-cgi/sql/"
	set_up <<<"$owner_url"
	assert_same "$code" 0 "$said"
	assert_green
}

@test "a server that takes passwords in plain text alone, as Neon does, gets it, and over TLS only" {
	plain_only
	set_up <<<"$(url)"
	[[ $code == 1 && $said == *'only supports being given plaintext passwords'* ]] || fail "$code $said"
	assert_same "$(superuser "SELECT count(*) FROM pg_roles WHERE rolname = 'tasks_app'")" 0 roles
	set_up <<<"$owner_url"
	assert_same "$code" 0 "$said"
	assert_green
	assert_served
}

@test "a role of the programs' user that could get around row security is refused, and nothing changes" {
	local power before role local_url="postgresql://postgres@/$owner?host=${cluster//\//%2F}&port=$database_port"
	role="\"$(programs)\""
	before=$(<"$settings_file")
	superuser "CREATE ROLE $role LOGIN"
	for power in "ALTER ROLE $role "{SUPERUSER,BYPASSRLS,CREATEDB,CREATEROLE,REPLICATION} \
		"GRANT "{"$owner",pg_read_all_data}" TO $role"; do
		superuser "$power"
		set_up <<<"$local_url"
		[[ $code == 1 && $said == *"role $(programs) has powers or memberships"*'nothing was changed'*'ALTER ROLE'* ]] ||
			fail "$power: $code $said"
		assert_same "$(superuser "SELECT count(*) FROM pg_roles WHERE rolname IN ('tasks_app', 'tasks_probe')")" 0 roles
		assert_same "$(<"$settings_file")" "$before" 'the settings'
		superuser "ALTER ROLE $role NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION"
		superuser "SET client_min_messages = error; REVOKE $owner, pg_read_all_data FROM $role"
	done
	# Control: the role exists and has no such attribute.
	for _ in 1 2; do
		set_up <<<"$local_url"
		assert_same "$code" 0 "$said"
		assert_green
	done
	superuser "ALTER ROLE $role BYPASSRLS"
	set_up <<<"$local_url"
	[[ $code == 1 && $said == *'has powers or memberships'* ]] || fail "$code $said"
}

@test "a PostgreSQL on this machine needs no password: the programs' user alone gets in" {
	local local_url
	# The cluster's pg_ident.conf maps the user that runs the tests to the role postgres.
	local_url="postgresql://postgres@/$owner?host=${cluster//\//%2F}&port=$database_port"
	set_up <<<"$local_url"
	[[ $code == 0 && $said == *"the role $(programs) exists. It needs no password"* ]] || fail "$code $said"
	grep -q "^DATABASE_URL='postgresql://$(programs)@/" "$settings_file" || fail 'the settings have another login'
	assert_green
	grep -q "^ok     role: the programs log in as $(programs) and switch to tasks_app" <<<"$body" || fail "$body"
	check --as nobody
	assert_wrong 'settings file: the user nobody cannot read'
	chmod 644 "$settings_file"
	check --as nobody
	assert_wrong 'database: the database refuses the user'
	chmod 640 "$settings_file"
	# A second run restores the role's membership, although the settings already exist.
	superuser "REVOKE tasks_app FROM \"$(programs)\""
	check
	assert_wrong 'may not switch to the role tasks_app'
	set_up <<<"$local_url"
	assert_same "$code" 0 "$said"
	assert_green
	set_up --new-password <<<"$local_url"
	[[ $code == 1 && $said == *'--new-password is not possible here'* ]] || fail "$code $said"
}

@test "a string that does not come apart as it was meant is refused before psql sees any of it" {
	local raw its="it's"
	for raw in npg/pa55word npg@pa55word npg@x/pa55word '12/x?pa55word' '12/x?y=pa55word' npg@pa:55word \
		"12/x'pa55word" '12/x"pa55word' '12/x pa55word' npg:12/pa55word; do
		set_up <<<"${owner_url/"$password"/"$raw"}"
		[[ $code == 1 && $said == *'percent-encoded'* && $said != *55word* ]] || fail "$raw: $code $said"
		[[ ! -s $place/arguments ]] || fail "$raw: psql was started: $(<"$place/arguments")"
	done
	for raw in sslpassword sslpass%77ord; do
		set_up <<<"$owner_url&$raw=pa55word"
		[[ $code == 1 && $said == *'must not contain sslpassword='* && $said != *55word* ]] || fail "$raw: $code $said"
		[[ ! -s $place/arguments ]] || fail "$raw: psql was started: $(<"$place/arguments")"
	done
	# Quotes inside the URL, or without a counterpart, are not removed.
	its=${owner_url/"/$owner?"/"/$its?"}
	for raw in "$its" "'$its'" "'$owner_url" "$owner_url'" "\"$owner_url'" "$owner_url x"; do
		set_up <<<"$raw"
		[[ $code == 1 && $said == *'percent-encoded'* && $said != *"$password"* ]] || fail "$raw: $code $said"
		[[ ! -s $place/arguments ]] || fail "$raw: psql was started: $(<"$place/arguments")"
	done
	# Control: several hosts, an address in brackets, and surrounding blanks.
	set_up <<<"  '${owner_url/"@localhost:$port"/"@[::1]:1,localhost:$port"}'  "$'\r'
	assert_same "$code" 0 "$said"
	assert_served
}

@test "a string without a database is refused: each user would have another one" {
	local pasted word
	for pasted in "${owner_url/"/$owner?"/"?"}" "${owner_url/"/$owner?"/"/?"}" "${owner_url%/"$owner"*}" \
		"${owner_url%/"$owner"*}/" "${owner_url/"/$owner?"/"?dbname=&"}"; do
		for word in '' schema; do
			# shellcheck disable=SC2086
			set_up $word <<<"$pasted"
			[[ $code == 1 && $said == *'does not name a database'* && $said != *"$password"* ]] || fail "$pasted: $code $said"
		done
	done
	assert_same "$(superuser "SELECT count(*) FROM pg_roles WHERE rolname = 'tasks_app'")" 0 roles
	set_up <<<"${owner_url/"/$owner?"/"?dbname=$owner&"}"
	assert_same "$code" 0 "$said"
	assert_green
}

# psql_then COMMANDS: run these shell commands after the psql that applied the schema.
psql_then()
{
	printf '#!/bin/bash\n[[ $* == *" -f "* ]] || exec %q "$@"\n%q "$@" || exit\n%s\n' \
		"$(command -v psql)"{,} "$1" >"$place/bin/psql"
}

@test "an answer to the commit that is lost, or a terminal, costs nobody the new password" {
	local word signal before
	for word in '' --new-password; do
		psql_then 'exit 2'
		# shellcheck disable=SC2086
		set_up $word <<<"$owner_url"
		[[ $code == 0 && $said == *'connection failed during the commit'*'is set.'* ]] || fail "$code $said"
		assert_served
	done
	for signal in INT HUP TERM; do
		before=$(<"$settings_file")
		psql_then "trap '' $signal; kill -s $signal 0"
		code=0
		# A new process group, like that of a terminal's foreground job.
		said=$(PATH=$place/bin:$PATH TASKS_ENV_FILE=$settings_file setsid -w "$place/usr/sbin/tasks-setup" \
			--new-password <<<"$owner_url" 2>&1 3>&- 4>&-) || code=$?
		[[ $code == 0 && $(<"$settings_file") != "$before" ]] || fail "$signal: $code $said"
		assert_served
	done
	# The password also survives a commit that arrives while tasks-setup already asks
	# for its result.
	cat >"$place/bin/psql" <<-END
		#!/bin/bash
		[[ \$* == *" -f "* ]] || exec $(command -v psql) "\$@"
		exec 3<&0
		asked() { [[ \$($(command -v psql) -XAt "$super" -c "SELECT count(*) FROM pg_locks
			WHERE locktype = 'advisory' AND NOT granted") == 1 ]]; }
		{ { sed /^COMMIT/d <&3; until asked; do sleep 0.1; done; echo 'COMMIT;'; } |
			$(command -v psql) "\$@" 2>"$place/late"; } >/dev/null 2>&1 &
		until grep -q COMMIT "$place/late"; do sleep 0.1; done
		cat "$place/late"
		exit 2
	END
	set_up --new-password <<<"$owner_url"
	[[ $code == 0 && $said == *'connection failed during the commit'*'is set.'* ]] || fail "$code $said"
	assert_served
	# The password also survives an output that cannot be written.
	psql_then :
	PATH=$place/bin:$PATH TASKS_ENV_FILE=$settings_file "$place/usr/sbin/tasks-setup" --new-password \
		<<<"$owner_url" >/dev/full 2>&1 3>&- 4>&- && fail 'it says nothing, and all is well'
	assert_served
	assert_same "$(find "$place" -name '*.new')" '' 'what is left'
}

@test "where the commit never came, the old password stays; where nobody can tell, the new one is kept" {
	local before
	set_up <<<"$owner_url"
	before=$(<"$settings_file")
	printf '#!/bin/bash\n[[ $* == *" -f "* ]] || exec %q "$@"\n%q "$@" < <(sed /^COMMIT/d)\nexit 2\n' \
		"$(command -v psql)"{,} >"$place/bin/psql"
	set_up --new-password <<<"$owner_url"
	[[ $code == 1 && $said != *'is set.'* ]] || fail "$code $said"
	assert_same "$(<"$settings_file")" "$before" settings
	assert_same "$(find "$place" -name '*.new')" '' 'what is left'
	assert_served
	# The database committed, but cannot be reached when tasks-setup asks.
	printf '#!/bin/bash\n[[ $* != *" -f "* ]] || %q "$@"\nexit 2\n' "$(command -v psql)" >"$place/bin/psql"
	set_up --new-password <<<"$owner_url"
	[[ $code == 1 && $said == *'is not known'*"mv $settings_file.new $settings_file"* ]] || fail "$code $said"
	assert_same "$(<"$settings_file")" "$before" settings
	check
	assert_wrong 'database: the database refuses the password of DATABASE_URL'
	mv "$settings_file.new" "$settings_file"
	assert_green
}

@test "two at once: the second waits, and finds what the first one made" {
	local first status=0
	# The first run continues once the second one waits for its lock.
	psql_then "rm '$place/slow' 2>/dev/null || exit 0
		. '$place/usr/lib/tasks-cgi-tools/lib.sh'
		until ! none pids_in flock '$place/usr/lib'; do nap 0.1; done"
	: >"$place/slow"
	PATH=$place/bin:$PATH TASKS_ENV_FILE=$settings_file "$place/usr/sbin/tasks-setup" \
		<<<"$owner_url" >"$place/first" 2>&1 3>&- 4>&- &
	first=$!
	wait_until test ! -e "$place/slow" || fail 'the first one does not begin'
	set_up <<<"$owner_url"
	wait "$first" || status=$?
	assert_same "$status" 0 "$(<"$place/first")"
	[[ $code == 0 && $said == *'the settings are unchanged'* ]] || fail "$code $said"
	assert_same "$(find "$place" -name '*.new')" '' 'what is left'
	assert_served
}

@test "a local owner may be in any group" {
	[[ $(id -u) == 0 ]] || return 0
	[[ $(id -gn nobody) != nobody ]] || fail 'the group of nobody has that name here'
	superuser "CREATE ROLE nobody LOGIN CREATEROLE"
	superuser "ALTER DATABASE $owner OWNER TO nobody"
	set_up <<<"postgresql://nobody@/$owner?host=${cluster//\//%2F}&port=$database_port"
	[[ $code == 0 && $said == *"the role $(programs) exists. It needs no password"* ]] || fail "$code $said"
	assert_green
	fresh_database
	superuser 'DROP ROLE nobody'
}
