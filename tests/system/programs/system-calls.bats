# The system calls of the programs: they start no other program, and open only
# listed files and peers, with any request and any environment.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	built=$API_PROGRAMS trace=$BATS_TEST_TMPDIR/trace
	watch
}

teardown()
{
	[[ -z ${server:-} ]] || kill "$server"
}

# watch [OPTION]: make the programs record their system calls in $trace.PID.
watch()
{
	local name
	API_PROGRAMS=$BATS_TEST_TMPDIR/watched
	mkdir -p "$API_PROGRAMS"
	for name in tasks-{list,create,get,update,delete,complete} me health fallback; do
		printf '#!/bin/sh\nexec /usr/bin/strace %s -ff -q -s 300 -e %s -o %q %q\n' "${1:-}" \
			trace=%file,%process,connect,bind "$trace" "$built/$name" >"$API_PROGRAMS/$name"
		chmod 755 "$API_PROGRAMS/$name"
	done
}

# ask_all BASE...: request every route, with and without success.
ask_all()
{
	local base
	request GET /health
	request GET /health/live
	request GET /api/me
	request GET /nothing
	for base; do
		create '{"title":"; touch /tmp/x","description":"$(id) `id` ../../etc/passwd"}' --header "Idempotency-Key: k$RANDOM"
		request GET "$base?search=%24%28id%29&limit=1"
		request GET "$base?limit=x"
		request GET "$base/$id"
		request GET "$base/../../etc/passwd"
		request PATCH "$base/$id" --body '{"title":"|id"}'
		request PUT "$base/$id" --body '{"title":'
		request PATCH "$base/$id/complete"
		request DELETE "$base/$id"
		request DELETE "$base/$id"
		request OPTIONS "$base"
		request GET "$base" --no-token
	done
}

# started: print the calls that start a program or a process, except the
# program's own exec and threads.
started()
{
	grep -hE '^(fork|vfork|clone|clone3|execve|execveat)\(' "$trace".* |
		grep -vE "^execve\\(\"$built/|CLONE_THREAD"
}

