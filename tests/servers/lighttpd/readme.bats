# README's commands for lighttpd with Debian's own configuration.  Namespaces give the test
# its own port 80 and its own system folders.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/readme.bash"
	place=$API_RUN/readme-lighttpd
}

@test "the lighttpd that README sets up serves the API on port 80" {
	local commands
	cd "$API_ROOT"
	rm -rf "$place"
	mkdir -p "$place"/{etc,log,cache,run}
	make -s install PREFIX="$place/usr" >/dev/null 3>&- || fail 'make install'
	cp -R /etc/lighttpd "$place/etc/"
	{
		printf "DATABASE_URL='%s'\n" "$API_DATABASE_URL"
		printf "BETTER_AUTH_SECRET='%s'\n" "$API_SECRET"
	} >"$place/etc/env"
	chmod 755 "$place"
	if [[ $(id -u) == 0 ]]; then
		chown -R www-data: "$place/log" "$place/cache"
	else
		sed -i '/^server\.\(user\|group\)name/d' "$place/etc/lighttpd/lighttpd.conf"
	fi
	commands=$(block lighttpd-enable-mod | sed "/apt-get/d; s|sudo ||g; s|/usr/share/tasks-cgi|$place/usr/share/tasks-cgi|
		s|systemctl restart lighttpd|lighttpd -f /etc/lighttpd/lighttpd.conf|")
	[[ $commands == *'lighttpd -tt'* ]] || fail 'README has no such block'
	token_for "$user"
	measure_price
	cat >"$place/try" <<-END
		set -e
		PATH=\$PATH:/usr/sbin:/sbin
		ip link set lo up
		mount --bind "$place/etc/lighttpd" /etc/lighttpd
		mount --bind "$place/log" /var/log/lighttpd
		mount --bind "$place/cache" /var/cache/lighttpd/uploads
		mount --bind "$place/run" /run
		$commands
		ask() { curl -q -s -m $((10 + PRICE / 1000)) --noproxy '*' -H 'Authorization: Bearer $token' "http://localhost\$1" "\${@:2}"; }
		ask /health
		ask /api/tasks -H 'Content-Type: application/json' -d '{"title":"on port 80"}'
		ask /api/tasks/%2F
		ask /nothing
		ask /docs | head -n 1
		kill "\$(cat /run/lighttpd.pid)"
	END
	# No command in README sets the path of the settings file, so change it here.
	sed -i "s|/etc/tasks-cgi/env|$place/etc/env|" "$place/usr/share/tasks-cgi/lighttpd.conf.example"
	if [[ $(id -u) == 0 ]]; then
		body=$(unshare -mn bash "$place/try" 2>&1 3>&-) || fail 'it does not start'
	else
		body=$(unshare -rmn bash "$place/try" 2>&1 3>&-) || fail 'it does not start'
	fi
	[[ $body == *'"healthy"'*'"title":"on port 80"'*'"not_found"'*'"not_found"'*'<!doctype html>'* ]] || fail 'it does not serve'
	request GET /api/tasks
	assert_json '.[0].title == "on port 80"'
}
