# shellcheck shell=bash disable=SC2034,SC2154
# A separate PostgreSQL in the folder $cluster that accepts connections over TLS, with
# certificates for every case.  Source this file after pool.bash.  The sourcing file sets
# owner and password, encoded_owner and encoded (both percent-encoded for a URI), and port,
# the port that url() uses.

# make_certificates NAME...: create two authorities in $cluster, and server certificates for
# these names.
make_certificates()
(
	cd "$cluster" || exit
	printf -v names ',DNS:%s' "$@"
	for ca in ca other; do
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
			-subj "/CN=$ca" -keyout "$ca.key" -out "$ca.pem" 2>/dev/null
	done
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=server \
		-keyout server.key -out server.csr 2>/dev/null
	certify good ca "${names#,}" 20000101000000Z 20990101000000Z
	# A certificate with the same names as "good", but another one.
	certify twin ca "${names#,}" 20000101000000Z 20990101000000Z
	certify name ca DNS:elsewhere.example 20000101000000Z 20990101000000Z
	certify expired ca "${names#,}" 20000101000000Z 20010101000000Z
	certify authority other "${names#,}" 20000101000000Z 20990101000000Z
)

# certify FILE CA NAMES FROM TO: create the certificate FILE.pem, signed by CA and valid for
# these names and dates.
certify()
{
	: >index
	printf '%s\n' '[ca]' 'default_ca=d' '[d]' 'database=index' 'new_certs_dir=.' 'default_md=sha256' \
		'policy=p' 'rand_serial=yes' 'x509_extensions=x' '[p]' 'commonName=supplied' \
		'[x]' "subjectAltName=$3" >config
	openssl ca -batch -config config -cert "$2.pem" -keyfile "$2.key" -in server.csr \
		-startdate "$4" -enddate "$5" -notext -out "$1.pem" 2>/dev/null
}

# start_cluster NAME...: start the cluster with an empty database of $owner and a
# certificate for these names.  $more_hba has additional lines for pg_hba.conf.  Export
# database_port (below the kernel's ephemeral ports) and super, a conninfo as the superuser.
# The user that runs the tests may log in with super.
start_cluster()
{
	local bins=(/usr/lib/postgresql/*/bin)
	export cluster database_port super bin=${bins[-1]}
	cluster=$(mktemp -d /tmp/tasks-XXXXXX)
	make_certificates "$@"
	[[ $(id -u) != 0 ]] || chown -R postgres: "$cluster"
	as_service "$bin/initdb" -N --no-instructions -E UTF8 --locale=C.UTF-8 -D "$cluster/data" -U postgres -A peer >/dev/null
	as_service tee "$cluster/data/pg_hba.conf" >/dev/null <<-END
		local all postgres peer map=super
		${more_hba:-}
		host all all localhost scram-sha-256
	END
	as_service tee "$cluster/data/pg_ident.conf" >/dev/null <<-END
		super postgres postgres
		super $(id -un) postgres
	END
	present good
	for _ in {1..5}; do
		database_port=$((12000 + RANDOM % 8000))
		! as_service "$bin/pg_ctl" start -s -w -D "$cluster/data" -l "$cluster/log" \
			-o "-p $database_port -k $cluster -c listen_addresses=localhost" \
			</dev/null 3>&- 4>&- || break
	done
	super="host=$cluster port=$database_port user=postgres options='-c client_min_messages=warning'"
	psql -X -q -v ON_ERROR_STOP=1 "$super dbname=postgres" \
		-v owner="$owner" -v password="$password" <<-'END'
			CREATE ROLE :"owner" LOGIN CREATEROLE PASSWORD :'password';
			CREATE DATABASE :"owner" OWNER :"owner";
		END
}

stop_cluster()
{
	as_service "$bin/pg_ctl" stop -s -w -m immediate -D "$cluster/data"
	rm -rf -- "$cluster"
}

# present NAME: use this server certificate from now on; "none" disables TLS.
present()
{
	local ssl=on certificate=$1
	[[ $1 != none ]] || ssl=off certificate=good
	printf '%s\n' "ssl = $ssl" "ssl_cert_file = '$cluster/$certificate.pem'" \
		"ssl_key_file = '$cluster/server.key'" 'log_connections = on' |
		as_service tee "$cluster/data/postgresql.conf" >/dev/null
	[[ ! -e $cluster/data/postmaster.pid ]] || reload_cluster
}

# superuser SQL [DATABASE]: execute SQL as the superuser and print the rows.
superuser()
{
	untraced sql_at "$super dbname=${2:-postgres}" "$1"
}

# reload_cluster: reload the configuration, and return once new connections use it.
reload_cluster()
{
	local REPLY why before
	ask sql "$super dbname=postgres" 'SELECT pg_conf_load_time() FROM pg_reload_conf()'
	before=$REPLY
	wait_until is_reloaded || fail 'PostgreSQL does not reload its configuration'
}

is_reloaded()
{
	ask sql "$super dbname=postgres" 'SELECT pg_conf_load_time()' && [[ $REPLY != "$before" ]]
}

# url [PARAMETERS [HOST]]: print the owner's URL.
url()
{
	printf 'postgresql://%s:%s@%s:%s/%s%s' "$encoded_owner" "$encoded" "${2:-localhost}" "$port" \
		"$encoded_owner" "${1:+?$1}"
}

# assert_discreet [FILE...]: check that the password is in no log, in none of these files,
# and in no file of the pooler that other users can read.
assert_discreet()
{
	local file
	[[ $log != *pa55word* ]] || fail 'the password is in the log of a program' || return 1
	for file in "$place"/pgbouncer/* "$cluster/log" "$@"; do
		if [[ -f $file && $(<"$file") == *pa55word* ]]; then
			[[ $file == */pgbouncer.ini && $(stat -c %a "$file") == 600 ]] ||
				fail "the password is in $file" || return 1
		fi
	done
}
