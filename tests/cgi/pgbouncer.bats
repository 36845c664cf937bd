# A server with TLS, behind tools/pgbouncer and without: passwords and names come through
# whatever is in them, and only the right certificate gets them.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/pool.bash
password=$'pa55word \' "=%;#\\ [x]\u00e4'
encoded='pa55word%20%27%20%22%3D%25%3B%23%5C%20%5Bx%5D%C3%A4'
owner=$'o\'wner "=%'
encoded_owner='o%27wner%20%22%3D%25'

setup_file()
{
	local bins=(/usr/lib/postgresql/*/bin)
	export cluster bin=${bins[-1]} port=$((32000 + RANDOM % 2000))
	. "$API_ROOT/tests/lib/pool.bash"
	cluster=$(mktemp -d /tmp/tasks-XXXXXX)
	make_certificates
	[[ $(id -u) != 0 ]] || chown -R postgres: "$cluster"
	as_service "$bin/initdb" -D "$cluster/data" -U postgres -A peer >/dev/null
	as_service tee "$cluster/data/pg_hba.conf" >/dev/null <<-END
		local all postgres peer
		host all all localhost scram-sha-256
	END
	present good
	as_service "$bin/pg_ctl" start -s -w -D "$cluster/data" -l "$cluster/log" \
		-o "-p $port -k $cluster -c listen_addresses=localhost" </dev/null 3>&- 4>&-
	as_service psql -X -q -v ON_ERROR_STOP=1 -h "$cluster" -p "$port" -U postgres postgres \
		-v owner="$owner" -v password="$password" <<-'END'
			CREATE ROLE :"owner" LOGIN CREATEROLE PASSWORD :'password';
			CREATE DATABASE :"owner" OWNER :"owner";
		END
	(cd "$API_ROOT" && DATABASE_URL="$(url)" tools/migrate)
}

teardown_file()
{
	. "$API_ROOT/tests/lib/pool.bash"
	as_service "$bin/pg_ctl" stop -s -w -m immediate -D "$cluster/data"
	rm -rf -- "$cluster"
}

setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/pool.bash" && make_place
	settings+=(TASKS_DB_TIMEOUT_MS=3000)
}

teardown() { remove_place; }

# Two authorities, and certificates of the first one's for the cases.
make_certificates()
(
	cd "$cluster" || exit
	for ca in ca other; do
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
			-subj "/CN=$ca" -keyout "$ca.key" -out "$ca.pem" 2>/dev/null
	done
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=server \
		-keyout server.key -out server.csr 2>/dev/null
	certify good ca localhost 20000101000000Z 20990101000000Z
	certify name ca elsewhere.example 20000101000000Z 20990101000000Z
	certify expired ca localhost 20000101000000Z 20010101000000Z
	certify authority other localhost 20000101000000Z 20990101000000Z
)

# certify NAME CA HOST FROM TO
certify()
{
	: >index
	printf '%s\n' '[ca]' 'default_ca=d' '[d]' 'database=index' 'new_certs_dir=.' 'default_md=sha256' \
		'policy=p' 'rand_serial=yes' 'x509_extensions=x' '[p]' 'commonName=supplied' \
		'[x]' "subjectAltName=DNS:$3" >config
	openssl ca -batch -config config -cert "$2.pem" -keyfile "$2.key" -in server.csr \
		-startdate "$4" -enddate "$5" -notext -out "$1.pem" 2>/dev/null
}

# present NAME: the server's certificate from now on; none: no TLS.
present()
{
	local ssl=on certificate=$1
	[[ $1 != none ]] || ssl=off certificate=good
	printf '%s\n' "ssl = $ssl" "ssl_cert_file = '$cluster/$certificate.pem'" \
		"ssl_key_file = '$cluster/server.key'" | as_service tee "$cluster/data/postgresql.conf" >/dev/null
	if [[ -e $cluster/data/postmaster.pid ]]; then
		as_service "$bin/pg_ctl" reload -s -D "$cluster/data"
		sleep 0.3
	fi
}

# url [PARAMETERS [HOST]]
url() { printf 'postgresql://%s:%s@%s:%s/%s%s' "$encoded_owner" "$encoded" "${2:-localhost}" "$port" "$encoded_owner" "${1:+?$1}"; }

# use_directly URL: the programs' own.
use_directly()
{
	settings=("${settings[@]/#DATABASE_URL=*/X=}" "DATABASE_URL=$1")
}

