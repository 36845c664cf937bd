# shellcheck shell=bash disable=SC2034,SC2154
# How tests/run runs a part: part_NAME, in a lane with its own servers under $RUN.

# Timeouts of a part and of a test in seconds, several times the usual duration.
part_limit=$((120 + PRICE))
test_limit=$((60 + PRICE / 10))

# --- Counting -----------------------------------------------------------------

# send PART KIND TEXT: send one event of progress.bash.  It is short enough for one atomic
# write.
send()
{
	printf '%s\t%s\t%s\n' "$1" "$2" "${3:0:800}" >&"$events"
}

# bounded OUTPUT ERRORS COMMAND...: run the command with a time limit.  Run it in the
# background, so that bash handles a signal at once.  Close stream()'s pipe for it, because
# a process that a test leaves behind must not keep the pipe open.
bounded()
{
	local status=0
	timeout -k 10 "$part_limit" "${@:3}" >"$1" 2>"$2" </dev/null 3>&- 8>&- 9>&- &
	current=$!
	wait "$current" || status=$?
	current=''
	return "$status"
}

# stream NAME COMMAND...: run a command that prints TAP, count its tests while it runs and
# keep its output.  If $excepting names a server, apply tests/exceptions.
stream()
{
	local name=$1 status=0 counter end=$RANDOM$RANDOM
	shift
	rm -f -- "$RUN/tap.pipe"
	mkfifo -- "$RUN/tap.pipe"
	# Without -W interactive, mawk (Debian's awk) reads and writes in blocks of 4 KiB.
	mawk -W interactive -v end="$end" -v part="$part" -v tap="$taps/$name.tap" \
		-v server="${excepting:-}" -v some="${files[*]}$title" \
		-v exceptions=tests/exceptions -f tests/lib/tap.awk <"$RUN/tap.pipe" >&"$events" 9>&- &
	counter=$!
	exec 8>"$RUN/tap.pipe"
	bounded /dev/fd/8 "$taps/$name.err" "$@" || status=$?
	echo "# end $end $status" >&8
	exec 8>&-
	wait "$counter"
	if ((status != 0)) && [[ -s $taps/$name.err ]]; then
		say_file "$taps/$name.err" 60
	fi
}

# verdict TEXT COMMAND...: count one test, which passes if the command succeeds.
verdict()
{
	send "$part" plan 1
	if "${@:2}"; then
		send "$part" test passed
	else
		send "$part" say "  not ok - $1"
		send "$part" test failed
	fi
}

# say_file FILE COUNT: report the file's last lines.
say_file()
{
	local line
	while IFS= read -r line; do
		send "$part" say "  ! $line"
	done < <(tail -n "$2" -- "$1")
}

