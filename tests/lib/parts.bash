# shellcheck shell=bash disable=SC2034,SC2154
# How tests/run runs a part: part_NAME, in a lane of its own with servers of its
# own under $RUN.

# Timeouts of a part and of a test in seconds: several times what they usually take.
part_limit=$((120 + PRICE))
test_limit=$((60 + PRICE / 10))

# --- Counting -----------------------------------------------------------------

# send PART KIND TEXT: one event of progress.bash, short enough to be written at once.
send()
{
	printf '%s\t%s\t%s\n' "$1" "$2" "${3:0:800}" >&"$events"
}

# bounded OUTPUT ERRORS COMMAND...: run it, but not for ever.  In the background, so
# that a signal to us is heard at once.  What a test leaves running must not keep the
# pipe of stream() open.
bounded()
{
	local status=0
	timeout -k 10 "$part_limit" "${@:3}" >"$1" 2>"$2" </dev/null 3>&- 8>&- 9>&- &
	current=$!
	wait "$current" || status=$?
	current=''
	return "$status"
}

# stream NAME COMMAND...: run what prints TAP and count it while it comes; on the
# server in $excepting, if any, tests/exceptions counts too.  The output is kept.
stream()
{
	local name=$1 status=0 counter end=$RANDOM$RANDOM
	shift
	rm -f -- "$RUN/tap.pipe"
	mkfifo -- "$RUN/tap.pipe"
	# mawk, which is Debian's awk, would read and write in blocks of 4 KiB.
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

# verdict TEXT COMMAND...: one test of ours, passed if the command succeeds.
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

# say_file FILE COUNT: its last lines.
say_file()
{
	local line
	while IFS= read -r line; do
		send "$part" say "  ! $line"
	done < <(tail -n "$2" -- "$1")
}

# Each report that the sanitizers wrote is a failure.
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

# run_part NAME
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

# What the bats files are told (lib/api.bash).
prepare()
{
	# Of the part before.
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
	POOL=
	[[ ${way[$part]} == - ]] || choose_way
	export POOL
}

# Which way the part's programs reach the lane's database.
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
	# tools/dev/serve starts the pooler of the others.
	case $POOL/$part in
	yes/*http-* | yes/openapi*) ;;
	yes/*) tools/dev/pgbouncer start 9>&- >&2 ;;
	*) tools/dev/pgbouncer stop >&2 ;;
	esac
}

# run_bats NAME FILE...: or, of these, only the files and tests that were asked for.
run_bats()
{
	local name=$1 file wanted=() pattern=${title:-${selected:-}}
	shift
	for file; do
		[[ ${#files[@]} != 0 && " ${files[*]} " != *" $file "* ]] || wanted+=("$file")
	done
	((${#wanted[@]})) || return 0
	stream "$name" bats --tap --timing ${pattern:+--filter "$pattern"} "${wanted[@]}"
}

# differing FILE...: set selected to a pattern of the tests in which servers can differ:
# all of these files but those below a line `# bats test_tags=default`, and in api/
# those alone below a line `# bats test_tags=server`, or all of a file with
# `# bats file_tags=server` (`default`: none of it).
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
# Not the tests of scripts.  Of the contract, what meets at locks: over FastCGI, with
# one process for all, requests come one after another.
part_asan_cgi()
{
	TRANSPORT=cgi run_bats asan-cgi tests/cgi/!(jwks_refresh*|pgbouncer|report).bats \
		tests/contract/{conditions,idempotency,update}.bats
}

# Each program is one process, which serves all tests (contract/setup_suite.bash).
part_asan_api() { TRANSPORT=fcgi run_bats asan-api tests/contract/*.bats; }

part_isolation() { isolation isolation "$plain"; }
part_asan_isolation() { isolation asan-isolation "$sanitized"; }

openapi() { BUILD=$plain SERVER=$2 MODE=$3 stream "$1" tests/system/openapi/run "${@:4}"; }
part_openapi() { openapi openapi apache-event fcgi; }
part_openapi_prefork() { openapi openapi-prefork apache-prefork cgi answers; }

# Habits of Neon: the stand-in itself, and what the programs make of them.
part_neon()
{
	export TRANSPORT=cgi
	WAY=cgi-direct run_bats neon tests/db/neon/{stand-in,long}.bats
	WAY=cgi-pooled run_bats neon-long tests/db/neon/long.bats
	((${#files[@]})) || stream neon-ways tests/db/neon/all-ways
}

# Several web machines with one database, and databases with a standby.
part_machines() { TRANSPORT=http run_bats machines tests/db/machines/*.bats; }

# The tables in parts, by user: what a sharded engine would ask of keys and statements.
part_partitioned()
{
	tests/db/partitioned/setup || return 1
	API_DATABASE=tasks_partitioned
	API_DIRECT_URL=${API_DIRECT_URL/\/tasks\?//tasks_partitioned?}
	API_DATABASE_URL=$API_DIRECT_URL
	TRANSPORT=cgi run_bats partitioned tests/db/partitioned/*.bats tests/contract/*.bats
}

# --- Web servers --------------------------------------------------------------

# http SERVER MODE: start it and run what its kind is tested with.
http()
{
	local own=("tests/servers/${1%%-*}"/*.bats) build=$plain selected=''
	excepting=${part#http-}
	if [[ $part == asan-* ]]; then
		build=$sanitized
		# The sanitizers reserve terabytes of address space.
		export TASKS_MEMORY=max
	fi
	[[ $part != http-fcgiwrap ]] || own=(tests/servers/fcgiwrap/*.bats tests/servers/nginx/{errors,share}.bats)
	# What goes into a line of their logs, and when.
	[[ ! $1 =~ ^(apache|nginx) ]] || own+=(tests/servers/access-log/*.bats)
	# All clients of the tests are one address.
	export TRANSPORT=http API_SERVER=$1 MODE=$2 TASKS_UNLIMITED=yes API_LOG=$RUN/apache/error.log
	case $1 in
	nginx) API_LOG=$RUN/fcgi/error.log ;;
	busybox) API_LOG=$RUN/busybox/error.log ;;
	lighttpd) API_LOG=$RUN/lighttpd/tasks-error.log ;;
	esac
	start_server "$1" "$build" || return 1
	API_PROGRAMS=$RUN/programs
	own=(tests/servers/common/[!l]*.bats tests/servers/common/load.bats "${own[@]}" tests/contract/*.bats tests/servers/common/logs.bats)
	# What no two servers can differ in is asked of the default one alone.
	[[ $part == http-event || $full == yes ]] || differing "${own[@]}"
	run_bats "$part" "${own[@]}"
	stop_servers
}

# start_server SERVER BUILD: on a free port.
start_server()
{
	local try
	for try in 1 2 3 4 5; do
		export PORT=$((20000 + RANDOM % 10000))
		export API_PORT=$PORT API_URL=http://127.0.0.1:$PORT
		BUILD=$2 SERVER=$1 BETTER_AUTH_SECRET=$secret CORS_ORIGINS=$origins \
			tools/dev/serve start >"$taps/$part.start" 2>&1 3>&- 9>&- && return
		if ((try == 5)) || ! grep -q 'is taken' "$taps/$part.start"; then
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

# torture NAME BUILD some|all
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
part_package() { stream package tests/system/package/run; }
