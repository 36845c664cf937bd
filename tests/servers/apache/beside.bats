# Other parts of the same Apache that affect the API: compression for the whole server, and
# a Better Auth backend that fails.
# bats file_tags=default
# shellcheck disable=SC2030,SC2031,SC2034,SC2119,SC2153,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/answer.bash
# shellcheck source=tests/lib/raw.bash
# shellcheck source=tests/lib/apache.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/answer.bash"
	. "$API_ROOT/tests/lib/raw.bash"
	. "$API_ROOT/tests/lib/apache.bash"
	make_place
}

teardown()
{
	web_stop
	stop_apache
	rm -rf -- "$place"
}

# own_apache [LINE...]: start an Apache for this test on a free port, with these
# configuration lines.
own_apache()
{
	for _ in {1..5}; do
		free_port
		! start_apache "$REPLY" "$@" || break
	done
	API_PORT=$REPLY API_URL=http://127.0.0.1:$REPLY
}

@test "where a server compresses JSON, an answer keeps its entity tag, which If-Match takes" {
	local modules=/usr/lib/apache2/modules coding
	own_apache "LoadModule filter_module $modules/mod_filter.so" "LoadModule deflate_module $modules/mod_deflate.so" \
		"LoadModule brotli_module $modules/mod_brotli.so" \
		'AddOutputFilterByType BROTLI_COMPRESS;DEFLATE application/json text/html'
	create
	for coding in gzip br; do
		request GET "/api/tasks/$id" --header "Accept-Encoding: $coding"
		assert_status 200
		assert_no_header Content-Encoding
		request PATCH "/api/tasks/$id" --body "{\"title\":\"$coding\"}" --header "If-Match: ${reply_headers[etag]}" \
			--header "Accept-Encoding: $coding"
		assert_status 200
		# Control: this server does compress.
		request GET /docs --no-token --unchecked --header "Accept-Encoding: $coding"
		assert_header Content-Encoding "$coding"
	done
}

@test "a Better Auth that breaks off or is not there is an error of the contract's shape" {
	web_listen
	: >"$web/reply"
	own_apache "Define TASKS_AUTH_ORIGIN http://127.0.0.1:$port"
	request GET /api/auth/token --unchecked
	assert_server_error 502
	# Control: Better Auth's own error response is passed on unchanged.
	printf 'HTTP/1.1 502 Its own\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nits own' >"$web/reply"
	request GET /api/auth/token --unchecked
	assert_status 502
	assert_same "$body" 'its own' 'the body'
	web_stop
	request GET /api/auth/token --unchecked
	assert_server_error 503
}
