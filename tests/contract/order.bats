# A request with two errors gets the response for the one that is checked first.  The
# order: route, method, token, path user, id, query, size, type, JSON, fields, task.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && begin; }

# bats test_tags=server
@test "of two faults the earlier in the order of checks is told; a request without any passes" {
	local name method path option value json type wanted big unknown=00000000-0000-4000-8000-000000000000
	printf -v big '%*s' 70000 ''
	while IFS='|' read -r name method path option json type wanted; do
		case $json in
		big) json=$big ;;
		esac
		value=()
		case $option in
		none) value=(--no-token) ;;
		bad) value=(--token x.y.z) ;;
		esac
		request "$method" "${path//UNKNOWN/$unknown}" "${value[@]}" --body "$json" --type "$type"
		[[ $status == "${wanted%% *}" && $body == *"\"code\":\"${wanted#* }\""* ]] ||
			fail "$name: $wanted was wanted"
	done <<-END
		route, token|GET|/api/nothing|none|{|text/plain|404 not_found
		route, method|PROPFIND|/api/nothing|good|{|text/plain|404 not_found
		method, token|DELETE|/api/tasks|none|{|text/plain|405 method_not_allowed
		method, path user|DELETE|/api/nobody/tasks|good|{|text/plain|405 method_not_allowed
		method, id|POST|/api/tasks/no-uuid|good|{|text/plain|405 method_not_allowed
		method, size|PUT|/api/tasks|good|big|text/plain|405 method_not_allowed
		token, path user|GET|/api/nobody/tasks|none|{|text/plain|401 missing_token
		token, path user|GET|/api/nobody/tasks|bad|{|text/plain|401 invalid_token
		token, id|GET|/api/tasks/no-uuid|none|{|text/plain|401 missing_token
		token, size|POST|/api/tasks|bad|big|application/json|401 invalid_token
		token, JSON|POST|/api/tasks|bad|{|application/json|401 invalid_token
		token, task|PUT|/api/tasks/UNKNOWN|none|{}|application/json|401 missing_token
		path user, id|GET|/api/nobody/tasks/no-uuid|good|||403 forbidden
		path user, size|POST|/api/nobody/tasks|good|big|application/json|403 forbidden
		path user, JSON|POST|/api/nobody/tasks|good|{|application/json|403 forbidden
		path user, task|DELETE|/api/nobody/tasks/UNKNOWN|good|||403 forbidden
		id, size|PUT|/api/tasks/no-uuid|good|big|application/json|422 validation_error
		id, type|PUT|/api/tasks/no-uuid|good|{}|text/plain|422 validation_error
		id, JSON|PATCH|/api/tasks/no-uuid|good|{|application/json|422 validation_error
		size, type|POST|/api/tasks|good|big|text/plain|413 body_too_large
		size, JSON|POST|/api/tasks|good|big|application/json|413 body_too_large
		size, task|PUT|/api/tasks/UNKNOWN|good|big|application/json|413 body_too_large
		type, JSON|POST|/api/tasks|good|{|text/plain|415 unsupported_media_type
		type, task|PATCH|/api/tasks/UNKNOWN|good|{}|text/plain|415 unsupported_media_type
		JSON, task|PUT|/api/tasks/UNKNOWN|good|{|application/json|400 malformed_json
		JSON, fields|POST|/api/tasks|good|{"title":5,"title":5}|application/json|400 malformed_json
		fields, task|PUT|/api/tasks/UNKNOWN|good|{"title":5}|application/json|422 validation_error
		fields, task|PATCH|/api/tasks/UNKNOWN/complete|good|{"completed":5}|application/json|422 validation_error
		task alone|PUT|/api/tasks/UNKNOWN|good|{"title":"x"}|application/json|404 task_not_found
	END
	# Positive control: a request without errors.
	create
	request PUT "/api/$user/tasks/$id" --body '{"title":"x"}'
	assert_status 200
}
