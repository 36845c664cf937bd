# PostgreSQL with TLS, with and without tools/dev/pgbouncer.  Passwords and names may contain
# any characters, and only a server with the right certificate receives them.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/pool.bash
# shellcheck source=tests/lib/tls.bash
# shellcheck source=tests/lib/readme.bash
password=$'pa55word \' "=%;#\\ [x]\u00e4'
encoded='pa55word%20%27%20%22%3D%25%3B%23%5C%20%5Bx%5D%C3%A4'
owner=$'o\'wner "=%'
encoded_owner='o%27wner%20%22%3D%25'

setup_file()
{
	. "$API_ROOT/tests/lib/pool.bash"
	. "$API_ROOT/tests/lib/tls.bash"
	find_newer
	start_cluster localhost
	export port=$database_port
	(cd "$API_ROOT" && DATABASE_URL="$(url)" tools/admin/tasks-setup schema)
}

teardown_file()
{
	. "$API_ROOT/tests/lib/pool.bash"
	. "$API_ROOT/tests/lib/tls.bash"
	stop_cluster
}

setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/pool.bash" && make_place
	. "$API_ROOT/tests/lib/tls.bash"
	db_time 4000
	settings+=("TASKS_DB_TIMEOUT_MS=$REPLY")
}

teardown() { remove_place; }

# use_directly URL: set DATABASE_URL, without a pooler.
use_directly()
{
	settings=("${settings[@]/#DATABASE_URL=*/X=}" "DATABASE_URL=$1")
}

assert_served()
{
	new_user
	user=$REPLY
	create && request GET /api/tasks && assert_same "$body" "[$task]" 'the list' && assert_discreet
}

# assert_refused WORDS: a list gets a 503, and the pooler's log contains WORDS.
assert_refused()
{
	request GET /api/tasks
	assert_problem 503 database_unavailable 'Database unavailable' || return 1
	grep -q "$1" "$place/pgbouncer/log" ||
		fail "not \"$1\" but $(<"$place/pgbouncer/log")" || return 1
	assert_discreet
}

@test "the right certificate: served over TLS, whatever is in names and passwords" {
	local mode
	present good
	for mode in require verify-ca verify-full; do
		use_pooler "$(url "sslmode=$mode&channel_binding=require&sslrootcert=$cluster/ca.pem")"
		assert_served
		console 'SHOW CONFIG' | grep -q '^server_tls_sslmode = verify-full '
		console 'SHOW SERVERS' | grep -q 'TLSv1.3'
	done
}

@test "another name, another authority, an expired certificate, none: refused, with a 503" {
	local known="sslmode=require&sslrootcert=$cluster/ca.pem"
	present name
	use_pooler "$(url "$known")"
	assert_refused 'name .localhost. not present in server certificate'
	present authority
	use_pooler "$(url "$known")"
	assert_refused 'certificate verify failed'
	present expired
	use_pooler "$(url "$known")"
	assert_refused 'certificate verify failed'
	present none
	use_pooler "$(url "$known")"
	console 'SET log_disconnections = 1'
	assert_refused 'server refused SSL'
	# The system's CA certificates do not include the CA of the tests.
	present good
	use_pooler "$(url sslmode=require)"
	assert_refused 'certificate verify failed'
	# Positive control: the right certificate is accepted.
	use_pooler "$(url "$known")"
	assert_served
}

@test "without a pooler, too, a program gives a server with the right certificate alone its password" {
	local wrong known="sslmode=verify-full&sslrootcert=$cluster/ca.pem"
	present good
	use_directly "$(url "$known&channel_binding=require")"
	assert_served
	use_directly "$(url "$known")"
	for wrong in name authority expired none; do
		present "$wrong"
		request GET /api/tasks
		assert_problem 503 database_unavailable 'Database unavailable' || fail "$wrong: $log"
		assert_discreet
	done
	present good
	assert_served
	# The system's CA certificates do not include the CA of the tests.
	use_directly "$(url 'sslmode=verify-full&sslrootcert=/etc/ssl/certs/ca-certificates.crt')"
	request GET /api/tasks
	assert_problem 503 database_unavailable 'Database unavailable'
	# Connection strings of Neon ask for TLS only, not for a verified certificate.
	use_directly "$(url 'sslmode=require&channel_binding=require')"
	assert_served
}

