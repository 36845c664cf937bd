# Key-set mode: the real programs with a file of public keys.
# shellcheck disable=SC2030,SC2031,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/jwks.bash
setup_file()
{
	local alg
	export keys=$BATS_FILE_TMPDIR
	. "$API_ROOT/tests/lib/jwks.bash"
	for alg in EdDSA ES256 ES384 ES512 RS256 PS256; do
		make_key "$alg" "$alg"
	done
	make_key stranger EdDSA EdDSA
}

setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	. "$API_ROOT/tests/lib/jwks.bash"
	set_file=$BATS_TEST_TMPDIR/jwks.json
	settings=("JWKS_FILE=$set_file" "CORS_ORIGINS=$API_ORIGINS")
}

use_keys()
{
	key_set "$@" >"$set_file"
}

# me [VARIABLE=value...]: asks /api/me with $token.
me()
{
	bare me /dev/null REQUEST_METHOD=GET PATH_INFO=/api/me \
		HTTP_ORIGIN=http://localhost:3000 HTTP_AUTHORIZATION="Bearer $token" "$@"
}

# The same where the log has lines about keys, too: warnings are in $warnings.
me_warned()
{
	cgi me /dev/null REQUEST_METHOD=GET PATH_INFO=/api/me \
		HTTP_AUTHORIZATION="Bearer $token"
	warnings=$(grep ' level=warning ' <<<"$log" || true)
}

# assert_fault [REASON]: 500, and one line that names the setting.
assert_fault()
{
	assert_problem 500 internal_error 'Internal server error' || return 1
	[[ $log == *' setting=JWKS_FILE '* && $log == *"${1:-}"* ]] ||
		fail 'the log does not name JWKS_FILE and say why' || return 1
	[[ $log$body != *"$set_file"* ]] || fail 'the path is told'
}

@test "each algorithm lets its user in, by a set of one key and of all" {
	local alg
	for alg in EdDSA ES256 ES384 ES512 RS256 PS256; do
		signed "$alg" "{\"sub\":\"user of $alg\",\"email\":\"a@b.c\",\"exp\":$((EPOCHSECONDS + 900))}"
		use_keys "$alg"
		me
		assert_status 200
		assert_json ".id == \"user of $alg\" and .email == \"a@b.c\""
		use_keys EdDSA ES256 ES384 ES512 RS256 PS256
		me
		assert_status 200
		assert_json ".id == \"user of $alg\""
	done
}

@test "a stranger's key under the right kid, no token, an expired one: 401" {
	use_keys EdDSA
	signed EdDSA
	me
	assert_status 200
	signed stranger
	me
	assert_problem 401 invalid_token 'Invalid token'
	signed EdDSA '{"sub":"alice","exp":1}'
	me
	assert_problem 401 token_expired 'Token expired'
	signed stranger '{"sub":"alice","exp":1}'
	me
	assert_problem 401 invalid_token 'Invalid token'
	token=
	me
	assert_problem 401 missing_token 'Missing authentication token'
}

@test "every refused token gets the same body, but for the request id" {
	local one other header
	use_keys EdDSA RS256
	signed stranger
	me HTTP_X_REQUEST_ID=same
	one=$body
	for header in '{"alg":"none","kid":"EdDSA"}' '{"alg":"HS256","kid":"EdDSA"}' \
		'{"alg":"EdDSA","kid":"unknown"}' '{"alg":"EdDSA"}' '{"alg":"EdDSA","kid":1}' \
		'{"alg":"RS256","kid":"EdDSA"}' '{"alg":"EdDSA","kid":"EdDSA","crit":["x"]}' \
		'{"alg":"EdDSA","kid":"EdDSA","kid":"EdDSA"}'; do
		signed EdDSA '' "$header"
		me HTTP_X_REQUEST_ID=same
		assert_same "$body" "$one" "$header"
	done
	signed EdDSA
	for other in "${token%?????}" "$token=" "$token.AAAA" "${token}AAAA" "${token%.*}." "${token%.*}"; do
		token=$other
		me HTTP_X_REQUEST_ID=same
		assert_same "$body" "$one" "${other: -40}"
	done
}

