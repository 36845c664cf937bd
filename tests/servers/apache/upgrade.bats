# The configuration after an upgrade.
# shellcheck disable=SC2154
# shellcheck source=tests/lib/api.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && begin; }

# Before, TASKS_FASTCGI needed mod_fcgid.
@test "an operator who upgrades with TASKS_FASTCGI is told what is missing" {
	local file=$BATS_TEST_TMPDIR/httpd.conf
	run /usr/sbin/apache2 -t -f "$API_RUN/apache/httpd.conf"
	assert_same "$status" 0 "$output" || return 1
	{
		echo 'Define TASKS_FASTCGI'
		grep -v proxy_fcgi_module "$API_RUN/apache/httpd.conf"
	} >"$file"
	run /usr/sbin/apache2 -t -f "$file"
	[[ $status != 0 && $output == *'a2enmod buffer proxy proxy_fcgi'*docs/servers.md* ]] || fail "$status: $output"
}