@test "a file of certificates or passwords that is not there, or is none, is named; nothing is done without it" {
	local words reason mode
	present good
	install -m 600 "$cluster/server.key" "$BATS_TEST_TMPDIR/key"
	install -m 644 "$cluster/server.key" "$BATS_TEST_TMPDIR/open"
	use_directly "$(url "sslmode=verify-full&sslrootcert=$cluster/ca.pem&sslcert=$cluster/good.pem&sslkey=$BATS_TEST_TMPDIR/key")"
	assert_served
	while IFS='|' read -r words reason; do
		words=${words//CLUSTER/$cluster} words=${words//OWN/$BATS_TEST_TMPDIR}
		use_directly "$(url "$words")"
		request GET /api/tasks
		assert_problem 500 internal_error 'Internal server error' || fail "$words: $log"
		[[ $log == *' setting=DATABASE_URL '*"reason=\"$reason"* ]] || fail "$words: $log"
		[[ $log$body != *"$cluster"* ]] || fail 'the file is told'
		assert_discreet
	done <<-'END'
		sslmode=require&sslrootcert=CLUSTER/none.pem|has an sslrootcert that does not exist
		sslmode=verify-full&sslrootcert=CLUSTER/none.pem|has an sslrootcert that does not exist
		sslmode=verify-ca&sslrootcert=CLUSTER|has an sslrootcert that is not a certificate in PEM format
		sslmode=require&sslrootcert=CLUSTER/ca.key|has an sslrootcert that is not a certificate in PEM format
		sslmode=require&sslrootcert=/dev/null|has an sslrootcert that is not a certificate in PEM format
		sslmode=verify-full|has sslmode=verify-ca or verify-full, but no sslrootcert
		sslmode=verify-ca|has sslmode=verify-ca or verify-full, but no sslrootcert
		sslmode=require&sslcert=CLUSTER/none.pem|has an sslcert that does not exist
		sslmode=require&sslcert=CLUSTER/ca.key|has an sslcert that is not a certificate in PEM format
		sslmode=require&sslcert=CLUSTER/good.pem|has an sslcert, but no sslkey
		sslmode=require&sslcert=CLUSTER/good.pem&sslkey=CLUSTER/none.key|has an sslkey that does not exist
		sslmode=require&sslcert=CLUSTER/good.pem&sslkey=CLUSTER/ca.key|has an sslkey that is not a key in PEM format, needs a password or does not match the sslcert
		sslmode=require&sslcert=CLUSTER/good.pem&sslkey=/dev/null|has an sslkey that is not a key in PEM format
		sslmode=require&sslcert=CLUSTER/good.pem&sslkey=OWN/open|has an sslkey that other users can access
		sslmode=require&sslcrl=CLUSTER/none.crl|has an sslcrl that does not exist
		sslmode=require&sslcrl=CLUSTER/ca.key|has an sslcrl that is not a certificate revocation list in PEM format
		sslmode=require&sslcrldir=CLUSTER/none|has an sslcrldir that does not exist
		sslmode=require&passfile=OWN/none|has a passfile that does not exist
		sslmode=require&passfile=OWN/open|has a passfile that other users can access: set its mode to 600
	END
	printf '*:*:*:*:%s\n' "${password//\\/\\\\}" >"$BATS_TEST_TMPDIR/key"
	use_directly "$(url "sslmode=require&passfile=$BATS_TEST_TMPDIR/key" | sed "s/:$encoded@/@/")"
	assert_served
	# libpq's environment variables are ignored.
	use_directly "$(url 'sslmode=require&channel_binding=require')"
	settings+=(PGSSLROOTCERT=system PGSSLCERT=/none PGSSLKEY=/none PGSSLMODE=verify-full)
	assert_served
}

# assert_fault PARAMETERS REASON: the setting is at fault, for this reason.
assert_fault()
{
	use_directly "$(url "$1")"
	request GET /api/tasks
	assert_problem 500 internal_error 'Internal server error' || fail "$1: $log" || return 1
	[[ $log == *' setting=DATABASE_URL '*"reason=\"$2"* ]] || fail "$1: $log" || return 1
	assert_discreet
}

# Return 0 if the programs' libpq has version 16 or newer.
libpq_16()
{
	DATABASE_URL='postgresql:///d?require_auth=none' "${API_TOKEN%/token}/conninfo" >/dev/null 2>&1
}

@test "the system's certificates and required logins prove the server with libpq 16; an older one says what it lacks" {
	local wrong system='sslmode=verify-full&sslrootcert=system' authorities=$BATS_TEST_TMPDIR/authorities
	present good
	if ! libpq_16; then
		assert_fault "$system" 'has sslrootcert=system, which requires libpq 16: name a file'
		assert_fault 'sslmode=require&sslrootcert=system' 'has sslrootcert=system, which requires libpq 16'
		assert_fault 'sslmode=require&require_auth=scram-sha-256' 'has require_auth, which requires libpq 16'
		use_directly "$(url "sslmode=verify-full&sslrootcert=$cluster/ca.pem&channel_binding=require")"
		assert_served
		return
	fi
	assert_fault 'sslmode=require&sslrootcert=system' 'has sslrootcert=system, which requires sslmode=verify-full'
	for wrong in none md5,password '!scram-sha-256'; do
		use_directly "$(url "sslmode=require&require_auth=$wrong")"
		request GET /api/tasks
		assert_problem 503 database_unavailable 'Database unavailable' || fail "$wrong: $log"
		assert_discreet
	done
	use_directly "$(url "$system&require_auth=scram-sha-256&channel_binding=require")"
	# The system's CA certificates do not include the CA of the tests.
	request GET /api/tasks
	assert_problem 503 database_unavailable 'Database unavailable'
	# OpenSSL's default is a file or a folder with a name for each hash.
	mkdir "$authorities"
	cp "$cluster/ca.pem" "$authorities/"
	openssl rehash "$authorities"
	settings+=("SSL_CERT_DIR=$authorities")
	assert_served
	settings+=("SSL_CERT_DIR=$cluster/data" "SSL_CERT_FILE=$cluster/ca.pem")
	assert_served
	for wrong in name authority expired none; do
		present "$wrong"
		request GET /api/tasks
		assert_problem 503 database_unavailable 'Database unavailable' || fail "$wrong: $log"
		assert_discreet
	done
}

@test "without TLS only where the URL says so, or for this machine" {
	present none
	use_pooler "$(url sslmode=disable)"
	assert_served
	use_pooler "$(url)"
	assert_served
	# A host name that is not recognisable as the local machine.
	use_pooler "$(url '' "$(hostname)")"
	console 'SHOW CONFIG' | grep -q '^server_tls_sslmode = verify-full '
}

@test "a wrong password is a 503, and in no log" {
	present good
	use_pooler "$(url "sslmode=require&sslrootcert=$cluster/ca.pem" | sed 's/:pa55word/:pa55word2/')"
	assert_refused 'password authentication failed'
}

@test "what PgBouncer cannot do is refused, without a word of the password" {
	local word said
	for word in 'options=-csearch_path%3Dx' target_session_attrs=read-only service=x hostaddr=127.0.0.1 \
		sslcert=x sslkey=x 'host=a,b' 'application_name=a%0Ab' nonsense=1 'password=pa55word%zz'; do
		! said=$(pgbouncer "$(url "$word")" start 2>&1) || fail "$word was taken"
		[[ $said == pgbouncer:* || $said == conninfo:* ]] && [[ $said != *pa55word* ]] || fail "$word: $said"
		[[ ! -e $place/pgbouncer/pgbouncer.ini ]] || fail "$word was written"
	done
}

@test "what ships is what runs" {
	local line name value count=0 shown
	use_pooler "$API_DIRECT_URL"
	shown=$(console 'SHOW CONFIG')
	while IFS= read -r line; do
		name=${line%% =*} value=${line#*=}
		value=${value:- }
		case $name in
		# Settings that depend on the test's folder or database.
		unix_socket_dir | auth_file | auth_hba_file | logfile | pidfile) continue ;;
		unix_socket_mode) value=' 432' ;;
		esac
		[[ $'\n'$shown == *$'\n'"$name =$value ="* ]] || fail "$line: $(grep "^$name " <<<"$shown")"
		count=$((count + 1))
	done < <(sed '1,/^\[pgbouncer\]/d; /^;/d; /^$/d' "$API_ROOT/deploy/pgbouncer.ini.example")
	assert_same "$(pooled 'SHOW client_connection_check_interval')" 500ms 'the connection'
	((count > 25)) || fail "only $count settings"
}

