# shellcheck shell=bash disable=SC2016,SC2154
# The steps on the clean machine, in order: each depends on the ones before it.

# shellcheck source=tests/system/package/release.bash
. tests/system/package/release.bash

secret=$(head -c 30 /dev/urandom | base64 -w0 | tr '+/' -_)
origins=http://localhost:3000,https://app.example.org
settings_file=/etc/tasks-cgi/env

all_steps()
{
	if [[ $release == "$own" ]]; then
		must 'the package is built, from a copy that vanishes' build
		package=$(echo build/tasks-cgi_*_"$(dpkg --print-architecture)".deb)
		try 'a build elsewhere and at another time gives the same bytes' reproducible
		try 'lintian finds nothing, not even pedantic or experimental' lint
		try 'its programs are hardened as those of a checkout' hardened
		try 'make install heeds DESTDIR and PREFIX, and writes nowhere else' installs
	else
		workshop_steps
		package=$(echo "$debs"/tasks-cgi_*.deb)
	fi
	must 'the released package is built' build_released
	must 'a clean Debian is made' make_machine
	boot
	before=$(owned)
	must 'it installs by the commands of README, and enables nothing' install_package
	must 'settings and a database on this machine are set up as README says' set_up
	must 'Apache serves it as README says, with limits of clients' serve_apache
	must 'PgBouncer comes between as README says' serve_pool
	try 'tasks-check finds nothing wrong' check_all
	try 'a wrong setting is found by tasks-check' check_finds
	reach
	# tls.bats and rotate.bats are left out, because they start an Apache of
	# their own. So is load.bats: with Debian's 25 threads per child, Apache
	# closes some of a hundred keep-alive connections (docs/speed.md).
	bats_files "Apache's own" http-installed apache apache-event \
		tests/servers/common/{bodies,cors,dispatch,idempotency,paths,server-errors,logs}.bats \
		tests/servers/apache/errors.bats tests/servers/apache-cgi/programs.bats
	bats_files "Apache's own" api-installed apache apache-event --filter-tags server tests/contract/*.bats
	try 'by FastCGI, too, as README says' serve_fastcgi
	try 'new keys are fetched by the timer, and when a program asks' fetch_keys
	try 'nginx and sockets of systemd take the place of Apache as README says' serve_nginx
	bats_files "nginx's" nginx-installed nginx nginx \
		tests/servers/common/{cors,idempotency,server-errors}.bats
	bats_files "nginx's" nginx-api nginx nginx --filter-tags server tests/contract/*.bats
	try 'a FastCGI process that is killed is replaced' replaced
	try 'fcgiwrap takes the place of the sockets as README says' serve_fcgiwrap
	try 'lighttpd serves as README says, and Debian rotates its logs' serve_lighttpd
	try 'BusyBox serves as README says, within the limits of its unit' serve_busybox
	try 'nginx and the sockets come back' serve_sockets
	try 'an upgrade keeps settings, Defines and an edited configuration, and runs the new programs' upgrade
	try 'a removal keeps the settings, and leaves Apache a configuration that is right' remove
	try 'installed again it serves again' install_again
	try 'a purge leaves the data alone, and nothing else' purge
	if [[ $release == "$own" ]]; then
		must 'make repo makes a signed repository by release and architecture' make_repository
	fi
	must 'the released package serves, set up as README says' serve_released
	try 'an upgrade from it keeps settings, Defines and tasks, and serves before and after tasks-setup' upgrade_released
}

# --- The package itself -----------------------------------------------------

build()
{
	local before
	before=$(git status --porcelain 2>/dev/null || true)
	make -s deb
	test -s build/tasks-cgi_"$(tools/dev/version)"+*_"$(dpkg --print-architecture).deb"
	[[ $(git status --porcelain 2>/dev/null || true) == "$before" ]]
	[[ $(ls build/deb) == log ]]
}

# lintian_options RELEASE: print the options for the lintian of this release of Debian.
lintian_options()
{
	# It finds this word in machine code.
	local suppressed=spelling-error-in-binary
	# Only Debian 12 asks for init scripts. The units need systemd's sandbox and sockets,
	# and Apache runs the programs without a unit.
	[[ $1 != 12 ]] || suppressed+=,package-supports-alternative-init-but-no-init.d-script
	echo --allow-root --display-info --display-experimental --pedantic \
		--fail-on error,warning,info,pedantic,experimental --suppress-tags "$suppressed"
}

lint()
{
	# shellcheck disable=SC2046
	lintian $(lintian_options "$own") \
		build/tasks-cgi_*"_$(dpkg --print-architecture).deb"
}

hardened()
{
	local files=$scratch/files
	dpkg-deb -x build/tasks-cgi_*"_$(dpkg --print-architecture).deb" "$files"
	mkdir -- "$scratch/hardened"
	cp -- "$files"/usr/lib/tasks-cgi/* "$files"/usr/lib/tasks-cgi-tools/jwks-check "$scratch/hardened/"
	API_ROOT=$root API_PROGRAMS=$scratch/hardened \
		bats --tap -f 'position-independent' tests/system/programs/hardening.bats | tee "$scratch/tap"
	grep -q '^ok 1 ' "$scratch/tap"
}

installs()
{
	local prefix place
	make -s all docs
	for prefix in /usr /usr/local; do
		place=$scratch/install$prefix
		mkdir -p -- "$place"
		# Everything is read-only except that folder and build/.
		TMPDIR=$place unshare --mount -- sh -ec 'for folder in "$1" build; do mount --bind "$folder" "$folder"; done
			mount -o remount,bind,ro /; umask 077; exec make -s install DESTDIR="$1" PREFIX="$2"' - "$place" "$prefix"
		test -x "$place$prefix/sbin/tasks-check"
		test -s "$place$prefix/share/tasks-cgi/.env.example"
		[[ -z $(find "$place" -type f ! -path "$place$prefix/*") ]]
	done
	# The files must be readable with any umask, because servers run as
	# other users.
	[[ -z $(find "$scratch/install" ! -perm -o=r -o -type d ! -perm -o=x) ]]
	not grep -rE '/usr/(lib|share)/tasks-cgi' "$place" --include='*.example' --include='*.service' --include='tasks-cgi.?'
	said=$(DATABASE_URL=nonsense "$place/usr/local/sbin/tasks-setup" schema 2>&1) || true
	[[ $said == *'no postgresql:// connection string'* ]]
}

# --- On the machine ---------------------------------------------------------

# Print the names of all files of the package and of its programs.
owned()
{
	inside find / /run -xdev -path '*tasks-*' ! -path '/root/*' ! -path '/proc/*' \
		! -path '/usr/lib/systemd/*' ! -path '/var/lib/dpkg/*' | sort
}

install_package()
{
	local file
	readme 'make deb' -e '/make deb/d' -e 's|\./build|/root/build|'
	[[ $(inside stat -c '%a %U %G' "$settings_file") == '640 root www-data' ]]
	inside cmp "$settings_file" /usr/share/tasks-cgi/.env.example
	inside test -d /var/lib/tasks-cgi
	for file in conf-available/tasks-cgi.conf mods-enabled/cgid.load; do
		echo "$file"
		case $file in
		conf-*) inside test -e "/etc/apache2/$file" ;;
		*) not inside test -e "/etc/apache2/$file" ;;
		esac
	done
	not inside test -e /etc/apache2/conf-enabled/tasks-cgi.conf
	for file in tasks-jwks.timer tasks-jwks.path tasks-cgi@tasks-list.socket; do
		[[ $(inside systemctl is-enabled "$file" || true) == disabled ]]
		[[ $(inside systemctl is-active "$file" || true) == inactive ]]
	done
	inside systemctl is-active apache2
	[[ -z $(inside systemctl --failed --no-legend --plain 'tasks*') ]]
	inside sh -c 'for page in 5 7 8; do test -s /usr/share/man/man$page/tasks-cgi.$page.gz; done
		for name in jwks-refresh tasks-check tasks-setup; do test -s /usr/share/man/man8/$name.8.gz; done'
}

set_up()
{
	readme 'sudo editor' -e "s|sudo editor|cat >>|; s|env\$|env <<'END'\nBETTER_AUTH_SECRET=$secret\nCORS_ORIGINS=$origins\nEND|"
	readme 'template0 tasks'
	inside grep 'DATABASE_URL=.*www-data' "$settings_file" >/dev/null
	[[ $(inside stat -c '%a %U %G' "$settings_file") == '640 root www-data' ]]
	inside tasks-check
	# The tests need superuser access to the database, and access to it over
	# the socket for the pooler: its TLS requires a certificate for a host
	# name.
	inside sh -c 'cd /etc/postgresql/*/main
		sed -i "1i local all postgres peer map=tests\nlocal tasks tasks_app scram-sha-256" pg_hba.conf
		printf "tests %s postgres\n" root postgres tasks-jwks >>pg_ident.conf
		systemctl reload postgresql'
}

