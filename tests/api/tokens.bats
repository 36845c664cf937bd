# Who may come in: each refusal beside a token that differs in that alone and
# works.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash" && begin
	in_seconds 600
	exp=$REPLY
	claims="{\"sub\":\"$user\",\"exp\":$exp}"
}

# With the token in $token.
assert_enters()
{
	request GET /api/tasks --token "$token"
	assert_status 200
	request GET /api/me --token "$token"
	assert_status 200 && assert_json '.id == $u' --arg u "${1:-$user}"
}

assert_refused()
{
	request GET /api/tasks --token "$token"
	assert_problem 401 invalid_token 'Invalid token' || return 1
	assert_header WWW-Authenticate 'Bearer error="invalid_token"' || return 1
	request GET /api/me --token "$token"
	assert_problem 401 invalid_token
}

base64url()
{
	printf '%s' "$1" | base64 -w0 | tr '+/' '-_' | tr -d =
}

@test "no token is told from a bad one" {
	local value
	request GET /api/tasks --no-token
	assert_problem 401 missing_token 'Missing authentication token'
	assert_header WWW-Authenticate Bearer
	raw_token "$claims"
	for value in Bearer 'Bearer ' 'Basic dXNlcjpwYXNz' "Token $token" "$token" \
		"Bearer:$token" "Bearer$token" "xBearer $token" 'Digest x'; do
		request GET /api/tasks --authorization "$value"
		assert_problem 401 missing_token 'Missing authentication token'
		assert_header WWW-Authenticate Bearer
	done
	for value in Bearer bearer BEARER bEaReR 'Bearer '; do
		request GET /api/tasks --authorization "$value $token"
		assert_status 200
	done
}

@test "a token anywhere but in Authorization is no token" {
	raw_token "$claims"
	request GET "/api/tasks?token=$token&access_token=$token" --no-token
	assert_problem 401 missing_token
	request GET /api/tasks --no-token --header "Cookie: token=$token; better-auth.session_token=$token"
	assert_problem 401 missing_token
	request GET /api/tasks --no-token --header "X-Authorization: Bearer $token"
	assert_problem 401 missing_token
	assert_enters
}

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

@test "an expired token says so, in time" {
	local when
	for when in -1 -3600 -4000000; do
		token_for "$user" "$when"
		request GET /api/tasks --token "$token"
		assert_problem 401 token_expired 'Token expired'
		assert_header WWW-Authenticate 'Bearer error="invalid_token"'
	done
	in_seconds 0
	raw_token "{\"sub\":\"$user\",\"exp\":$REPLY}"
	request GET /api/tasks --token "$token"
	assert_problem 401 token_expired
	token_for "$user" 20
	assert_enters
	# 0 is 1970, and as expired as any.
	raw_token "{\"sub\":\"$user\",\"exp\":0}"
	request GET /api/tasks --token "$token"
	assert_problem 401 token_expired
}

@test "exp is required and a number; a fraction or the far future is fine" {
	local value
	raw_token "{\"sub\":\"$user\"}"
	assert_refused
	for value in null "\"$exp\"" true "[$exp]" {}; do
		raw_token "{\"sub\":\"$user\",\"exp\":$value}"
		assert_refused
	done
	for value in "$exp.5" "$exp.0" "${exp}000" 1e15 99999999999999999999; do
		raw_token "{\"sub\":\"$user\",\"exp\":$value}"
		assert_enters
	done
}

@test "nbf holds a token back until then, and must be a number" {
	local value
	in_seconds 300
	for value in "$REPLY" 1e15 "\"$exp\"" null '"0"' {}; do
		raw_token "{\"sub\":\"$user\",\"exp\":$exp,\"nbf\":$value}"
		assert_refused
	done
	in_seconds -5
	for value in "$REPLY" "$REPLY.5" 0; do
		raw_token "{\"sub\":\"$user\",\"exp\":$exp,\"nbf\":$value}"
		assert_enters
	done
}

