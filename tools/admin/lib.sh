# shellcheck shell=bash
# Functions for the scripts of this folder.  This file is installed beside them.

# Service users must be able to read most of the new files.
umask 022

# shellcheck source=tools/admin/wait.sh
. "${BASH_SOURCE[0]%/*}/wait.sh"

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

is_root()
{
	((EUID == 0))
}

# Print the user that the programs run as.
programs_user()
{
	if is_root; then
		echo www-data
	else
		id -un
	fi
}

percent_decode()
{
	local text=${1//\\/\\\\}
	printf '%b' "${text//%/\\x}"
}

# split_url URL: set url_bare to the URL without its password, and url_password to
# the decoded password.  Every user of the machine can read command lines.
# Therefore die if a part of a password could be taken for a host, a port or a name.
split_url()
{
	local url=$1 scheme rest head tail query='' part name user
	local host='(\[[^]]*\]|[^],:[]*)(:[0-9]*)?'
	[[ $url =~ ^postgres(ql)?:// ]] ||
		die 'the connection string does not begin with postgresql://'
	scheme=${BASH_REMATCH[0]}
	rest=${url#"$scheme"}
	url_password=

	# libpq ends user and password at the first @ that comes before any slash.
	head=${rest%%/*}
	if [[ $head == *@* ]]; then
		user=${rest%%@*}
		rest=${rest#*@}
		if [[ $user == *:* ]]; then
			url_password=$(percent_decode "${user#*:}")
			user=${user%%:*}
		fi
		scheme+=$user@
	fi
	head=${rest%%[/?]*}
	[[ $rest != *@* && $head =~ ^$host(,$host)*$ ]] ||
		die 'the connection string is malformed: special characters in a name or password' \
			'must be percent-encoded (/ is %2F, @ is %40, ? is %3F), and a port must be a number'
	if [[ $rest == *\?* ]]; then
		tail=${rest#*\?}
		rest=${rest%%\?*}
		while [[ -n $tail ]]; do
			part=${tail%%&*}
			tail=${tail#"$part"}
			tail=${tail#&}
			name=$(percent_decode "${part%%=*}")
			# libpq has no environment variable for sslpassword.
			[[ $name != sslpassword ]] ||
				die 'the connection string must not contain sslpassword=, because every user could read it:' \
					'use a key without a password, in a file that only its user can read'
			if [[ $name == password ]]; then
				url_password=$(percent_decode "${part#*=}")
			else
				query+=${query:+&}$part
			fi
		done
	fi
	# shellcheck disable=SC2034
	url_bare=$scheme$rest${query:+?$query}
}

# env_line NAME VALUE: print a line of a settings file that the programs read as
# exactly VALUE.
env_line()
{
	local text=$2
	if [[ $text != *[\'$'\n\r']* ]]; then
		printf "%s='%s'\n" "$1" "$text"
		return
	fi
	text=${text//\\/\\\\}
	text=${text//\"/\\\"}
	text=${text//\$/\\\$}
	text=${text//$'\n'/\\n}
	text=${text//$'\r'/\\r}
	printf '%s="%s"\n' "$1" "$text"
}

# psql_at URL ARGUMENT...: replace the shell by psql.  Run it as the user psql_as,
# if set.  If psql_seconds is set, end it after that time with status 124.
psql_at()
{
	local become=()
	if [[ -n ${psql_as:-} ]]; then
		become=(setpriv --reuid="$psql_as" --regid="$(id -g -- "$psql_as")" --init-groups --)
	fi
	if [[ -n ${psql_seconds:-} ]]; then
		become+=(timeout "$psql_seconds")
	fi
	split_url "$1"
	shift
	if [[ -n $url_password ]]; then
		export PGPASSWORD=$url_password
	fi
	export PGCONNECT_TIMEOUT=${PGCONNECT_TIMEOUT:-15}
	exec "${become[@]}" psql -X -v ON_ERROR_STOP=1 "$url_bare" "$@"
}
