# shellcheck shell=bash disable=SC2016,SC2034,SC2154
# The installed tasks-setup and tasks-check, with a cluster (tls.bash) and a pooler
# (pool.bash).
# shellcheck source=tests/lib/pool.bash
. "$API_ROOT/tests/lib/pool.bash"
# shellcheck source=tests/lib/tls.bash
. "$API_ROOT/tests/lib/tls.bash"

owner=neondb_owner encoded_owner=neondb_owner
password=npg_pa55wordX7q encoded=$password

programs() { if [[ $(id -u) == 0 ]]; then echo www-data; else id -un; fi; }

# start_file: start what all tests of a file share: a cluster that every user of this
# machine can connect to, and the installed tools.
start_file()
{
	local more_hba=${more_hba:-}$'\n''local all all peer'
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR
	. "$API_ROOT/tests/lib/api.bash" && begin
	start_cluster localhost
	export port=$database_port installed=$BATS_FILE_TMPDIR/installed
	chmod 711 "$cluster"
	install_tools
}

# fresh_database: recreate the owner's database empty, and drop this project's roles.
fresh_database()
{
	superuser "DROP DATABASE $owner WITH (FORCE)"
	superuser "CREATE DATABASE $owner OWNER $owner"
	superuser "DROP ROLE IF EXISTS tasks_app, tasks_probe, \"$(programs)\""
}

# install_tools: install the tools in $installed, in the layout of `make install`.  Put a
# psql in front of the real one that records its arguments.
install_tools()
{
	local built=${API_TOKEN%/token} place=$installed
	local tools=$installed/usr/lib/tasks-cgi-tools
	install -D -t "$place/usr/sbin" "$API_ROOT/tools/admin/tasks-setup" "$built/tasks-check"
	install -D -t "$tools" "$built/scram-password"
	install -D -m 644 -t "$tools" "$API_ROOT"/tools/admin/{lib,wait}.sh
	install -D -m 644 -t "$place/usr/share/tasks-cgi/sql" "$API_ROOT"/sql/*.sql
	mkdir "$place/bin"
	printf '#!/bin/bash\nprintf "%%s\\n" "$*" >>"${0%%/*}/../arguments"\nexec %q "$@"\n' "$(command -v psql)" \
		>"$place/bin/psql"
	: >"$place/arguments"
	chmod 711 "$place"
	chmod 755 "$place/bin/psql"
	chmod 666 "$place/arguments"
	make_settings
}

# begin_setup: copy the installed tools to $place, a new folder of this test.
begin_setup()
{
	begin
	place=$(mktemp -d /tmp/tasks-XXXXXX)
	cp -a "$installed/." "$place/"
	port=$database_port settings_file=$place/env
}

# make_settings [LINE...]: write settings without a database, like a filled-in .env.example.
make_settings()
{
	settings_file=$place/env
	printf '%s\n' '# Settings' 'DATABASE_URL=' "BETTER_AUTH_SECRET='$API_SECRET'" "$@" >"$settings_file"
	chmod 640 "$settings_file"
	[[ $(id -u) != 0 ]] || chgrp www-data "$settings_file"
}

# set_up [WORD]: run tasks-setup and set code and said.  The working directory is one that
# other users cannot enter.
set_up()
{
	code=0
	said=$(cd "$BATS_TEST_TMPDIR" && PATH=$place/bin:$PATH TASKS_ENV_FILE=$settings_file \
		"$place/usr/sbin/tasks-setup" "$@" 2>&1 3>&- 4>&-) || code=$?
}

# check [ARGUMENT...]: run tasks-check and set code and body.
check()
{
	code=0
	body=$(cd / && TASKS_ENV_FILE=$settings_file "$place/usr/sbin/tasks-check" "$@" 2>&1 3>&- 4>&-) || code=$?
	[[ $body != *pa55word* && $body != *"$API_SECRET"* ]] || fail 'it tells a secret'
}

assert_green()
{
	check
	[[ $code == 0 && $body != *$'\n'wrong* && $body == *'ok     schema: version'*'ok     rights'* ]] ||
		fail "not all is well: $code"
}

# assert_wrong WORDS: check that a line reports WORDS as wrong, and that the next line says
# how to fix it.
assert_wrong()
{
	local lines i
	[[ $code == 1 ]] || fail "exit status $code" || return 1
	mapfile -t lines <<<"$body"
	for i in "${!lines[@]}"; do
		[[ ${lines[i]} == *"$1"* ]] || continue
		[[ ${lines[i]} == 'wrong  '* && ${lines[i + 1]:-} == '       to fix: '?* ]] || break
		return 0
	done
	fail "it does not say that $1"
}

# assert_noted WORDS: check that a note contains WORDS and that nothing is wrong.
assert_noted()
{
	[[ $code == 0 && $body == *"note   $1"* ]] || fail "$code, not noted: $1"
}

stored_password() { superuser "SELECT rolpassword FROM pg_authid WHERE rolname = 'tasks_app'"; }

# assert_served: check that the programs work with these settings and no others.
assert_served()
{
	local settings=("TASKS_ENV_FILE=$settings_file")
	create && request GET "/api/tasks/$id" && assert_status 200
}

# plain_only: accept only plaintext passwords from now on, and report the error at the
# commit, as Neon does.
plain_only()
{
	superuser "CREATE SCHEMA neon;
		CREATE TABLE neon.delta (x integer);
		CREATE FUNCTION neon.note() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER
			AS 'BEGIN INSERT INTO neon.delta VALUES (1); END';
		CREATE FUNCTION neon.send() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
			\$\$ BEGIN
				IF EXISTS (SELECT FROM pg_authid WHERE rolname = 'tasks_app'
					   AND rolpassword = current_setting('tasks.password', true)) THEN
					RAISE 'Received HTTP code 400 from control plane: {\"error\":\"Neon only supports being given plaintext passwords\"}'
						USING ERRCODE = 'internal_error';
				END IF;
				RETURN NULL;
			END \$\$;
		CREATE CONSTRAINT TRIGGER send AFTER INSERT ON neon.delta
			DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION neon.send();
		CREATE EVENT TRIGGER note ON ddl_command_end EXECUTE FUNCTION neon.note()" "$owner"
}
