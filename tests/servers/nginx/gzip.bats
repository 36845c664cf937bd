# An nginx that compresses other content.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/apache.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/apache.bash"
	make_place
}

teardown()
{
	stop_apache
	rm -rf -- "$place"
}

# start_gzip EDIT: start nginx on a free port with compression for the whole server.  EDIT
# is a sed command for its file.
start_gzip()
{
	for _ in {1..5}; do
		free_port
		(cd "$API_ROOT" && RUN=$API_RUN PORT=$REPLY CORS_ORIGINS=$API_ORIGINS tools/dev/nginx site) |
			sed "s|$API_RUN/nginx/|$place/|; /listen \[::1\]/d; $1" >"$place/site.conf"
		sed "s|$API_RUN/nginx|$place|; s|^http {|&\ngzip on; gzip_types application/json; gzip_min_length 1; gzip_proxied any;|" \
			"$API_RUN/nginx/nginx.conf" >"$place/nginx.conf"
		! nginx -c "$place/nginx.conf" 2>"$place/start.log" 3>&- 4>&- || break
	done
	API_PORT=$REPLY API_URL=http://127.0.0.1:$REPLY
}

@test "where nginx compresses JSON, an answer keeps its entity tag, which If-Match takes" {
	start_gzip ''
	create
	request GET "/api/tasks/$id" --header 'Accept-Encoding: gzip'
	assert_status 200
	assert_no_header Content-Encoding
	request PATCH "/api/tasks/$id" --body '{"title":"new"}' --header "If-Match: ${reply_headers[etag]}" --header 'Accept-Encoding: gzip'
	assert_status 200
	stop_apache
	# Control: without "gzip off" the response is compressed, and its tag becomes a weak
	# one.
	start_gzip '/gzip off;/d'
	request GET "/api/tasks/$id" --header 'Accept-Encoding: gzip' --unchecked
	assert_header Content-Encoding gzip
	[[ ${reply_headers[etag]} == W/* ]] || fail 'a strong tag'
}