health()
{
	inside curl -sS --max-time 10 http://127.0.0.1/health | grep '"status":"healthy"'
}

serve_apache()
{
	# All clients of the tests have the same address, so the limits are off.
	inside sh -c "printf 'Define %s\n' TASKS_UNLIMITED 'TASKS_CORS_ORIGINS $origins' >/etc/tasks-cgi/apache.conf"
	readme a2enmod
	wait_until health
	# Apache's configuration must stay valid after each of these commands.
	# Only Debian 12 has this package.
	! inside apt-cache show libpcre3 >/dev/null 2>&1 || readme libpcre3
	readme libapache2-mod-qos | tee "$scratch/qos"
	not grep -i broken "$scratch/qos"
	inside apachectl -M | grep qos_module
	wait_until health
}

serve_pool()
{
	local password
	password=$(head -c 12 /dev/urandom | base64 -w0 | tr '+/' -_)
	inside sudo -u postgres psql -qc "ALTER ROLE tasks_app LOGIN PASSWORD '$password'"
	readme pgbouncer.service.conf -e "s|^editor|sed -i 's%^tasks = .* connect_query%tasks = host=/var/run/postgresql dbname=tasks user=tasks_app password=$password connect_query%'|"
	inside sed -i "s|^DATABASE_URL=.*|DATABASE_URL='postgresql://www-data@/tasks?host=%2Frun%2Ftasks-pool\&port=6432'|" "$settings_file"
	[[ $(inside stat -c '%a %U %G' /run/tasks-pool) == '2750 postgres www-data' ]]
	wait_until health
	# systemd restarts a killed pooler.
	inside systemctl kill --kill-whom=main --signal KILL pgbouncer
	wait_until health
}