@test "root writes through no link that the pooler's own user has made" {
	local mine=$place/mine name
	echo mine >"$mine"
	use_pooler "$API_DIRECT_URL"
	for name in settings.ini users hba ca.pem start.log pgbouncer.ini; do
		as_service ln -sf "$mine" "$place/pgbouncer/$name"
	done
	use_pooler "$API_DIRECT_URL"
	assert_served
	assert_same "$(<"$mine")" mine 'a file of somebody else'
	[[ $(id -u) == 0 ]] || return 0
	assert_same "$(find "$place/pgbouncer" -user root)" '' "files of root's"
}

@test "only the programs' user gets in, only its own user manages it, and requests leave no lines" {
	local before
	use_pooler "$API_DIRECT_URL"
	assert_served
	before=$(wc -l <"$place/pgbouncer/log")
	assert_served || request GET /api/tasks
	assert_same "$(wc -l <"$place/pgbouncer/log")" "$before" 'lines in the log'
	psql -X -w -h "$place/pgbouncer" -p 6432 -U nobody -d tasks -c 'SELECT 1' 2>/dev/null && fail 'another name was taken'
	psql -X -w -h "$place/pgbouncer" -p 6432 -U "$(id -un)" -d pgbouncer -c 'SHOW POOLS' 2>/dev/null && fail 'a user manages it'
	[[ $(id -u) == 0 ]] || return 0
	setpriv --reuid=www-data --regid=www-data --init-groups psql -X -w -h "$place/pgbouncer" -p 6432 -U www-data -d tasks -c 'SELECT 1'
	setpriv --reuid=www-data --regid=www-data --init-groups psql -X -w -h "$place/pgbouncer" -p 6432 -U root -d tasks -c 'SELECT 1' 2>/dev/null && fail 'www-data is root'
	setpriv --reuid=nobody --regid=nogroup --clear-groups psql -X -w -h "$place/pgbouncer" -p 6432 -U nobody -d tasks -c 'SELECT 1' 2>/dev/null && fail 'nobody gets to the socket'
	true
}