# Report each file that the sanitizers wrote, and fail if there is one.
no_reports()
{
	local report
	for report in "$reports"/*; do
		[[ -e $report ]] || return 0
		say_file "$report" 60
	done
	rm -f -- "$reports"/*
	return 1
}

# --- A part -------------------------------------------------------------------

run_part()
{
	local start=$EPOCHREALTIME
	part=$1
	prepare
	"part_${part//-/_}" || verdict 'the part broke off' broke_off
	if [[ $part == asan-* ]]; then
		verdict 'the sanitizers found something' no_reports
		unset ASAN_OPTIONS UBSAN_OPTIONS
	fi
	send "$part" end "$(((${EPOCHREALTIME/[.,]/} - ${start/[.,]/}) / 1000000))"
}

# Print the last lines of the lane's log.
broke_off()
{
	say_file "$lane_log" 20
	return 1
}

# Set the environment of the bats files (lib/api.bash).
prepare()
{
	# Clear the values of the part before.
	unset MODE TASKS_UNLIMITED TASKS_MEMORY TRANSPORT API_SERVER WAY excepting
	export API_ROOT=$root API_RUN=$RUN API_SOCKET=$RUN/postgres
	export API_HELPERS=$root/$plain/helpers API_TOKEN=$root/$plain/token API_CLIENT=$root/$plain/client
	export API_SECRET=$secret API_ORIGINS=$origins API_LIMIT_MS=$((test_limit * 1000))
	export API_DATABASE=tasks API_SANITIZER_OPTIONS=''
	export API_PROGRAMS=$root/$plain BATS_TEST_TIMEOUT=$test_limit
	if [[ $part == asan-* ]]; then
		API_PROGRAMS=$root/$sanitized
		API_SANITIZER_OPTIONS=detect_leaks=1:abort_on_error=0:exitcode=99:log_path=$reports/$part
		export ASAN_OPTIONS=$API_SANITIZER_OPTIONS
		export UBSAN_OPTIONS=print_stacktrace=1:$API_SANITIZER_OPTIONS
	fi
	[[ $part != arm64 ]] || API_PROGRAMS=$root/$plain/arm64/run
	POOL=
	[[ ${way[$part]} == - ]] || choose_way
	export POOL
}

# Set up how the part's programs reach the lane's database: directly or through PgBouncer.
choose_way()
{
	local user
	if [[ ! -S $RUN/postgres/.s.PGSQL.5432 ]]; then
		tools/dev/postgres start 9>&- >&2
	fi
	POOL=$asked_pool
	if [[ -z $POOL ]]; then
		[[ ${way[$part]} == pool ]] && POOL=yes || POOL=no
	fi
	API_DIRECT_URL=$(private_url tasks_app)
	API_DATABASE_URL=$API_DIRECT_URL API_DATABASE_SOCKET=$RUN/postgres/.s.PGSQL.5432
	if [[ $POOL == yes ]]; then
		user=$(id -un)
		[[ $part != *http-* ]] || user=$(programs_user)
		API_DATABASE_URL=$(pool_url "$user")
		API_DATABASE_SOCKET=$RUN/pgbouncer/.s.PGSQL.6432
	fi
	export API_DIRECT_URL API_DATABASE_URL API_DATABASE_SOCKET
	# For the other parts tools/dev/serve starts the pooler.
	case $POOL/$part in
	yes/*http-* | yes/openapi*) ;;
	yes/*) tools/dev/pgbouncer start 9>&- >&2 ;;
	*) tools/dev/pgbouncer stop >&2 ;;
	esac
}

# run_bats NAME FILE...: run these bats files, restricted to the files and tests that the
# user selected.
run_bats()
{
	local name=$1 file wanted=() pattern=${title:-${selected:-}}
	shift
	for file; do
		[[ ${#files[@]} != 0 && " ${files[*]} " != *" $file "* ]] || wanted+=("$file")
	done
	((${#wanted[@]})) || return 0
	stream "$name" bats --tap --timing ${pattern:+--filter "$pattern"} ${tags:+--filter-tags "$tags"} "${wanted[@]}"
}

# differing FILE...: set selected to a pattern of the tests in which servers can differ.
# These are all tests of the files, except those below a line `# bats test_tags=default` and
# files with `# bats file_tags=default`.  In tests/contract only tests below a line `# bats
# test_tags=server` count, or whole files with `# bats file_tags=server`.
differing()
{
	local file line all next
	selected=
	for file; do
		all='' next=''
		[[ $file == tests/contract/* ]] || all=yes
		while IFS= read -r line; do
			case $line in
			'# bats file_tags=server') all=yes ;;
			'# bats file_tags=default') all='' ;;
			'# bats test_tags=server') next=yes ;;
			'# bats test_tags=default') next=no ;;
			'@test "'*)
				line=${line#@test \"}
				line=${line%%\" \{*}
				[[ -z $all$next || $next == no ]] || selected+="|${line//[^a-zA-Z0-9 ]/.}"
				next=
				;;
			esac
		done <"$file"
	done
	selected="^(${selected#|})\$"
}

unit_in()
{
	local program
	for program in "$1"/unit/test_*; do
		if [[ -f $program && -x $program && $program != *.[do] ]]; then
			stream "$2-${program##*/}" "$program"
		fi
	done
}
part_unit() { unit_in "$plain" unit; }
part_asan_unit() { unit_in "$sanitized" asan-unit; }