check_all()
{
	inside tasks-check | tee "$scratch/check"
	[[ $(grep -c '^ok ' "$scratch/check") -ge 10 ]]
	not grep -q '^wrong' "$scratch/check"
}

check_finds()
{
	inside cp -p "$settings_file" /root/env
	inside sed -i 's/^BETTER_AUTH_SECRET=..*/BETTER_AUTH_SECRET=short/' "$settings_file"
	not inside tasks-check
	inside chmod 644 "$settings_file"
	inside tasks-check | tee "$scratch/check" || true
	inside mv /root/env "$settings_file"
	[[ $(grep -c '^wrong' "$scratch/check") -ge 2 ]]
}

# --- The HTTP tests, from outside ------------------------------------------

# Set the variables of the HTTP tests for this machine.
reach()
{
	local inner=/proc/$leader/root
	mkdir -p -- "$scratch/run/pgbouncer"
	ln -s "$inner/var/log/apache2" "$scratch/run/apache"
	ln -s "$inner/var/log/nginx" "$scratch/run/nginx"
	ln -s "$inner/var/log/postgresql/pgbouncer.log" "$scratch/run/pgbouncer/log"
	ln -s "$inner/usr/lib/tasks-cgi" "$scratch/run/programs"
	measure_price
	export TRANSPORT=http API_ROOT=$root API_RUN=$scratch/run API_HELPERS=$root/build/helpers POOL=yes \
		API_SOCKET=$inner/run/postgresql API_TOKEN=$root/build/token \
		API_CLIENT=$root/build/client API_SECRET=$secret \
		API_ORIGINS=$origins API_DATABASE=tasks API_SANITIZER_OPTIONS='' \
		API_PROGRAMS=$scratch/run/programs API_URL=http://127.0.0.1 API_PORT=80 \
		API_LOG=$inner/var/log/apache2/error.log API_DATABASE_URL='' BATS_TEST_TIMEOUT=$((60 + PRICE * 100 / 1000)) \
		TASKS_UNLIMITED=yes LC_ALL=C.UTF-8 TZ=UTC
}

