# Which variables the programs and their libraries read: those that SECURITY.md lists.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
}

# Of what SECURITY.md lists, the names, a line each.
listed()
{
	sed -n '/^## What a program reads/,/^Its libraries/p' "$API_ROOT/SECURITY.md" |
		sed -n '/^```/,/^```/p' | grep -oE '\b[A-Z_]{4,}\b' | sort
}

@test "the programs ask for the variables that SECURITY.md lists, and for no others" {
	local object
	assert_same "$({
		grep -ohE '(config_env|config_env_raw|all_fields)\(envp,\s+"[A-Z_]+"' "$API_ROOT"/lib/*.c
		grep -ohE '^\s+\{"[A-Z_]+",|^#define SETTINGS_FILE "[A-Z_]+"' "$API_ROOT/lib/config.c"
	} | grep -oE '"[A-Z_]+"' | tr -d '"' | sort -u)" "$(listed)" 'variables'
	# And there is no other way to them.
	for object in "$API_PROGRAMS"/{lib,cgi-bin}/*.o; do
		[[ ! $(nm -u "$object") =~ getenv ]] || fail "$object calls getenv()" || return 1
		case ${object##*/} in
		gateway.o | endpoint.o | db_connect.o) ;;
		*) [[ ! $(nm -u "$object") =~ environ ]] || fail "$object uses environ" || return 1 ;;
		esac
	done
}

@test "the libraries ask for PG... that are gone by then, for HOME and the processor's abilities, and for no others" {
	local names=$BATS_TEST_TMPDIR/names
	gcc -std=c17 -D_GNU_SOURCE -shared -fPIC -o "$names.so" "$API_ROOT/tests/programs/asked.c"
	settings+=("LD_PRELOAD=$names.so" OPENSSL_CONF=/x PGOPTIONS=-cx=y)
	{
		create '{"title":"x"}'
		request GET "/api/tasks/$id"
		request PATCH "/api/tasks/$id/complete"
		request DELETE "/api/tasks/$id"
		request GET /api/me
		request GET /health
	} 9>"$names"
	grep -q '^PGSERVICE$' "$names" || fail 'nothing was asked'
	assert_same "$(grep -vxE 'PG[A-Z_]+|HOME|OPENSSL_(ia32|arm|ppc|riscv|s390x)cap' "$names" | sort -u)" '' 'variables'
}
