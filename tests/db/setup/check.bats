# tasks-check: cause each fault for real, one at a time, and compare with the correct state.
# shellcheck disable=SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/setup.bash
setup_file()
{
	. "$API_ROOT/tests/lib/setup.bash"
	start_file
	# Each test starts with a copy of this database and these settings.
	place=$installed settings_file=$installed/env set_up <<<"$(url 'sslmode=require&channel_binding=require')"
	superuser "ALTER DATABASE $owner RENAME TO green"
	: >"$installed/arguments"
	export green=$installed
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
	measure_price
	superuser "DROP DATABASE IF EXISTS $owner WITH (FORCE)"
	superuser "CREATE DATABASE $owner TEMPLATE green OWNER $owner"
	# CREATE DATABASE does not copy the privileges on the template.
	superuser "REVOKE TEMPORARY ON DATABASE $owner FROM PUBLIC"
	owner_url=$(url sslmode=require)
}

teardown()
{
	[[ -z ${relay:-} ]] || kill -KILL "$relay" || true
	remove_place
}

# in_database SQL: execute SQL in the owner's database as the superuser.
in_database() { superuser "$1" "$owner"; }

# wrong_after SQL WORDS...: execute SQL that breaks the database.  Check that tasks-check
# reports WORDS and that tasks-setup repairs it.
wrong_after()
{
	in_database "$1"
	check
	assert_wrong "$2" || return 1
	set_up <<<"$owner_url"
	assert_same "$code" 0 "$said" || return 1
	assert_green
}

# settings_with LINE...: write the correct settings with these lines replaced or added.
settings_with()
{
	local line lines=()
	while IFS= read -r line; do
		[[ $line == "${1%%=*}="* ]] || lines+=("$line")
	done <"$green/env"
	printf '%s\n' "${lines[@]}" "$@" >"$settings_file"
}

# listen_at ADDRESS PEER: listen there with socat and relay each connection to PEER.  Set
# REPLY to the port.
listen_at()
{
	free_port
	socat "TCP-LISTEN:$REPLY,bind=$1,fork,reuseaddr" "$2" 3>&- 4>&- &
	relay=$!
	wait_until grep -q ":$(printf %04X "$REPLY") 00000000:0000 0A " /proc/net/tcp || fail 'socat does not listen'
}

@test "all is well: every check says ok, with nothing to fix" {
	assert_green
	assert_same "$(grep -v '^ok ' <<<"$body" | cut -c 1-18)" $'note   connections\n       to fix: use' 'lines that are not ok'
	check nonsense
	[[ $code == 1 && $body == usage:* ]] || fail "$code"
}

@test "a settings file that is away, unreadable, or anybody's is wrong" {
	chmod 644 "$settings_file"
	check
	assert_wrong 'settings file: every user of this machine has access to the secrets in'
	chmod 660 "$settings_file"
	check
	assert_wrong 'settings file: users other than its owner can change'
	chmod 600 "$settings_file"
	if [[ $(id -u) == 0 ]]; then
		check
		assert_wrong "settings file: the user www-data cannot read $settings_file"
		[[ $body == *'to fix: run chown root:www-data and chmod 640'* ]] || fail "$body"
		body=$(TASKS_ENV_FILE=$settings_file setpriv --reuid=nobody --clear-groups "$place/usr/sbin/tasks-check") || code=$?
		assert_wrong "settings file: the user nobody cannot read $settings_file"
		[[ $body == *'to fix: start tasks-check as root'* ]] || fail "$body"
		check --as root
		assert_same "$code" 0 "as root it is readable: $body"
	fi
	rm "$settings_file"
	check
	assert_wrong 'does not exist'
	mkdir "$settings_file"
	chmod 755 "$settings_file"
	check
	assert_wrong "$settings_file is not a regular file"
}

