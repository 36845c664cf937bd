# shellcheck shell=bash disable=SC2034,SC2154
# tools/admin/jwks-refresh in a folder of the tests, with a server to fetch from
# (answer.bash).

. "$API_ROOT/tests/lib/jwks.bash"
. "$API_ROOT/tests/lib/answer.bash"

# make_refresh: put keys and the script into $keys; for setup_file().
make_refresh()
{
	begin_keys
	make_key old EdDSA
	make_key new EdDSA
	make_key rsa PS256
	key_set old >"$keys/old.json"
	key_set old new rsa >"$keys/good.json"
	# The installed layout: the script and the program in one folder.
	mkdir "$keys/bin"
	cp "$API_ROOT/tools/admin/jwks-refresh" "$API_ROOT"/tools/admin/{lib,wait}.sh "$API_PROGRAMS/jwks-check" "$keys/bin/"
}

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

end_refresh()
{
	local pid
	for pid in $loop_pid $reader $tls_pid; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	web_stop
}

# tool_with CONSTANT=VALUE...: use a copy of the script with other constants.
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

# refresh [NAME=value...]: run the script once; set result and said.
refresh()
{
	result=0
	said=$(env -i PATH="$PATH" JWKS_FILE="$file" JWKS_URL="$url" \
		${API_SANITIZER_OPTIONS:+"ASAN_OPTIONS=$API_SANITIZER_OPTIONS"} "$@" \
		bash "$tool" 2>&1 3>&-) || result=$?
}

# has_set FILE: succeed if the programs' key set equals this file byte for byte.
has_set()
{
	local got wanted
	IFS= read -r -d '' got <"$file" || true
	IFS= read -r -d '' wanted <"$1" || true
	[[ $got == "$wanted" ]]
}

# assert_kept WHAT: check that the old file remains, that no temporary file is left, and
# that the script reported a failure.
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

# assert_requests COUNT WHAT: check the number of requests to the server.
assert_requests()
{
	local REPLY
	web_requests
	assert_same "$REPLY" "$1" "requests, $2"
}