@test "nobody signs with what is public, HS256 under the PEM or the key set" {
	local header payload secret
	use_keys RS256
	header=$(printf '{"alg":"HS256","kid":"RS256"}' | base64url)
	payload=$(printf '{"sub":"alice","exp":4102444800}' | base64url)
	openssl pkey -in "$keys/RS256.pem" -pubout -out "$BATS_TEST_TMPDIR/public.pem"
	for secret in "$BATS_TEST_TMPDIR/public.pem" "$set_file" "$keys/RS256.jwk" "$keys/RS256.der"; do
		token=$header.$payload.$(printf '%s.%s' "$header" "$payload" |
			openssl dgst -sha256 -mac HMAC -macopt "hexkey:$(od -An -tx1 -v "$secret" | tr -d ' \n')" -binary | base64url)
		me
		assert_problem 401 invalid_token 'Invalid token'
	done
}

@test "a skipped key is in the log with the reason, and its neighbours work" {
	local kind reason
	signed EdDSA
	while IFS='|' read -r kind reason; do
		use_keys "$kind" EdDSA
		me_warned
		assert_status 200
		[[ $warnings == *' program=me setting=JWKS_FILE '*"key 1 is skipped: $reason"* ]] ||
			fail "$kind: the log does not say why: $log"
		[[ $warnings != *$'\n'* ]] || fail 'more than one line'
	done <<-END
		{"kty":"oct","k":"$(printf 'a secret nobody may see' | base64url)"}|a symmetric key
		$(sed 's/"kid"/"d":"AAAA","kid"/' "$keys/ES256.jwk")|has private members
		$(sed 's/"kid"/"use":"enc","kid"/' "$keys/ES256.jwk")|use is not sig
		$(sed 's/"kid":"ES256"/"kid":7/' "$keys/ES256.jwk")|kid is no string
		$(sed 's/P-256/secp256k1/' "$keys/ES256.jwk")|of a kty, crv or alg
		$(sed 's/"x"/"z"/' "$keys/ES256.jwk")|x or y is not
		$(sed 's/"x":"....../"x":"AAAAAA/' "$keys/ES256.jwk")|the point is not on the curve
		$(sed 's/AQAB/AQ/' "$keys/RS256.jwk")|e is even or 1
		$(sed 's/"n":"......../"n":"/' "$keys/RS256.jwk")|RSA under 2048 bits
		null|no JSON object
	END
	[[ $log != *YSBzZWNyZXQ* ]] || fail 'a secret is in the log'
}

@test "a kid that stands twice serves nobody" {
	use_keys EdDSA stranger ES256
	signed ES256
	me_warned
	assert_status 200
	[[ $(grep -c 'kid stands twice' <<<"$warnings") == 2 ]] || fail 'two lines were wanted'
	signed EdDSA
	me_warned
	assert_status 401
	signed stranger
	me_warned
	assert_status 401
}

@test "without a kid: the only usable key, or none" {
	signed EdDSA '' '{"alg":"EdDSA"}'
	use_keys EdDSA
	me
	assert_status 200
	use_keys EdDSA ES256
	me
	assert_status 401
	use_keys EdDSA '{"kty":"oct","kid":"o"}'
	me_warned
	assert_status 200
	use_keys "$(sed 's/,"kid":"EdDSA"//' "$keys/EdDSA.jwk")"
	me
	assert_status 200
	signed EdDSA
	me
	assert_status 401
}

@test "an alg that contradicts an EC or OKP key is ignored, as Better Auth 1.6 had it" {
	signed EdDSA
	use_keys "$(sed 's/"kid"/"alg":"ES256","kid"/' "$keys/EdDSA.jwk")"
	me
	assert_status 200
	signed ES384
	use_keys "$(sed 's/"kid"/"alg":"EdDSA","kid"/' "$keys/ES384.jwk")"
	me
	assert_status 200
	signed RS256
	use_keys "$(sed 's/"alg":"RS256",//' "$keys/RS256.jwk")"
	me
	assert_status 200
}