part_sql()
{
	local file
	export API_LIST_SQL=$RUN/list.sql
	"$plain/helpers/list_sql" >"$API_LIST_SQL" || return 1
	for file in tests/db/sql/*.sql; do
		stream "sql-$(basename "$file" .sql)" psql -X -q -A -t \
			-h "$RUN/postgres" -p 5432 -U postgres -d tasks -f "$file"
	done
	PGHOST=$RUN/postgres PGPORT=5432 PGUSER=postgres \
		stream sql-apply sh tests/db/sql/apply.sh
}

part_api() { TRANSPORT=cgi run_bats api tests/contract/*.bats; }
part_cgi() { TRANSPORT=cgi run_bats cgi tests/cgi/*.bats; }
part_setup() { TRANSPORT=cgi run_bats setup tests/db/setup/*.bats; }
part_programs() { TRANSPORT=cgi run_bats programs tests/system/programs/*.bats; }
# Leave out the tests of scripts and under strace.  Of tests/contract, run those about locks: over FastCGI
# one process per program serves one request after another.
part_asan_cgi()
{
	TRANSPORT=cgi run_bats asan-cgi tests/cgi/!(jwks_refresh*|pgbouncer|report|fastcgi-signals).bats \
		tests/contract/{conditions,idempotency,update}.bats
}

# One process per program serves all tests (contract/setup_suite.bash).
part_asan_api() { TRANSPORT=fcgi run_bats asan-api tests/contract/*.bats; }

part_isolation() { isolation isolation "$plain"; }
part_asan_isolation() { isolation asan-isolation "$sanitized"; }

openapi() { BUILD=$plain SERVER=$2 MODE=$3 stream "$1" tests/system/openapi/run "${@:4}"; }
part_openapi() { openapi openapi apache-event fcgi; }
part_openapi_prefork() { openapi openapi-prefork apache-prefork cgi answers; }

# The stand-in for Neon itself, and how the programs handle its behaviour.
part_neon()
{
	export TRANSPORT=cgi
	WAY=cgi-direct run_bats neon tests/db/neon/{stand-in,long}.bats
	WAY=cgi-pooled run_bats neon-long tests/db/neon/long.bats
	((${#files[@]})) || stream neon-ways tests/db/neon/all-ways
}

part_machines() { TRANSPORT=http run_bats machines tests/db/machines/*.bats; }

# The tables partitioned by user, as in a sharded engine.
part_partitioned()
{
	tests/db/partitioned/setup || return 1
	API_DATABASE=tasks_partitioned
	API_DIRECT_URL=${API_DIRECT_URL/\/tasks\?//tasks_partitioned?}
	API_DATABASE_URL=$API_DIRECT_URL
	TRANSPORT=cgi run_bats partitioned tests/db/partitioned/*.bats tests/contract/*.bats
}

# --- Web servers --------------------------------------------------------------

# http SERVER MODE: start the server and run the tests for it.
http()
{
	local own=("tests/servers/${1%%-*}"/*.bats) build=$plain selected=''
	# How the programs run.
	case $1-$2 in
	*-fcgi) own+=(tests/servers/fastcgi/*.bats) ;;
	apache-*) own+=(tests/servers/apache-cgi/*.bats) ;;
	esac
	excepting=${part#*http-}
	[[ $1 != busybox ]] || excepting+=" $(busybox | sed -nE '1s/BusyBox v([0-9]+\.[0-9]+).*/busybox-\1/p')"
	if [[ $part == asan-* ]]; then
		build=$sanitized
		# The sanitizers reserve terabytes of address space.
		export TASKS_MEMORY=max
	fi
	[[ $part != http-fcgiwrap ]] || own=(tests/servers/fcgiwrap/*.bats tests/servers/nginx/{errors,share}.bats)
	# The format of log lines, and when they are written.
	[[ ! $1 =~ ^(apache|nginx) ]] || own+=(tests/servers/access-log/*.bats)
	# All test clients have the same address, so switch off the limits per client.
	export TRANSPORT=http API_SERVER=$1 MODE=$2 TASKS_UNLIMITED=yes API_LOG=$RUN/apache/error.log
	case $1-$2 in
	*-fcgi | nginx-*) API_LOG=$RUN/fcgi/error.log ;;
	busybox-*) API_LOG=$RUN/busybox/error.log ;;
	lighttpd-*) API_LOG=$RUN/lighttpd/tasks-error.log ;;
	esac
	start_server "$1" "$build" || return 1
	API_PROGRAMS=$RUN/programs
	own=(tests/servers/common/[!l]*.bats tests/servers/common/load.bats "${own[@]}" tests/contract/*.bats tests/servers/common/logs.bats)
	# Run the tests in which servers cannot differ on the default server only.
	[[ $part == http-event || $full == yes ]] || differing "${own[@]}"
	run_bats "$part" "${own[@]}"
	stop_servers
}

# start_server SERVER BUILD: start the server on a free port.
start_server()
{
	local try
	for try in 1 2 3 4 5; do
		export PORT=$((20000 + RANDOM % 10000))
		export API_PORT=$PORT API_URL=http://127.0.0.1:$PORT
		BUILD=$2 SERVER=$1 BETTER_AUTH_SECRET=$secret CORS_ORIGINS=$origins \
			tools/dev/serve start >"$taps/$part.start" 2>&1 3>&- 9>&- && return
		if ((try == 5)) || ! grep -q 'is in use' "$taps/$part.start"; then
			send "$part" say "$(<"$taps/$part.start")"
			return 1
		fi
	done
}

stop_servers()
{
	local server
	for server in apache lighttpd nginx busybox; do
		tools/dev/$server stop
	done
}
part_http_event() { http apache-event cgi; }
part_http_prefork() { http apache-prefork cgi; }
part_http_fcgi() { http apache-event fcgi; }
part_asan_http_fcgi() { http apache-event fcgi; }
part_http_nginx() { http nginx fcgi; }
part_http_fcgiwrap() { http nginx cgi; }
part_http_lighttpd() { http lighttpd cgi; }
part_http_busybox() { http busybox cgi; }

# --- Campaigns ----------------------------------------------------------------

part_upgrade() { BUILD=$plain stream upgrade node tests/db/upgrade/main.mjs; }

# torture NAME BUILD some|all: make each allocation of the programs fail in turn.
torture()
{
	"${CC:-gcc}" -std=c17 -D_GNU_SOURCE -Wall -Wextra -Werror -O2 -fPIC -shared \
		-o "$RUN/helpers/shim.so" tests/robustness/torture/shim.c || return 1
	API_PROGRAMS=$root/$2 TORTURE_SHIM=$RUN/helpers/shim.so \
		stream "$1" node tests/robustness/torture/main.mjs "$3"
}
part_torture() { torture torture "$plain/torture" some; }
part_torture_all() { torture torture-all "$plain/torture" all; }
part_asan_torture() { torture asan-torture "$sanitized/torture" some; }

part_valgrind()
{
	"${CC:-gcc}" -o "$RUN/helpers/lost" tests/robustness/valgrind/lost.c || return 1
	TRANSPORT=cgi API_PROGRAMS=$root/$plain/torture run_bats valgrind tests/robustness/valgrind/*.bats
}

# The unit tests and the programs with qemu-user, and the sandbox in a virtual machine.
part_arm64()
{
	local program tags='!native'
	for program in "$API_PROGRAMS"/unit/test_*; do
		[[ $program == */test_sandbox ]] || stream "arm64-${program##*/}" "$program"
	done
	stream arm64-sandbox tools/dev/arm64 sandbox
	TRANSPORT=cgi run_bats arm64-cgi tests/cgi/!(jwks_refresh*|pgbouncer|report|fastcgi-signals).bats
	verdict 'the package for arm64 cannot be built' arm64_package
}
arm64_package()
{
	bounded "$taps/arm64-package.out" "$taps/arm64-package.err" tools/dev/arm64 package && return
	say_file "$taps/arm64-package.err" 20
	return 1
}

