# A request costs no more instructions, page faults and system calls than the file
# `costs` beside this one says.  These numbers do not depend on the machine's speed or
# load, but on the compiler and on libc, so the file has figures for each.
# COSTS=record replaces those of this toolchain.
# shellcheck disable=SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	costs=$API_ROOT/tests/system/programs/costs
	built=$API_PROGRAMS API_PROGRAMS=$BATS_TEST_TMPDIR/watched seen=$BATS_TEST_TMPDIR/seen
	mkdir "$API_PROGRAMS"
	id=00000000-0000-4000-8000-000000000020
	# Lengths and order are the same in each run.
	sql "INSERT INTO users (id) VALUES ('$user');
		INSERT INTO tasks (user_id, id, title, description, due_date, created_at)
		SELECT '$user', ('00000000-0000-4000-8000-0000000000' || i)::uuid, 'Task number ' || i,
			'What there is to say of it', '2030-01-09T12:00:00Z', now() - i * interval '1 minute'
		  FROM generate_series(11, 30) AS i"
}

teardown()
{
	! declare -F end_programs >/dev/null || end_programs
}

# --- Measuring ------------------------------------------------------------------

# send REQUEST: send it once, and check that it succeeds.
send()
{
	local -a words
	case $1 in
	me) request GET /api/me && assert_status 200 ;;
	get) request GET "/api/tasks/$id" && assert_status 200 ;;
	list) request GET '/api/tasks?limit=20' && assert_status 200 && assert_json 'length == 20' ;;
	create) request POST /api/tasks --body '{"title":"Buy milk","priority":"low"}' && assert_status 201 ;;
	esac
}

# watch REQUEST WORD...: start its program by this command, which writes to $seen.
watch()
{
	local name=$1
	[[ $name == me ]] || name=tasks-$name
	rm -f "$seen"
	printf '#!/bin/sh\nexec %s %q\n' "${*:2}" "$built/$name" >"$API_PROGRAMS/$name"
	chmod 755 "$API_PROGRAMS/$name"
}

watch_instructions() { watch "$1" valgrind --tool=callgrind --callgrind-out-file=/dev/null "--log-file=$seen"; }
watch_calls() { watch "$1" /usr/bin/strace -D -f -q -o "$seen"; }
watch_faults() { watch "$1" "$API_HELPERS/minor_faults" "$seen"; }

# read_KIND: set REPLY to what $seen says.
read_instructions()
{
	local text
	text=$(<"$seen")
	[[ $text =~ Collected\ :\ ([0-9]+) ]] || fail "callgrind: $text" || return 1
	REPLY=${BASH_REMATCH[1]}
}

has_exited() { [[ $(<"$seen") == *'+++ exited with 0 +++'* ]]; }

