# The parameters of GET BASE: filters, order, pages by number.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
# shellcheck source=tests/lib/lists.bash
setup() { . "$API_ROOT/tests/lib/api.bash" && . "$API_ROOT/tests/lib/lists.bash" && begin; }

late='.due_date != null and .due_date < (now | todate) and .status != "completed"'
# Filters: names of the parameter|value|jq condition of the selected tasks.
filters="status,status_filter|all|true
status,status_filter|active|.status != \"completed\"
status,status_filter|pending|.status == \"pending\"
status,status_filter|in_progress|.status == \"in_progress\"
status,status_filter|completed|.status == \"completed\"
completed,is_completed|true|.completed
completed,is_completed|false|.completed | not
completed,is_completed|True|.completed
completed,is_completed|0|.completed | not
priority|low|.priority == \"low\"
priority|medium|.priority == \"medium\"
priority|high|.priority == \"high\"
search,q|BANANA|.title == \"Banana\"
search,q|ds+1|(.description // \"\") | contains(\"words 1\")
due_after,date_from,due_date_from|2026-01-01T12:00:00.000001Z|.due_date != null and .due_date >= \"2026-01-01T12:00:00.000001Z\"
due_before,date_to,due_date_to|2026-01-01T12:00:00.000001Z|.due_date != null and .due_date <= \"2026-01-01T12:00:00.000001Z\"
has_due_date|true|.due_date != null
has_due_date|false|.due_date == null
has_due_date|YES|.due_date != null
has_due_date|off|.due_date == null
overdue|true|$late
overdue|1|$late
overdue|No|$late | not
overdue|false|$late | not"

# Set names, values and met, with one entry per name in filters.  met[i] is a JSON array
# of booleans: whether each task of the whole list meets the filter.
evaluate_filters()
{
	local name value filter all='' wanted
	names=() values=()
	while IFS='|' read -r name value filter; do
		names+=("$name") values+=("$value") all+="${all:+, }map($filter)"
	done <<<"$filters"
	pick "$all"
	mapfile -t met <<<"$wanted"
	[[ ${#met[@]} == "${#names[@]}" ]] || fail 'a filter has no result'
}

# list_met QUERY MET...: the list contains exactly the tasks that meet all of these.
list_met()
{
	local both="${*:2}"
	list "$1" '[range(length) as $i | select([$met[][$i]] | all) | .[$i]]' --argjson met "[${both// /,}]"
}

@test "each parameter, under each of its names, gives the tasks that it asks for" {
	local i name names values met
	sow 36
	evaluate_filters
	for i in "${!names[@]}"; do
		for name in ${names[i]//,/ }; do
			list_met "$name=${values[i]}" "${met[i]}"
			assert_no_header X-Total-Count
			assert_no_header Link
		done
		# Positive control: each filter except "all" selects some tasks, but not all of them.
		assert_json 'length > 0 and length < 36 or $v == "all"' --arg v "${values[i]}"
	done
}

@test "any two parameters together give the tasks that both ask for" {
	local i j names values met found=0
	sow 36
	evaluate_filters
	for i in "${!names[@]}"; do
		for ((j = i + 1; j < ${#names[@]}; j++)); do
			[[ ${names[i]} != "${names[j]}" && ${values[i]} != all ]] || continue
			list_met "${names[i]%%,*}=${values[i]}&${names[j]%%,*}=${values[j]}" "${met[i]}" "${met[j]}"
			[[ $body == '[]' ]] || found=$((found + 1))
		done
	done
	((found > 60)) || fail "only $found of the pairs found anything"
}

# bats test_tags=server
@test "all parameters together, in any style of path" {
	local base
	sow 36
	pick 'map(select(.status != "completed" and .description != null and .priority == "medium"
		and .due_date != null and .due_date < "2027")) | sort_by(.title, .id) | reverse | .[1:3]'
	[[ $wanted != '[]' ]]
	for base in /api/tasks /api/v1/tasks "/api/$user/tasks"; do
		request GET "$base?status=active&completed=false&q=w%6Frds+&due_after=2025-01-01&due_before=2027-01-01&has_due_date=true&overdue=true&priority=medium&sort=title&order=desc&limit=2&offset=1&unknown=%ff&=x&&a"
		assert_status 200
		assert_list
		[[ -n ${reply_headers[x-total-count]:-} ]] || fail 'no X-Total-Count'
	done
}

@test "search takes every character for itself, in any case, in title and description" {
	local query filter
	sow 36
	create '{"title":"ÉCLAIR","description":"A%B_C\\D \"quoted\" <&+;=> 日本語 SÜß"}'
	look
	while IFS='|' read -r query filter; do
		list "search=$query" "map(select($filter))"
		[[ $wanted != '[]' ]] || fail 'nothing was found'
	done <<-'END'
		%25|(.title + (.description // "")) | contains("%")
		%5F|(.title + (.description // "")) | contains("_")
		%5C|(.title + (.description // "")) | contains("\\")
		'|.title == "it's"
		%22|.title == "ÉCLAIR"
		%F0%9F%98%80|.title == "émile 😀"
		%C3%A9|.title == "ÉCLAIR" or .title == "émile 😀"
		%C3%89mile|.title == "émile 😀"
		%25_|.title == "50%_off"
		a%25b_C%5Cd|.title == "ÉCLAIR"
		%3C%26%2B%3B%3D%3E|.title == "ÉCLAIR"
		%E6%9C%AC|.title == "ÉCLAIR"
		s%C3%9C|.title == "ÉCLAIR"
		aPP|.title == "apple"
		k%5CS|.title == "back\\slash"
	END
	# These would match if %, _ or \ were special characters.
	for query in 5%25o a_ple %25%25 appl%25 .pple '%5C%5C' "it''s" "'+OR+''='" '%20banana'; do
		list "q=$query" '[]'
	done
}

@test "a boolean of a query is what browsers, Python and forms make of it" {
	local value values wanted
	create '{"title":"open"}'
	create '{"title":"done","completed":true}'
	while read -r wanted values; do
		for value in $values; do
			request GET "/api/tasks?completed=$value"
			assert_status 200 || return 1
			assert_json 'map(.title) == [$w]' --arg w "$wanted" || return 1
		done
	done <<-'END'
		done true True TRUE tRuE 1 yes Yes YES on On ON t T y Y
		open false False FALSE 0 no No NO off Off OFF f F n N
	END
	# A body needs a JSON boolean.
	for value in 1 0 '"true"' '"True"' '"yes"' '"on"'; do
		request POST /api/tasks --body "{\"title\":\"x\",\"completed\":$value}"
		assert_invalid body.completed || return 1
	done
}

# bats test_tags=server
@test "a date of a query may have an offset whose plus was not escaped, and a day is whole" {
	local query count
	create '{"title":"first","due_date":"2026-01-09T00:00:00Z"}'
	create '{"title":"noon","due_date":"2026-01-09T12:00:00Z"}'
	create '{"title":"last","due_date":"2026-01-09T23:59:59.999999Z"}'
	create '{"title":"next","due_date":"2026-01-10T00:00:00Z"}'
	while read -r query count; do
		request GET "/api/tasks?$query"
		assert_status 200
		assert_json 'length == ($n | tonumber)' --arg n "$count" || return 1
	done <<-'END'
		due_after=2026-01-09&due_before=2026-01-09 3
		due_before=2026-01-09 3
		due_before=2026-01-09T00:00 1
		due_before=2026-01-08 0
		due_after=2026-01-10 1
		date_from=2026-01-09&date_to=2026-01-09 3
		due_date_from=2026-01-09&due_date_to=2026-01-09 3
		date_from=2026-01-09&due_date_to=2026-01-10 4
		due_before=9999-12-31 4
		due_before=2026-01-09T17:30:00+05:30 2
		due_before=2026-01-09T17:30:00%2B05:30 2
		due_before=2026-01-09T17:30+0530 2
		due_before=2026-01-09T17:00+05 2
		due_before=2026-01-09+12:00 2
		due_before=2026-01-09%2012:00:00Z 2
		due_before=2026-01-09+17:30+05:30 2
		due_before=2026-01-09T07:00-05:00 2
		due_after=2026-01-09T12:00Z 3
	END
	# The cursor of the next page keeps the limits of the filter.
	request GET '/api/tasks?due_before=2026-01-09&due_after=2026-01-09T05:30:00+05:30&limit=2&sort=due_date:asc'
	assert_json 'map(.title) == ["first", "noon"]'
	[[ ${reply_headers[link]} =~ ^'<'([^'>']+)'>' ]] || fail 'no Link'
	request GET "${BASH_REMATCH[1]}"
	assert_json 'map(.title) == ["last"]'
	request GET '/api/tasks?due_after=2026-01-09T12:00+24'
	assert_invalid query.due_after
}

@test "bounds of due dates are inclusive, in every form of a date" {
	local query count
	create '{"title":"a","due_date":"2026-01-09T00:00:00Z"}'
	create '{"title":"b","due_date":"2026-01-09T12:00:00.123456Z"}'
	create '{"title":"c"}'
	while read -r query count; do
		request GET "/api/tasks?$query"
		assert_status 200
		assert_json 'length == ($n | tonumber) and all(.due_date != null)' --arg n "$count"
	done <<-'END'
		due_after=2026-01-09 2
		due_after=2026-01-09T00:00:00.000001Z 1
		due_before=2026-01-09 2
		due_before=2026-01-09T00:00 1
		due_before=2026-01-08T23:59:59.999999Z 0
		due_before=2026-01-09T12:00:00.123456Z 2
		due_before=2026-01-09T12:00:00.123455Z 1
		due_after=2026-01-09T12:00:00.123456 1
		due_after=2026-01-09T12:00:00.123457 0
		due_after=2026-01-09T13:00:00.123456%2B01:00 1
		date_from=2026-01-09T12:00&date_to=2026-01-09T12:01 1
		due_date_from=2026-01-09&due_date_to=2026-01-09 2
		due_after=2026-01-10&due_before=2026-01-08 0
		due_after=0001-01-01&due_before=9999-12-31T23:59:59Z 2
	END
}

@test "every sort in both directions: nulls last, ties by id, in every way of saying it" {
	local sort direction default n=0
	local -a ways
	sow 36
	for sort in created_at updated_at due_date priority title status; do
		default=asc
		[[ $sort != *_* ]] || default=desc
		for direction in asc desc; do
			in_order "$sort" "$direction"
			ways=("sort=$sort&order=$direction" "sort_by=$sort&sort_order=$direction"
				"sort_dir=$direction&sort=$sort" "sort=$sort:$direction"
				"sort=$sort:$direction&order=$direction")
			# Test two of the five spellings for each combination of sort and direction.
			list "${ways[n % 5]}"
			list "${ways[(n + 1) % 5]}"
			[[ $direction == asc ]] || list "sort_by=-$sort"
			[[ $direction != "$default" ]] || list "sort=$sort"
			n=$((n + 1))
		done
	done
	in_order created_at desc
	list ''
	list sort=created
	list sort=-created
	in_order created_at asc
	list sort=created:asc
	list order=asc
}

@test "an empty parameter counts as absent, and so do unknown ones" {
	sow 9
	list 'status=&status_filter=&completed=&priority=&search=&q=&due_after=&due_before=&has_due_date=&overdue=&sort=&order=&limit=&offset=&page=&cursor=' .
	assert_no_header X-Total-Count
	list 'status=&status_filter=pending&status' 'map(select(.status == "pending"))'
	list '%73tatus=pend%69ng'
	list 'Status=pending&STATUS=x&state=done&statusx=5&%73tatuss=1&limits=0&%ff=1&x=%zz' .
}

@test "pages by limit and offset, skip, page and page_size" {
	local query from to
	sow 12
	while read -r query from to; do
		list "$query" '.[$from:$to]' --argjson from "$from" --argjson to "$to"
		assert_header X-Total-Count 12
		if ((from >= 12 || to >= 12)); then
			assert_no_header Link
		else
			take_cursor
		fi
	done <<-'END'
		limit=1 0 1
		limit=11 0 11
		limit=12 0 12
		page_size=5 0 5
		limit=1000 0 12
		offset=0 0 12
		offset=5 5 12
		skip=11 11 12
		limit=5&offset=5 5 10
		page_size=5&skip=10 10 12
		limit=5&page=1 0 5
		page=2&page_size=5 5 10
		page=3&limit=5 10 12
		limit=4&page=3 8 12
		offset=12 12 12
		offset=13 13 13
		skip=1000000000 12 12
		limit=12&page=2 12 12
		limit=1000&page=1000000 12 12
	END
}

@test "X-Total-Count counts what matches of the user's own, exactly when limit, offset, page or cursor is given" {
	local query other=$user mine
	sow 36
	mine=$whole
	for query in limit=3 offset=1 'limit=2&page=2' page_size=7 skip=3; do
		request GET "/api/tasks?status=pending&$query"
		assert_header X-Total-Count 12
	done
	request GET '/api/tasks?status=pending&limit=5'
	next_page
	request GET "$next"
	assert_header X-Total-Count 12
	request GET '/api/tasks?q=nothing-like-it&limit=5'
	assert_header X-Total-Count 0
	for query in '' status=pending sort=title limit= offset=; do
		request GET "/api/tasks?$query"
		assert_status 200
		assert_no_header X-Total-Count
	done
	request HEAD '/api/tasks?status=pending&limit=5'
	assert_header X-Total-Count 12
	next_page || fail 'no Link to HEAD'
	# Another user's tasks are not counted.
	new_user
	user=$REPLY
	sow 7
	request GET '/api/tasks?limit=5&sort=title'
	assert_header X-Total-Count 7
	assert_json 'length == 5 and all(.user_id == $u)' --arg u "$user"
	request GET /api/tasks --user "$other"
	assert_same "$body" "$mine" "the other's list"
}
