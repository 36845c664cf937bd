# shellcheck shell=bash disable=SC2034,SC2154
# Keys, key sets and signed tokens for the bats files, made by the test's client.  All files
# are in the folder $keys.

keys=${keys:-$BATS_TEST_TMPDIR}

# begin_keys: start a client for setup_file().
begin_keys()
{
	export keys=$BATS_FILE_TMPDIR
	. "$API_ROOT/tests/lib/client.bash"
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR start_client
}

# make_key NAME ALG [KID]: create a key pair as $keys/NAME.pem, .alg, .kid and .jwk
# (public).
make_key()
{
	local REPLY kid=${3:-$1}
	ask key "$keys/$1.pem" "$2" "${RSA_BITS:-2048}" || return
	printf '%s' "$2" >"$keys/$1.alg"
	printf '%s' "$kid" >"$keys/$1.kid"
	printf '{%s,"kid":"%s"}' "$REPLY" "$kid" >"$keys/$1.jwk"
}

# key_set NAME...: print a key set of these keys.  Print an argument that names no key
# unchanged.
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

# signed_by NAME [CLAIMS [HEADER]]: set token to a token signed by this key.
signed_by()
{
	local alg claims=${2:-} header=${3:-}
	alg=$(<"$keys/$1.alg")
	[[ -n $claims ]] || claims="{\"sub\":\"alice\",\"exp\":$((EPOCHSECONDS + 900))}"
	[[ -n $header ]] || header="{\"alg\":\"$alg\",\"kid\":\"$(<"$keys/$1.kid")\"}"
	ask sign "$keys/$1.pem" "$alg" "$header" "$claims"
}