# bats_files WHOSE NAME SERVER KIND [OPTION...] FILE...: run them; each of their
# tests counts.
bats_files()
{
	# On another release the tests of the checkout cover them.
	[[ $release == "$own" ]] || return 0
	local tap=$scratch/$2.tap line start=$SECONDS mode=cgi
	[[ $3 == apache ]] || mode=fcgi
	API_SERVER=$4 MODE=$mode nsenter --net="/proc/$leader/ns/net" \
		bats --tap "${@:5}" >"$tap" 2>&1 </dev/null &
	wait $! || true
	ran=0 planned=
	while IFS= read -r line; do
		if [[ $line =~ ^((not )?ok)\ [0-9]+(.*) ]]; then
			((++ran, ++number))
			[[ $line == ok* ]] || ((++failed))
			line="${BASH_REMATCH[1]} $number${BASH_REMATCH[3]}"
		elif [[ $line =~ ^1\.\.([0-9]+)$ ]]; then
			planned=${BASH_REMATCH[1]}
			continue
		fi
		echo "$line"
	done <"$tap"
	echo "# $1 HTTP tests: $ran in $((SECONDS - start)) s"
	try "$1 HTTP tests were there, and all of them ran" complete
}
complete() { ((ran > 0 && ran == planned)); }

# --- The other ways ---------------------------------------------------------