@test "settings or keys that the programs' own user could replace are wrong" {
	local set=$place/keys/jwks.json
	# Only root can run the check as another user.
	[[ $(id -u) == 0 ]] || return 0
	chown www-data "$settings_file"
	check
	assert_wrong "settings file: the user www-data can replace $settings_file with another file"
	[[ $body == *'to fix: run chown root:www-data and chmod 640'* ]] || fail "$body"
	check --as root
	assert_same "$code" 0 "as root it is root's: $body"
	chown root "$settings_file"
	mkdir "$place/keys"
	chown www-data "$place/keys"
	cp -p "$settings_file" "$place/keys/env"
	settings_file=$place/keys/env check
	assert_wrong "settings file: the user www-data can replace $place/keys/env with another file"
	settings_with 'BETTER_AUTH_SECRET=' "JWKS_FILE=$set"
	# RFC 8037, appendix A.2.
	echo '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}' >"$set"
	chmod 644 "$set"
	check
	assert_wrong 'token key: the user www-data can replace JWKS_FILE with another file'
	chown root:www-data "$place/keys"
	chmod 775 "$place/keys"
	check
	assert_wrong 'token key: the user www-data can replace JWKS_FILE with another file'
	# In a directory with the sticky bit, as /tmp, users can replace only their own
	# files.
	chmod 1777 "$place/keys"
	check
	assert_same "$code" 0 "$body"
	chown www-data "$set"
	check
	assert_wrong 'token key: the user www-data can replace JWKS_FILE with another file'
	# The state that tasks-jwks.service creates, with the programs' flag file beside the
	# set.
	chown root "$set"
	chmod 755 "$place/keys"
	install -m 660 -g www-data /dev/null "$set.wanted"
	assert_green
}

@test "what it repeats has nothing that a terminal obeys" {
	local real=$settings_file
	settings_file=$place/$'\e[31m\xc2\x9b31m\x9b'
	check
	assert_wrong 'does not exist'
	[[ $(LC_ALL=C tr -d '\n -~' <<<"$body" | wc -c) == 0 && $body == *'?[31m??31m?'* ]] || fail 'it repeats all of it'
	settings_file=$real
	assert_green
}

@test "a setting that is malformed, missing, or misspelt is wrong, and its value stays unsaid" {
	local line
	for line in 'JWT_LEEWAY=npg_pa55word|JWT_LEEWAY is not a number' \
		'nonsense npg_pa55word|TASKS_ENV_FILE names a file whose line' \
		'X=npg_pa55word#x|has a # outside quotes: quote the value, or write the comment on its own line' \
		'CORS_ORIGINS=https://npg_pa55word.example/|CORS_ORIGINS is invalid at origin 1: write only scheme, host and port' \
		'CORS_ORIGINS=http://a,https://npg-pa55word:443|CORS_ORIGINS is invalid at origin 2: remove the port' \
		'JWT_ISUER=npg_pa55word|JWT_ISUER is not a setting, but JWT_ISSUER is' \
		'CORS_ORIGIN=npg_pa55word|CORS_ORIGIN is not a setting, but CORS_ORIGINS is' \
		'TASKS_NONSENSE=npg_pa55word|TASKS_NONSENSE is not a setting' \
		'DATABASE_URL=|DATABASE_URL is not set' \
		'DATABASE_URL=mysql:npg_pa55word|DATABASE_URL is not a postgresql:// URI' \
		'DATABASE_URL=postgresql://a:npg_pa55word@[|database: DATABASE_URL is not a postgresql:// URI that libpq accepts'; do
		settings_with "${line%|*}"
		check
		assert_wrong "${line#*|}"
	done
	# Report both settings that a new file lacks at once.
	settings_with 'DATABASE_URL=' 'BETTER_AUTH_SECRET='
	check
	assert_wrong 'database: DATABASE_URL is not set'
	assert_wrong 'token key: BETTER_AUTH_SECRET is not set'
	# The file may contain settings of other software.  The shell's own environment is
	# ignored.
	settings_with 'UNRELATED=x'
	export DATABASE_URL=nonsense JWT_LEEWAY=nonsense
	assert_green
}

