# How nginx's limits tell clients apart, tested in a network namespace with enough
# addresses.
# shellcheck disable=SC2016,SC2154

setup()
{
	folder=$BATS_TEST_TMPDIR
	mkdir "$folder/docs"
	echo there >"$folder/docs/index.html"
	# Use the shipped file's rules that identify a client, with a limit of one request
	# per client.
	{
		printf '%s\n' 'user root;' 'daemon off;' "pid $folder/pid;" "error_log $folder/error.log;" \
			'events {}' 'http {' 'access_log off;'
		for name in client_body proxy fastcgi uwsgi scgi; do
			echo "${name}_temp_path $folder/$name;"
		done
		sed -n '/^map \$binary_remote_addr /,/^}/p; /^limit_req_zone /p' "$API_ROOT/deploy/nginx.conf.example" |
			sed 's|rate=.*|rate=1r/m;|'
		printf '%s\n' 'server {' 'listen 127.0.0.1:8080;' 'listen [fd00:1::1]:8080;' \
			'limit_req zone=tasks_requests;' 'limit_req_status 429;' "root $folder/docs;" '}' '}'
	} >"$folder/nginx.conf"
	cat >"$folder/ask" <<-'END'
		. "$API_ROOT/tools/admin/wait.sh"
		PATH=$PATH:/sbin:/usr/sbin
		ip link set lo up
		for address in fd00:1::1 fd00:1::2 fd00:1::a0a:a0a:a0a:a0a fd00:1:0:1::1; do
			ip -6 address add "$address/64" dev lo nodad
		done
		nginx -c "$1/nginx.conf" 2>"$1/start.log" &
		server=$!
		trap 'kill "$server"' EXIT
		wait_until test -s "$1/pid"
		request=(-gs --noproxy '*' -o /dev/null -w '%{http_code} ')
		for from in 127.0.0.1 127.0.0.1 127.0.0.2; do
			asked+=("${request[@]}" --interface "$from" http://127.0.0.1:8080/index.html --next)
		done
		for from in fd00:1::1 fd00:1::2 fd00:1::a0a:a0a:a0a:a0a fd00:1:0:1::1; do
			asked+=("${request[@]}" --interface "$from" 'http://[fd00:1::1]:8080/index.html' --next)
		done
		unset -v 'asked[-1]'
		curl -q "${asked[@]}"
	END
}

@test "an address is a client, and of IPv6 a network of the smallest kind; the next one is another" {
	run unshare -rmn bash "$folder/ask" "$folder"
	[[ $output == '200 429 200 200 429 429 200 ' ]] ||
		{ printf '%s\n' "$output" && cat "$folder"/*.log && return 1; }
}
