# TLS in nginx, as deploy/nginx.conf.example configures it once its lines for TLS are
# enabled.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/https.bash
load_all() { . "$API_ROOT/tests/lib/api.bash" && . "$API_ROOT/tests/lib/https.bash"; }
setup_file() { load_all && begin_https; }
teardown_file() { load_all && end_https; }
setup() { load_all && begin; }

start_https()
{
	# Uncomment the lines that start with "#" and no space, and delete the lines that
	# they replace.
	sed -e "s/^\(\t*\)#\([a-z}]\)/\1\2/; /listen \[::\]/d" "$API_ROOT/deploy/nginx.conf.example" |
		awk -v place="$place" -v secure="$secure" -v open="$open" -v run="$API_RUN" '
			/listen 443 / { sub(/listen 443/, "listen 127.0.0.1:" secure); tls = 1 }
			/listen 80 / { if (tls) next; sub(/listen 80/, "listen 127.0.0.1:" open) }
			{
				sub(/\/etc\/ssl\/certs\/tasks\.pem/, place "/server.pem")
				sub(/\/etc\/ssl\/private\/tasks\.key/, place "/server.key")
				sub(/\/usr\/share\/tasks-cgi\/htdocs/, run "/htdocs")
				sub(/\/run\/tasks-cgi\//, run "/fcgi/")
				sub(/\/var\/log\/nginx\//, place "/")
				print
			}' >"$place/site.conf"
	sed "s|$API_RUN/nginx|$place|" "$API_RUN/nginx/nginx.conf" >"$place/nginx.conf"
	nginx -c "$place/nginx.conf" 2>"$place/start.log" 3>&- 4>&- || { cat "$place/start.log" && return 1; }
}

stop_https()
{
	local pid
	read -r pid <"$place/pid" && kill "$pid"
}

@test "over TLS the API and the pages are served, with HSTS, and without TLS there is none" {
	served_over_tls
}

@test "old versions of TLS are refused, and the programs cannot read the key" {
	only_new_and_proved
}

@test "without TLS a page moves on to it, and the API, preflights too, is refused" {
	turned_away_without_tls
}

@test "without TLS, or spoken to without it, the server words its own errors as JSON" {
	refused_in_shape
}
