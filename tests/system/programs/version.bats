# The version is written in one place only.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	cd "$API_ROOT" || return
	version=$(tools/dev/version)
}

# stated FOLDER: print the project's files there that contain the version.
stated()
{
	grep -rlwF --exclude-dir={.git,build,node_modules,corpus,docs} --exclude-dir='.run*' \
		--exclude={package-lock.json,CHANGELOG.md} -- "$version" "$1" || true
}

@test "the version stands in CHANGELOG.md alone; another place is found out" {
	[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "what version is $version?"
	assert_same "$(stated .)" '' 'places'
	echo "VERSION = $version" >"$BATS_TEST_TMPDIR/Makefile"
	assert_same "$(stated "$BATS_TEST_TMPDIR")" "$BATS_TEST_TMPDIR/Makefile" 'places'
}

@test "the program and the description of the API say that version" {
	tools/dev/docs
	body=$(<build/htdocs/openapi.json)
	assert_json '[.. | objects | .version? | strings] | length > 3 and all(. == $version)' --arg version "$version"
	[[ $(strings "$API_PROGRAMS/health") == *$'\n'"$version"$'\n'* ]] || fail 'health has another one'
}
