# shellcheck shell=bash disable=SC2016,SC2154
# The steps on another release of Debian that has only git, make and ca-certificates at
# first: README's commands, the tests, and the package.  Its processes use the network
# of this machine.

workshop_steps()
{
	must "a bare Debian $release is made" make_workshop
	must 'make run serves there as README says, and Ctrl-C stops it' serves
	count_tests unit cgi http-event http-nginx sql
	try 'clang compiles everything without a warning, too' compile_by_clang
	must 'make deb builds the package there' build_there
	try 'lintian of that release finds nothing' lint_there
}

# shop COMMAND...: run as root in the checkout of the workshop.
shop()
{
	# No test needs that files survive a crash of the machine.
	systemd-nspawn --quiet --directory="$workshop" --register=no --keep-unit --as-pid2 --pipe \
		--resolv-conf=copy-host --suppress-sync=yes --capability=CAP_SYS_TIME --chdir=/root/tasks-cgi \
		--setenv=DEBIAN_FRONTEND=noninteractive -- "$@"
}

# Copy the checkout without what it has built, and the certificates that the
# administrator of this machine has added.
make_workshop()
{
	bootstrap "$workshop" git,make,ca-certificates
	mkdir -p -- "$workshop/root/tasks-cgi"
	tar -c --exclude=./build --exclude='./.run*' --exclude=./.env --exclude=node_modules . |
		tar -x --no-same-owner -C "$workshop/root/tasks-cgi"
	if [[ -n $(find /usr/local/share/ca-certificates -name '*.crt') ]]; then
		cp -r -- /usr/local/share/ca-certificates "$workshop/usr/local/share/"
		shop update-ca-certificates
	fi
}

# Follow README's "Try it".
serves()
{
	local port=8000 commands
	while answers_at 127.0.0.1 "$port"; do
		port=$((30000 + RANDOM % 2000))
	done
	commands=$(block 'SUB=alice' | sed "s|localhost:8000|localhost:$port|")
	[[ -n $commands ]]
	said=$(shop bash -c 'set -em
		mkfifo /root/output
		PORT=$1 make run >/root/output 2>&1 &
		exec 3</root/output
		while read -r line <&3; do
			echo "$line" >&2
			[[ $line != "List her tasks:" ]] || break
		done
		bash -ec "$2"
		kill -INT -- -$!
		cat <&3 >&2' - "$port" "$commands")
	echo "$said"
	[[ $said == *'"title":"Buy milk"'*'['*'"title":"Buy milk"'*']'* ]]
	not answers_at 127.0.0.1 "$port"
}

# count_tests PART...: run these parts there.  Each of their tests counts, and a failed
# one has its title and output here.
count_tests()
{
	local line count first=$number before=$failed ended=0 again='' said=''
	local part='^ *[0-9]+:[0-9]{2} +([a-z-]+) +([0-9]+) passed +[0-9]+ failed '
	local failure='^(([a-z-]+:) +)?not ok ([0-9]+ )?-? ?(.*)'
	while IFS= read -r line; do
		case $line in
		# The failures are repeated.
		Failures:) again=yes ;;
		*' passed, '*' failed') said=$line ;;
		esac
		if [[ $line =~ $part ]]; then
			((++ended))
			for ((count = BASH_REMATCH[2]; count > 0; count--)); do
				echo "ok $((++number)) - Debian $release, ${BASH_REMATCH[1]}"
			done
		elif [[ -z $again && $line =~ $failure ]]; then
			((++failed))
			line="not ok $((++number)) - Debian $release, ${BASH_REMATCH[2]} ${BASH_REMATCH[4]}"
		fi
		[[ $line == 'not ok '* ]] && echo "$line" || echo "# $line"
	done < <(shop tests/run "$@" 2>&1 </dev/null)
	try "all tests of these parts ran on Debian $release, and all were counted" same \
		"$ended parts, $said" "$# parts, $((number - first - failed + before)) passed, $((failed - before)) failed"
}
same()
{
	printf '%s\n' "$@"
	[[ $1 == "$2" ]]
}

compile_by_clang()
{
	shop apt-get install -qq --no-install-recommends clang
	shop make -s -j2 BUILD=build/clang CC=clang all unit
}

build_there()
{
	local commands
	commands=$(block 'make deb' | sed '/make deb/!d')
	[[ -n $commands ]]
	shop bash -ec "$commands"
	ls "$debs"/tasks-cgi_*.deb
}

lint_there()
{
	# shellcheck disable=SC2046
	shop lintian $(lintian_options "$release") "build/$(cd "$debs" && ls tasks-cgi_*.deb)"
}
