# Debian's logrotate renames the access log, then tells nginx to reopen it (USR1).
# shellcheck disable=SC2034,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/rotate.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/rotate.bash"
	log_file=$API_RUN/nginx/tasks-access.log
}

reopen()
{
	local pid
	read -r pid <"$API_RUN/nginx/pid" && kill -USR1 "$pid"
}

@test "a rotated access log has a line for every request, and no request is lost to it" {
	rotated_without_loss
}
