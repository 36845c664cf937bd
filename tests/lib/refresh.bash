# shellcheck shell=bash disable=SC2034,SC2154
# tools/admin/jwks-refresh in a folder of the tests' own, with a server to ask
# (answer.bash).

. "$API_ROOT/tests/lib/jwks.bash"
. "$API_ROOT/tests/lib/answer.bash"

# Keys and the script, in $keys; for setup_file().
make_refresh()
{
	begin_keys
	make_key old EdDSA
	make_key new EdDSA
	make_key rsa PS256
	key_set old >"$keys/old.json"
	key_set old new rsa >"$keys/good.json"
	# As it is installed: the script and the program side by side.
	mkdir "$keys/bin"
	cp "$API_ROOT/tools/admin/jwks-refresh" "$API_ROOT"/tools/admin/{lib,wait}.sh "$API_PROGRAMS/jwks-check" "$keys/bin/"
}

# For setup().
begin_refresh()
{
	folder=$BATS_TEST_TMPDIR/keys
	file=$folder/jwks.json
	mkdir "$folder"
	good=$(<"$keys/good.json")
	printf '%s' "$(<"$keys/old.json")" >"$file"
	web_listen
	url=http://127.0.0.1:$port/api/auth/jwks
	loop_pid='' reader='' tls_pid='' tool=$keys/bin/jwks-refresh
}

# For teardown().
end_refresh()
{
	local pid
	for pid in $loop_pid $reader $tls_pid; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	web_stop
}

# tool_with CONSTANT=VALUE...: run the script with other constants from now on.
tool_with()
{
	local text constant
	text=$(<"$tool")
	for constant; do
		[[ $text =~ $'\n'"${constant%%=*}"=[0-9]+$'\n' ]] || fail "no constant ${constant%%=*}" || return 1
		text=${text/"${BASH_REMATCH[0]}"/$'\n'$constant$'\n'}
	done
	tool=$keys/bin/changed-$BATS_TEST_NUMBER
	printf '%s\n' "$text" >"$tool"
}

# refresh [NAME=value...]: run it once; sets result and said.
refresh()
{
	result=0
	said=$(env -i PATH="$PATH" JWKS_FILE="$file" JWKS_URL="$url" \
		${API_SANITIZER_OPTIONS:+"ASAN_OPTIONS=$API_SANITIZER_OPTIONS"} "$@" \
		bash "$tool" 2>&1 3>&-) || result=$?
}

# has_set FILE: whether that is what the programs read, byte for byte.
has_set()
{
	local got wanted
	IFS= read -r -d '' got <"$file" || true
	IFS= read -r -d '' wanted <"$1" || true
	[[ $got == "$wanted" ]]
}

# The old file, nothing beside it, and a failure that is told.
assert_kept()
{
	[[ $result != 0 ]] || fail "$1: the exit status is 0" || return 1
	has_set "$keys/old.json" || fail "$1: the file has changed" || return 1
	[[ -n $said ]] || fail "$1: it says nothing" || return 1
	assert_no_rest "$1"
}

assert_no_rest()
{
	local name
	for name in "$folder"/* "$folder"/.[!.]*; do
		[[ $name == */jwks.json || $name == */jwks.json.wanted || ! -e $name ]] ||
			fail "$1: this is left behind: $name" || return 1
	done
}

assert_installed()
{
	[[ $result == 0 ]] || fail "$1: exit status $result: $said" || return 1
	has_set "${2:-$keys/good.json}" || fail "$1: it is not installed" || return 1
	[[ $(stat -c %a "$file") == 644 ]] || fail "$1: others cannot read it" || return 1
	assert_no_rest "$1"
}

# assert_requests COUNT WHAT
assert_requests()
{
	local REPLY
	web_requests
	assert_same "$REPLY" "$1" "requests, $2"
}
