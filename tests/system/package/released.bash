# shellcheck shell=bash disable=SC2016,SC2154
# The upgrade from the released package, which is built from its source.

released=$(printf "%s\n" tests/db/upgrade/tasks-cgi-*.tar.xz | sort -V | tail -n 1)

# Build it on the machine that built this package.  Its static libpq and its warnings suit
# only the tools of Debian 12.
build_released()
{
	local tree=$debs/released make=(make -s -C build/released deb)
	mkdir -p -- "$tree"
	tar -xJf "$released" -C "$tree"
	sed -i 's/^LIBPQ ?= static/LIBPQ = shared/; s/ -Werror//' "$tree/Makefile"
	if [[ $release == "$own" ]]; then
		"${make[@]}"
	else
		shop "${make[@]}"
	fi
	mv -- "$tree"/build/tasks-cgi_*.deb "$debs/released.deb"
	rm -rf -- "$tree"
}

# api METHOD PATH [OPTION]...: send a request of the user alice.
api()
{
	inside curl -sS --max-time 10 -H "Authorization: Bearer $token" -X "$1" "http://127.0.0.1$2" "${@:3}"
}

serve_released()
{
	inside sudo -u postgres dropdb --force tasks
	inside apt-get install -q /root/build/released.deb
	set_up
	inside sh -c "echo 'Define TASKS_UNLIMITED' >/etc/tasks-cgi/apache.conf"
	readme a2enmod
	wait_until health
	make_token
	api POST /api/tasks --json '{"title": "from the release"}' | grep -F '"status":"pending"'
}

make_token()
{
	token=$(BETTER_AUTH_SECRET=$secret "$root/build/token" alice 3600)
	[[ -n $token ]]
}

# Upgrade as docs/operating.md says.
upgrade_released()
{
	local sums files="$settings_file /etc/tasks-cgi/apache.conf"
	make_token
	# shellcheck disable=SC2086
	sums=$(inside sha256sum $files)
	readme 'make deb' -e '/make deb/d' -e 's|\./build|/root/build|'
	# shellcheck disable=SC2086
	[[ $(inside sha256sum $files) == "$sums" ]]
	wait_until health
	api GET /api/tasks | grep -F '"title":"from the release"'
	readme 'template0 tasks' -e '/tasks-setup/!d'
	inside grep "$secret" "$settings_file"
	inside tasks-check
	api POST /api/tasks --json '{"title": "from this one"}' | grep -F '"status":"pending"'
	api GET /api/tasks | grep -F '"title":"from this one"' | grep -F '"title":"from the release"'
}
