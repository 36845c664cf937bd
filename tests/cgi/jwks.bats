# JWKS_FILE: the programs with a file of public keys.
# shellcheck disable=SC2016,SC2030,SC2031,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/jwks.bash
setup_file()
{
	local alg
	. "$API_ROOT/tests/lib/jwks.bash"
	begin_keys
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

# use_changed NAME TEXT REPLACEMENT: use that key alone, with TEXT replaced.
use_changed()
{
	local jwk
	jwk=$(<"$keys/$1.jwk")
	use_keys "${jwk/"$2"/"$3"}"
}

# key_with NAME MEMBERS: print that key with these members in addition.
key_with()
{
	local jwk
	jwk=$(<"$keys/$1.jwk")
	printf '%s' "${jwk/'"kid"'/"$2,\"kid\""}"
}

# me [VARIABLE=value...]: request /api/me with $token.
me()
{
	bare me /dev/null REQUEST_METHOD=GET PATH_INFO=/api/me \
		HTTP_ORIGIN=http://localhost:3000 HTTP_AUTHORIZATION="Bearer $token" "$@"
}

# The same for requests whose log has lines about keys.  Sets warnings to those lines.
me_warned()
{
	local line
	cgi me /dev/null REQUEST_METHOD=GET PATH_INFO=/api/me \
		HTTP_AUTHORIZATION="Bearer $token"
	warnings=
	while IFS= read -r line; do
		[[ $line != *' level=warning '* ]] || warnings+=${warnings:+$'\n'}$line
	done <<<"$log"
}

# assert_fault [REASON]: the status is 500, and one log line names JWKS_FILE.
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
		signed_by "$alg" "{\"sub\":\"user of $alg\",\"email\":\"a@b.c\",\"exp\":$((EPOCHSECONDS + 900))}"
		use_keys "$alg"
		me
		assert_status 200
		assert_json '.id == "user of \($alg)" and .email == "a@b.c"' --arg alg "$alg"
		use_keys EdDSA ES256 ES384 ES512 RS256 PS256
		me
		assert_status 200
		assert_json '.id == "user of \($alg)"' --arg alg "$alg"
	done
}

@test "a stranger's key under the right kid, no token, an expired one: 401" {
	use_keys EdDSA
	signed_by EdDSA
	me
	assert_status 200
	signed_by stranger
	me
	assert_problem 401 invalid_token 'Invalid token'
	signed_by EdDSA '{"sub":"alice","exp":1}'
	me
	assert_problem 401 token_expired 'Token expired'
	signed_by stranger '{"sub":"alice","exp":1}'
	me
	assert_problem 401 invalid_token 'Invalid token'
	token=
	me
	assert_problem 401 missing_token 'Missing authentication token'
}

@test "every refused token gets the same body, but for the request id" {
	local one other header
	use_keys EdDSA RS256
	signed_by stranger
	me HTTP_X_REQUEST_ID=same
	one=$body
	for header in '{"alg":"none","kid":"EdDSA"}' '{"alg":"HS256","kid":"EdDSA"}' \
		'{"alg":"EdDSA","kid":"unknown"}' '{"alg":"EdDSA"}' '{"alg":"EdDSA","kid":1}' \
		'{"alg":"RS256","kid":"EdDSA"}' '{"alg":"EdDSA","kid":"EdDSA","crit":["x"]}' \
		'{"alg":"EdDSA","kid":"EdDSA","kid":"EdDSA"}'; do
		signed_by EdDSA '' "$header"
		me HTTP_X_REQUEST_ID=same
		assert_same "$body" "$one" "$header"
	done
	signed_by EdDSA
	for other in "${token%?????}" "$token=" "$token.AAAA" "${token}AAAA" "${token%.*}." "${token%.*}"; do
		token=$other
		me HTTP_X_REQUEST_ID=same
		assert_same "$body" "$one" "${other: -40}"
	done
}

