# The commands of README and docs/, run as a reader would paste them.
# shellcheck disable=SC2013,SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/readme.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && . "$API_ROOT/tests/lib/readme.bash" && begin; }

# Nothing else stops the server that the last test starts.
teardown()
{
	[[ ! -s $API_RUN/readme/pid ]] || kill "$(<"$API_RUN/readme/pid")" || true
	rm -f "$API_RUN/readme/pid"
}

@test "README's first requests make a task and list it" {
	local commands
	commands=$(block 'SUB=alice' | sed "s|http://localhost:8000|$API_URL|")
	[[ -n $commands ]] || fail 'README has no such block'
	cd "$API_ROOT"
	body=$(RUN=$API_RUN bash -e -c "$commands" 2>&1 3>&-) || fail "it ends with $?"
	[[ $body == *'"title":"Buy milk"'*'['*'"title":"Buy milk"'*']'* ]] || fail "$body"
}

@test "the first measurement measures, without an error" {
	local commands
	commands=$(block 'hey -n' | sed "s|http://localhost:8000|$API_URL|; s|-n 400|-n 16|")
	cd "$API_ROOT"
	body=$(RUN=$API_RUN bash -e -c "$commands" 2>&1 3>&-) || fail "it ends with $?"
	[[ $body == *'[200]'$'\t''16 responses'*'[200]'$'\t''16 responses'* && $body != *Error* ]] || fail "$body"
}

# after WORDS: print the code block of docs/operating.md that follows a line with WORDS.
after()
{
	awk -v words="$1" '
		/^```$/ && found { if (inside) exit; inside = 1; next }
		inside
		index($0, words) { found = 1 }' "$API_ROOT/docs/operating.md"
}

# bats test_tags=default
@test "the line of the access log that is shown is of the form of all, and its report is that of such lines" {
	local line
	. "$API_ROOT/tests/lib/access.bash"
	line=$(after "line of the server's access log" | xargs -d '\n')
	[[ $line =~ $line_form ]] || fail "$line"
	awk -v line="$line" 'BEGIN {
		for (n = 0; n < 1000; n++) {
			text = line
			sub(/19:50:15/, sprintf("19:%02d:%02d", n / 60, n % 60), text)
			sub(/ ms=17/, " ms=" 4 + n % 40 + (n % 97 == 0) * 50, text)
			sub(/program_ms=3/, "program_ms=" 2 + n % 37, text)
			sub(/db_ms=2/, "db_ms=" 1 + n % 37, text)
			if (n % 5 == 1) {
				sub(/"GET"/, "\"PATCH\"", text)
				sub(/tasks"/, "tasks/" n "/complete\"", text)
			}
			if (n % 25 == 0) {
				sub(/status=200/, "status=401", text)
				sub(/ db_ms=.*/, "", text)
				sub(/program_ms/, "code=token_expired program_ms", text)
			}
			print text
		}
	}' >"$BATS_TEST_TMPDIR/log"
	assert_same "$("$API_ROOT/tools/admin/tasks-report" "$BATS_TEST_TMPDIR/log")" "$(after 'says of many')" 'report'
}

healthy() { request GET /health --no-token && [[ $status == 200 ]]; }

# This test always uses Apache, whichever server the others test.
# bats test_tags=default
@test "the server that README sets up serves the API with the modules that it enables" {
	local place=$API_RUN/readme port module commands
	free_port
	port=$REPLY
	cd "$API_ROOT"
	rm -rf "$place"
	mkdir -p "$place/logs" "$place/etc"
	commands=$(block 'make install' | sed "/apt-get/,/[^\\\\]\$/d; /conf-available/d; /systemd-sysusers/d; s|sudo ||g; s|/etc/tasks-cgi|$place/etc|g")
	[[ $(id -u) == 0 ]] || commands=${commands/ -g www-data/}
	commands=${commands/make install/make install DESTDIR=$place}
	bash -e -c "$commands" >/dev/null 3>&- || fail 'make install'
	printf "BETTER_AUTH_SECRET='%s'\n" "$API_SECRET" >>"$place/etc/env"
	# An upgrade runs these commands again: the settings must stay.
	bash -e -c "$(grep 'etc/env' <<<"$commands")"
	printf '%s' "${API_DIRECT_URL/tasks_app/tasks_owner}" >"$place/neon-url"
	commands=$(block 'tasks-setup <' | sed "s|neon-url|$place/neon-url|; s|^sudo |$place/usr/sbin/|")
	body=$(TASKS_ENV_FILE=$place/etc/env bash -e -c "$commands" 2>&1 3>&-) || fail "$body"
	[[ $body == *'ok     schema: version'* && $body != *wrong* ]] || fail "$body"
	{
		# Only Debian 12 has this package.
		bash -e -c "$(block libpcre3 | sed -n 's/ | sudo tee .*//p')" 2>/dev/null
		# Debian's Apache loads these modules before a2enmod enables any others.
		for module in mpm_event setenvif $(block a2enmod | sed -n 's/.*a2enmod //p') \
			$(block libapache2-mod-qos | sed -n 's/.*a2enmod \(qos\)$/\1/p'); do
			echo "LoadModule ${module}_module /usr/lib/apache2/modules/mod_$module.so"
		done
		printf '%s\n' "ServerRoot $place" "PidFile $place/pid" "ErrorLog $place/logs/error.log" \
			"DefaultRuntimeDir $place" "Listen 127.0.0.1:$port" "ScriptSock $place/cgid" "QS_SemMemFile $place" \
			"Define TASKS_PORT $port" "Define TASKS_PROGRAMS $place/usr/lib/tasks-cgi" \
			"Define TASKS_ENV_FILE $place/etc/env" "Define TASKS_LOGS $place/logs" \
			"Define TASKS_DOCS $place/usr/share/tasks-cgi/htdocs" \
			'Define TASKS_MEMORY max' 'StartServers 1' 'ThreadsPerChild 8' 'MaxRequestWorkers 8' \
			"Include $place/usr/share/tasks-cgi/httpd.conf.example"
		[[ $(id -u) != 0 ]] || printf '%s\n' 'User www-data' 'Group www-data'
	} >"$place/httpd.conf"
	/usr/sbin/apache2 -t -f "$place/httpd.conf" || fail 'the configuration is not taken'
	/usr/sbin/apache2 -f "$place/httpd.conf" -k start 3>&- || fail 'Apache does not start'
	API_URL=http://127.0.0.1:$port
	wait_until healthy || fail 'it does not serve'
	create
	request GET /api/tasks
	assert_status 200
	assert_json 'length == 1'
}
