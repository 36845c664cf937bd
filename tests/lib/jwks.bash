# shellcheck shell=bash disable=SC2034,SC2154
# Keys, key sets and tokens signed with them, for the bats files, by the test's
# client.  Everything lies in the folder $keys.

keys=${keys:-$BATS_TEST_TMPDIR}

# begin_keys: for setup_file(), which has no client yet.
begin_keys()
{
	export keys=$BATS_FILE_TMPDIR
	. "$API_ROOT/tests/lib/client.bash"
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR start_client
}

# make_key NAME ALG [KID]: $keys/NAME.pem, .alg, .kid and the public .jwk.
make_key()
{
	local REPLY kid=${3:-$1}
	ask key "$keys/$1.pem" "$2" "${RSA_BITS:-2048}" || return
	printf '%s' "$2" >"$keys/$1.alg"
	printf '%s' "$kid" >"$keys/$1.kid"
	printf '{%s,"kid":"%s"}' "$REPLY" "$kid" >"$keys/$1.jwk"
}

# key_set NAME...: a key set of these on standard output.  What names no key stands
# there as it is.
key_set()
{
	local name comma=''
	printf '{"keys":['
	for name; do
		printf '%s' "$comma"
		if [[ ! -f $keys/$name.jwk ]]; then
			printf '%s' "$name"
		else
			printf '%s' "$(<"$keys/$name.jwk")"
		fi
		comma=,
	done
	printf ']}'
}

# signed_by NAME [CLAIMS [HEADER]]: sets token.
signed_by()
{
	local alg claims=${2:-} header=${3:-}
	alg=$(<"$keys/$1.alg")
	[[ -n $claims ]] || claims="{\"sub\":\"alice\",\"exp\":$((EPOCHSECONDS + 900))}"
	[[ -n $header ]] || header="{\"alg\":\"$alg\",\"kid\":\"$(<"$keys/$1.kid")\"}"
	ask sign "$keys/$1.pem" "$alg" "$header" "$claims"
}
