# shellcheck shell=bash disable=SC2016,SC2034,SC2119,SC2120,SC2154
# Lists for the tests: tasks of every kind, what jq says of them, and walks.
# A jq filter takes 18 ms to compile and is compiled once for each text: what
# varies in a loop is an argument.

# plant COUNT: that many tasks of $user, of every status, priority and kind of
# due date, with ties in every sort.
plant()
{
	rows "INSERT INTO users (id) VALUES ('$user') ON CONFLICT DO NOTHING;
		INSERT INTO tasks (user_id, title, description, status, priority,
			due_date, completed_at, created_at, updated_at)
		SELECT '$user', (ARRAY['apple', 'Banana', '50%_off', 'émile 😀', 'back\\slash', 'it''s'])[1 + n % 6],
			CASE WHEN n % 5 > 0 THEN 'words ' || n END, s,
			(ARRAY['low', 'medium', 'high'])[1 + n / 3 % 3],
			(ARRAY[NULL, '2026-01-01', '2999-01-01', '2026-01-01T12:00:00.000001Z'])[1 + n / 2 % 4]::timestamptz,
			CASE WHEN s = 'completed' THEN now() END,
			'2026-01-01'::timestamptz + n / 2 * interval '1 hour',
			'2026-02-01'::timestamptz + n * 7 % 36 / 3 * interval '1 minute'
		FROM (SELECT n, (ARRAY['pending', 'in_progress', 'completed'])[1 + n % 3] AS s
			FROM generate_series(0, $1 - 1) AS n) AS x"
}

# sow COUNT: plant, and set whole to the list of all, newest first.
sow()
{
	plant "$1" && look || return 1
	assert_json 'length == $n' --argjson n "$1"
}

# Set whole to the list of all of $user's tasks.
look()
{
	request GET /api/tasks && assert_status 200 || return 1
	whole=$body
}

# pick FILTER [--arg NAME TEXT | --argjson NAME JSON]...: set wanted to what jq
# makes of the whole list.
pick()
{
	local body=$whole REPLY why=''
	untraced json "$@" || fail "jq: $* $why" || return 1
	wanted=$REPLY
}

# in_order SORT DIRECTION: set wanted to the whole list in that order.
in_order()
{
	pick 'def key: if $sort == "priority" then {low: 1, medium: 2, high: 3}[.priority] else .[$sort] end;
		def turned: if $direction == "desc" then reverse else . end;
		(map(select(key != null)) | sort_by(key, .id) | turned)
			+ (map(select(key == null)) | sort_by(.id) | turned)' --arg sort "$1" --arg direction "$2"
}

# list QUERY [FILTER [ARGUMENT...]]: the list is $wanted, which the filter picks.
list()
{
	(($# == 1)) || pick "${@:2}" || return 1
	request GET "/api/tasks?$1" && assert_status 200 && assert_list
}

# assert_list [JSON]: the list, the reply's or this one, is the wanted one.
assert_list()
{
	local body=${1:-$body}
	assert_json '. == $wanted' --argjson wanted "$wanted"
}

# Set next to the path of the next page; false when there is none.
next_page()
{
	[[ ${reply_headers[link]:-} =~ ^\<(/[^\>]+)\>\;\ rel=\"next\"$ ]] || return 1
	next=${BASH_REMATCH[1]}
}

# Set cursor to the next page's.
take_cursor()
{
	next_page && [[ $next =~ [?\&]cursor=([A-Za-z0-9_-]+)$ ]] || fail 'no cursor' || return 1
	cursor=${BASH_REMATCH[1]}
}

# walk PATH [COMMAND...]: all pages by Link, the command between them; sets
# seen to the tasks, pages to how many there were.
walk()
{
	next=$1 pages=0 seen=
	shift
	while :; do
		((++pages <= 300)) || fail 'a walk without an end' || return 1
		request GET "$next" && assert_status 200 || return 1
		body=${body#[} body=${body%]}
		seen+=$body${body:+,}
		[[ -n ${reply_headers[link]+set} ]] || break
		next_page || fail 'not the form of a Link' || return 1
		(($# == 0)) || "$@" || return 1
	done
	seen=[${seen%,}]
}

# assert_walked [FILTER [ARGUMENT...]]: the walk saw the wanted list.
assert_walked()
{
	(($# == 0)) || pick "$@" || return 1
	assert_list "$seen"
}
