# What the documents and man pages name is there, and what is there they name.
# shellcheck disable=SC2013,SC2016,SC2030,SC2031,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash"
	cd "$API_ROOT" || return
	documents=(*.md docs/*.md tests/README.md)
}

# links FILE: the targets of its links and pictures.
links()
{
	grep -oE '\]\([^)]+\)|src="[^"]+"' "$1" | sed -E 's/^\]\(//; s/\)$//; s/^src="//; s/"$//'
}

# anchors FILE: of its headings, as web sites for repositories make them.
anchors()
{
	sed '/^ *```/,/^ *```$/d' "$1" | sed -nE 's/^#+ //p' | tr '[:upper:]' '[:lower:]' |
		sed -E 's/[^a-z0-9 _-]//g; s/ /-/g'
}

# quoted FILE: what stands between single backticks, and the lines of blocks.
quoted()
{
	awk '/^ *```/ { inside = !inside; next } inside' "$1"
	sed '/^ *```/,/^ *```$/d' "$1" | tr '\n' ' ' | grep -oE '`[^`]+`' | tr -d '`'
}

@test "every link of a document leads somewhere" {
	local document link file count=0
	for document in "${documents[@]}"; do
		for link in $(links "$document"); do
			[[ $link != https://* && $link != http://localhost* ]] || continue
			file=$document
			[[ $link == '#'* ]] || file=$(dirname "$document")/${link%%#*}
			[[ -e $file ]] || fail "$document: $link" || return 1
			[[ $link != *'#'* ]] || anchors "$file" | grep -qxF -- "${link#*#}" ||
				fail "$document: no heading $link" || return 1
			count=$((count + 1))
		done
	done
	((count > 12)) || fail "only $count links were found"
}

@test "every file that a document names is there" {
	local document name first folder count=0
	for document in "${documents[@]}"; do
		for name in $(quoted "$document" | grep -xE '[A-Za-z0-9_.-]+/[A-Za-z0-9_./*-]+' | sort -u); do
			first=${name%%/*}
			[[ $first != build && $first != .run && ! $name =~ NAME|TARGET ]] || continue
			[[ -d $first || -d tests/$first ]] || continue
			for folder in . tests; do
				! compgen -G "$folder/$name" >/dev/null || continue 2
			done
			fail "$document: $name" || return 1
		done
		count=$((count + 1))
	done
	((count > 4)) || fail "only $count documents"
}

@test "every make target that a document names is one" {
	local document line word count=0
	for document in "${documents[@]}"; do
		while read -r line; do
			for word in $line; do
				[[ $word =~ ^[a-z][a-z0-9-]*$ ]] || continue
				make -n -q "$word" >/dev/null 2>&1 || [[ $? == 1 ]] ||
					fail "$document: make $word" || return 1
				count=$((count + 1))
			done
		done < <(quoted "$document" | sed -E 's/\$?\(|\)/\n/g' |
			sed -nE 's/^ *(sudo )?make ((-s|[A-Z]+=[^ ]*|[a-z][a-z0-9-]*)( .*)?)$/\2/p')
	done
	((count > 20)) || fail "only $count targets were found"
}

# --- Man pages --------------------------------------------------------------

# section PAGE NAME: the lines of it, be it a section or a part of one.
section()
{
	awk -v name="$2" '/^\.S[hs] / { inside = substr($0, 5) == name; next } inside' "man/$1"
}

# setting NAME: the lines of tasks-cgi(5) on it.
setting()
{
	section tasks-cgi.5 SETTINGS | awk -v name="$1" '/^\.It/ { inside = $3 == name } inside'
}

# The table of lib/config.c, a line each: NAME reader default
table()
{
	tr -d '\n' <lib/config.c | grep -oE '\{"[A-Z_]+",[[:space:]]*(NULL|"[^"]*"),[[:space:]]*read_[a-z_]+\}' |
		sed -E 's/^\{"([A-Z_]+)",\s*(NULL|"[^"]*"),\s*(read_[a-z_]+)\}$/\1 \3 \2/; s/"//g'
}

# refusals READER: what it says of a bad value.
refusals()
{
	awk -v reader="$1" '$0 ~ " \\*" reader "\\(" { inside = 1 } inside; inside && /^}/ { exit }' lib/config.c |
		grep -oE '"[^"]+"'
}

@test "tasks-cgi(5) has every setting and no other, with default and limits" {
	local name reader default number
	assert_same "$(section tasks-cgi.5 SETTINGS | sed -n 's/^\.It Ev //p' | sort)" \
		"$(table | cut -d ' ' -f 1 | sort)" 'settings'
	while read -r name reader default; do
		[[ $default == NULL ]] ||
			setting "$name" | tr '\n' ' ' | grep -qE "Default:( \.Li)? ${default//./\\.} ?\.? " ||
			fail "$name: its default is $default" || return 1
		for number in $(refusals "$reader" | grep -oE '\b[0-9]+\b'); do
			setting "$name" | grep -qw -- "$number" || fail "$name: its limit is $number" || return 1
		done
		for number in $(refusals "$reader" | grep -oE '\bHS[0-9]+\b'); do
			setting "$name" | grep -qw -- "$number" || fail "$name: it may be $number" || return 1
		done
	done < <(table)
}

@test ".env.example and the scripts have every setting and no other, with its default" {
	local name default line
	assert_same "$(sed -nE 's/^#?([A-Z_]+)=.*/\1/p' .env.example | sort)" \
		"$(table | cut -d ' ' -f 1 | grep -vx JWT_SECRET | sort)" 'settings of .env.example'
	grep -qw JWT_SECRET .env.example || fail 'JWT_SECRET is not explained'
	while read -r name _ default; do
		[[ $default != NULL ]] || continue
		line=$(grep -E "^#$name=" .env.example)
		assert_same "${line#*=}" "$default" "$name of .env.example" || return 1
	done < <(table)
	assert_same "$(sed -n '/^settings=(/,/)$/p' tools/lib.sh | grep -oE '\b[A-Z][A-Z_]+\b' | sort)" \
		"$(table | cut -d ' ' -f 1 | grep -vx DATABASE_URL | sort)" 'settings of tools/lib.sh'
}