read_calls()
{
	local line
	REPLY=0
	wait_until has_exited || fail 'strace did not see the exit' || return 1
	while read -r line; do
		# Not the second half of an interrupted call, nor a signal.
		[[ ! $line =~ ^([0-9]+\ +)?[a-z0-9_]+\( ]] || ((++REPLY))
	done <"$seen"
}

read_faults() { read -r REPLY <"$seen"; }

# measure_cgi REQUEST KIND: set REPLY to the cost of the program, from start to exit.
measure_cgi()
{
	"watch_$2" "$1" && send "$1" && "read_$2"
}

# serve REQUEST KIND COUNT: set REPLY to the cost of a process that serves so many.
serve()
{
	local i name=$1
	[[ $name == me ]] || name=tasks-$name
	"watch_$2" "$1" && start_programs "$name" || return 1
	for ((i = 0; i < $3; i++)); do
		send "$1" || return 1
	done
	end_program "$name" && "read_$2"
}

# measure_fcgi REQUEST KIND: set REPLY to the cost of one of 20 requests to a warm process.
measure_fcgi()
{
	local few
	serve "$1" "$2" 5 || return 1
	few=$REPLY
	serve "$1" "$2" 25 || return 1
	REPLY=$(((REPLY - few + 10) / 20))
}

# --- Comparing ------------------------------------------------------------------

# name_toolchain: set toolchain to the compiler and libc of the programs.
name_toolchain()
{
	local compiler
	compiler=$(readelf -p .comment "$built/me" | sed -nE 's/.*\] *(GCC|.*clang)[^0-9]*.* ([0-9]+\.[0-9.]+)( .*)?$/\1 \2/p' | tail -n 1)
	toolchain="${compiler/*clang/clang}, $(getconf GNU_LIBC_VERSION), $(uname -m)"
	[[ $toolchain =~ ^(GCC|clang)\ [0-9.]+,\ glibc\ [0-9.]+,\ [a-z0-9_]+$ ]] || fail "unknown toolchain: $toolchain"
}

kinds=(instructions faults calls)

# known MODE REQUEST KIND: set REPLY to the recorded figure.
known()
{
	local name mode what figures i
	REPLY=
	while IFS='|' read -r name mode what figures; do
		[[ $name/$mode/$what == "$toolchain /"*" $1 / $2 " ]] || continue
		IFS=' |' read -ra figures <<<"$figures"
		for i in "${!kinds[@]}"; do
			[[ ${kinds[i]} != "$3" ]] || REPLY=${figures[i]}
		done
	done <"$costs"
	[[ -n $REPLY ]] || fail "no figures recorded for this toolchain ($toolchain: $1 $2 $3): run \
COSTS=record tests/run programs tests/system/programs/costs.bats"
}

# within SEEN RECORDED: succeed if it is at most 5 % more.
within() { (($1 * 100 <= $2 * 105)); }

# least MODE REQUEST KIND [FIGURE]: set REPLY to the least of up to five measurements, or
# three of instructions; one that is within FIGURE is enough.
least()
{
	local try best=
	for ((try = 0; try < 5; try++)); do
		"measure_$1" "$2" "$3" || return 1
		[[ -n $best ]] && ((best <= REPLY)) || best=$REPLY
		[[ -z ${4:-} ]] || ! within "$best" "$4" || break
		[[ $3 != instructions ]] || ((try < 2)) || break
	done
	REPLY=$best
}

# compare MODE KINDS REQUEST...: measure, and compare with the file.
compare()
{
	local request kind too_much=()
	for request in "${@:3}"; do
		for kind in $2; do
			known "$1" "$request" "$kind" || return 1
			local recorded=$REPLY
			least "$1" "$request" "$kind" "$recorded" || return 1
			within "$REPLY" "$recorded" || too_much+=("$1 $request: $REPLY $kind, recorded $recorded;")
		done
	done
	((${#too_much[@]} == 0)) || fail "${too_much[*]}"
}

# record MODE KINDS REQUEST...: replace this toolchain's figures of this mode.
record()
{
	local request kind line lines=() figures
	mapfile -t lines <"$costs"
	for request in "${@:3}"; do
		figures=
		for kind in "${kinds[@]}"; do
			REPLY=-
			[[ " $2 " != *" $kind "* ]] || least "$1" "$request" "$kind" || return 1
			figures+=" | $REPLY"
		done
		lines+=("$toolchain | $1 | $request$figures")
	done
	for line in "${!lines[@]}"; do
		((line < ${#lines[@]} - $# + 2)) && [[ ${lines[line]} == "$toolchain | $1 |"* ]] || printf '%s\n' "${lines[line]}"
	done >"$costs.new"
	mv "$costs.new" "$costs"
}

# check MODE KINDS REQUEST...: compare, or record if COSTS says so.
check()
{
	name_toolchain || return 1
	case ${COSTS:-compare} in
	compare | record) "${COSTS:-compare}" "$@" ;;
	*) fail "COSTS is compare or record, not $COSTS" ;;
	esac
}

@test "a CGI program costs no more instructions, page faults and system calls than recorded" {
	check cgi 'instructions faults calls' me get list
}

@test "a request costs a FastCGI process no more instructions and system calls than recorded" {
	. "$API_ROOT/tests/lib/fastcgi.bash"
	write_settings
	nap 1.2 # the processes keep settings that are older than a second
	check fcgi 'instructions calls' me get list create
}

@test "a cost of more than 5 % above the record is found out, and so is a missing record" {
	name_toolchain
	measure_cgi me calls
	local calls=$REPLY
	costs=$BATS_TEST_TMPDIR/costs
	echo "$toolchain | cgi | me | 1 | 1 | $calls" >"$costs"
	compare cgi calls me
	echo "$toolchain | cgi | me | 1 | 1 | $((calls * 100 / 106))" >"$costs"
	[[ $(compare cgi calls me 2>&1) == *"cgi me: $calls calls, recorded"* ]] || fail 'too many calls were not found out'
	echo "GCC 1.0, glibc 2.0, x86_64 | cgi | me | 1 | 1 | $calls" >"$costs"
	[[ $(compare cgi calls me 2>&1) == *'no figures recorded for this toolchain'* ]] || fail 'a missing record was not found out'
}
