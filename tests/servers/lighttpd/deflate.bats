# A lighttpd that compresses other content.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/apache.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/apache.bash"
	make_place
	mkdir "$place"/{empty,uploads}
	[[ $(id -u) != 0 ]] || chown www-data: "$place" "$place/uploads"
}

teardown()
{
	stop_apache
	rm -rf -- "$place"
}

# start_deflate EDIT: start lighttpd on a free port with compression for the whole server.
# EDIT is a sed command for its file.
start_deflate()
{
	for _ in {1..5}; do
		free_port
		sed "s|$API_RUN/lighttpd|$place|; $1" "$API_RUN/lighttpd/site.conf" >"$place/site.conf"
		{
			echo 'server.modules += ( "mod_deflate" )'
			echo 'deflate.mimetypes = ( "application/json" )'
			echo 'deflate.allowed-encodings = ( "gzip" )'
			echo 'deflate.min-compress-size = 1'
			sed "s|$API_RUN/lighttpd|$place|; s|^server.port .*|server.port = $REPLY|; /\[::1\]/d" "$API_RUN/lighttpd/lighttpd.conf"
		} >"$place/lighttpd.conf"
		! /usr/sbin/lighttpd -f "$place/lighttpd.conf" </dev/null >"$place/start.log" 2>&1 3>&- 4>&- || break
	done
	API_PORT=$REPLY API_URL=http://127.0.0.1:$REPLY
}

@test "where lighttpd compresses JSON, an answer keeps its entity tag, which If-Match takes" {
	# Uncomment the lines that the file has for servers with mod_deflate.
	start_deflate 's/#deflate/deflate/'
	create
	request GET "/api/tasks/$id" --header 'Accept-Encoding: gzip'
	assert_status 200
	assert_no_header Content-Encoding
	request PATCH "/api/tasks/$id" --body '{"title":"new"}' --header "If-Match: ${reply_headers[etag]}" --header 'Accept-Encoding: gzip'
	assert_status 200
	stop_apache
	# Control: without these lines the response is compressed, and its tag changes.
	start_deflate ''
	request GET "/api/tasks/$id" --header 'Accept-Encoding: gzip' --unchecked
	assert_header Content-Encoding gzip
	[[ ${reply_headers[etag]} == *-gzip\" ]] || fail 'the same tag'
}
