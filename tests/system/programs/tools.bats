# What the scripts of tools/ must not do when they run as root.
# shellcheck disable=SC2030,SC2031,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	# A folder in which other users can write.
	place=$(mktemp -d /tmp/tasks-XXXXXX)
	chmod 0777 "$place"
	sleeper=
}

teardown()
{
	[[ -z $sleeper ]] || kill "$sleeper" 2>/dev/null || true
	rm -rf -- "$place"
}

# tool NAME ARGUMENT...: run it; set result and said.
tool()
{
	result=0
	said=$(cd "$API_ROOT" && RUN=$folder "tools/dev/$1" "${@:2}" 2>&1 </dev/null 3>&-) || result=$?
}

# Make a data folder whose version is a path to a foreign pg_ctl, with a process
# in it.
plant_data()
{
	mkdir -p "$1/postgres/data" "$place/bin"
	printf '#!/bin/sh\n: >"%s/was-run"\n' "$place" >"$place/bin/pg_ctl"
	chmod +x "$place/bin/pg_ctl"
	echo "../../..$place" >"$1/postgres/data/PG_VERSION"
	(cd "$1/postgres/data" && exec sleep 60) 3>&- &
	sleeper=$!
	echo "$sleeper" >"$1/postgres/data/postmaster.pid"
}

@test "a folder of somebody else's is not taken for ours, by whatever is done there" {
	local command
	if [[ $(id -u) == 0 ]]; then
		folder=$place/planted
		plant_data "$folder"
		chown nobody: "$folder"
	else
		folder=/usr
	fi
	for command in 'postgres stop' 'pgbouncer stop' 'fcgi stop' 'serve stop' 'serve start' 'demo'; do
		# shellcheck disable=SC2086
		tool $command
		[[ $result == 1 && $said == *"$folder belongs to the user "*', not to you'* ]] ||
			fail "$command: exit status $result: $said" || return 1
	done
	[[ ! -e $place/was-run ]] || fail "the planter's program was run"
}

@test "where our own path is too long, a folder or a link that was there before is not taken either" {
	local real
	folder=$place/$(printf 'x%.0s' {1..80})
	real=/var/tmp/tasks-cgi-$(printf %s "$folder" | sha256sum | cut -c 1-12)
	mkdir "$place/mine"
	ln -s "$place/mine" "$real"
	tool serve stop
	rm "$real"
	[[ $result == 1 && $said == *"$real is a symbolic link"* ]] || fail "a link: exit status $result: $said"
	if [[ $(id -u) == 0 ]]; then
		mkdir "$real"
		chown nobody: "$real"
		tool serve stop
		rmdir "$real"
		[[ $result == 1 && $said == *"$real belongs to the user nobody"* ]] ||
			fail "a folder: exit status $result: $said"
	fi
	tool serve stop
	[[ $result == 0 && -z $said ]] || fail "none: exit status $result: $said"
}

@test "the version of PostgreSQL that data name is a number, and no path" {
	folder=$place/run
	mkdir "$folder"
	plant_data "$folder"
	tool postgres stop
	[[ $result == 1 && $said == *'is not installed'* ]] || fail "exit status $result: $said"
	[[ ! -e $place/was-run ]] || fail 'the program was run'
}

# --- tools/dev/deps -----------------------------------------------------------------

# Run tools/dev/deps as on a machine with systemd and without the packages.
# apt-get does what $place/apt-get.sh says. $place/told records the calls of
# systemctl.
deps()
{
	local name
	mkdir -p "$place/bin"
	# shellcheck disable=SC2016
	for name in 'dpkg-query exit 1' 'sudo exec "$@"' "systemctl echo \"\$*\" >>'$place/told'" \
		"apt-get . '$place/apt-get.sh'"; do
		printf '#!/bin/bash\n%s\n' "${name#* }" >"$place/bin/${name%% *}"
	done
	chmod +x "$place"/bin/*
	sed "s|/run/systemd/system|$place|" "$API_ROOT/tools/dev/deps" >"$place/deps"
	: >"$place/told"
	result=0
	said=$(PATH=$place/bin:$PATH TMPDIR=$place bash "$place/deps" nginx 2>&1 </dev/null 3>&-) || result=$?
}

assert_unmasked()
{
	local units='nginx.service fcgiwrap.service fcgiwrap.socket'
	assert_same "$(grep mask "$place/told")" "-q --runtime mask $units
-q --runtime unmask $units" "$1"
	assert_same "$(find "$place" -name 'tmp.*')" '' "$1: what is left behind"
}

@test "what deps keeps from starting may start again, also when nothing could be installed" {
	echo 'exit 0' >"$place/apt-get.sh"
	deps
	[[ $result == 0 ]] || fail "exit status $result: $said"
	assert_unmasked 'installed'
	grep -q ' disable nginx.service ' "$place/told" || fail "not disabled: $(<"$place/told")"
	echo 'echo broken; exit 100' >"$place/apt-get.sh"
	deps
	[[ $result == 1 && $said == *broken*'could not install'* ]] || fail "exit status $result: $said"
	assert_unmasked 'a failure'
	# Not INT, which Ctrl-C sends, because background processes ignore it.
	# shellcheck disable=SC2016
	echo 'kill -TERM $PPID; exit 100' >"$place/apt-get.sh"
	deps
	[[ $result == 143 ]] || fail "TERM: exit status $result: $said"
	assert_unmasked 'TERM'
}

# late FOLDER CC LIMIT: run tools/dev/late for the programs' library. Set flags.
late()
{
	local path=$API_ROOT/tools/dev/late
	local -a libpq
	read -ra libpq <<<"$(<"$API_ROOT/build/libpq/static")"
	if [[ -n ${3:-} ]]; then
		sed "s/^most=.*/most=$3/" "$path" >"$place/late"
		path=$place/late
	fi
	bash "$path" "$place/$1" "$2" "$API_PROGRAMS/libtasks.a" "${libpq[@]}" \
		>"$place/$1.out" 2>&1 || fail "$(<"$place/$1.out")"
	flags=$(<"$place/$1/flags")
}

@test "OpenSSL is loaded on demand also with arguments in CC, and never with too much of it linked statically" {
	[[ $(uname -m) == x86_64 && -e $API_ROOT/build/libpq/static ]] || skip 'for x86-64 and the static libpq only'
	late whole 'gcc -m64'
	assert_same "$flags" "$place/whole/late.a" 'the flags' || return 1
	nm "$place/whole/late.a" | grep -q ' EVP_DigestVerify$' || fail 'no function loads libcrypto'
	late large gcc 1000
	assert_same "$flags" '-lcrypto -lssl' 'the flags' || return 1
	late broken 'gcc -no-such-option'
	assert_same "$flags" '-lcrypto -lssl' 'the flags'
}