# touched: print the paths that were opened or examined, and the sockets.
touched()
{
	sed -nE 's/^[a-z0-9_]+\((AT_FDCWD, )?"([^"]+)".*/\2/p; s/^connect\(.*sun_path="([^"]+)".*/\1/p;
		s/^(connect|bind)\(.*sin6?_port=htons\(([0-9]+)\).*/\1 \2/p' "$trace".* | sort -u
}

# strangers [PATH...]: print what was touched, except libraries, these paths,
# the programs, and the non-existent password file (lib/db/db_connect.c).
strangers()
{
	touched | grep -vxF -f <(printf '%s\n' /etc/ld.so.preload /etc/ld.so.cache /dev/null/none "$@" "$built"/*
		libraries_of "$built"/tasks-list "$built"/me)
}

# libraries_of FILE...: print the paths of the libraries that these are linked with.
libraries_of() { ldd "$@" | sed -nE 's/.*(=> |^\s+)(\/[^ ]+) .*/\2/p'; }

# library NAME: print the path of a library, and of those that it needs.
library()
{
	local path
	path=$(/sbin/ldconfig -p | sed -n "s/.*$1 .*=> //p" | head -1)
	echo "$path"
	libraries_of "$path"
}

# The files that a name lookup reads, and the library that is loaded when its
# thread ends.
resolver=(/etc/nsswitch.conf /etc/host.conf /etc/resolv.conf /etc/hosts /etc/gai.conf / /var/run/nscd/socket
	"$(library libgcc_s.so.1)")

@test "no request makes a program start another, or open anything but its libraries and the database" {
	local traces
	ask_all /api/tasks /api/v1/tasks "/api/$user/tasks"
	traces=("$trace".*)
	((${#traces[@]} >= 30)) || fail 'too little was watched'
	assert_same "$(started)" '' 'started'
	assert_same "$(strangers "$API_DATABASE_SOCKET")" '' 'touched'
	touched | grep -qxF "$API_DATABASE_SOCKET" || fail 'not even the database was touched'
	# A shared secret and a Unix socket need nothing of OpenSSL but SHA-2. The shared libpq loads it itself.
	[[ $(ldd "$built/tasks-list") == *libpq.so* ]] || ! touched | grep -E 'lib(crypto|ssl)' ||
		fail 'OpenSSL was loaded without need'
}

@test "the settings file and the key set are opened where they are named, and nothing for being in a token" {
	local keys=$BATS_TEST_TMPDIR/keys.json file=$BATS_TEST_TMPDIR/env lure
	printf '%s\n' "${settings[@]}" >"$file"
	settings=("TASKS_ENV_FILE=$file")
	ask_all /api/tasks
	assert_same "$(strangers "$API_DATABASE_SOCKET" "$file")" '' 'touched'
	rm "$trace".*
	# Header members of a token that name files and URLs. The first token is
	# valid, the second names an unknown key.
	lure='"kid":"/etc/passwd","jku":"http://127.0.0.1:1/","x5u":"file:///etc/passwd","jwk":{"kty":"oct","k":"AA"}'
	raw_token "{\"sub\":\"$user\",\"exp\":9999999999}" "{\"alg\":\"HS256\",$lure}"
	request GET /api/tasks --token "$token"
	assert_status 200
	assert_same "$(started)" '' 'started'
	assert_same "$(strangers "$API_DATABASE_SOCKET" "$file")" '' 'touched'
	rm "$trace".*
	printf '%s' '{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}' \
		>"$keys"
	settings=("JWKS_FILE=$keys" "DATABASE_URL=$API_DATABASE_URL" "CORS_ORIGINS=$API_ORIGINS")
	raw_token "{\"sub\":\"$user\",\"exp\":9999999999}" "{\"alg\":\"EdDSA\",$lure}"
	request GET /api/tasks --token "$token"
	assert_problem 401 invalid_token
	assert_same "$(started)" '' 'started'
	assert_same "$(strangers "$keys" "$keys.wanted" "$(library libcrypto.so.3)")" '' 'touched'
	touched | grep -qxF "$keys.wanted" || fail 'the key was not looked for'
}

@test "variables that mean something to the libraries move nothing, and no header can have their names" {
	local name values=()
	# Servers prefix the variable of a header with HTTP_.
	request GET /api/tasks --header "OPENSSL_CONF: $BATS_TEST_TMPDIR/evil" --header 'LD_PRELOAD: /tmp/x.so' \
		--header 'PGSERVICEFILE: /tmp/x' --header 'TASKS_ENV_FILE: /tmp/x'
	assert_status 200
	for name in OPENSSL_CONF OPENSSL_MODULES OPENSSL_ENGINES SSL_CERT_FILE SSL_CERT_DIR RANDFILE CTLOG_FILE \
		PGSERVICEFILE PGSERVICE PGPASSFILE PGSYSCONFDIR PGSSLCERT PGSSLKEY PGSSLROOTCERT PGHOST PGLOCALEDIR \
		HOME TZ TZDIR LOCPATH NLSPATH LANGUAGE LC_ALL TMPDIR HOSTALIASES RES_OPTIONS LOCALDOMAIN; do
		values+=("$name=$BATS_TEST_TMPDIR/evil")
	done
	settings+=("${values[@]}")
	ask_all /api/tasks
	assert_same "$(started)" '' 'started'
	assert_same "$(strangers "$API_DATABASE_SOCKET")" '' 'touched'
}

@test "a host's name adds the resolver's files, TLS the authority's, and who we are: no more" {
	local folder=$BATS_TEST_TMPDIR home port
	home=$(getent passwd "$(id -u)" | cut -d: -f6)
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
		-addext subjectAltName=DNS:localhost -keyout "$folder/server.key" -out "$folder/server.pem" 2>/dev/null
	node "$API_ROOT/tests/lib/tls-server.mjs" "$folder" >"$folder/server.out" 3>&- &
	server=$!
	wait_until test -s "$folder/server.out"
	read -r port <"$folder/server.out"
	settings[0]="DATABASE_URL=postgresql://x:y@localhost:$port/x?sslmode=verify-full&sslrootcert=${folder//\//%2F}%2Fserver.pem"
	request GET /api/tasks
	assert_problem 503 database_unavailable
	grep -q 'over TLS' "$folder/server.out" || fail 'TLS did not come about'
	assert_same "$(started)" '' 'started'
	# getaddrinfo() connects a UDP socket to port 0 to sort several addresses.
	assert_same "$(strangers "${resolver[@]}" "connect $port" 'connect 0' "$folder/server.pem" /etc/passwd /etc/localtime \
		"$(library libcrypto.so.3)" "$(library libssl.so.3)" \
		"$home"/.postgresql/{root.crl,postgresql.crt,postgresql.key})" '' 'touched'
}

@test "a FastCGI process starts nothing and opens no more, request after request" {
	. "$API_ROOT/tests/lib/fastcgi.bash"
	write_settings
	watch -D
	folder=$API_PROGRAMS start_programs tasks-{list,create,get,update,delete,complete} me health fallback
	ask_all /api/tasks /api/v1/tasks "/api/$user/tasks"
	end_programs
	assert_same "$(started)" '' 'started'
	assert_same "$(strangers "$API_DATABASE_SOCKET" "$settings_file")" '' 'touched'
	touched | grep -qxF "$settings_file" || fail 'nothing was watched'
}

@test "a program that starts another, or opens a file, is found out" {
	built=/bin watch
	printf '#!/bin/sh\nexec /usr/bin/strace -ff -q -e trace=%%file,%%process,connect,bind -o %q /bin/sh -c "cat /etc/hostname; :"\n' \
		"$trace" >"$API_PROGRAMS/me"
	cgi me /dev/null || true
	[[ $(started) == *execve*cat* ]] || fail "started: $(started)"
	strangers | grep -qx /etc/hostname || fail "touched: $(touched)"
}