@test "a token key that is missing, short, or of nobody any more is wrong" {
	local set=$place/jwks.json
	settings_with 'BETTER_AUTH_SECRET='
	check
	assert_wrong 'token key: BETTER_AUTH_SECRET is not set, and neither is JWKS_FILE'
	settings_with 'BETTER_AUTH_SECRET=short'
	check
	assert_wrong 'settings: BETTER_AUTH_SECRET is shorter than 32 bytes'
	settings_with 'BETTER_AUTH_SECRET=' "JWKS_FILE=$set"
	check
	assert_wrong 'token key: JWKS_FILE'
	echo '{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}' >"$set"
	chmod 644 "$set"
	check
	assert_wrong 'token key: JWKS_FILE'
	# RFC 8037, appendix A.2.
	echo '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}' >"$set"
	check
	assert_noted 'token key: jwks-refresh does not update JWKS_FILE'
	assert_noted 'token key: while refreshing fails, a withdrawn key stays valid'
	assert_noted 'token key: JWT_ISSUER is not set'
	: >"$set.wanted"
	touch -d '2 hours ago' "$set"
	check
	assert_wrong 'token key: JWKS_FILE was last updated 120 minutes ago'
	settings_with 'BETTER_AUTH_SECRET=' "JWKS_FILE=$set" JWKS_MAX_AGE=1
	check
	assert_wrong 'token key: JWKS_FILE is older than JWKS_MAX_AGE allows'
	[[ $body == *'to fix: run systemctl start tasks-jwks'* ]] || fail "$body"
	settings_with 'BETTER_AUTH_SECRET=' "JWKS_FILE=$set" JWKS_MAX_AGE=0
	check
	assert_wrong 'settings: JWKS_MAX_AGE is not a number of hours from 1 to 8760'
	settings_with 'BETTER_AUTH_SECRET=' "JWKS_FILE=$set" JWKS_MAX_AGE=3
	check
	[[ $body != *'stays valid'* ]] || fail "$body"
	touch "$set"
	chmod 664 "$set"
	check
	assert_wrong 'token key: users other than its owner can change JWKS_FILE'
	chmod 644 "$set"
	assert_green
	[[ $body == *'ok     token key: JWKS_FILE has 1 usable of 1 keys'* ]] || fail 'the key set is not counted'
}

@test "a database that is away, or does not let the programs in, is wrong, and says which of it" {
	local login
	login=$(sed -n "s/^DATABASE_URL='\(.*\)'$/\1/p" "$settings_file")
	settings_with "DATABASE_URL='${login/tasks_app:/tasks_app:x}'"
	check
	assert_wrong 'database: the database refuses the password of DATABASE_URL'
	settings_with "DATABASE_URL='${login/\/$owner/\/nobodys}'"
	check
	assert_wrong 'database: the database in DATABASE_URL does not exist'
	settings_with "DATABASE_URL='${login/:$port/:1}'"
	check
	assert_wrong 'database: the database server cannot be reached'
	settings_with "DATABASE_URL='${login/sslmode=require/sslmode=verify-full}&sslrootcert=$cluster/other.pem'"
	check
	assert_wrong 'database: the TLS handshake or the PostgreSQL start-up failed'
	settings_with "DATABASE_URL='$login&sslrootcert=system'"
	check
	# libpq before 16 does not know the word at all.
	assert_wrong 'database: DATABASE_URL has sslrootcert=system, which requires '
	settings_with "DATABASE_URL='$login&sslrootcert=$cluster/npg_pa55word.pem'"
	check
	assert_wrong 'database: DATABASE_URL has an sslrootcert that does not exist'
	settings_with "DATABASE_URL='$login&sslrootcert=$settings_file'"
	check
	assert_wrong 'database: DATABASE_URL has an sslrootcert that is not a certificate in PEM format'
	install -m 600 "$cluster/ca.pem" "$place/ca.pem"
	settings_with "DATABASE_URL='$login&sslrootcert=$place/ca.pem'"
	check
	[[ $(id -u) != 0 ]] ||
		assert_wrong 'database: DATABASE_URL has an sslrootcert that the programs cannot read'
	chmod 644 "$place/ca.pem"
	assert_green
	# A server that accepts the connection and never sends anything.
	listen_at 127.0.0.1 PIPE
	kill -STOP "$relay"
	silent="DATABASE_URL='${login/:$port/:$REPLY}'"
	db_time 2000
	settings_with "$silent" "TASKS_DB_TIMEOUT_MS=$REPLY"
	check
	assert_wrong 'database: connecting took longer than TASKS_DB_TIMEOUT_MS'
	superuser 'ALTER ROLE tasks_app NOLOGIN'
	cp "$green/env" "$settings_file"
	check
	superuser 'ALTER ROLE tasks_app LOGIN'
	assert_wrong 'database: the database refuses the user'
	assert_green
}

