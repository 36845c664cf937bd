# shellcheck shell=bash disable=SC2016,SC2034,SC2154
# tasks-setup and tasks-check as they are installed, a cluster (tls.bash) and a
# pooler (pool.bash) for them.
# shellcheck source=tests/lib/pool.bash
. "$API_ROOT/tests/lib/pool.bash"
# shellcheck source=tests/lib/tls.bash
. "$API_ROOT/tests/lib/tls.bash"

owner=neondb_owner encoded_owner=neondb_owner
password=npg_pa55wordX7q encoded=$password

programs() { if [[ $(id -u) == 0 ]]; then echo www-data; else id -un; fi; }

# start_file: what all tests of a file share, a cluster that others of this machine
# may go to as well, and the tools as they are installed.
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

# The owner's database as it was at first, and no roles of ours.
fresh_database()
{
	superuser "DROP DATABASE $owner WITH (FORCE)"
	superuser "CREATE DATABASE $owner OWNER $owner"
	superuser "DROP ROLE IF EXISTS tasks_app, tasks_probe, \"$(programs)\""
}

# The tools in $installed as `make install` puts them, and a psql before the real one
# that tells its command line.
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

# A copy of them in the new folder $place, which is the test's own.
begin_setup()
{
	begin
	place=$(mktemp -d /tmp/tasks-XXXXXX)
	cp -a "$installed/." "$place/"
	port=$database_port settings_file=$place/env
}

# Without a database, as .env.example is once the rest is filled in.
make_settings()
{
	settings_file=$place/env
	printf '%s\n' '# Settings' 'DATABASE_URL=' "BETTER_AUTH_SECRET='$API_SECRET'" "$@" >"$settings_file"
	chmod 640 "$settings_file"
	[[ $(id -u) != 0 ]] || chgrp www-data "$settings_file"
}

# set_up [WORD]: sets code and said.  By a folder where others cannot go.
set_up()
{
	code=0
	said=$(cd "$BATS_TEST_TMPDIR" && PATH=$place/bin:$PATH TASKS_ENV_FILE=$settings_file \
		"$place/usr/sbin/tasks-setup" "$@" 2>&1 3>&- 4>&-) || code=$?
}

# check [ARGUMENT...]: sets code and body.
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

# assert_wrong WORDS: of a line that says so, and the next one how to mend it.
assert_wrong()
{
	local lines i
	[[ $code == 1 ]] || fail "exit status $code" || return 1
	mapfile -t lines <<<"$body"
	for i in "${!lines[@]}"; do
		[[ ${lines[i]} == *"$1"* ]] || continue
		[[ ${lines[i]} == 'wrong  '* && ${lines[i + 1]:-} == '       to mend: '?* ]] || break
		return 0
	done
	fail "it does not say that $1"
}

# assert_noted WORDS: the same, and nothing is wrong.
assert_noted()
{
	[[ $code == 0 && $body == *"note   $1"* ]] || fail "$code, not noted: $1"
}

stored_password() { superuser "SELECT rolpassword FROM pg_authid WHERE rolname = 'tasks_app'"; }

# A program is served with these settings and no others.
assert_served()
{
	local settings=("TASKS_ENV_FILE=$settings_file")
	create && request GET "/api/tasks/$id" && assert_status 200
}

# From here on the database wants passwords in plain text, and says so at the
# commit, as Neon's does.
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
