# Authentication.  Each test of a refused token also has an accepted one that differs
# only in the property under test.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	in_seconds 3600
	exp=$REPLY
	claims="{\"sub\":\"$user\",\"exp\":$exp}"
}

# assert_enters [USER]: the API accepts $token and takes it as USER's (default: $user).
assert_enters()
{
	request GET /api/me --token "$token"
	assert_status 200 && assert_json '.id == $u' --arg u "${1:-$user}"
}

assert_refused()
{
	request GET /api/me --token "$token"
	assert_problem 401 invalid_token 'Invalid token' &&
		assert_header WWW-Authenticate 'Bearer error="invalid_token"'
}

# enters CLAIMS [HEADER...] and refused CLAIMS [HEADER...]: make a token (raw_token) and
# assert that the API accepts or refuses it.
enters()
{
	raw_token "$@"
	assert_enters || fail "of $*"
}

refused()
{
	raw_token "$@"
	assert_refused || fail "of $*"
}

# base64url TEXT: set REPLY to TEXT in base64url.
base64url()
{
	local token
	signed x "$1"
	REPLY=${token#*.} REPLY=${REPLY%.*}
}

# bats test_tags=server
@test "every program wants a token, and takes no bad one" {
	local method path json bad good
	create
	raw_token "$claims" '' HS256 another-secret-of-at-least-32-bytes-yes
	bad=$token
	raw_token "$claims"
	good=$token
	while read -r method path json; do
		request "$method" "$path" --no-token ${json:+--body "$json"}
		assert_problem 401 missing_token 'Missing authentication token'
		assert_header WWW-Authenticate Bearer
		request "$method" "$path" --token "$bad" ${json:+--body "$json"}
		assert_problem 401 invalid_token 'Invalid token'
		assert_header WWW-Authenticate 'Bearer error="invalid_token"'
		request "$method" "$path" --token "$good" ${json:+--body "$json"}
		[[ $status == 20? ]] || fail 'a good token is refused'
	done <<-END
		GET /api/tasks
		POST /api/tasks {"title":"x"}
		GET /api/tasks/$id
		PATCH /api/tasks/$id {"title":"y"}
		PATCH /api/tasks/$id/complete
		DELETE /api/tasks/$id
		GET /api/me
	END
}

# bats test_tags=server
@test "no token is told from a bad one, and one anywhere but in Authorization is no token" {
	local value
	raw_token "$claims"
	for value in Bearer 'Bearer ' 'Basic dXNlcjpwYXNz' "Token $token" "$token" \
		"Bearer:$token" "Bearer$token" "xBearer $token" 'Digest x'; do
		request GET /api/me --authorization "$value"
		assert_problem 401 missing_token 'Missing authentication token'
		assert_header WWW-Authenticate Bearer
	done
	for value in Bearer bearer BEARER bEaReR 'Bearer '; do
		request GET /api/me --authorization "$value $token"
		assert_status 200
	done
	request GET "/api/me?token=$token&access_token=$token" --no-token
	assert_problem 401 missing_token
	request GET /api/me --no-token --header "Cookie: token=$token; better-auth.session_token=$token"
	assert_problem 401 missing_token
	request GET /api/me --no-token --header "X-Authorization: Bearer $token"
	assert_problem 401 missing_token
	assert_enters
}

# bats test_tags=server
@test "two tokens at once, or anything after one, are refused" {
	local good
	raw_token "$claims"
	good=$token
	for token in "$good, Bearer $good" "$good $good" "$good," "$good;" "\"$good\"" "Bearer $good"; do
		assert_refused
	done
	token=$good
	assert_enters
}

@test "an expired token says so, in time; a forged one that is also expired is a forged one" {
	local when
	for when in -1 -3600 -4000000; do
		token_for "$user" "$when"
		request GET /api/me --token "$token"
		assert_problem 401 token_expired 'Token expired'
		assert_header WWW-Authenticate 'Bearer error="invalid_token"'
	done
	in_seconds 0
	raw_token "{\"sub\":\"$user\",\"exp\":$REPLY}"
	request GET /api/me --token "$token"
	assert_problem 401 token_expired
	token_for "$user" 600
	assert_enters
	# exp 0 is a valid time, in 1970: the token has expired.
	raw_token "{\"sub\":\"$user\",\"exp\":0}"
	request GET /api/me --token "$token"
	assert_problem 401 token_expired
	raw_token "{\"sub\":\"$user\",\"exp\":1}" '' HS256 another-secret-of-at-least-32-bytes-yes
	assert_refused
	raw_token "{\"sub\":\"$user\",\"exp\":1}"
	request GET /api/me --token "$token"
	assert_problem 401 token_expired
}

@test "exp is required and a number; a fraction or the far future is fine; nbf holds a token back until then" {
	local value
	refused "{\"sub\":\"$user\"}"
	for value in null "\"$exp\"" true "[$exp]" {}; do
		refused "{\"sub\":\"$user\",\"exp\":$value}"
	done
	for value in "$exp.5" "$exp.0" "${exp}000" 1e15 99999999999999999999; do
		enters "{\"sub\":\"$user\",\"exp\":$value}"
	done
	in_seconds 3000
	for value in "$REPLY" 1e15 "\"$exp\"" null '"0"' {}; do
		refused "{\"sub\":\"$user\",\"exp\":$exp,\"nbf\":$value}"
	done
	in_seconds -5
	for value in "$REPLY" "$REPLY.5" 0; do
		enters "{\"sub\":\"$user\",\"exp\":$exp,\"nbf\":$value}"
	done
}

@test "the user is sub, else user_id, a string of 1 to 255 characters, never the e-mail" {
	local json
	for json in '"email":"a@example.org"' '"id":"a"' '"sub":""' '"sub":null' '"sub":5' \
		'"sub":["a"]' '"sub":{}' '"sub":"a\u0000b"' '"user_id":""' '"user_id":7' \
		'"sub":"","user_id":"a"' '"sub":null,"user_id":"a"' '"sub":5,"user_id":"a"' \
		'"user":{"id":"a"}' '"Sub":"a"'; do
		refused "{$json,\"exp\":$exp}"
	done
	enters "{\"user_id\":\"$user\",\"exp\":$exp}"
	enters "{\"sub\":\"$user\",\"user_id\":\"somebody else\",\"exp\":$exp}"
	repeat 256 é
	refused "{\"sub\":\"$REPLY\",\"exp\":$exp}"
	raw_token "{\"sub\":\"${REPLY%?}\",\"exp\":$exp}"
	assert_enters "${REPLY%?}"
}

@test "a signature that is another key's, cut, changed or missing is refused" {
	local good last another=B
	refused "$claims" '' HS256 another-secret-of-at-least-32-bytes-yes
	raw_token "$claims"
	good=$token
	last=${good: -10:1}
	[[ $last != B ]] || another=A
	base64url x
	for token in "${good%.*}." "${good%.*}" "${good%?}" "${good}A" "${good}AAAA" \
		"${good:0:${#good}-10}$another${good: -9}" \
		"${good%.*}.$REPLY" "${good%.*}.AAAA"; do
		assert_refused
	done
	# Another user's claims with the signature of the good token.
	base64url "{\"sub\":\"admin\",\"exp\":$exp}"
	token="${good%%.*}.$REPLY.${good##*.}"
	assert_refused
	token=$good
	assert_enters
}

@test "no algorithm but the configured one, whatever the token says" {
	local alg
	for alg in none None NONE '' hs256 Hs256 HS384 HS512 RS256 ES256 EdDSA Ed25519 PS256 'HS256 ' HS2560 'HS256\u0000'; do
		refused "$claims" "{\"alg\":\"$alg\"}"
		token=${token%.*}.
		assert_refused
	done
	for alg in HS384 HS512; do
		refused "$claims" "{\"alg\":\"$alg\"}" "$alg"
		refused "$claims" '{"alg":"HS256"}' "$alg"
	done
	for alg in null 5 '["HS256"]' '{}'; do
		refused "$claims" "{\"alg\":$alg}"
	done
	refused "$claims" '{"typ":"JWT"}'
	enters "$claims" '{"alg":"HS256"}'
}

@test "typ is absent, JWT or at+jwt, in any case, and nothing else; crit, members that stand twice and what is no object are refused" {
	local typ header
	for typ in '"JWS"' '"JWE"' '"dpop+jwt"' '""' null 5 '["JWT"]' '"JWT "' '"application/"' '"text/JWT"'; do
		refused "$claims" "{\"alg\":\"HS256\",\"typ\":$typ}"
	done
	for typ in JWT jwt at+jwt AT+JWT application/jwt Application/at+JWT; do
		enters "$claims" "{\"alg\":\"HS256\",\"typ\":\"$typ\"}"
	done
	for header in '{"alg":"HS256","crit":["exp"]}' '{"alg":"HS256","crit":[]}' '{"alg":"HS256","crit":null}' \
		'{"alg":"HS256","alg":"HS256"}' '{"alg":"none","alg":"HS256"}' '{"alg":"HS256","x":{"y":1,"y":2}}' \
		'["HS256"]' '"HS256"' '{"alg":"HS256"' '{"alg":"HS256"} x' '{"alg":"HS256","x":"\u0000"}'; do
		refused "$claims" "$header"
	done
	for header in '{"alg":"HS256","kid":"1"}' '{"alg":"HS256","x":{"y":1}}' ' { "alg" : "HS256" } '; do
		enters "$claims" "$header"
	done
	for header in "{\"sub\":\"admin\",\"sub\":\"$user\",\"exp\":$exp}" \
		"{\"sub\":\"$user\",\"exp\":1,\"exp\":$exp}" "{\"sub\":\"$user\",\"exp\":$exp,\"x\":[{\"a\":1,\"a\":1}]}" \
		"[{\"sub\":\"$user\",\"exp\":$exp}]" "{\"sub\":\"$user\",\"exp\":$exp}{}" "{\"sub\":\"$user\",\"exp\":$exp" \
		"{\"sub\":\"$user\",\"exp\":$exp,\"x\":\"\\u0000\"}" "\"$user\"" null; do
		refused "$header"
	done
	enters "{\"sub\":\"$user\",\"exp\":$exp,\"x\":[{\"a\":1},{\"a\":1}],\"roles\":null}"
}

@test "a fourth segment, padding, white space or a foreign byte is refused" {
	local good changed digits
	raw_token "$claims"
	good=$token
	for token in "$good.x" "$good." ".$good" "$good=" "$good==" "${good/./=.}" "${good/./..}" "${good/./. }" \
		"${good:0:5} ${good:5}" "${good:0:5}+${good:6}" "${good:0:5}/${good:6}" "${good:0:5}%41${good:6}" \
		"${good:0:5}é${good:6}" . .. ... x a.b a.b.c "${good//./}" "${good%%.*}" "${good%%.*}.."; do
		assert_refused
	done
	# The last digit has unused bits.  Changing them gives another encoding of the same bytes.
	changed=${good: -1}
	digits=ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_A
	changed=${digits#*"$changed"}
	changed=${changed:0:1}
	token=${good%?}$changed
	assert_refused
	token=$good
	assert_enters
}

# bats test_tags=server
@test "a token of 8 KiB is accepted, of one byte more refused" {
	local start="{\"sub\":\"$user\",\"exp\":$exp,\"x\":\""
	# 8192 - 20 (header) - 43 (signature) - 2 (dots) = 8127 digits, which encode 6095 bytes.
	repeat $((6095 - ${#start} - 2)) x
	raw_token "$start$REPLY\"}"
	assert_same "${#token}" 8192 'the length of the token'
	assert_enters
	raw_token "$start${REPLY}x\"}"
	assert_same "${#token}" 8193 'the length of the token'
	assert_refused
}

@test "the session cookie, the e-mail link and the opaque token of Better Auth are refused; its iss and aud are not looked at unless set" {
	local json
	refused "{\"session\":{\"session\":{\"token\":\"t\",\"userId\":\"$user\"},\"user\":{\"id\":\"$user\",\"email\":\"a@example.org\"}},\"iat\":1,\"exp\":$exp}"
	refused "{\"email\":\"a@example.org\",\"iat\":1,\"exp\":$exp}"
	token=Zk2pX0y7Qm4sT9vB1nC6dF3gH8jK5lWe
	assert_refused
	enters "{\"sub\":\"$user\",\"email\":\"a@example.org\",\"name\":\"A\",\"iat\":1,\"iss\":\"http://localhost:3000\",\"aud\":\"http://localhost:3000\",\"exp\":$exp}"
	for json in '"iss":"x","aud":"y"' '"aud":["a","b"]' '"iss":5,"aud":null' '"aud":{}'; do
		enters "{\"sub\":\"$user\",\"exp\":$exp,$json}"
	done
}

# bats test_tags=server
@test "a token for one user does not open another's tasks, nor does any header" {
	create '{"title":"private"}'
	request GET "/api/tasks/$id" --user "not-$user" --header "X-User-Id: $user" \
		--header "X-Forwarded-User: $user" --header "Remote-User: $user" --header "X-Original-URL: /api/$user/tasks"
	assert_problem 403 forbidden
	request GET "/api/tasks/$id"
	assert_status 200
}
