# shellcheck shell=bash disable=SC2016,SC2034,SC2119,SC2120,SC2154
# Functions for tests of lists: create tasks, compute the wanted list with jq, and
# follow the pages.
# Compiling a jq filter takes 18 ms, and the client caches each filter by its text.  So
# in a loop, keep the filter constant and pass what varies as an argument.

# plant COUNT: insert so many tasks of $user, with every status, priority and kind of
# due date, and with ties in every sort order.
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

# sow COUNT: insert tasks by plant() and set whole to the list of all, newest first.
sow()
{
	plant "$1" && look || return 1
	assert_json 'length == $n' --argjson n "$1"
}

# look: set whole to the list of all tasks of $user.
look()
{
	request GET /api/tasks && assert_status 200 || return 1
	whole=$body
}

# pick FILTER [--arg NAME TEXT | --argjson NAME JSON]...: set wanted to the result of
# the jq filter over the list in whole.
pick()
{
	local body=$whole REPLY why=''
	untraced json "$@" || fail "jq: $* $why" || return 1
	wanted=$REPLY
}

# in_order SORT DIRECTION: set wanted to the list in whole, sorted.
in_order()
{
	pick 'def key: if $sort == "priority" then {low: 1, medium: 2, high: 3}[.priority] else .[$sort] end;
		def turned: if $direction == "desc" then reverse else . end;
		(map(select(key != null)) | sort_by(key, .id) | turned)
			+ (map(select(key == null)) | sort_by(.id) | turned)' --arg sort "$1" --arg direction "$2"
}

# list QUERY [FILTER [ARGUMENT...]]: request the list and check that it is $wanted, which
# pick() sets first if there is a filter.
list()
{
	(($# == 1)) || pick "${@:2}" || return 1
	request GET "/api/tasks?$1" && assert_status 200 && assert_list
}

# assert_list [JSON]: check that this list (by default the body) is $wanted.
assert_list()
{
	local body=${1:-$body}
	assert_json '. == $wanted' --argjson wanted "$wanted"
}

# next_page: set next to the path of the next page.  Return 1 if the reply has no link to
# one.
next_page()
{
	[[ ${reply_headers[link]:-} =~ ^\<(/[^\>]+)\>\;\ rel=\"next\"$ ]] || return 1
	next=${BASH_REMATCH[1]}
}

# take_cursor: set cursor to the cursor of the next page.
take_cursor()
{
	next_page && [[ $next =~ [?\&]cursor=([A-Za-z0-9_-]+)$ ]] || fail 'no cursor' || return 1
	cursor=${BASH_REMATCH[1]}
}

# walk PATH [COMMAND...]: request this page and follow its Link headers to the last
# page.  Execute the command between two pages.  Set seen to the list of all tasks and
# pages to the number of pages.
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

# assert_walked [FILTER [ARGUMENT...]]: check that walk() found $wanted, which pick()
# sets first if there is a filter.
assert_walked()
{
	(($# == 0)) || pick "$@" || return 1
	assert_list "$seen"
}
