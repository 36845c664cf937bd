# The programs and their libraries read only the variables that SECURITY.md
# lists.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
}

teardown()
{
	((${#pids[@]} == 0)) || end_programs
}

# Print the names that SECURITY.md lists, one per line.
listed()
{
	sed -n '/^## What a program reads/,/^Its libraries/p' "$API_ROOT/SECURITY.md" |
		sed -n '/^```/,/^```/p' | grep -oE '\b[A-Z_]{4,}\b' | sort
}

@test "the programs ask for the variables that SECURITY.md lists, and for no others" {
	local object symbol count=0
	assert_same "$({
		grep -ohE '(env_get|env_raw|fields)\(envp,\s+"[A-Z_]+"' "$API_ROOT"/lib/*/*.c
		grep -ohE '^\s+\{"[A-Z_]+",|^#define CONFIG_FILE_NAME "[A-Z_]+"' "$API_ROOT"/{lib/config/config.c,include/config/config.h}
	} | grep -oE '"[A-Z_]+"' | tr -d '"' | sort -u)" "$(listed)" 'variables'
	# No other code may use getenv() or environ.
	while read -r object symbol; do
		case $symbol in
		*getenv*) fail "$object calls getenv()" || return 1 ;;
		*environ*)
			[[ ${object##*/} =~ ^(gateway|endpoint|db_connect)\.o: ]] ||
				fail "$object uses environ" || return 1
			;;
		esac
		count=$((count + 1))
	done < <(nm -Au "$API_PROGRAMS"/{lib/*,cgi-bin}/*.o)
	((count > 100)) || fail "only $count symbols"
}

# strangers NAME...: print the requested variables except PG..., HOME, OpenSSL's
# CPU features and these names.
strangers()
{
	grep -vxE 'PG[A-Z_]+|HOME|OPENSSL_(ia32|arm|ppc|riscv|s390x)cap' "$names" | sort -u |
		grep -vxF -f <(printf '%s\n' "$@") || true
}

# watch: make the programs record each requested variable in $names.
watch()
{
	names=$BATS_TEST_TMPDIR/names
	gcc -std=c17 -D_GNU_SOURCE -shared -fPIC "-DNAMES=\"$names\"" -o "$names.so" "$API_ROOT/tests/system/programs/asked.c"
}

@test "the libraries ask for PG... that are gone by then, for HOME and the processor's abilities, and for no others" {
	watch
	settings+=("LD_PRELOAD=$names.so" OPENSSL_CONF=/x PGOPTIONS=-cx=y)
	create '{"title":"x"}'
	request GET "/api/tasks/$id"
	request PATCH "/api/tasks/$id/complete"
	request DELETE "/api/tasks/$id"
	request GET /api/me
	request GET /health
	grep -q '^PGSERVICE$' "$names" || fail 'nothing was asked'
	assert_same "$(strangers '')" '' 'variables'
}

@test "a FastCGI process asks for what libfcgi has besides, and for no others" {
	local -a more=(FCGI_WEB_SERVER_ADDRS LIBFCGI_OS_CLOSE_POLL_TIMEOUT LIBFCGI_IS_AF_UNIX_KEEPER_POLL_TIMEOUT)
	local folder=$BATS_TEST_TMPDIR/watched name
	watch
	. "$API_ROOT/tests/lib/fastcgi.bash"
	write_settings
	mkdir "$folder"
	printf '#!/bin/sh\nexec env LD_PRELOAD=%q %q\n' "$names.so" "$API_PROGRAMS/tasks-list" >"$folder/tasks-list"
	chmod 755 "$folder/tasks-list"
	start_programs tasks-list
	request GET /api/tasks
	assert_status 200
	request GET '/api/tasks?limit=0'
	assert_invalid query.limit
	end_programs
	assert_same "$(strangers "${more[@]}")" '' 'variables'
	for name in "${more[@]}"; do
		grep -qx "$name" "$names" || fail "nobody asked for $name" || return 1
		grep -q "\`$name\`" "$API_ROOT/SECURITY.md" || fail "SECURITY.md does not list $name" || return 1
	done
}