@test "with PgBouncer 1.23 or newer the map of install.md lets the programs' user in as tasks_app, and no other user" {
	local folder=$place/pgbouncer
	. "$API_ROOT/tests/lib/readme.bash"
	PGBOUNCER=$newer use_pooler "$API_DIRECT_URL"
	assert_served
	use_directly "postgresql://tasks_app@/tasks?host=${folder//\//%2F}&port=6432"
	request GET /api/tasks
	assert_problem 503 database_unavailable
	block map=programs | sed "s|/etc/pgbouncer/userlist.txt|$folder/users|; s|/etc/pgbouncer/hba.conf|$folder/hba|
		s|/etc/pgbouncer/ident.conf|$folder/ident|; s|/etc/pgbouncer/pgbouncer.ini|$folder/settings.ini|
		s|www-data|$(id -un)|; /^systemctl/d" >"$BATS_TEST_TMPDIR/commands"
	as_service bash -eu <"$BATS_TEST_TMPDIR/commands"
	as_service sed -i "s|/etc/pgbouncer/ident.conf|$folder/ident|" "$folder/settings.ini"
	console RELOAD
	assert_served
	psql -X -w -h "$folder" -p 6432 -U "$(id -un)" -d tasks -c 'SELECT 1' 2>/dev/null && fail 'another name was taken'
	[[ $(id -u) == 0 ]] || return 0
	as_service psql -X -w -h "$folder" -p 6432 -U tasks_app -d tasks -c 'SELECT 1' 2>/dev/null && fail 'another user was let in'
	as_service tee -a "$folder/ident" >/dev/null <<<'programs postgres tasks_app'
	console RELOAD
	as_service psql -X -w -h "$folder" -p 6432 -U tasks_app -d tasks -c 'SELECT 1'
}

@test "a start is the same twice, and stop ends our own alone" {
	local pid
	use_pooler "$API_DIRECT_URL"
	pid=$(<"$place/pgbouncer/pid")
	use_pooler "$API_DIRECT_URL"
	[[ ! -d /proc/$pid/fd || -z $(tr -d '\0' <"/proc/$pid/cmdline") ]] || fail 'the first one runs on'
	assert_served
	# A stale pid file: its number belongs to another process.
	sleep 60 3>&- &
	kill -KILL "$(<"$place/pgbouncer/pid")"
	echo "$!" >"$place/pgbouncer/pid"
	use_pooler "$API_DIRECT_URL"
	assert_served
	kill "$!"
	pgbouncer '' stop
	pgbouncer '' stop
	request GET /api/tasks
	assert_problem 503 database_unavailable
}