@test "a database elsewhere: TLS that proves nothing is noted, and none is wrong" {
	local login address
	address=$(hostname -I | tr ' ' '\n' | grep -m 1 '\.')
	[[ -n $address ]] || fail 'this machine has no address but loopback'
	listen_at "$address" "TCP:localhost:$port"
	login=$(sed -n "s/^DATABASE_URL='\(.*\)'$/\1/p" "$settings_file")
	login=${login/localhost:$port/$address:$REPLY}
	settings_with "DATABASE_URL='$login'"
	check
	assert_noted 'pooler: no pooler: each program opens its own connection; the database is on another machine'
	[[ $body == *'over TLS with channel binding'* ]] || fail 'channel binding'
	settings_with "DATABASE_URL='${login/&channel_binding=require/}'"
	check
	assert_noted 'database: connected in '
	[[ $body == *'but the server'\''s identity is not verified'* ]] || fail 'require'
	settings_with "DATABASE_URL='${login/localhost/$address}&sslrootcert=$cluster/ca.pem'"
	present none
	settings_with "DATABASE_URL='${login/sslmode=require&channel_binding=require/sslmode=prefer}'"
	check
	present good
	assert_wrong 'database: the connection is not encrypted: tasks and passwords cross the network'
}

@test "a role that leads around row security is wrong, and an owner's login is noted" {
	local power
	for power in SUPERUSER BYPASSRLS CREATEROLE; do
		superuser "ALTER ROLE tasks_app $power"
		check
		superuser "ALTER ROLE tasks_app NO$power"
		assert_wrong 'role: the role tasks_app has attributes or memberships that can bypass row security'
	done
	superuser 'GRANT pg_read_all_data TO tasks_app'
	check
	superuser 'REVOKE pg_read_all_data FROM tasks_app'
	assert_wrong 'role: the role tasks_app has attributes or memberships that can bypass row security'
	settings_with "DATABASE_URL='$owner_url'"
	check
	assert_noted "role: the programs log in as $owner, which has more privileges than they need"
	superuser "REVOKE tasks_app FROM $owner GRANTED BY $owner"
	check
	superuser "GRANT tasks_app TO $owner GRANTED BY $owner"
	assert_wrong 'database: the user of DATABASE_URL may not switch to the role tasks_app'
	superuser 'ALTER ROLE tasks_app RENAME TO elsewhere'
	check
	superuser 'ALTER ROLE elsewhere RENAME TO tasks_app'
	assert_wrong 'database: the role tasks_app does not exist'
	# Renaming a role keeps a SCRAM password; an MD5 password would be lost.
	cp "$green/env" "$settings_file"
	assert_green
}

# check_at SECONDS: run the check with this machine's clock SECONDS ahead.
check_at()
{
	local i
	for i in {0..7}; do
		printf '%b' "\\x$(printf %02x $(($1 >> 8 * i & 255)))"
	done >"$place/clock"
	chmod 644 "$place/clock"
	FAULTS_CLOCK=$place/clock LD_PRELOAD=$place/clock.so check
}

@test "clocks that differ by more than tokens bear are wrong, whichever is ahead" {
	gcc -std=c17 -D_GNU_SOURCE -O2 -fPIC -shared -o "$place/clock.so" "$API_ROOT/tests/robustness/faults/clock.c"
	check_at 0
	assert_same "$code" 0 "$body"
	check_at 3600
	assert_wrong "clock: this machine's clock is 3600 s ahead of the database's, so tokens expire too early"
	check_at -3600
	assert_wrong "clock: this machine's clock is 3600 s behind the database's, so tokens expire too late"
	check_at 20
	assert_wrong "clock: this machine's clock is 20 s ahead"
	settings_with JWT_LEEWAY=30
	check_at 20
	assert_same "$code" 0 "$body"
}

@test "a database that takes no writes is wrong; few connections and no fsync are noted" {
	in_database "ALTER DATABASE $owner SET default_transaction_read_only = on"
	check
	in_database "SET transaction_read_only = off; ALTER DATABASE $owner RESET default_transaction_read_only"
	assert_wrong 'durability: the database is read-only'
	superuser 'ALTER ROLE tasks_app CONNECTION LIMIT 5'
	check
	superuser 'ALTER ROLE tasks_app CONNECTION LIMIT -1'
	assert_noted 'connections: '
	[[ $body == *' of 5 connections are free'* ]] || fail 'the limit does not count'
	superuser 'ALTER SYSTEM SET fsync = off'
	reload_cluster
	check
	superuser 'ALTER SYSTEM RESET fsync'
	reload_cluster
	assert_noted 'durability: fsync is off'
	# The programs' writes wait for the disk, whatever the database's default is.
	in_database "ALTER DATABASE $owner SET synchronous_commit = off"
	assert_green
	[[ $body == *'(synchronous_commit = on)'* ]] || fail 'the programs do not wait'
}

@test "a schema that is not there, or of another release, is told from ours" {
	wrong_after 'DROP FUNCTION public.tasks_schema_version()' 'schema: the database has version 1, of an earlier release'
	wrong_after 'REVOKE USAGE ON SCHEMA public FROM PUBLIC, tasks_app' 'schema: tasks_app may not use the schema public'
	wrong_after 'DROP TABLE public.idempotency_keys' 'schema: a table is missing'
	wrong_after 'DROP TABLE public.tasks, public.users, public.idempotency_keys CASCADE' 'schema: a table is missing'
	in_database "CREATE OR REPLACE FUNCTION public.tasks_schema_version() RETURNS integer
		LANGUAGE sql IMMUTABLE AS 'SELECT 1000'"
	check
	assert_noted 'schema: the database has version 1000, of a later release'
}

@test "row security that is off, not forced, or has another policy is wrong" {
	wrong_after 'ALTER TABLE public.tasks DISABLE ROW LEVEL SECURITY' 'row security: row security is not enabled and forced on tasks'
	wrong_after 'ALTER TABLE public.users NO FORCE ROW LEVEL SECURITY' 'row security: row security is not enabled and forced on users'
	wrong_after 'DROP POLICY tasks_own ON public.tasks' 'row security: a policy is missing or differs: tasks_own'
	wrong_after 'ALTER POLICY tasks_own ON public.tasks USING (true)' 'row security: a policy is missing or differs: tasks_own'
	wrong_after 'ALTER POLICY users_own ON public.users TO PUBLIC' 'row security: a policy is missing or differs: users_own'
	wrong_after "CREATE OR REPLACE FUNCTION public.tasks_probe_acts() RETURNS boolean LANGUAGE sql IMMUTABLE RETURN true" 'row security: a policy is missing or differs: tasks_probe'
	wrong_after 'CREATE POLICY open ON public.tasks USING (true)' 'row security: an additional policy permits access: open'
}

@test "a right that the programs miss, and one that they should not have, are wrong" {
	wrong_after 'REVOKE DELETE ON public.tasks FROM tasks_app' 'rights: tasks_app lacks DELETE on tasks'
	wrong_after 'REVOKE INSERT (email) ON public.users FROM tasks_app' 'rights: tasks_app lacks INSERT on users'
	wrong_after 'REVOKE EXECUTE ON FUNCTION public.task_exists FROM tasks_app' 'rights: tasks_app lacks EXECUTE of task_exists'
	wrong_after 'REVOKE EXECUTE ON FUNCTION public.tasks_candidates FROM tasks_app' 'rights: tasks_app lacks EXECUTE of tasks_candidates'
	wrong_after 'GRANT UPDATE ON public.tasks TO tasks_app' 'rights: tasks_app has more rights than it needs: UPDATE on tasks'
	wrong_after "GRANT TEMPORARY ON DATABASE $owner TO PUBLIC" 'rights: tasks_app has more rights than it needs: temporary tables'
}

# through_pooler: start a pooler and write settings that use it, for the user that
# tools/dev/pgbouncer knows.
through_pooler()
{
	use_pooler "postgresql://tasks_app@/$owner?host=${cluster//\//%2F}&port=$database_port" || return 1
	settings_with "DATABASE_URL='postgresql://$(programs)@/tasks?host=${place//\//%2F}%2Fpgbouncer&port=6432'"
}

@test "a pooler that shares its connections is right; one that keeps them for a program, or leaves something on them, is wrong" {
	as_service sed -i '1i local all tasks_app trust' "$cluster/data/pg_hba.conf"
	reload_cluster
	through_pooler
	assert_green
	[[ $body == *'ok     pooler: it assigns a connection for one transaction'* ]] || fail "$body"
	console 'SET pool_mode = session'
	check
	assert_wrong "pooler: it reserves a connection for each program"
	# The check opened two connections.  Handing them out in turn still counts as
	# sharing.
	console 'SET server_round_robin = 1'
	check
	assert_wrong "pooler: it reserves a connection for each program"
	console 'SET pool_mode = transaction'
	assert_green
	assert_same "$(console 'SHOW SERVERS' | grep -c tasks_app)" 2 'connections'
	# One connection for all clients.
	through_pooler
	console 'SET pool_mode = session'
	console 'SET default_pool_size = 1'
	check
	assert_wrong "pooler: it reserves a connection for each program"
	console 'SET pool_mode = transaction'
	assert_green
	pooled "SET app.user_id = 'eve'"
	check
	assert_wrong 'pooler: a connection has a user or a role set outside a transaction'
	pooled 'RESET app.user_id'
	assert_green
	# PgBouncer runs, but its database refuses the login.
	through_pooler
	as_service sed -i '1d' "$cluster/data/pg_hba.conf"
	reload_cluster
	db_time 2000
	settings_with "TASKS_DB_TIMEOUT_MS=$REPLY" "$(grep ^DATABASE_URL "$settings_file")"
	check
	assert_wrong 'database: '
	# The error comes at once if PgBouncer was already refused, otherwise at the
	# timeout.
	[[ $body =~ With\ PgBouncer,\ see\ /var/log|see\ the\ pooler\'s\ log ]] || fail "$body"
}

@test "a database or role that has a user from the start is wrong, without a pooler too" {
	in_database "ALTER DATABASE $owner SET app.user_id = 'eve'"
	check
	in_database "ALTER DATABASE $owner RESET app.user_id"
	assert_wrong 'pooler: a connection has a user or a role set outside a transaction'
	assert_green
}
