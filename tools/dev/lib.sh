# shellcheck shell=bash
# Functions for the scripts of this folder and for the tests.  Source this file; it
# changes into the project's folder.

# shellcheck source=tools/admin/lib.sh
. "${BASH_SOURCE[0]%/*}/../admin/lib.sh"

cd -P -- "${BASH_SOURCE[0]%/*}/../.." || exit 1
root=$PWD

# The names of the programs' settings, except DATABASE_URL.
# shellcheck disable=SC2034
settings=(BETTER_AUTH_SECRET JWT_SECRET JWT_ALGORITHM JWKS_FILE JWKS_MAX_AGE
	JWT_ISSUER JWT_AUDIENCE JWT_LEEWAY CORS_ORIGINS PUBLIC_PREFIX TASKS_MAX_ROWS
	TASKS_MAX_BODY TASKS_DB_TIMEOUT_MS TASKS_LOG_FORMAT TASKS_LOG_USER TASKS_SERVER_TIMING)

# as USER COMMAND...: run the command as USER if we are root, else as ourselves.
as()
{
	local user=$1
	shift
	if is_root; then
		# The user may not be able to enter the current folder.
		(cd / && exec setpriv --reuid="$user" --regid="$user" \
			--init-groups -- "$@")
	else
		"$@"
	fi
}

# Copy the configuration of a web server from standard input.  Repeat each line with
# an allowed origin for each of CORS_ORIGINS.
with_origins()
{
	awk -v list="${CORS_ORIGINS:-http://localhost:3000}" '
		!/^#/ && index($0, "http://localhost:3000") {
			count = split(list, origins, / *, */)
			for (i = 1; i <= count; i++) {
				line = $0
				gsub("http://localhost:3000", origins[i], line)
				print line
			}
			next
		}
		{ print }'
}

# --- The folder of the state ------------------------------------------------

