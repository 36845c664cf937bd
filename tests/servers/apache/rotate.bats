# Debian's logrotate renames the access log, then reloads Apache (graceful).
# shellcheck disable=SC2034,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/rotate.bash
# shellcheck source=tests/lib/apache.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/rotate.bash"
	. "$API_ROOT/tests/lib/apache.bash"
	make_place
	for _ in {1..5}; do
		free_port
		! start_apache "$REPLY" || break
	done
	API_URL=http://127.0.0.1:$REPLY log_file=$place/tasks-access.log
}

teardown()
{
	stop_apache
	rm -rf -- "$place"
}

reopen() { /usr/sbin/apache2 -f "$place/httpd.conf" -k graceful 3>&- 4>&-; }

@test "a rotated access log has a line for every request, and no request is lost to it" {
	# A graceful reload restarts the daemon of mod_cgid.  A request that is being handed
	# to the daemon at that moment gets a 503 and can be retried.
	if [[ $API_SERVER/$MODE == apache-event/cgi ]]; then
		rotated_without_loss '503:1'
	else
		rotated_without_loss
	fi
}
