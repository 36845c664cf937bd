# shellcheck shell=bash disable=SC2016,SC2034,SC2153,SC2154
# Several web machines with one database.  Each has a folder in $machines with its web
# server, PgBouncer, programs and settings.  They share only the database.  Source this file
# after api.bash.

# set_clock SECONDS: set how far the clock of the clocked programs is ahead.
set_clock()
{
	local bytes='' n=$1
	for _ in {1..8}; do
		printf -v bytes '%s\\x%02x' "$bytes" $((n & 255))
		n=$((n >> 8))
	done
	# The programs have mapped this file, so do not truncate it.
	printf '%b' "$bytes" 1<>"$machines/clock"
}

# make_clocked_programs: create wrappers that start the programs with a clock that
# set_clock() changes while they run.
make_clocked_programs()
{
	local folder=$machines/clocked program
	mkdir -p "$folder"
	"${CC:-gcc}" -std=c17 -D_GNU_SOURCE -O2 -fPIC -shared \
		-o "$machines/clock.so" "$API_ROOT/tests/robustness/faults/clock.c"
	: >"$machines/clock"
	set_clock 0
	for program in "$API_ROOT"/cgi-bin/*.c; do
		program=$(basename "$program" .c)
		printf '#!/bin/bash\nLD_PRELOAD=%q FAULTS_CLOCK=%q exec -a "$0" %q\n' "$machines/clock.so" \
			"$machines/clock" "$machines/whole/$program" >"$folder/$program"
		chmod 755 "$folder/$program"
		install -D "$API_PROGRAMS/$program" "$machines/whole/$program"
	done
	ln -s "${API_TOKEN%/*}"/{token,conninfo} "$folder/"
}

# start_machine NAME SERVER MODE [BUILD]: start a machine with tools/dev/serve, which also
# updates the schema of the shared database.
start_machine()
{
	local name=$1 try port
	for try in {1..5}; do
		port=$((26000 + RANDOM % 1000))
		if (cd "$API_ROOT" && RUN=$machines/$name PORT=$port SERVER=$2 MODE=$3 POOL=yes \
			BUILD=${4:-${API_TOKEN%/*}} DATABASE_URL=${API_DIRECT_URL/tasks_app@/tasks_owner@} \
			BETTER_AUTH_SECRET=$API_SECRET CORS_ORIGINS=$API_ORIGINS TASKS_UNLIMITED=yes \
			tools/dev/serve start >"$machines/$name.start" 2>&1 \
			</dev/null 3>&- 4>&- 8>&-); then
			echo "$port" >"$machines/$name.port"
			printf '%s\n' "$*" >"$machines/$name.again"
			return
		fi
		grep -q 'is in use' "$machines/$name.start" || break
	done
	cat "$machines/$name.start"
	return 1
}

# at NAME: direct request() to this machine.
at()
{
	machine=$1
	API_PORT=$(<"$machines/$1.port")
	API_URL=http://127.0.0.1:$API_PORT
}

# stop_machine NAME: stop its web server and its pooler.
stop_machine()
{
	(cd "$API_ROOT" && RUN=$machines/$1 tools/dev/serve stop </dev/null 3>&- 4>&-)
}

# processes_of NAME: print the PIDs of the machine's processes: their working directory,
# executable or command line is in its folder.
processes_of()
{
	local folder=$machines/$1/
	{
		find /proc/[0-9]* -maxdepth 1 \( -name cwd -o -name exe \) -lname "$folder*"
		grep -lsaF -f <(printf '%s' "$folder") /proc/[0-9]*/cmdline
	} 2>/dev/null | cut -d/ -f3 | sort -u | xargs
}

# kill_machine NAME: kill all its processes, as a power failure would.
kill_machine()
{
	local left
	wait_until is_dead "$1" || fail "processes of $1 remain: $left"
}

is_dead()
{
	left=$(processes_of "$1")
	# shellcheck disable=SC2086
	[[ -z $left ]] || { kill -KILL $left 2>/dev/null && false; }
}

restart_machine()
{
	local -a again
	read -r -a again <"$machines/$1.again"
	start_machine "${again[@]}"
}

# beside COMMAND...: run the command in the background, with its own client in the folder
# $beside/N.  Its output goes to $beside/N.out.  wait_all waits for all commands and fails
# if one of them failed.
begin_beside()
{
	beside=$(mktemp -d "$BATS_TEST_TMPDIR/beside-XXXXXX")
	jobs=()
}

beside()
{
	(
		BATS_TEST_TMPDIR=$beside
		apart "${#jobs[@]}" "$@"
	) >"$beside/${#jobs[@]}.out" 2>&1 3>&- &
	jobs+=($!)
}

wait_all()
{
	local i result=0
	for i in "${!jobs[@]}"; do
		wait "${jobs[i]}" || { cat "$beside/$i.out" && result=1; }
	done
	return "$result"
}
