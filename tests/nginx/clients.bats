# Who is one client to nginx's limits, in a network with addresses enough.
# shellcheck disable=SC2016,SC2154

setup()
{
	folder=$BATS_TEST_TMPDIR
	mkdir "$folder/docs"
	echo there >"$folder/docs/index.html"
	# How the file that ships tells clients apart, with one request for each.
	{
		printf '%s\n' 'user root;' 'daemon off;' "pid $folder/pid;" "error_log $folder/error.log;" \
			'events {}' 'http {' 'access_log off;'
		for name in client_body proxy fastcgi uwsgi scgi; do
			echo "${name}_temp_path $folder/$name;"
		done
		sed -n '/^map \$binary_remote_addr /,/^}/p; /^limit_req_zone /p' "$API_ROOT/nginx.conf.example" |
			sed 's|rate=.*|rate=1r/m;|'
		printf '%s\n' 'server {' 'listen 127.0.0.1:8080;' 'listen [fd00:1::1]:8080;' \
			'limit_req zone=tasks_requests;' 'limit_req_status 429;' "root $folder/docs;" '}' '}'
	} >"$folder/nginx.conf"
	cat >"$folder/ask" <<-'END'
		PATH=$PATH:/sbin:/usr/sbin
		ip link set lo up
		for address in fd00:1::1 fd00:1::2 fd00:1::a0a:a0a:a0a:a0a fd00:1:0:1::1; do
			ip -6 address add "$address/64" dev lo nodad
		done
		timeout 30 nginx -c "$1/nginx.conf" 2>"$1/start.log" &
		for try in $(seq 200); do [ ! -s "$1/pid" ] || break; sleep 0.02; done
		ask() { curl -gs -m 5 -o /dev/null -w '%{http_code} ' --interface "$1" "http://$2:8080/index.html"; }
		for from in 127.0.0.1 127.0.0.1 127.0.0.2; do ask "$from" 127.0.0.1; done
		for from in fd00:1::1 fd00:1::2 fd00:1::a0a:a0a:a0a:a0a fd00:1:0:1::1; do ask "$from" '[fd00:1::1]'; done
		kill $!
		wait
	END
}

@test "an address is a client, and of IPv6 a network of the smallest kind; the next one is another" {
	run unshare -rmn bash "$folder/ask" "$folder"
	[[ $output == '200 429 200 200 429 429 200 ' ]] ||
		{ printf '%s\n' "$output" && cat "$folder"/*.log && return 1; }
}
