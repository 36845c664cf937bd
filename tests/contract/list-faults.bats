# Invalid parameters of GET BASE: 422 with the names of all invalid parameters.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && begin; }

# One parameter per line: its names|a valid value|invalid values.
faults='status,status_filter|active|done Active active%20 ,pending pending,completed all%00 %ff null 0
completed,is_completed|true|2 00 -1 tru true%20 null %F0%9F%98%80 y%20
priority|high|urgent HIGH 1 low,high %27
due_after,date_from,due_date_from|2026-01-09|yesterday 2026-13-01 2026-02-30 0000-01-01 10000-01-01 1767960000 2026-01-09T12:00:00++01:00 infinity now %272026-01-09%27 2026-01-09Z
due_before,date_to,due_date_to|2026-01-09T12:00:00Z|yesterday 2026-1-9 2026-01-09T25:00 2026-01-09T12 2026-01-09T12:00:00+2400 -1 today
has_due_date|false|10 none null
overdue|true|2 now truE%20
sort,sort_by|title|id user_id description name Title title%20 -created_at:desc --title title:up title: :asc title,status - created_at%3Bdrop 1
order,sort_order,sort_dir|asc|ASC up 1 ascending -1 desc%20
limit,page_size|10|0 -1 1001 1e2 10.0 +5 %2B5 x 0x10 99999999999999999999 %2010 ten
offset,skip|3|-1 1.5 x 1000000001 99999999999999999999 %2B1
cursor||x . %20 AAAA null 0 %ff'

