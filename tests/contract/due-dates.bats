# due_date: each format that clients send, stored in UTC with microseconds.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && begin; }

@test "every form of a date is taken and comes back as the same instant in UTC" {
	local sent wanted
	create
	while read -r sent wanted; do
		request PATCH "/api/tasks/$id" --body "{\"due_date\":\"${sent/_/ }\"}"
		assert_status 200
		assert_json '.due_date == $w' --arg w "$wanted"
	done <<-'END'
		2026-01-09 2026-01-09T00:00:00.000000Z
		2026-01-09T12:30 2026-01-09T12:30:00.000000Z
		2026-01-09T12:30:15 2026-01-09T12:30:15.000000Z
		2026-01-09T12:30:15.5 2026-01-09T12:30:15.500000Z
		2026-01-09T12:30:15.123456 2026-01-09T12:30:15.123456Z
		2026-01-09T12:30:15Z 2026-01-09T12:30:15.000000Z
		2026-01-09T12:30:15z 2026-01-09T12:30:15.000000Z
		2026-01-09t12:30:15Z 2026-01-09T12:30:15.000000Z
		2026-01-09T12:30:15.123Z 2026-01-09T12:30:15.123000Z
		2026-01-09T12:30:15.123456789Z 2026-01-09T12:30:15.123456Z
		2026-01-09T12:30Z 2026-01-09T12:30:00.000000Z
		2026-01-09T12:30z 2026-01-09T12:30:00.000000Z
		2026-01-09T12:30+05:30 2026-01-09T07:00:00.000000Z
		2026-01-09T12:30:15+0530 2026-01-09T07:00:15.000000Z
		2026-01-09T12:30+0530 2026-01-09T07:00:00.000000Z
		2026-01-09T12:30:15+05 2026-01-09T07:30:15.000000Z
		2026-01-09T12:30:15.000+0000 2026-01-09T12:30:15.000000Z
		2026-01-09_12:30:15.123456+00:00 2026-01-09T12:30:15.123456Z
		2026-01-09T12:30-05 2026-01-09T17:30:00.000000Z
		2026-01-09T12:30-00:00 2026-01-09T12:30:00.000000Z
		2026-01-09T23:30+23:59 2026-01-08T23:31:00.000000Z
		2026-01-09_12:30 2026-01-09T12:30:00.000000Z
		2026-01-09_12:30:15.25 2026-01-09T12:30:15.250000Z
		2026-01-09_12:30:15+05:30 2026-01-09T07:00:15.000000Z
		2026-01-09_12:30Z 2026-01-09T12:30:00.000000Z
		2026-01-09T12:30:15+02:00 2026-01-09T10:30:15.000000Z
		2026-01-09T12:30:15-05:30 2026-01-09T18:00:15.000000Z
		2026-01-09T00:30:00+01:00 2026-01-08T23:30:00.000000Z
		2026-12-31T23:30:00-01:00 2027-01-01T00:30:00.000000Z
		2024-02-29 2024-02-29T00:00:00.000000Z
		2000-02-29T23:59:59.999999Z 2000-02-29T23:59:59.999999Z
		1969-12-31T23:59:59.999999Z 1969-12-31T23:59:59.999999Z
		0001-01-01 0001-01-01T00:00:00.000000Z
		9999-12-31T23:59:59.999999Z 9999-12-31T23:59:59.999999Z
	END
}

@test "what is no date is refused and changes nothing; null or an empty string clears a due date, leaving it out does not" {
	local sent method
	create '{"title":"x","due_date":"2026-01-09"}'
	while IFS= read -r sent; do
		request PATCH "/api/tasks/$id" --body "{\"due_date\":\"$sent\"}"
		assert_invalid body.due_date
	done <<-'END'
		\u0020
		null
		tomorrow
		now
		infinity
		2026
		2026-01
		2026-1-9
		2026-13-01
		2026-00-01
		2026-01-32
		2026-02-29
		1900-02-29
		2026-01-09T
		2026-01-09T24:00:01
		2026-01-09T12
		2026-01-09T12:60
		2026-01-09T12:30:61
		2026-01-09T12:30:15.
		2026-01-09T12:30:15+25:00
		2026-01-09T12:30:15+2
		2026-01-09T12:30:15+24
		2026-01-09T12:30:15+2400
		2026-01-09T12:30:15+05:3
		2026-01-09T12:30:15+053
		2026-01-09T12:30:15 05:30
		2026-01-09T12:30 +05:30
		2026-01-09T12:30+05:30[Asia/Kolkata]
		2026-01-09+05:30
		2026-01-09+12:30
		2026-01-09  12:30
		2026-01-09T12:30:15 Z
		2026-01-09T12:30:15ZZ
		2026-01-09Z x
		 2026-01-09
		2026-01-09 
		20260109
		09/01/2026
		10000-01-01
		0000-01-01
		-001-01-01
		0001-01-01T00:00:00+01:00
		9999-12-31T23:59:59-01:00
		1767960000
		２０２６-01-09
	END
	# null clears due_date; an absent member does not change it.
	request PUT "/api/tasks/$id" --body '{"title":"y"}'
	assert_json '.due_date == "2026-01-09T00:00:00.000000Z"'
	request PUT "/api/tasks/$id" --body '{"due_date":null}'
	assert_status 200
	assert_json '.due_date == null'
	for method in PUT PATCH; do
		request "$method" "/api/tasks/$id" --body '{"due_date":"2026-01-09"}'
		assert_json '.due_date != null'
		request "$method" "/api/tasks/$id" --body '{"due_date":""}'
		assert_status 200
		assert_json '.due_date == null'
	done
	create '{"title":"x","due_date":""}'
	assert_json '.due_date == null'
}