serve_fastcgi()
{
	readme 'a2enmod buffer'
	wait_until health
	inside pgrep -u www-data -x multiwatch
	inside pgrep -u www-data health
	# Without the sockets each error is still of the contract's shape.
	inside sh -c 'systemctl stop "tasks-cgi@*.socket" "tasks-cgi@*.service"'
	[[ $(inside curl -s http://127.0.0.1/health) == '{"detail":"Service unavailable","code":"service_unavailable",'* ]]
	inside sed -i /TASKS_FASTCGI/d /etc/tasks-cgi/apache.conf
	inside apachectl graceful
}

# Apache serves the key set from a file.
fetch_keys()
{
	local set='{"keys":[{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","kid":"one","x":"%s"}]}' x
	local flag=/var/lib/tasks-cgi/jwks.json.wanted
	x=$(openssl genpkey -algorithm ed25519 | openssl pkey -pubout -outform DER | tail -c 32 | base64 -w0 | tr '+/' -_ | tr -d =)
	# shellcheck disable=SC2059
	inside sh -c 'cat >/var/www/html/jwks' <<<"$(printf "$set" "$x")"
	# The state that an earlier version left, whose unit ran as root.
	inside sh -c "chown root:root /var/lib/tasks-cgi; echo '{\"keys\":[]}' >/var/lib/tasks-cgi/jwks.json
		touch -d @0 $flag; chgrp www-data $flag; chmod 660 $flag"
	inside sh -c 'printf "Listen 127.0.0.1:8081\n<VirtualHost *:8081>\nDocumentRoot /var/www/html\n</VirtualHost>\n" \
		>/etc/apache2/sites-enabled/keys.conf; systemctl restart apache2
		printf "JWKS_FILE=%s\nJWKS_URL=http://127.0.0.1:8081/jwks\n" /var/lib/tasks-cgi/jwks.json >/etc/tasks-cgi/jwks
		chmod 600 /etc/tasks-cgi/jwks
		systemctl enable --now tasks-jwks.timer tasks-jwks.path'
	wait_until inside grep -qe "$x" /var/lib/tasks-cgi/jwks.json
	is_kept_by_its_user
	inside rm /var/lib/tasks-cgi/jwks.json
	inside sudo -u www-data touch $flag
	wait_until inside grep -qe "$x" /var/lib/tasks-cgi/jwks.json
	inside systemctl is-active tasks-jwks.timer tasks-jwks.path
	fetch_from_table
}

# The programs can read the key set and touch the flag, but change nothing else.
is_kept_by_its_user()
{
	local file
	[[ $(inside stat -c '%a %U' /var/lib/tasks-cgi /var/lib/tasks-cgi/jwks.json) == $'755 tasks-jwks\n644 tasks-jwks' ]]
	[[ $(inside stat -c '%a %U %G' "$flag") == '660 tasks-jwks www-data' ]]
	inside sudo -u www-data cat /var/lib/tasks-cgi/jwks.json
	for file in jwks.json jwks.json.new; do
		not inside sudo -u www-data sh -c ": >>/var/lib/tasks-cgi/$file"
	done
}

# The sandboxed unit can also fetch the keys from Better Auth's database. It
# gives the flag to the programs again, and its running time is limited.
fetch_from_table()
{
	local flag=/var/lib/tasks-cgi/jwks.json.wanted
	# Reset the failures: systemd limits the starts within a period.
	inside sh -c 'systemctl stop tasks-jwks.timer tasks-jwks.path tasks-jwks; systemctl reset-failed tasks-jwks'
	inside cp -p /etc/tasks-cgi/jwks /root/jwks
	inside sed -i 's|^JWKS_URL=.*|JWKS_DATABASE_URL=postgresql://postgres@/tasks?host=/var/run/postgresql|' /etc/tasks-cgi/jwks
	inside sudo -u postgres psql -qd tasks -c "CREATE TABLE jwks (id text, \"publicKey\" text, \"expiresAt\" timestamptz);
		INSERT INTO jwks VALUES ('from-the-table', '{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"alg\":\"EdDSA\",\"x\":\"$x\"}')"
	inside rm /var/lib/tasks-cgi/jwks.json $flag
	note_powers
	inside systemctl start tasks-jwks || inside journalctl -q -u tasks-jwks -n 10
	has_no_powers
	inside grep -q from-the-table /var/lib/tasks-cgi/jwks.json
	is_kept_by_its_user
	[[ $(inside systemctl show -P TimeoutStartUSec tasks-jwks) == 30s ]]
	inside sudo -u postgres psql -qd tasks -c 'DROP TABLE jwks'
	inside mv /root/jwks /etc/tasks-cgi/jwks
	inside systemctl start tasks-jwks.timer tasks-jwks.path
}

# Make the unit record its user, capabilities and readable files.
note_powers()
{
	inside sh -c 'mkdir /run/systemd/system/tasks-jwks.service.d
		cat >/run/systemd/system/tasks-jwks.service.d/powers.conf; systemctl daemon-reload' <<-'END'
		[Service]
		ExecStartPre=/bin/sh -c 'cd /var/lib/tasks-cgi; grep -E "^(Uid|Cap)" /proc/self/status >powers; \
			for file in /etc/tasks-cgi/env /etc/tasks-cgi/jwks /etc/shadow /run/tasks-cgi; do \
			! test -r $$file || echo "reads $$file" >>powers; done; test ! -r /etc/passwd || echo "reads others" >>powers'
	END
}

has_no_powers()
{
	local set uid
	uid=$(inside id -u tasks-jwks)
	said=$(inside cat /var/lib/tasks-cgi/powers)
	echo "$said"
	inside sh -c 'rm -r /run/systemd/system/tasks-jwks.service.d /var/lib/tasks-cgi/powers; systemctl daemon-reload'
	[[ $uid != 0 && $said == *$'Uid:\t'"$uid"$'\t'"$uid"$'\t'"$uid"$'\t'"$uid"* ]]
	for set in Inh Prm Eff Bnd Amb; do
		[[ $said == *"Cap$set:"$'\t0000000000000000'* ]]
	done
	[[ $(grep reads <<<"$said") == 'reads others' ]]
}

serve_nginx()
{
	readme 'disable --now apache2'
	readme 'install nginx'
	wait_until health
	[[ $(inside stat -c '%a %G' /run/tasks-cgi/tasks-list.sock) == '660 www-data' ]]
	[[ $(inside pgrep -c -x health) == 13 ]]
	# nginx's limits are meant for real clients, so remove them.
	inside sed -i 's|^\(.*\)http://localhost:3000\(.*\)|&\n\1https://app.example.org\2|' /etc/nginx/sites-available/tasks
	inside sed -i 's/^\([[:blank:]]*\)limit_\(req\|conn\) /\1#&/' /etc/nginx/sites-available/tasks
	inside systemctl reload nginx
	inside journalctl -q -u 'tasks-cgi@*' | tail -n 5
}

replaced()
{
	local pid
	pid=$(inside pgrep -o -x health)
	inside kill -KILL "$pid"
	wait_until all_without "$pid"
	health
}
all_without()
{
	local pids
	pids=" $(inside pgrep -x health | xargs) "
	[[ $(wc -w <<<"$pids") == 13 && $pids != *" $1 "* ]]
}

serve_fcgiwrap()
{
	inside systemctl stop nginx 'tasks-cgi@*'
	inside cp /etc/nginx/sites-available/tasks /root/nginx-tasks
	readme 'install nginx fcgiwrap'
	inside systemctl start nginx
	wait_until health
	asks_for_keys http://127.0.0.1/api/me
	inside systemctl stop nginx fcgiwrap.socket fcgiwrap
}

serve_lighttpd()
{
	local log=/var/log/lighttpd/tasks
	readme lighttpd-enable-mod
	wait_until health
	asks_for_keys http://127.0.0.1/api/me
	inside logrotate -f /etc/logrotate.d/lighttpd
	asks_for_keys 'http://127.0.0.1/api/me?after'
	# lighttpd writes its access log with a delay of some seconds.
	wait_until inside grep -q 'path="/api/me" status=401' $log-access.log
	inside grep -q 'program=me status=401' $log-error.log
	inside sh -c "tasks-report $log-access.log*" | grep '^GET /api/me  *2 '
	inside lighttpd-disable-mod tasks
	inside systemctl disable --now lighttpd
}

serve_busybox()
{
	local url=http://127.0.0.1/cgi-bin
	readme 'enable --now tasks-busybox'
	wait_until inside curl -fsS --max-time 10 $url/health/health
	asks_for_keys $url/me/api/me
	inside systemctl disable --now tasks-busybox
}

serve_sockets()
{
	inside cp /root/nginx-tasks /etc/nginx/sites-available/tasks
	inside sh -c 'cd /usr/lib/tasks-cgi; systemctl start $(printf "tasks-cgi@%s.socket " *) nginx'
	wait_until health
}

# asks_for_keys URL: a program in this server and its unit may request new keys
# if a token names an unknown one.
asks_for_keys()
{
	local flag=/var/lib/tasks-cgi/jwks.json.wanted token
	token=$(printf '{"alg":"EdDSA","kid":"unknown"}' | base64 -w0 | tr -d =).e30.$(printf 'A%.0s' {1..86})
	inside sh -c "cp -p $settings_file /root/env; systemctl stop tasks-jwks.path
		sed -i '/^BETTER_AUTH_SECRET=/d; \$ aJWKS_FILE=/var/lib/tasks-cgi/jwks.json' $settings_file; touch -d @0 $flag"
	said=$(inside curl -sS --max-time 10 -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $token" "$1" || true)
	inside sh -c "cat /root/env >$settings_file; systemctl start tasks-jwks.path"
	[[ $said == 401 && $(inside stat -c %Y "$flag") != 0 ]]
}

# --- Its life ---------------------------------------------------------------

# Build the package again, as a later version with another configuration.
later()
{
	rm -rf -- "$scratch/later"
	dpkg-deb -R "$package" "$scratch/later"
	sed -i 's/^Version: .*/&+later/' "$scratch/later/DEBIAN/control"
	echo '# later' >>"$scratch/later/etc/apache2/conf-available/tasks-cgi.conf"
	dpkg-deb --root-owner-group -b "$scratch/later" "$machine/root/later.deb"
}

upgrade()
{
	local sums files="$settings_file /etc/tasks-cgi/apache.conf /etc/tasks-cgi/jwks /etc/apache2/conf-available/tasks-cgi.conf"
	later
	inside sh -c 'echo "# mine" >>/etc/apache2/conf-available/tasks-cgi.conf'
	# shellcheck disable=SC2086
	sums=$(inside sha256sum $files)
	old=$(inside pgrep -x health)
	inside apt-get install -q -o Dpkg::Options::=--force-confold /root/later.deb
	# shellcheck disable=SC2086
	[[ $(inside sha256sum $files) == "$sums" ]]
	inside grep -q '# later' /etc/apache2/conf-available/tasks-cgi.conf.dpkg-dist
	wait_until health
	for pid in $old; do
		not inside kill -0 "$pid"
	done
	inside systemctl is-active tasks-jwks.timer tasks-jwks.path tasks-cgi@health.socket
	inside tasks-check >/dev/null
	# Also with Apache.
	inside sh -c 'systemctl stop nginx; systemctl enable --now apache2'
	wait_until health
}

remove()
{
	inside apt-get remove -q tasks-cgi
	[[ $(inside stat -c '%a %U %G' "$settings_file") == '640 root www-data' ]]
	inside test -s /etc/apache2/conf-available/tasks-cgi.conf
	not inside pgrep -x health
	inside apachectl configtest
	inside systemctl is-active apache2
	not inside test -e /usr/lib/tasks-cgi
}

install_again()
{
	inside apt-get install -q -o Dpkg::Options::=--force-confold /root/later.deb
	inside grep -q "$secret" "$settings_file"
	inside a2enconf tasks-cgi
	inside systemctl reload apache2
	wait_until health
	# Enabled units run again without a reboot.
	inside systemctl is-active tasks-jwks.timer tasks-jwks.path tasks-cgi@{health,tasks-list}.socket
	inside sh -c 'systemctl stop apache2; systemctl start nginx'
	wait_until health
	inside sh -c 'systemctl stop nginx; systemctl start apache2'
}

purge()
{
	local rows='SELECT count(*) > 0 FROM tasks' left
	# A file of the same name that belongs to another program.
	inside install -D /dev/null /var/log/another/tasks-error.log
	inside apt-get purge -q tasks-cgi
	inside rm /var/log/another/tasks-error.log
	inside rmdir /var/log/another
	left=$(comm -13 <(echo "$before") <(owned))
	echo "$left"
	# Only files that README and docs/ told the operator to create elsewhere
	# may be left.
	not grep -vE '^(/run/tasks-pool|/etc/systemd/system/pgbouncer\.service\.d/tasks\.conf)' <<<"$left"
	[[ -z $(inside find /etc -xtype l -path '*tasks*') ]]
	[[ $(inside sudo -u postgres psql -qAtc "$rows" tasks) == t ]]
	inside apachectl configtest
}