@test "a bad value of a parameter, under each of its names, is 422 naming it; a good one is not" {
	local names name good bad value n i query more=yes
	while IFS='|' read -r names good bad; do
		for name in ${names//,/ }; do
			[[ -n $good ]] || continue
			request GET "/api/tasks?$name=$good"
			assert_status 200
		done
	done <<<"$faults"
	local -a words bads wrong
	# Each request has the n-th invalid value of each parameter under its i-th name.
	# A cursor is parsed only if the other parameters are valid, so it has its own requests.
	for ((n = 0; ${#more} > 0; n++)); do
		more=''
		for i in 0 1 2; do
			query='' wrong=()
			while IFS='|' read -r names good bad; do
				IFS=, read -r -a words <<<"$names"
				read -r -a bads <<<"$bad"
				name=${words[i]:-} value=${bads[n]:-}
				[[ -n $name && -n $value && $name != cursor ]] || continue
				query+="&$name=$value" wrong+=("query.$name")
			done <<<"$faults"
			((${#wrong[@]})) || continue
			more=yes
			request GET "/api/tasks?${query:1}"
			assert_invalid "${wrong[@]}"
		done
	done
	((n > 15)) || fail "only $n values each"
	for value in ${faults##*|}; do
		request GET "/api/tasks?cursor=$value"
		assert_invalid query.cursor
	done
	request GET '/api/tasks?offset=-1'
	assert_invalid query.offset
}

@test "a page wants a number and a limit, and no offset or cursor beside it" {
	local query loc
	request GET '/api/tasks?limit=5&page=2'
	assert_status 200
	while read -r query loc; do
		request GET "/api/tasks?$query"
		assert_invalid "query.$loc"
	done <<-'END'
		page=1 page
		page=0&limit=5 page
		page=-1&limit=5 page
		page=x&limit=5 page
		page=1000001&limit=5 page
		page=1&limit=5&offset=5 page
		page=2&limit=5&skip=0 page
		sort=-title&order=asc order
		sort=title:asc&order=desc order
	END
	create
	create
	request GET '/api/tasks?limit=1'
	[[ ${reply_headers[link]} =~ cursor=([A-Za-z0-9_-]+) ]] || fail 'no cursor'
	local cursor=${BASH_REMATCH[1]}
	request GET "/api/tasks?cursor=$cursor"
	assert_status 200
	request GET "/api/tasks?cursor=$cursor&offset=1"
	assert_invalid query.cursor
	request GET "/api/tasks?cursor=$cursor&limit=5&page=2"
	assert_invalid query.cursor
}

@test "a parameter twice, under one name or two, is 422" {
	local first second
	while read -r first second; do
		request GET "/api/tasks?$first"
		assert_status 200
		request GET "/api/tasks?$first&$second"
		assert_invalid "query.${second%%=*}"
	done <<-'END'
		status=pending status=pending
		status=pending status_filter=completed
		is_completed=true completed=true
		priority=low priority=high
		search=a q=b
		due_after=2026-01-01 date_from=2026-01-01
		date_from=2026-01-01 due_date_from=2026-01-01
		due_before=2026-01-01 date_to=2026-01-01
		due_date_to=2026-01-01 due_before=2026-01-01
		has_due_date=true has_due_date=true
		overdue=true overdue=true
		sort=title sort_by=title
		order=asc sort_order=asc
		sort_dir=asc order=asc
		limit=1 page_size=1
		offset=1 skip=1
		limit=5&page=1 page=1
	END
	request GET '/api/tasks?search=a&se%61rch=a'
	assert_invalid query.search
}

@test "all faults of a query are told at once, after the checks that come before the query" {
	request GET '/api/tasks?status=x&is_completed=x&priority=x&q=%ff&date_from=x&due_date_to=x&has_due_date=x&overdue=x&sort_by=x&sort_dir=x&page_size=0&skip=-1&page=0&cursor=x'
	assert_invalid query.status query.is_completed query.priority query.q query.date_from query.due_date_to \
		query.has_due_date query.overdue query.sort_by query.sort_dir query.page_size query.skip query.page
	request GET '/api/tasks?limit=0&limit=5&status=done&sort=title'
	assert_invalid query.limit query.limit query.status
	request HEAD '/api/tasks?limit=0'
	assert_status 422
	# The token and the path's user are checked before the query, If-None-Match after it.
	request GET '/api/tasks?limit=0' --no-token
	assert_problem 401 missing_token
	request GET '/api/nobody/tasks?limit=0'
	assert_problem 403 forbidden
	request GET '/api/tasks?limit=0' --header 'If-None-Match: *'
	assert_invalid query.limit
}

@test "malformed escapes, NUL, bytes that are not UTF-8 and a search of more than 255 characters are 422 naming the parameter" {
	local value
	request GET '/api/tasks?search=%C3%A9+%2B'
	assert_status 200
	for value in % %4 %zz %4g a%00b %00 %ff %c3 %c3%28 %ed%a0%80 %f5%80%80%80 %c0%80 %u0041; do
		request GET "/api/tasks?search=$value"
		assert_invalid query.search
		request GET "/api/tasks?status=$value"
		assert_invalid query.status
	done
	repeat 255 %F0%9F%98%80
	request GET "/api/tasks?search=$REPLY"
	assert_status 200
	request GET "/api/tasks?search=${REPLY}x"
	assert_invalid query.search
}

# bats test_tags=server
@test "a query comes through as it was sent: an escape that is none or not UTF-8 is 422" {
	local value
	for value in %zz % %ff %00; do
		request GET "/api/tasks?search=x$value"
		assert_invalid query.search
	done
}

# bats test_tags=server
@test "bytes of a query that are not UTF-8 are 422" {
	request GET $'/api/tasks?search=x\xff'
	assert_invalid query.search
}

# bats test_tags=server
@test "a query as long as can be is answered, never with a 500" {
	local filler
	create
	create
	# repeat() cannot be used: in ${REPLY// /$2} bash 5.2 replaces & by the matched text.
	printf -v filler 'x%.0s&' {1..2600}
	request GET "/api/tasks?${filler}limit=1"
	assert_status 200
	assert_json 'length == 1'
	[[ -n ${reply_headers[link]:-} ]] || fail 'no Link'
	# Empty parameters, which count as absent, and long valid values.
	printf -v filler 'q=%.0s&' {1..2690}
	request GET "/api/tasks?${filler}limit=1"
	assert_status 200
	[[ -n ${reply_headers[link]:-} ]] || fail 'no Link'
	repeat 7900 0
	request GET "/api/tasks?limit=1&due_before=3000-01-01T00:00:00.${REPLY}Z"
	[[ $status == 200 || $status == 422 ]] || fail 'neither 200 nor 422'
	request GET "/api/tasks?limit=${REPLY}1"
	[[ $status == 200 || $status == 422 ]] || fail 'neither 200 nor 422'
}
