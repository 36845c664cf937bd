# Documents and man pages name only things that exist, and all that they must
# name.
# shellcheck disable=SC2013,SC2016,SC2030,SC2031,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash"
	cd "$API_ROOT" || return
	documents=(*.md docs/*.md docs/decisions/*.md tests/README.md tests/*/README.md tests/*/*/README.md)
}

# anchors FILE: set REPLY to the anchors of its headings, as GitHub makes them,
# separated by line breaks.
anchors()
{
	local line inside=''
	REPLY=$'\n'
	while IFS= read -r line; do
		if [[ $line =~ ^\ *'```' ]]; then
			[[ -n $inside ]] && inside='' || inside=1
		elif [[ -z $inside && $line =~ ^#+\ (.*) ]]; then
			line=${BASH_REMATCH[1],,}
			line=${line//[!a-z0-9 _-]/}
			REPLY+=${line// /-}$'\n'
		fi
	done <"$1"
}

# quoted FILE...: print the texts in single backticks and the lines of blocks,
# each after the file's name and a tab.
quoted()
{
	awk 'function flush() {
			while (match(text, /`[^`]+`/)) {
				print file "\t" substr(text, RSTART + 1, RLENGTH - 2)
				text = substr(text, RSTART + RLENGTH)
			}
			text = ""
		}
		FNR == 1 { flush(); file = FILENAME; inside = 0 }
		/^ *```/ { inside = !inside; next }
		inside { print file "\t" $0; next }
		{ text = text " " $0 }
		END { flush() }' "$@"
}

@test "every link of a document leads somewhere" {
	local document link file folder count=0
	while IFS=: read -r document link; do
		link=${link#']('} link=${link#'src="'}
		link=${link%[\)\"]}
		[[ $link != https://* && $link != http://localhost* ]] || continue
		folder=.
		[[ $document != */* ]] || folder=${document%/*}
		file=$document
		[[ $link == '#'* ]] || file=$folder/${link%%#*}
		[[ -e $file ]] || fail "$document: $link" || return 1
		if [[ $link == *'#'* ]]; then
			anchors "$file"
			[[ $REPLY == *$'\n'"${link#*#}"$'\n'* ]] || fail "$document: no heading $link" || return 1
		fi
		count=$((count + 1))
	done < <(grep -HoE '\]\([^)]+\)|src="[^"]+"' "${documents[@]}")
	((count > 12)) || fail "only $count links were found"
}

@test "every file that a document names is there" {
	local document name first folder
	local -A seen=()
	while IFS=$'\t' read -r document name; do
		[[ $name =~ ^[A-Za-z0-9_.-]+/[A-Za-z0-9_./*-]+$ ]] || continue
		seen[$document]=1
		first=${name%%/*}
		[[ $first != build && $first != .run && ! $name =~ NAME|TARGET ]] || continue
		[[ -d $first || -d tests/$first ]] || continue
		for folder in . tests; do
			! compgen -G "$folder/$name" >/dev/null || continue 2
		done
		fail "$document: $name" || return 1
	done < <(quoted "${documents[@]}")
	((${#seen[@]} > 4)) || fail "only ${#seen[@]} documents"
}

@test "every make target that a document names is one" {
	local document line word said
	local -A targets=()
	while read -r document line; do
		for word in $line; do
			[[ ! $word =~ ^[a-z][a-z0-9-]*$ ]] || targets[$word]=$document
		done
	done < <(quoted "${documents[@]}" | sed -E 's/^([^\t]*\t)/\1\n/; s/\$?\(|\)/\n/g' |
		sed -nE '/\t$/ { s/\t$//; h; d }; s/^ *(sudo )?make ((-s|[A-Z]+=[^ ]*|[a-z][a-z0-9-]*)( .*)?)$/\2/; T; G; s/(.*)\n(.*)/\2 \1/p')
	said=$(make -k -n -q "${!targets[@]}" 2>&1 >/dev/null) || true
	[[ $said != *'No rule to make target'* ]] || fail "$said in one of: ${targets[*]}"
	((${#targets[@]} > 8)) || fail "only ${#targets[@]} targets were found: ${!targets[*]}"
}

# --- Man pages --------------------------------------------------------------

# section PAGE NAME: print the lines of a section (.Sh) or subsection (.Ss).
section()
{
	awk -v name="$2" '/^\.S[hs] / { inside = substr($0, 5) == name; next } inside' "man/$1"
}

# Print the table of lib/config/config.c, one setting per line: NAME reader
# default
table()
{
	tr -d '\n' <lib/config/config.c | grep -oE '\{"[A-Z_]+",[[:space:]]*(NULL|"[^"]*"),[[:space:]]*read_[a-z_]+\}' |
		sed -E 's/^\{"([A-Z_]+)",\s*(NULL|"[^"]*"),\s*(read_[a-z_]+)\}$/\1 \3 \2/; s/"//g'
}

@test "tasks-cgi(5) has every setting and no other, with default and limits" {
	local name='' reader default line word config text pattern
	local -A told=()
	config=$(<lib/config/config.c)
	while IFS= read -r line; do
		[[ $line != '.It Ev '* ]] || name=${line#.It Ev }
		[[ -z $name ]] || told[$name]+="$line "
	done < <(section tasks-cgi.5 SETTINGS)
	assert_same "$(printf '%s\n' "${!told[@]}" | sort)" "$(table | cut -d ' ' -f 1 | sort)" 'settings'
	while read -r name reader default; do
		pattern="Default:( \\.Li)? ${default//./\\.} ?\\.? "
		[[ $default == NULL || ${told[$name]} =~ $pattern ]] || fail "$name: its default is $default" || return 1
		# The limits in the error messages of its reader.
		text=${config#*" *$reader("}
		while IFS= read -r line; do
			while [[ $line =~ \"([^\"]+)\"(.*) ]]; do
				line=${BASH_REMATCH[2]}
				for word in ${BASH_REMATCH[1]//[!A-Za-z0-9_]/ }; do
					[[ ! $word =~ ^(HS)?[0-9]+$ || " ${told[$name]//[!A-Za-z0-9_]/ } " == *" $word "* ]] ||
						fail "$name: its limit is $word" || return 1
				done
			done
		done <<<"${text%%$'\n}'*}"
	done < <(table)
}

@test ".env.example and the scripts have every setting and no other, with its default" {
	local name default example
	assert_same "$(sed -nE 's/^#?([A-Z_]+)=.*/\1/p' .env.example | sort)" \
		"$(table | cut -d ' ' -f 1 | grep -vx JWT_SECRET | sort)" 'settings of .env.example'
	example=$'\n'$(<.env.example)$'\n'
	[[ $example == *JWT_SECRET* ]] || fail 'JWT_SECRET is not explained'
	while read -r name _ default; do
		[[ $default == NULL || $example == *$'\n'"#$name=$default"$'\n'* ]] ||
			fail "$name of .env.example: its default is $default" || return 1
	done < <(table)
	assert_same "$(sed -n '/^settings=(/,/)$/p' tools/dev/lib.sh | grep -oE '\b[A-Z][A-Z_]+\b' | sort)" \
		"$(table | cut -d ' ' -f 1 | grep -vx DATABASE_URL | sort)" 'settings of tools/dev/lib.sh'
}

# fields FUNCTION...: print the log fields that these functions of lib/app/log.c
# write.
fields()
{
	awk -v functions=" $* " '/^[a-z].* log_format/ || /^log_format/ {
			name = $0; sub(/\(.*/, "", name); sub(/.* /, "", name)
			inside = index(functions, " " name " ") }
		inside' lib/app/log.c | grep -oE '^\s+\{"[a-z_]+",' | cut -d '"' -f 2 | sort -u
}

# Print the fields of Apache's access log that Apache itself writes.
access_keys()
{
	sed -n 's/^LogFormat "\(.*\)" tasks$/\1/p' httpd.conf.example | grep -oE '[a-z_]+=' | tr -d =
}

@test "tasks-cgi(8) has every code of an error, its status, and every field of the log" {
	assert_same "$(section tasks-cgi.8 Codes | sed -nE 's/^\.It Li ([a-z_]+) Ta ([0-9]+) Ta .*/\2 \1/p' | sort)" \
		"$(tr -d '\n\t' <lib/base/problem.c | grep -oE '\{[0-9]{3}, *"[a-z_]+"' | tr -d '{,"' | sort)" 'codes'
	assert_same "$(section tasks-cgi.8 "The programs'" | sed -n 's/^\.It Li //p' | sort)" \
		"$(fields log_format log_format_warning)" "fields of the programs' log"
	assert_same "$(section tasks-cgi.8 "The web server's access log" | sed -n 's/^\.It Li //p' | sort)" \
		"$( (fields log_format_access; access_keys) | sort)" 'fields of the access log'
}

@test "tasks-cgi(8) has the codes that web servers give by themselves" {
	local code codes
	codes=$(section tasks-cgi.8 Codes)
	for code in $(grep -ohE 'code\\?":\\?"[a-z_]+' ./*.conf.example deploy/*.conf.example | grep -oE '[a-z_]+$' | sort -u); do
		[[ " ${codes//[!a-z_]/ } " == *" $code "* ]] || fail "$code" || return 1
	done
}

@test "tasks-cgi(7) has every program with its methods, and what it reads" {
	local program methods served routes
	routes=$(<lib/app/route.c)
	assert_same "$(section tasks-cgi.7 Routes | sed -nE 's/^\.It ([a-z-]+) Ta .*/\1/p' | sort)" \
		"$(cd cgi-bin && printf '%s\n' *.c | sed 's/\.c$//' | sort)" 'programs'
	while IFS='|' read -r program methods; do
		[[ $program != fallback ]] || continue
		[[ $routes =~ \{ROUTE_[A-Z]*,\ ([^\"]*),\ \"$program\"\} ]] || fail "no route of $program" || return 1
		served=${BASH_REMATCH[1]//METHOD_/}
		assert_same "${methods//,/}" "${served// |/}" "methods of $program" || return 1
	done < <(section tasks-cgi.7 Routes | sed -nE 's/^\.It ([a-z-]+) Ta ([A-Z, ]+|any) Ta .*/\1|\2/p')
	# Together with the settings, these are all variables that a program
	# reads (environment.bats).
	assert_same "$(section tasks-cgi.7 ENVIRONMENT | sed -n 's/^\.It Ev //p' | tr -d , | xargs -n 1 | sort)" \
		"$(grep -ohE '(env_get|env_raw|fields)\(envp,\s+"[A-Z_]+"' lib/*/*.c |
			grep -oE '[A-Z_]+"' | tr -d '"' | grep -vx CORS_ORIGINS | sort -u)" 'meta-variables'
}

@test "each command of an operator has its man page" {
	local name names
	names=$(section tasks-cgi.8 NAME | sed -n 's/^\.Nm \([a-z-]*\).*/\1/p')
	for name in $names; do
		assert_same "$(<"man/$name.8")" '.so man8/tasks-cgi.8' "$name.8" || return 1
	done
	for name in man/*.8; do
		name=${name#man/} name=${name%.8}
		[[ $name == tasks-cgi || $'\n'$names$'\n' == *$'\n'"$name"$'\n'* ]] || fail "$name" || return 1
	done
}

@test "HACKING's table has every module and no other" {
	assert_same "$(sed -n '/^| module/,/^$/p' HACKING.md | cut -d '|' -f 2 | grep -oE '`[a-z0-9_]+`' | tr -d '`' | sort)" \
		"$(printf '%s\n' include/*/*.h lib/*/*.c | sed -E 's|.*/||; s/\.[ch]$//' | grep -vx banned | sort -u)" 'modules'
}

@test "the table of tests/parts has every part and no other, and tests/README.md every folder" {
	local folder readme
	assert_same "$(sed -nE 's/^([a-z0-9-]+) *\|.*/\1/p' tests/parts | tr - _ | sort)" \
		"$(sed -nE 's/^part_([a-z0-9_]+)\(\).*/\1/p' tests/lib/parts.bash | sort)" 'parts'
	readme=$(<tests/README.md)
	for folder in tests/*/*.bats tests/*/*/*.bats; do
		folder=${folder#tests/}
		[[ $readme == *"\`${folder%/*}/\`"* ]] || fail "$folder" || return 1
	done
}

# number FILE PATTERN: set REPLY to the number in the pattern's group. All
# matches must have the same.
number()
{
	local found
	found=$(sed -nE "s/^[[:blank:]]*$2.*/\1/p" "$API_ROOT/$1" | sort -u)
	[[ $found =~ ^[0-9]+$ ]] || fail "not one number in $1: $found" || return 1
	REPLY=$found
}

@test "no configuration admits as many requests of a client as a program has processes, and docs/servers.md has the numbers" {
	local words file pattern other_file other admitted processes line rows=0
	while IFS='|' read -r words file pattern other_file other; do
		number "$file" "$pattern" || return 1
		admitted=$REPLY
		number "$other_file" "$other" || return 1
		processes=$REPLY
		((admitted < processes)) || fail "$words: $admitted of $processes" || return 1
		line=$(grep "^| $words |" "$API_ROOT/docs/servers.md") || fail "no row of $words" || return 1
		[[ $line == *", $admitted"*", $processes"* ]] || fail "other numbers: $line" || return 1
		rows=$((rows + 1))
	done <<-'END'
		Apache, FastCGI|httpd.conf.example|\t\tDefine TASKS_CLIENT_AT_ONCE ([0-9]+)|deploy/systemd/tasks-cgi@.service|Environment=PROCESSES=([0-9]+)
		nginx, FastCGI|deploy/nginx.conf.example|limit_conn tasks_at_once ([0-9]+)|deploy/systemd/tasks-cgi@.service|Environment=PROCESSES=([0-9]+)
		nginx, fcgiwrap|deploy/nginx.conf.example|limit_conn tasks_at_once ([0-9]+)|docs/servers.md|echo 'DAEMON_OPTS=-c([0-9]+)
	END
	((rows == 3)) || fail "$rows rows"
}

@test "Apache refuses a long header that mod_proxy_fcgi would leave out, if a program reads it" {
	local line name names
	line=$(grep -F 'RewriteCond expr "req_novary' httpd.conf.example)
	line=${line,,}
	mapfile -t names < <(grep -ohE '"HTTP_[A-Z_]+"' lib/http/*.c | sort -u)
	((${#names[@]} > 8)) || fail 'too few'
	for name in "${names[@]//\"/}"; do
		# Apache itself reads these.
		[[ $name != HTTP_@(|CONTENT_LENGTH|TRANSFER_ENCODING) ]] || continue
		name=${name#HTTP_}
		name=${name//_/-}
		[[ $line == *"req_novary('${name,,}') "* ]] || fail "$name" || return 1
	done
}

@test "an include against the order of the layers is found" {
	local file line copy=$BATS_TEST_TMPDIR/copy
	mkdir "$copy"
	cp -a include lib "$copy/"
	tools/dev/layers "$copy"
	while read -r file line; do
		cp "$copy/$file" "$BATS_TEST_TMPDIR/whole"
		echo "$line" >>"$copy/$file"
		run tools/dev/layers "$copy"
		[[ $status != 0 && $output == "$file:$line" ]] || fail "$file $line: $output" || return 1
		cp "$BATS_TEST_TMPDIR/whole" "$copy/$file"
	done <<-'END'
		lib/base/arena.c #include "config/config.h"
		include/base/buf.h #include "http/request.h"
		lib/config/config.c #include "http/cors.h"
		lib/http/request.c #include "app/route.h"
		lib/auth/jws.c #include "http/request.h"
		lib/db/db.c #include "http/traceparent.h"
		lib/db/db.c #include "auth/user.h"
		lib/task/task_store.c #include "auth/auth.h"
		include/task/task_query.h #include "app/endpoint.h"
		lib/base/text.c #include "base.h"
		lib/base/hex.c #include <http/request.h>
		lib/base/hex.c # include "http/request.h"
	END
	tools/dev/layers "$copy"
}

@test "README, HACKING and the decisions stay short enough to be read at once" {
	local file limit lines
	while read -r limit file; do
		mapfile -t lines <"$file"
		((${#lines[@]} <= limit)) || fail "$file has ${#lines[@]} lines" || return 1
	done < <(printf '%s\n' '130 README.md' '150 HACKING.md' && printf '25 %s\n' docs/decisions/*.md)
}