@test "the user is sub, else user_id, a string of 1 to 255 characters, never the e-mail" {
	local json
	for json in '"email":"a@example.org"' '"id":"a"' '"sub":""' '"sub":null' '"sub":5' \
		'"sub":["a"]' '"sub":{}' '"sub":"a\u0000b"' '"user_id":""' '"user_id":7' \
		'"sub":"","user_id":"a"' '"sub":null,"user_id":"a"' '"sub":5,"user_id":"a"' \
		'"user":{"id":"a"}' '"Sub":"a"'; do
		raw_token "{$json,\"exp\":$exp}"
		assert_refused
	done
	raw_token "{\"user_id\":\"$user\",\"exp\":$exp}"
	assert_enters
	raw_token "{\"sub\":\"$user\",\"user_id\":\"somebody else\",\"exp\":$exp}"
	assert_enters
	repeat 256 é
	raw_token "{\"sub\":\"$REPLY\",\"exp\":$exp}"
	assert_refused
	raw_token "{\"sub\":\"${REPLY%?}\",\"exp\":$exp}"
	assert_enters "${REPLY%?}"
}

@test "a signature that is another key's, cut, changed or missing is refused" {
	local good last
	raw_token "$claims" '' HS256 another-secret-of-at-least-32-bytes-yes
	assert_refused
	raw_token "$claims"
	good=$token
	last=${good: -10:1}
	for token in "${good%.*}." "${good%.*}" "${good%?}" "${good}A" "${good}AAAA" \
		"${good:0:${#good}-10}$([[ $last == A ]] && echo B || echo A)${good: -9}" \
		"${good%.*}.$(base64url x)" "${good%.*}.AAAA"; do
		assert_refused
	done
	# Another user's claims under this signature.
	token="${good%%.*}.$(base64url "{\"sub\":\"admin\",\"exp\":$exp}").${good##*.}"
	assert_refused
	token=$good
	assert_enters
}

@test "a forged token that is also expired is a forged one" {
	raw_token "{\"sub\":\"$user\",\"exp\":1}" '' HS256 another-secret-of-at-least-32-bytes-yes
	assert_refused
	raw_token "{\"sub\":\"$user\",\"exp\":1}"
	request GET /api/tasks --token "$token"
	assert_problem 401 token_expired
}

@test "no algorithm but the configured one, whatever the token says" {
	local alg
	for alg in none None NONE '' hs256 Hs256 HS384 HS512 RS256 ES256 EdDSA PS256 'HS256 ' HS2560 'HS256\u0000'; do
		raw_token "$claims" "{\"alg\":\"$alg\"}"
		assert_refused
		token=${token%.*}.
		assert_refused
	done
	for alg in HS384 HS512; do
		raw_token "$claims" "{\"alg\":\"$alg\"}" "$alg"
		assert_refused
		raw_token "$claims" '{"alg":"HS256"}' "$alg"
		assert_refused
	done
	for alg in null 5 '["HS256"]' '{}'; do
		raw_token "$claims" "{\"alg\":$alg}"
		assert_refused
	done
	raw_token "$claims" '{"typ":"JWT"}'
	assert_refused
	raw_token "$claims" '{"alg":"HS256"}'
	assert_enters
}

@test "typ is absent, JWT or at+jwt, in any case, and nothing else" {
	local typ
	for typ in '"JWS"' '"JWE"' '"dpop+jwt"' '""' null 5 '["JWT"]' '"JWT "' '"application/"' '"text/JWT"'; do
		raw_token "$claims" "{\"alg\":\"HS256\",\"typ\":$typ}"
		assert_refused
	done
	for typ in JWT jwt at+jwt AT+JWT application/jwt Application/at+JWT; do
		raw_token "$claims" "{\"alg\":\"HS256\",\"typ\":\"$typ\"}"
		assert_enters
	done
}

@test "crit, members that stand twice and what is no object are refused" {
	local header
	for header in '{"alg":"HS256","crit":["exp"]}' '{"alg":"HS256","crit":[]}' '{"alg":"HS256","crit":null}' \
		'{"alg":"HS256","alg":"HS256"}' '{"alg":"none","alg":"HS256"}' '{"alg":"HS256","x":{"y":1,"y":2}}' \
		'["HS256"]' '"HS256"' '{"alg":"HS256"' '{"alg":"HS256"} x' '{"alg":"HS256","x":"\u0000"}'; do
		raw_token "$claims" "$header"
		assert_refused
	done
	for header in '{"alg":"HS256","kid":"1"}' '{"alg":"HS256","x":{"y":1}}' ' { "alg" : "HS256" } '; do
		raw_token "$claims" "$header"
		assert_enters
	done
	for header in "{\"sub\":\"admin\",\"sub\":\"$user\",\"exp\":$exp}" \
		"{\"sub\":\"$user\",\"exp\":1,\"exp\":$exp}" "{\"sub\":\"$user\",\"exp\":$exp,\"x\":[{\"a\":1,\"a\":1}]}" \
		"[{\"sub\":\"$user\",\"exp\":$exp}]" "{\"sub\":\"$user\",\"exp\":$exp}{}" "{\"sub\":\"$user\",\"exp\":$exp" \
		"{\"sub\":\"$user\",\"exp\":$exp,\"x\":\"\\u0000\"}" "\"$user\"" null; do
		raw_token "$header"
		assert_refused
	done
	raw_token "{\"sub\":\"$user\",\"exp\":$exp,\"x\":[{\"a\":1},{\"a\":1}],\"roles\":null}"
	assert_enters
}

@test "a fourth segment, padding, white space or a foreign byte is refused" {
	local good changed
	raw_token "$claims"
	good=$token
	for token in "$good.x" "$good." ".$good" "$good=" "$good==" "${good/./=.}" "${good/./..}" "${good/./. }" \
		"${good:0:5} ${good:5}" "${good:0:5}+${good:6}" "${good:0:5}/${good:6}" "${good:0:5}%41${good:6}" \
		"${good:0:5}é${good:6}" . .. ... x a.b a.b.c "${good//./}" "${good%%.*}" "${good%%.*}.."; do
		assert_refused
	done
	# The unused bits of the last digit: the same bytes, another spelling.
	changed=${good: -1}
	changed=$(tr 'A-Za-z0-9_-' 'B-ZAb-za1-90-_' <<<"$changed")
	token=${good%?}$changed
	assert_refused
	token=$good
	assert_enters
}

@test "a token of 8 KiB is accepted, of one byte more refused" {
	local start="{\"sub\":\"$user\",\"exp\":$exp,\"x\":\""
	# 20 digits of header, 43 of signature, two dots: 6095 bytes fill the rest.
	repeat $((6095 - ${#start} - 2)) x
	raw_token "$start$REPLY\"}"
	assert_same "${#token}" 8192 'the length of the token'
	assert_enters
	raw_token "$start${REPLY}x\"}"
	assert_same "${#token}" 8193 'the length of the token'
	assert_refused
}

@test "the session cookie, the e-mail link and the opaque token of Better Auth are refused" {
	raw_token "{\"session\":{\"session\":{\"token\":\"t\",\"userId\":\"$user\"},\"user\":{\"id\":\"$user\",\"email\":\"a@example.org\"}},\"iat\":1,\"exp\":$exp}"
	assert_refused
	raw_token "{\"email\":\"a@example.org\",\"iat\":1,\"exp\":$exp}"
	assert_refused
	token=Zk2pX0y7Qm4sT9vB1nC6dF3gH8jK5lWe
	assert_refused
	raw_token "{\"sub\":\"$user\",\"email\":\"a@example.org\",\"name\":\"A\",\"iat\":1,\"iss\":\"http://localhost:3000\",\"aud\":\"http://localhost:3000\",\"exp\":$exp}"
	assert_enters
}

@test "without JWT_ISSUER and JWT_AUDIENCE, iss and aud are not looked at" {
	local json
	for json in '"iss":"x","aud":"y"' '"aud":["a","b"]' '"iss":5,"aud":null' '"aud":{}'; do
		raw_token "{\"sub\":\"$user\",\"exp\":$exp,$json}"
		assert_enters
	done
}

@test "a token for one user does not open another's tasks, nor does any header" {
	create '{"title":"private"}'
	request GET "/api/tasks/$id" --user "not-$user" --header "X-User-Id: $user" \
		--header "X-Forwarded-User: $user" --header "Remote-User: $user" --header "X-Original-URL: /api/$user/tasks"
	assert_problem 403 forbidden
	request GET "/api/tasks/$id"
	assert_status 200
}
