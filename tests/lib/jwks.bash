# shellcheck shell=bash
# Keys, key sets and signed tokens for the bats files, by openssl and coreutils
# alone.  Everything lies in the folder $keys.

keys=${keys:-$BATS_TEST_TMPDIR}

base64url()
{
	basenc --base64url -w 0 | tr -d =
}

from_hex()
{
	tr a-f A-F | basenc --base16 -d
}

# curve_of ALG: sets curve, and size to the bytes of a coordinate.
curve_of()
{
	case $1 in
	ES256) curve=P-256 size=32 ;;
	ES384) curve=P-384 size=48 ;;
	ES512) curve=P-521 size=66 ;;
	esac
}

# make_key NAME ALG [KID]: $keys/NAME.pem, .alg, .kid and the public .jwk.
make_key()
{
	local name=$1 alg=$2 kid=${3:-$1} pem=$keys/$1.pem curve size n
	local -a options=()
	case $alg in
	EdDSA) options=(-algorithm ed25519) ;;
	ES*)
		curve_of "$alg"
		options=(-algorithm EC -pkeyopt "ec_paramgen_curve:$curve")
		;;
	*) options=(-algorithm RSA -pkeyopt "rsa_keygen_bits:${RSA_BITS:-2048}") ;;
	esac
	openssl genpkey "${options[@]}" -out "$pem" 2>/dev/null || return
	printf '%s' "$alg" >"$keys/$name.alg"
	printf '%s' "$kid" >"$keys/$name.kid"
	openssl pkey -in "$pem" -pubout -outform DER >"$keys/$name.der"
	case $alg in
	EdDSA)
		n=$(tail -c 32 "$keys/$name.der" | base64url)
		printf '{"kty":"OKP","crv":"Ed25519","x":"%s","kid":"%s"}' "$n" "$kid"
		;;
	ES*)
		printf '{"kty":"EC","crv":"%s","x":"%s","y":"%s","kid":"%s"}' \
			"$curve" \
			"$(tail -c $((2 * size)) "$keys/$name.der" | head -c "$size" | base64url)" \
			"$(tail -c "$size" "$keys/$name.der" | base64url)" "$kid"
		;;
	*)
		n=$(openssl rsa -in "$pem" -noout -modulus 2>/dev/null |
			sed 's/^Modulus=//' | from_hex | base64url)
		printf '{"kty":"RSA","alg":"%s","n":"%s","e":"AQAB","kid":"%s"}' \
			"$alg" "$n" "$kid"
		;;
	esac >"$keys/$name.jwk"
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
			cat "$keys/$name.jwk"
		fi
		comma=,
	done
	printf ']}'
}

# Two INTEGERs in DER as r and s side by side.
raw_signature()
{
	local size=$1 number
	openssl asn1parse -inform DER | sed -n 's/.*INTEGER *://p' |
		while read -r number; do
			printf '%*s' $((2 * size)) "$number" | tr ' ' 0
		done | from_hex
}

# sign NAME: the signature of standard input by that key's algorithm.
sign()
{
	local alg pem=$keys/$1.pem input curve size
	alg=$(<"$keys/$1.alg")
	case $alg in
	EdDSA)
		input=$keys/input.$BASHPID
		cat >"$input"
		openssl pkeyutl -sign -rawin -inkey "$pem" -in "$input"
		rm "$input"
		;;
	ES*)
		curve_of "$alg"
		openssl dgst "-sha${alg#ES}" -sign "$pem" | raw_signature "$size"
		;;
	PS256)
		openssl dgst -sha256 -sign "$pem" -sigopt rsa_padding_mode:pss \
			-sigopt rsa_pss_saltlen:digest
		;;
	*) openssl dgst -sha256 -sign "$pem" ;;
	esac
}

# signed NAME [CLAIMS [HEADER]]: sets token.
signed()
{
	local name=$1 claims=${2:-} header=${3:-} input
	[[ -n $claims ]] || claims="{\"sub\":\"alice\",\"exp\":$((EPOCHSECONDS + 900))}"
	[[ -n $header ]] ||
		header="{\"alg\":\"$(<"$keys/$name.alg")\",\"kid\":\"$(<"$keys/$name.kid")\"}"
	input=$(printf '%s' "$header" | base64url).$(printf '%s' "$claims" | base64url)
	# shellcheck disable=SC2034
	token=$input.$(printf '%s' "$input" | sign "$name" | base64url)
}
