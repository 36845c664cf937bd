# A search gives the same results in every database, with and without its index.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/lists.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && . "$API_ROOT/tests/lib/lists.bash" && begin; }

teardown()
{
	[[ $API_DATABASE != searched ]] ||
		API_DATABASE=postgres sql 'DROP DATABASE IF EXISTS searched WITH (FORCE)'
}

# database OPTION...: create the database "searched" with these options of CREATE DATABASE
# and our schema, and use it from now on.
database()
{
	API_DATABASE=postgres sql 'DROP DATABASE IF EXISTS searched WITH (FORCE)' 2>/dev/null
	API_DATABASE=postgres sql "CREATE DATABASE searched OWNER tasks_owner ENCODING 'UTF8' $* TEMPLATE template0"
	API_DATABASE=searched API_DATABASE_URL=${API_DIRECT_URL/\/tasks\?/\/searched\?}
	DATABASE_URL=${API_DATABASE_URL/tasks_app@/tasks_owner@} "$API_ROOT/tools/admin/tasks-setup" schema
	base_settings
}

# read_pairs: set scripts, titles, searches and founds from the table.
read_pairs()
{
	local script title search found LC_ALL=C.UTF-8
	scripts=() titles=() searches=() founds=()
	while IFS='|' read -r script title search found; do
		[[ $script != \#* ]] || continue
		scripts+=("${script% }")
		title=${title# } search=${search# }
		printf -v title %b "${title% }"
		printf -v search %b "${search% }"
		titles+=("$title") searches+=("$search") founds+=("${found# }")
	done <"$BATS_TEST_DIRNAME/search-pairs"
}

# encoded TEXT: set REPLY to the text, percent-encoded.
encoded()
{
	local LC_ALL=C i c
	REPLY=''
	for ((i = 0; i < ${#1}; i++)); do
		printf -v c %%%02X "'${1:i:1}"
		REPLY+=%${c: -2}
	done
}

# assert_pairs: search for each text of the table, and check whether its title is found.
assert_pairs()
{
	local i values='' wanted
	read_pairs
	((${#titles[@]} >= 40 && $(printf '%s\n' "${scripts[@]}" | sort -u | wc -l) >= 10))
	rows "INSERT INTO users (id) VALUES ('$user') ON CONFLICT DO NOTHING"
	for i in "${!titles[@]}"; do
		values+="${values:+, }('$user', '${titles[i]//\'/\'\'}', 'pair $i')"
	done
	rows "INSERT INTO tasks (user_id, title, description) VALUES $values"
	for i in "${!titles[@]}"; do
		encoded "${searches[i]}"
		request GET "/api/tasks?search=$REPLY"
		assert_status 200
		wanted=false
		[[ ${founds[i]} != yes ]] || wanted=true
		assert_json 'any(.[]; .description == $d) == $w' --arg d "pair $i" --argjson w "$wanted" ||
			fail "${scripts[i]}: search for ${searches[i]} in ${titles[i]}: ${founds[i]} is right"
	done
}


@test "a search finds the same in a database of locale C" {
	database "LOCALE 'C'"
	assert_pairs
}

@test "a search finds the same in a database of locale C.UTF-8" {
	database "LOCALE 'C.UTF-8'"
	assert_pairs
	# PostgreSQL 17 has a provider of its own for this locale.
	if is "SELECT current_setting('server_version_num')::integer >= 170000" t; then
		database "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C.UTF-8'"
		assert_pairs
	fi
}

@test "a search finds the same in a database of ICU's root locale" {
	database "LOCALE_PROVIDER icu ICU_LOCALE 'und' LOCALE 'C.UTF-8'"
	assert_pairs
}

@test "a search finds the same in a Turkish database" {
	database "LOCALE_PROVIDER icu ICU_LOCALE 'tr' LOCALE 'C.UTF-8'"
	assert_pairs
}

@test "a search finds the same without the index, where pg_trgm is not available" {
	database "LOCALE 'C.UTF-8'"
	is "SELECT to_regclass('public.tasks_search') IS NOT NULL" t
	rows 'DROP INDEX public.tasks_search; DROP EXTENSION pg_trgm'
	assert_pairs
}