@test "no usable key, or no key set at all: 500 and one line" {
	signed EdDSA
	use_keys EdDSA
	me
	assert_status 200
	use_keys
	me
	assert_fault 'without a usable key'
	printf '<!DOCTYPE html>' >"$set_file"
	me
	assert_fault
	: >"$set_file"
	me
	assert_fault
	key_set EdDSA | head -c 50 >"$set_file"
	me
	assert_fault
	{ key_set EdDSA && head -c 65536 /dev/zero | tr '\0' ' '; } >"$set_file"
	me
	assert_fault
	rm "$set_file"
	me
	assert_fault
	mkdir "$set_file"
	me
	assert_fault
	rmdir "$set_file"
	use_keys '{"kty":"oct","k":"AAAA"}'
	me_warned
	assert_status 500
	[[ $warnings == *'a symmetric key'* && $log == *' level=error '*' setting=JWKS_FILE '* ]] || fail 'the log does not say why'
}

@test "a secret or JWT_ALGORITHM beside JWKS_FILE: every program refuses, one line" {
	local setting program
	use_keys EdDSA
	signed EdDSA
	settings+=("DATABASE_URL=$API_DATABASE_URL")
	for setting in "BETTER_AUTH_SECRET=$API_SECRET" "JWT_SECRET=$API_SECRET" \
		JWT_ALGORITHM=HS256 JWT_ALGORITHM=HS512; do
		me "$setting"
		assert_fault
		[[ $log != *"$API_SECRET"* ]] || fail 'the secret is told'
		for program in tasks-list health; do
			bare "$program" /dev/null REQUEST_METHOD=GET PATH_INFO=/api/tasks \
				HTTP_AUTHORIZATION="Bearer $token" "$setting"
			assert_fault
		done
	done
	me BETTER_AUTH_SECRET= JWT_ALGORITHM=
	assert_status 200
}

@test "the shared secret opens nothing in key-set mode, and no key the other way" {
	use_keys EdDSA
	token_for alice
	me
	assert_status 401
	settings=("BETTER_AUTH_SECRET=$API_SECRET" "CORS_ORIGINS=$API_ORIGINS")
	me
	assert_status 200
	signed EdDSA
	me
	assert_status 401
}

@test "issuer, audience and leeway count in key-set mode too" {
	local claims="\"sub\":\"a\",\"exp\":$((EPOCHSECONDS + 900))"
	use_keys EdDSA
	settings+=(JWT_ISSUER=http://localhost:3000 JWT_AUDIENCE=http://localhost:3000)
	signed EdDSA "{$claims,\"iss\":\"http://localhost:3000\",\"aud\":\"http://localhost:3000\"}"
	me
	assert_status 200
	signed EdDSA "{$claims,\"iss\":\"http://localhost:3001\",\"aud\":\"http://localhost:3000\"}"
	me
	assert_status 401
	signed EdDSA "{$claims}"
	me
	assert_status 401
	settings=("JWKS_FILE=$set_file" "CORS_ORIGINS=$API_ORIGINS")
	signed EdDSA "{\"sub\":\"a\",\"exp\":$((EPOCHSECONDS - 30))}"
	me
	assert_problem 401 token_expired
	me JWT_LEEWAY=60
	assert_status 200
}

@test "an unknown kid asks for a newer set, once; a known one and a forged one do not" {
	local wanted=$set_file.wanted
	use_keys EdDSA
	signed EdDSA '' '{"alg":"EdDSA","kid":"new"}'
	me
	assert_status 401
	[[ ! -e $wanted ]] || fail 'a file was made'
	touch -d @0 "$wanted"
	me
	assert_status 401
	(($(stat -c %Y "$wanted") > 0)) || fail 'nobody asked'
	touch -d "@$((EPOCHSECONDS - 15))" "$wanted"
	me
	(($(stat -c %Y "$wanted") <= EPOCHSECONDS - 10)) || fail 'asked again within 30 seconds'
	touch -d @0 "$wanted"
	signed EdDSA
	me
	assert_status 200
	signed stranger
	me
	assert_status 401
	[[ $(stat -c %Y "$wanted") == 0 ]] || fail 'asked for a key that is known'
}