# fields FUNCTION...: those that it writes, of lib/log.c.
fields()
{
	awk -v functions=" $* " '/^[a-z].* log_format/ || /^log_format/ {
			name = $0; sub(/\(.*/, "", name); sub(/.* /, "", name)
			inside = index(functions, " " name " ") }
		inside' lib/log.c | grep -oE '^\s+\{"[a-z_]+",' | cut -d '"' -f 2 | sort -u
}

# Of Apache's access log, those that the server itself writes.
access_keys()
{
	sed -n 's/^LogFormat "\(.*\)" tasks$/\1/p' httpd.conf.example | grep -oE '[a-z_]+=' | tr -d =
}

@test "tasks-cgi(8) has every code of an error, its status, and every field of the log" {
	assert_same "$(section tasks-cgi.8 Codes | sed -nE 's/^\.It Li ([a-z_]+) Ta ([0-9]+) Ta .*/\2 \1/p' | sort)" \
		"$(tr -d '\n\t' <lib/problem.c | grep -oE '\{[0-9]{3}, *"[a-z_]+"' | tr -d '{,"' | sort)" 'codes'
	assert_same "$(section tasks-cgi.8 "The programs'" | sed -n 's/^\.It Li //p' | sort)" \
		"$(fields log_format log_format_warning)" "fields of the programs' log"
	assert_same "$(section tasks-cgi.8 "The web server's access log" | sed -n 's/^\.It Li //p' | sort)" \
		"$( (fields log_format_access; access_keys) | sort)" 'fields of the access log'
}

@test "tasks-cgi(8) has the codes that web servers give by themselves" {
	local code
	for code in $(grep -ohE 'code\\?":\\?"[a-z_]+' ./*.conf.example | grep -oE '[a-z_]+$' | sort -u); do
		section tasks-cgi.8 Codes | grep -qw -- "$code" || fail "$code" || return 1
	done
}

@test "tasks-cgi(7) has every program with its methods, and what it reads" {
	local program methods
	assert_same "$(section tasks-cgi.7 Routes | sed -nE 's/^\.It ([a-z-]+) Ta .*/\1/p' | sort)" \
		"$(cd cgi-bin && printf '%s\n' *.c | sed 's/\.c$//' | sort)" 'programs'
	while IFS='|' read -r program methods; do
		[[ $program != fallback ]] || continue
		assert_same "${methods//,/}" \
			"$(sed -n "s/^\t{ROUTE_[A-Z]*, \(.*\), \"$program\"},/\1/p" lib/route.c |
				head -n 1 | sed 's/METHOD_//g; s/ |//g')" "methods of $program" || return 1
	done < <(section tasks-cgi.7 Routes | sed -nE 's/^\.It ([a-z-]+) Ta ([A-Z, ]+|any) Ta .*/\1|\2/p')
	# With the settings, these are all that a program reads (environment.bats).
	assert_same "$(section tasks-cgi.7 ENVIRONMENT | sed -n 's/^\.It Ev //p' | tr -d , | xargs -n 1 | sort)" \
		"$(grep -ohE '(config_env|config_env_raw|all_fields)\(envp,\s+"[A-Z_]+"' lib/*.c |
			grep -oE '[A-Z_]+"' | tr -d '"' | grep -vx CORS_ORIGINS | sort -u)" 'meta-variables'
}

@test "each command of an operator has its man page" {
	local name
	for name in $(section tasks-cgi.8 NAME | sed -n 's/^\.Nm \([a-z-]*\).*/\1/p'); do
		assert_same "$(<"man/$name.8")" '.so man8/tasks-cgi.8' "$name.8" || return 1
	done
	for name in man/*; do
		[[ $name == man/tasks-cgi.? ]] ||
			section tasks-cgi.8 NAME | grep -q "^\.Nm $(basename "$name" .8)\b" || fail "$name" || return 1
	done
}

@test "HACKING's table has every module and no other" {
	assert_same "$(sed -n '/^| module/,/^$/p' HACKING.md | cut -d '|' -f 2 | grep -oE '`[a-z0-9_]+`' | tr -d '`' | sort)" \
		"$(printf '%s\n' include/*.h lib/*.c | sed -E 's|.*/||; s/\.[ch]$//' | grep -vx banned | sort -u)" 'modules'
}

@test "tests/README.md has every layer" {
	local layer count=0
	for layer in $(sed -n '/^layers=(/,/)$/p; /^long=(/p' tests/run | sed 's/^[a-z]*=(//; s/)$//'); do
		grep -q "\`$layer\`" tests/README.md || fail "$layer" || return 1
		count=$((count + 1))
	done
	((count > 20)) || fail "only $count layers"
}