# Check that the folder $1 suits the state.  Names of sockets in it must be short
# enough (107 bytes).  Its name must need no quotes in a configuration file.
# Service users must be able to enter it.
state_fits()
{
	local folder=$1
	((${#folder} <= 70)) || return 1
	[[ $folder =~ ^[A-Za-z0-9/._+-]*$ ]] || return 1
	is_root || return 0
	until [[ -d $folder/ ]]; do
		folder=${folder%/*}
	done
	setpriv --reuid=nobody --regid=nogroup --clear-groups -- \
		test -x "$folder/"
}

# Set RUN to the real folder of the state, and run_name to the folder that the user
# named.  If that folder is unsuitable, it is or becomes a link to RUN.
find_run()
{
	local other
	# The calling script has already set RUN.
	[[ -z ${RUN:-} || ${found_run:-} != "$RUN" ]] || return 0
	run_name=${RUN:-.run}
	[[ $run_name == /* ]] || run_name=$root/$run_name
	run_name=$(realpath -m -- "${run_name%/*}")/${run_name##*/}
	RUN=$run_name
	if [[ -L $run_name ]] || ! state_fits "$run_name"; then
		other=/var/tmp/tasks-cgi-$(printf '%s' "$run_name" | sha256sum | cut -c1-12)
		if [[ $(readlink -- "$run_name") == "$other" ]] || ! state_fits "$run_name"; then
			RUN=$other
		fi
	fi
	# Remove a link that was copied with the project: it names the folder of
	# another copy.
	if [[ -L $run_name && $(readlink -- "$run_name") != "$RUN" &&
		$(readlink -- "$run_name") == /var/tmp/tasks-cgi-* ]]; then
		rm -- "$run_name"
	fi
	# In /var/tmp any user could have created the folder, and we run programs
	# from it.
	must_be_ours "$RUN"
	export RUN run_name found_run=$RUN
}

must_be_ours()
{
	[[ -O $1 || ! -e $1 ]] ||
		die "$1 belongs to the user $(stat -L -c %U -- "$1"), not to you"
	[[ $1 == "$run_name" || ! -L $1 ]] || die "$1 is a symbolic link, which another user may have made: remove it"
}

# Create the folder.  Call find_run first.
make_run()
{
	if [[ ! -e $RUN ]]; then
		mkdir -p -- "${RUN%/*}" "${run_name%/*}"
		mkdir -m 0711 -- "$RUN" 2>/dev/null || true
	fi
	[[ -d $RUN && ! -L $RUN ]] || die "cannot create the folder $RUN"
	must_be_ours "$run_name"
	must_be_ours "$RUN"
	if [[ $RUN != "$run_name" && ! -L $run_name ]]; then
		[[ ! -e $run_name ]] ||
			die "the servers cannot use $run_name, because its path is too long, has special characters," \
				"or is closed to their users: move it away and try again"
		ln -s -- "$RUN" "$run_name"
	fi
}

# --- Servers ----------------------------------------------------------------

# find_pids NAME TEST WHAT: set pids to the processes whose name matches the pattern
# NAME and for which `TEST PROCESS WHAT` succeeds.
find_pids()
{
	local process name
	pids=()
	for process in /proc/[0-9]*; do
		name=
		read -r name 2>/dev/null <"$process/comm" || true
		# shellcheck disable=SC2053
		if [[ $name == $1 ]] && "$2" "$process" "$3"; then
			pids+=("${process#/proc/}")
		fi
	done
}

# pids_with NAME ARGUMENT: set pids to the processes of that name with an argument
# that matches the pattern ARGUMENT.
pids_with() { find_pids "$1" was_given "$2"; }
was_given()
{
	local word words=()
	mapfile -d '' words 2>/dev/null <"$1/cmdline" || true
	for word in "${words[@]}"; do
		# shellcheck disable=SC2053
		[[ $word != $2 ]] || return 0
	done
	return 1
}

# pids_in NAME FOLDER: set pids to the processes of that name whose working
# directory is FOLDER.
pids_in() { find_pids "$1" works_in "$2"; }
works_in() { [[ $1/cwd -ef $2 ]]; }

# end_all WHAT COMMAND...: end the processes that the command sets pids to.  Call it
# also for a server that does not run: a crash may have left child processes.
end_all()
{
	local what=$1 signal
	shift
	for signal in "${end_signal:-TERM}" KILL; do
		! none "$@" || return 0
		kill -s "$signal" "${pids[@]}" 2>/dev/null || true
		! wait_until none "$@" || return 0
	done
	die "$what does not stop: ${pids[*]}"
}

none()
{
	"$@"
	((${#pids[@]} == 0))
}

check_port()
{
	if [[ ! $1 =~ ^[1-9][0-9]{0,4}$ ]] || (($1 > 65535)); then
		die "PORT must be a number from 1 to 65535, not $1"
	fi
}

# answers_at ADDRESS PORT: return 0 if a server accepts connections there.
answers_at()
{
	true 2>/dev/null <>"/dev/tcp/$1/$2"
}

# must_be_free PORT: die unless no server accepts connections at the port.
must_be_free()
{
	local holder=
	if ! answers_at 127.0.0.1 "$1" && ! answers_at ::1 "$1"; then
		return
	fi
	if command -v ss >/dev/null; then
		holder=$(ss -Hltnp "sport = :$1" |
			sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/ by \1 (process \2)/p' |
			head -n 1)
	fi
	die "port $1 is in use$holder: choose another one with PORT=..."
}

# port_for_us PORT: die unless the port is free or in the configuration of one of
# our servers, which a start stops first.
port_for_us()
{
	check_port "$1"
	grep -qsiE "^[[:blank:]]*(listen 127\.0\.0\.1:|server\.port = )$1( |$)" \
		"$RUN/apache/httpd.conf" "$RUN/lighttpd/lighttpd.conf" "$RUN/nginx/site.conf" \
		"$RUN/busybox/listen" || must_be_free "$1"
}

# Return 0 if the machine has the address ::1.
has_ipv6()
{
	[[ -e /proc/net/if_inet6 && $(</proc/net/if_inet6) == *00000000000000000000000000000001\ * ]]
}

# --- Connection strings -----------------------------------------------------

# private_url ROLE: print the URL of the database that tools/dev/postgres runs.
private_url()
{
	local host=$RUN/postgres
	printf 'postgresql://%s@/tasks?host=%s&port=5432' "$1" "${host//\//%2F}"
}

# pool_url USER: print the URL of the pooler that tools/dev/pgbouncer runs.  USER must
# be the user that the programs run as.
pool_url()
{
	local host=$RUN/pgbouncer
	printf 'postgresql://%s@/tasks?host=%s&port=6432' "$1" "${host//\//%2F}"
}

# --- Debian -----------------------------------------------------------------

# The releases of Debian that are tested.
declare -A debian_names=([12]=bookworm [13]=trixie)

# own_debian: print the number of this machine's release.
own_debian() { sed -n 's/^VERSION_ID="\(.*\)"$/\1/p' /etc/os-release; }

# debian_sources NUMBER: print the package sources of that release of Debian, at the
# mirrors that this machine uses for its own release.
# shellcheck disable=SC2016
debian_sources()
{
	local own
	own=$(apt-get indextargets --format 'deb $(REPO_URI) $(CODENAME) $(COMPONENT)' \
		'Created-By: Packages' 'Origin: Debian' | sort -u)
	[[ -n $own ]] || die 'apt has no package source of Debian'
	sed -E "s/ ${debian_names[$(own_debian)]}([ -])/ ${debian_names[$1]}\1/" <<<"$own"
}