@test "nobody signs with what is public, HS256 under the PEM or the key set" {
	local secret key text public=$BATS_TEST_TMPDIR/public
	use_keys RS256
	openssl pkey -in "$keys/RS256.pem" -pubout -out "$public.pem"
	openssl pkey -in "$keys/RS256.pem" -pubout -outform DER -out "$public.der"
	for secret in "$public.pem" "$set_file" "$keys/RS256.jwk"; do
		IFS= read -r -d '' text <"$secret" || true
		raw_token '{"sub":"alice","exp":4102444800}' '{"alg":"HS256","kid":"RS256"}' HS256 "$text"
		me
		assert_problem 401 invalid_token 'Invalid token'
	done
	# DER has NUL bytes, which a variable cannot hold, so openssl computes the HMAC.  The PEM
	# checks the openssl command.
	for secret in "$public.pem" "$public.der"; do
		key=$(od -An -tx1 -v "$secret")
		text=$(printf %s "${token%.*}" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:${key//[[:space:]]/}" -binary |
			basenc --base64url -w 0)
		token=${token%.*}.${text%%=*}
		me
		assert_problem 401 invalid_token 'Invalid token'
	done
}

@test "a skipped key is in the log with the reason, and its neighbours work" {
	local kind reason es rs
	es=$(<"$keys/ES256.jwk") rs=$(<"$keys/RS256.jwk")
	signed_by EdDSA
	while IFS='|' read -r kind reason; do
		use_keys "$kind" EdDSA
		me_warned
		assert_status 200
		[[ $warnings == *' program=me setting=JWKS_FILE '*"key 1 is skipped: $reason"* ]] ||
			fail "$kind: the log does not say why: $log"
		[[ $warnings != *$'\n'* ]] || fail 'more than one line'
	done <<-END
		{"kty":"oct","k":"YSBzZWNyZXQgbm9ib2R5IG1heSBzZWU"}|the key is symmetric (kty oct)
		${es/'"kid"'/'"d":"AAAA","kid"'}|the key has private members
		${es/'"kid"'/'"use":"enc","kid"'}|use is not sig
		${es/'"kid":"ES256"'/'"kid":7'}|kid is not a string
		${es/P-256/secp256k1}|kty, crv or alg is not supported
		${es/'"x"'/'"z"'}|x or y is missing
		${es/'"x":"'??????/'"x":"AAAAAA'}|the point is not on the curve
		${rs/AQAB/AQ}|e is even or less than 3
		${rs/'"n":"'????????/'"n":"'}|the RSA key has fewer than 2048 bits
		null|the key is not a JSON object
	END
	[[ $log != *YSBzZWNyZXQ* ]] || fail 'a secret is in the log'
}

@test "a kid that stands twice serves nobody" {
	use_keys EdDSA stranger ES256
	signed_by ES256
	me_warned
	assert_status 200
	[[ $warnings == *'another key has the same kid'*$'\n'*'another key has the same kid'* ]] || fail 'two lines were wanted'
	signed_by EdDSA
	me_warned
	assert_status 401
	signed_by stranger
	me_warned
	assert_status 401
}

@test "without a kid: the only usable key, or none" {
	signed_by EdDSA '' '{"alg":"EdDSA"}'
	use_keys EdDSA
	me
	assert_status 200
	use_keys EdDSA ES256
	me
	assert_status 401
	[[ $log == *'the token has no kid, and JWKS_FILE has several usable keys'* ]] || fail "$log"
	use_keys EdDSA '{"kty":"oct","kid":"o"}'
	me_warned
	assert_status 200
	use_changed EdDSA ',"kid":"EdDSA"' ''
	me
	assert_status 200
	signed_by EdDSA
	me
	assert_status 401
}

@test "an alg that contradicts an EC or OKP key is ignored, as Better Auth 1.6 had it" {
	signed_by EdDSA
	use_changed EdDSA '"kid"' '"alg":"ES256","kid"'
	me
	assert_status 200
	signed_by ES384
	use_changed ES384 '"kid"' '"alg":"EdDSA","kid"'
	me
	assert_status 200
	signed_by RS256
	use_changed RS256 '"alg":"RS256",' ''
	me
	assert_status 200
}

@test "no usable key, or no key set at all: 500 and one line" {
	local whole
	signed_by EdDSA
	use_keys EdDSA
	me
	assert_status 200
	use_keys
	me
	assert_fault 'has no usable key'
	printf '<!DOCTYPE html>' >"$set_file"
	me
	assert_fault
	: >"$set_file"
	me
	assert_fault
	use_keys EdDSA
	whole=$(<"$set_file")
	printf '%s' "${whole:0:50}" >"$set_file"
	me
	assert_fault
	printf '%s%65536s' "$whole" '' >"$set_file"
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
	[[ $warnings == *'the key is symmetric'* && $log == *' level=error '*' setting=JWKS_FILE '* ]] || fail 'the log does not say why'
}

@test "a secret or JWT_ALGORITHM beside JWKS_FILE: every program refuses, one line" {
	local setting program
	use_keys EdDSA
	signed_by EdDSA
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
	signed_by EdDSA
	me
	assert_status 401
}

@test "issuer, audience and leeway count in key-set mode too" {
	local claims="\"sub\":\"a\",\"exp\":$((EPOCHSECONDS + 900))"
	use_keys EdDSA
	settings+=(JWT_ISSUER=http://localhost:3000 JWT_AUDIENCE=http://localhost:3000)
	signed_by EdDSA "{$claims,\"iss\":\"http://localhost:3000\",\"aud\":\"http://localhost:3000\"}"
	me
	assert_status 200
	signed_by EdDSA "{$claims,\"iss\":\"http://localhost:3001\",\"aud\":\"http://localhost:3000\"}"
	me
	assert_status 401
	signed_by EdDSA "{$claims}"
	me
	assert_status 401
	settings=("JWKS_FILE=$set_file" "CORS_ORIGINS=$API_ORIGINS")
	signed_by EdDSA "{\"sub\":\"a\",\"exp\":$((EPOCHSECONDS - 30))}"
	me
	assert_problem 401 token_expired
	me JWT_LEEWAY=60
	assert_status 200
}

@test "an unknown kid asks for a newer set, once; a known one and a forged one do not" {
	local before wanted=$set_file.wanted
	use_keys EdDSA
	signed_by EdDSA '' '{"alg":"EdDSA","kid":"new"}'
	me
	assert_status 401
	[[ ! -e $wanted ]] || fail 'a file was made'
	touch -d @0 "$wanted"
	me
	assert_status 401
	(($(stat -c %Y "$wanted") > 0)) || fail 'nobody asked'
	touch -d "@$((EPOCHSECONDS - 5))" "$wanted"
	before=$(stat -c %y "$wanted")
	me
	assert_same "$(stat -c %y "$wanted")" "$before" 'the question, within 30 seconds'
	touch -d @0 "$wanted"
	signed_by EdDSA
	me
	assert_status 200
	signed_by stranger
	me
	assert_status 401
	[[ $(stat -c %Y "$wanted") == 0 ]] || fail 'asked for a key that is known'
}

@test "members that are null count as absent: the service stays up and lets the user in" {
	local alg member nulls='"use":null,"alg":null,"key_ops":null,"x5c":null,"d":null,"p":null,"q":null,"dp":null,"dq":null,"qi":null,"oth":null,"k":null'
	for alg in EdDSA ES256 RS256; do
		signed_by "$alg"
		[[ $alg != RS256 ]] || use_changed RS256 '"alg":"RS256",' "$nulls,"
		[[ $alg == RS256 ]] || use_changed "$alg" '"kid"' "$nulls,\"kid\""
		me
		assert_status 200
	done
	# A member with another value than null counts as present.
	signed_by EdDSA
	for member in '"d":"AAAA"' '"use":"enc"' '"key_ops":["sign"]' '"k":"AAAA"' '"oth":[]' '"d":false' '"use":0'; do
		use_keys "$(key_with EdDSA "$member")"
		me_warned
		assert_status 500
		use_keys "$(key_with EdDSA "${member%%:*}:null")"
		me
		assert_status 200
	done
	signed_by EdDSA '' '{"alg":"EdDSA"}'
	use_changed EdDSA '"kid":"EdDSA"' '"kid":null'
	me
	assert_status 200
	signed_by EdDSA '' '{"alg":"EdDSA","kid":null}'
	me
	assert_status 401
}

@test "a key whose key_ops lack verify opens nothing, and the log of that request says so" {
	local alg operations
	for alg in EdDSA ES256 RS256 PS256; do
		signed_by "$alg"
		for operations in '["verify"]' '["sign","verify"]'; do
			use_keys ES384 "$(key_with "$alg" "\"key_ops\":$operations")"
			me
			assert_status 200
		done
		for operations in '[]' '["sign"]' '["encrypt"]' '["Verify"]' '"verify"' '{"verify":1}' '["verify",1]' '["verify",null]'; do
			use_keys ES384 "$(key_with "$alg" "\"key_ops\":$operations")"
			me
			assert_problem 401 invalid_token
			[[ $log == *'the key with the token'\''s kid is unusable: key_ops'* ]] || fail "$operations: the log does not say why: $log"
		done
	done
}

@test "a token may call EdDSA Ed25519, by an Ed25519 key alone" {
	local name alg
	for name in EdDSA Ed25519; do
		signed_by EdDSA '' "{\"alg\":\"$name\",\"kid\":\"EdDSA\"}"
		use_keys EdDSA ES256
		me
		assert_status 200
		for alg in EdDSA Ed25519 ES256; do # the alg of the key is ignored
			use_keys "$(key_with EdDSA "\"alg\":\"$alg\"")"
			me
			assert_status 200
		done
	done
	for name in ed25519 ED25519 Ed448 Ed25519ph EdDSA25519 'Ed25519 ' ESP256; do
		signed_by EdDSA '' "{\"alg\":\"$name\",\"kid\":\"EdDSA\"}"
		me
		assert_problem 401 invalid_token
	done
	use_keys EdDSA ES256 ES384 ES512 RS256 PS256
	for alg in ES256 ES384 ES512 RS256 PS256; do
		for name in EdDSA Ed25519; do
			signed_by "$alg" '' "{\"alg\":\"$name\",\"kid\":\"$alg\"}"
			me
			assert_problem 401 invalid_token
		done
		signed_by "$alg"
		me
		assert_status 200
	done
	signed_by stranger '' '{"alg":"Ed25519","kid":"EdDSA"}'
	me
	assert_problem 401 invalid_token
	settings=("BETTER_AUTH_SECRET=$API_SECRET" "CORS_ORIGINS=$API_ORIGINS")
	raw_token '{"sub":"alice","exp":4102444800}' '{"alg":"Ed25519"}' HS256 "$API_SECRET"
	me
	assert_problem 401 invalid_token
	raw_token '{"sub":"alice","exp":4102444800}' '{"alg":"HS256"}' HS256 "$API_SECRET"
	me
	assert_status 200
}

# use_many COUNT: use a set of foreign keys k1, k2 ... with our key as the last one.
use_many()
{
	local n stranger set='{"keys":['
	stranger=$(<"$keys/stranger.jwk")
	for ((n = 1; n < $1; n++)); do
		set+=${stranger/'"kid":"EdDSA"'/"\"kid\":\"k$n\""},
	done
	printf '%s' "$set$(<"$keys/EdDSA.jwk")]}" >"$set_file"
}

@test "a set of 65 keys and more lets the user of each in, and 64 KiB are the only limit" {
	local count token_of_1
	signed_by stranger '' '{"alg":"EdDSA","kid":"k1"}'
	token_of_1=$token
	for count in 64 65 400 600; do
		use_many "$count"
		signed_by EdDSA
		me
		assert_status 200
		token=$token_of_1
		me
		assert_status 200
		signed_by EdDSA '' '{"alg":"EdDSA","kid":"k1"}'
		me
		assert_status 401
		signed_by EdDSA '' '{"alg":"EdDSA"}'
		me
		assert_status 401
	done
	use_many 900
	me
	assert_fault '64 KiB'
}

@test "a byte-order mark before the key set is skipped" {
	signed_by EdDSA
	use_keys EdDSA
	printf '\xef\xbb\xbf%s' "$(<"$set_file")" >"$set_file.new"
	mv "$set_file.new" "$set_file"
	me
	assert_status 200
	printf '\xef\xbb\xbf%s' "$(<"$set_file")" >"$set_file.new"
	mv "$set_file.new" "$set_file"
	me
	assert_fault
}

@test "a key set that was not refreshed for JWKS_MAX_AGE hours is a settings fault, and any set without that setting is none" {
	local age
	use_keys EdDSA
	signed_by EdDSA
	for age in 0 3590 -290; do
		touch -d "@$((EPOCHSECONDS - age))" "$set_file"
		me JWKS_MAX_AGE=1
		assert_status 200
	done
	for age in 3610 7200 86400000; do
		touch -d "@$((EPOCHSECONDS - age))" "$set_file"
		me JWKS_MAX_AGE=1
		assert_fault 'older than JWKS_MAX_AGE'
		me
		assert_status 200
		me JWKS_MAX_AGE=
		assert_status 200
	done
	me JWKS_MAX_AGE=2
	assert_fault 'older than JWKS_MAX_AGE'
	touch -d "@$((EPOCHSECONDS - 7190))" "$set_file"
	me JWKS_MAX_AGE=2
	assert_status 200
	for age in -310 -3600 -86400000; do
		touch -d "@$((EPOCHSECONDS - age))" "$set_file"
		me JWKS_MAX_AGE=1
		assert_fault 'in the future'
		me
		assert_status 200
	done
	# The error also occurs without a token, because settings are checked first.
	token=
	me JWKS_MAX_AGE=1
	assert_fault 'in the future'
}

@test "a JWKS_MAX_AGE that is no number of hours, or has no key set, is a settings fault" {
	local value
	use_keys EdDSA
	signed_by EdDSA
	for value in 0 -1 +1 1.5 1h 24h ' 1' 01x 8761 99999999999999999999 0x10 yes; do
		me "JWKS_MAX_AGE=$value"
		assert_problem 500 internal_error
		[[ $log == *' setting=JWKS_MAX_AGE '* ]] || fail "$value: $log"
	done
	for value in 1 24 8760; do
		me "JWKS_MAX_AGE=$value"
		assert_status 200
	done
	settings=("BETTER_AUTH_SECRET=$API_SECRET" "CORS_ORIGINS=$API_ORIGINS")
	token_for alice
	me JWKS_MAX_AGE=24
	assert_problem 500 internal_error
	[[ $log == *' setting=JWKS_MAX_AGE '* ]] || fail "$log"
	me
	assert_status 200
}