# No log, and no file that others can read, holds the password.
assert_discreet()
{
	local file
	[[ $log != *pa55word* ]] || fail 'the password is in the log of a program' || return 1
	for file in "$place"/pgbouncer/* "$cluster/log"; do
		if [[ -f $file ]] && grep -q pa55word "$file"; then
			[[ $file == */pgbouncer.ini && $(stat -c %a "$file") == 600 ]] ||
				fail "the password is in $file" || return 1
		fi
	done
}

assert_served()
{
	new_user
	user=$REPLY
	create && request GET /api/tasks && assert_same "$body" "[$task]" 'the list' && assert_discreet
}

# assert_refused WORDS: of the pooler's log.
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
	# The system's authorities do not know ours.
	present good
	use_pooler "$(url sslmode=require)"
	assert_refused 'certificate verify failed'
	# Nothing else was wrong.
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
	# The system's authorities do not know ours.
	use_directly "$(url 'sslmode=verify-full&sslrootcert=/etc/ssl/certs/ca-certificates.crt')"
	request GET /api/tasks
	assert_problem 503 database_unavailable 'Database unavailable'
	# Neon's strings ask for TLS and no more than that.
	use_directly "$(url 'sslmode=require&channel_binding=require')"
	assert_served
}

@test "without TLS only where the URL says so, or for this machine" {
	present none
	use_pooler "$(url sslmode=disable)"
	assert_served
	use_pooler "$(url)"
	assert_served
	# A name that is not this machine's on the face of it.
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
		said=$(pgbouncer "$(url "$word")" start 2>&1) && fail "$word was taken" || true
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
		# Of the place, and of the database.
		unix_socket_dir | auth_file | auth_hba_file | logfile | pidfile) continue ;;
		unix_socket_mode) value=' 432' ;;
		esac
		[[ $'\n'$shown == *$'\n'"$name =$value ="* ]] || fail "$line: $(grep "^$name " <<<"$shown")"
		count=$((count + 1))
	done < <(sed '1,/^\[pgbouncer\]/d; /^;/d; /^$/d' "$API_ROOT/pgbouncer.ini.example")
	assert_same "$(pooled_psql -c 'SHOW client_connection_check_interval')" 500ms 'the connection'
	((count > 25)) || fail "only $count settings"
}

@test "only the programs' user gets in, only its own user manages it, and requests leave no lines" {
	local before
	use_pooler "$API_DIRECT_URL"
	assert_served
	before=$(wc -l <"$place/pgbouncer/log")
	assert_served || request GET /api/tasks
	assert_same "$(wc -l <"$place/pgbouncer/log")" "$before" 'lines in the log'
	pooled_psql -U nobody -c 'SELECT 1' 2>/dev/null && fail 'another name was taken'
	psql -X -w -h "$place/pgbouncer" -p 6432 -U "$(id -un)" -d pgbouncer -c 'SHOW POOLS' 2>/dev/null && fail 'a user manages it'
	[[ $(id -u) == 0 ]] || return 0
	setpriv --reuid=www-data --regid=www-data --init-groups psql -X -w -h "$place/pgbouncer" -p 6432 -U www-data -d tasks -c 'SELECT 1'
	setpriv --reuid=www-data --regid=www-data --init-groups psql -X -w -h "$place/pgbouncer" -p 6432 -U root -d tasks -c 'SELECT 1' 2>/dev/null && fail 'www-data is root'
	setpriv --reuid=nobody --regid=nogroup --clear-groups psql -X -w -h "$place/pgbouncer" -p 6432 -U nobody -d tasks -c 'SELECT 1' 2>/dev/null && fail 'nobody gets to the socket'
	true
}

@test "a start is the same twice, and stop ends our own alone" {
	local pid
	use_pooler "$API_DIRECT_URL"
	pid=$(<"$place/pgbouncer/pid")
	use_pooler "$API_DIRECT_URL"
	[[ ! -d /proc/$pid/fd || -z $(tr -d '\0' <"/proc/$pid/cmdline") ]] || fail 'the first one runs on'
	assert_served
	# Another process with the number that an old file has.
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