part_lint() { verdict 'lint found something' lint; }
lint()
{
	bounded "$taps/lint.out" "$taps/lint.err" tools/dev/lint && return
	say_file "$taps/lint.out" 60
	say_file "$taps/lint.err" 60
	return 1
}
part_fuzz() { stream fuzz tests/robustness/fuzz/run; }
part_e2e() { stream e2e tools/dev/e2e; }
part_faults() { stream faults env RUN="$RUN/faults" tests/robustness/faults/run; }
part_abuse() { stream abuse tests/robustness/abuse/run; }

# The image behind podman, as compose.yaml runs it.  Its shells are no programs, and all
# clients of the tests have one address.
part_container()
{
	local port selected='' own=(tests/system/container/*.bats tests/contract/*.bats)
	export TRANSPORT=http API_SERVER=nginx
	tests/system/container/images make >&2 || return 1
	# shellcheck source=tests/system/container/podman.bash
	. tests/system/container/podman.bash
	port=$((10000 + RANDOM % 2000))
	export API_PORT=$port API_URL=http://127.0.0.1:$port
	printf '%s\n' 'limit_req_dry_run on;' 'limit_conn_dry_run on;' >"$podman_state/unlimited.conf"
	up tasks-api "$port" -e "DATABASE_URL=$database_url" -e "BETTER_AUTH_SECRET=$secret" -e "CORS_ORIGINS=$origins" \
		-v "$podman_state/unlimited.conf:/etc/nginx/conf.d/unlimited.conf" \
		-v "$podman_state/log:/usr/bin/dash" -v "$podman_state/log:/usr/bin/bash" || return 1
	[[ $full == yes ]] || differing "${own[@]}"
	run_bats container "${own[@]}"
	tests/system/container/images remove
}

# These scripts make a folder of their own.
part_package() { stream package env -u TEST_RUN tests/system/package/run; }
part_other_debian()
{
	local number part_limit=$((2 * part_limit))
	for number in "${!debian_names[@]}"; do
		[[ $number == "$(own_debian)" ]] || stream other-debian env -u TEST_RUN tests/system/package/run "$number"
	done
}
