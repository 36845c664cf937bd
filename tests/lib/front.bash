# shellcheck shell=bash disable=SC2034,SC2153,SC2154
# A server in front of the one under test that removes /backend from each path, configured
# by the lines of docs/servers.md.  Source this file after api.bash and apache.bash.

front_pid='' front_saved=$BATS_TEST_TMPDIR/env.saved

# front_lines KIND: print the lines of docs/servers.md for this server, with the port of the
# server under test.
front_lines()
{
	sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/{/^\`\`\`/d; s/127\.0\.0\.1:8000/127.0.0.1:$API_PORT/; s/8000/$API_PORT/; p}" \
		"$API_ROOT/docs/servers.md" | grep .
}

# write_front KIND PORT: print the front server's configuration.
write_front()
{
	local modules=/usr/lib/apache2/modules lines
	lines=$(front_lines "$1")
	case $1 in
	apache)
		printf 'LoadModule %s_module '"$modules"'/mod_%s.so\n' mpm_event mpm_event authz_core authz_core \
			proxy proxy proxy_http proxy_http
		printf '%s\n' "ServerName localhost" "Listen 127.0.0.1:$2" "PidFile $place/pid" "ErrorLog $place/log" \
			"Mutex file:$place default" 'User www-data' 'Group www-data' "$lines"
		;;
	nginx)
		printf '%s\n' 'daemon off;' "pid $place/pid;" "error_log $place/log;" 'events { }' 'http {' 'access_log off;'
		printf "%s_temp_path $place/%s;\n" client_body a proxy b fastcgi c scgi d uwsgi e
		printf '%s\n' 'server {' "listen 127.0.0.1:$2;" "$lines" '}' '}'
		;;
	lighttpd)
		printf '%s\n' "server.document-root = \"$place\"" "server.port = $2" 'server.bind = "127.0.0.1"' \
			"server.errorlog = \"$place/log\"" 'server.modules = ( "mod_rewrite", "mod_proxy" )' "$lines"
		;;
	esac
}

# start_front KIND: start the front server and send later requests to it.  Set PUBLIC_PREFIX
# for the programs.
start_front()
{
	local REPLY
	cp -p "$API_RUN/env" "$front_saved"
	echo 'PUBLIC_PREFIX=/backend' >>"$API_RUN/env"
	free_port
	write_front "$1" "$REPLY" >"$place/front.conf"
	# Use exec, so that front_pid is the server's own process ID.
	case $1 in
	apache) exec /usr/sbin/apache2 -D FOREGROUND -f "$place/front.conf" ;;
	nginx) exec nginx -c "$place/front.conf" ;;
	lighttpd) exec /usr/sbin/lighttpd -D -f "$place/front.conf" ;;
	esac </dev/null >"$place/start.log" 2>&1 3>&- 4>&- &
	front_pid=$!
	API_PORT=$REPLY API_URL=http://127.0.0.1:$REPLY
	wait_until front_answers || { cat "$place/start.log" && fail "$1 does not start"; }
}

front_answers() { true 2>/dev/null <>"/dev/tcp/127.0.0.1/$API_PORT"; }

stop_front()
{
	[[ ! -e $front_saved ]] || cat "$front_saved" >"$API_RUN/env"
	if [[ -n $front_pid ]]; then
		kill "$front_pid" || true
		wait "$front_pid" || true
	fi
	rm -rf -- "$place"
}

# leads_back KIND: check that the URLs in responses (Location, Link) work through the
# prefix.
leads_back()
{
	local base location link
	for base in /api/tasks /api/v1/tasks "/api/$user/tasks"; do
		request POST "/backend$base" --body '{"title":"first"}'
		assert_status 201
		location=${reply_headers[location]}
		[[ $location == "/backend$base/"????????-* ]] || fail "Location: $location"
		request GET "$location"
		assert_status 200
		request POST "/backend$base" --body '{"title":"second"}'
		request GET "/backend$base?limit=1&search=%73econ&q="
		assert_status 200
		request GET "/backend$base?limit=1&sort=-title"
		link=${reply_headers[link]:-}
		[[ $link =~ ^'<'("/backend$base?limit=1&sort=-title&cursor="[^'<>']+)'>; rel="next"'$ ]] || fail "Link: $link"
		request GET "${BASH_REMATCH[1]}"
		assert_status 200
		[[ $body == '[{'* ]] || fail 'the next page is empty'
	done
	# Control: the front server does strip the prefix.
	request GET /api/tasks --unchecked
	[[ $1 == lighttpd && $status == 200 || $status == 404 ]] || fail 'a path without the prefix is served'
}
