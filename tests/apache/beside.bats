# What others of the same Apache, or behind it, make of the API: compression for the
# whole server, and a Better Auth that fails.
# shellcheck disable=SC2030,SC2031,SC2034,SC2119,SC2153,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/answer.bash
# shellcheck source=tests/lib/raw.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/answer.bash"
	. "$API_ROOT/tests/lib/raw.bash"
	place=$(mktemp -d /tmp/tasks-XXXXXX)
	chmod 711 "$place"
	cp -R "$API_RUN/programs" "$API_RUN/htdocs" "$place"
	cp -p "$API_RUN/env" "$place"
}

teardown()
{
	web_stop
	apache stop
	rm -rf -- "$place"
}

apache()
{
	(cd "$API_ROOT" && RUN=$place SERVER=$API_SERVER PORT=${own:-1} TASKS_MEMORY=max \
		TASKS_AUTH_ORIGIN=http://127.0.0.1:${port:-1} tools/apache "$1" </dev/null 3>&- 4>&-)
}

# start_apache [LINE...]: one of the test's own, with these at the end.
start_apache()
{
	for _ in {1..5}; do
		own=$((30000 + RANDOM % 2000))
		! apache start || break
	done
	API_PORT=$own API_URL=http://127.0.0.1:$own
	[[ $# == 0 ]] || {
		apache stop
		printf '%s\n' "$@" >>"$place/apache/httpd.conf"
		/usr/sbin/apache2 -f "$place/apache/httpd.conf" -k start </dev/null 3>&- 4>&-
	}
}

@test "where a server compresses JSON, an answer keeps its entity tag, which If-Match takes" {
	local modules=/usr/lib/apache2/modules etag
	start_apache "LoadModule filter_module $modules/mod_filter.so" "LoadModule deflate_module $modules/mod_deflate.so" \
		'AddOutputFilterByType DEFLATE application/json text/html'
	create
	request GET "/api/tasks/$id" --header 'Accept-Encoding: gzip'
	assert_status 200
	assert_no_header Content-Encoding
	etag=$(header ETag)
	request PATCH "/api/tasks/$id" --body '{"title":"new"}' --header "If-Match: $etag" --header 'Accept-Encoding: gzip'
	assert_status 200
	# The control: it does compress.
	request GET /docs --no-token --unchecked --header 'Accept-Encoding: gzip'
	assert_header Content-Encoding gzip
}

@test "a Better Auth that breaks off or is not there is an error of the contract's shape" {
	web_listen
	: >"$web/reply"
	start_apache
	request GET /api/auth/token --unchecked
	assert_server_error 502
	# The control, and what it says itself stays.
	printf 'HTTP/1.1 502 Its own\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nits own' >"$web/reply"
	request GET /api/auth/token --unchecked
	assert_status 502
	assert_same "$body" 'its own' 'the body'
	web_stop
	request GET /api/auth/token --unchecked
	assert_server_error 503
}
