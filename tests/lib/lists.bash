# shellcheck shell=bash disable=SC2034,SC2119,SC2120,SC2154
# Lists for the tests: tasks of every kind, what jq says of them, and walks.

# sow COUNT: that many tasks of $user, of every status, priority and kind of due
# date, with ties in every sort; sets whole to all of them, newest first.
sow()
{
	sql "INSERT INTO users (id) VALUES ('$user') ON CONFLICT DO NOTHING;
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
	request GET /api/tasks && assert_status 200 || return 1
	whole=$body
	assert_json "length == $1"
}

# list QUERY FILTER: the list is what the jq FILTER makes of the whole one.
list()
{
	request GET "/api/tasks?$1" && assert_status 200 || return 1
	assert_json ". as \$got | \$whole | ($2) == \$got" --argjson whole "$whole"
}

# in_order SORT DIRECTION: sets REPLY to the jq filter that sorts so.
in_order()
{
	local key=".$1" reverse=''
	[[ $1 != priority ]] || key='(.priority | {low: 1, medium: 2, high: 3}[.])'
	[[ $2 == asc ]] || reverse='| reverse'
	REPLY="(map(select($key != null)) | sort_by($key, .id) $reverse)
		+ (map(select($key == null)) | sort_by(.id) $reverse)"
}

# The path of the next page; false when there is none.
next_page()
{
	local link
	link=$(header Link) || return 1
	[[ $link =~ ^\<(/[^\>]+)\>\;\ rel=\"next\"$ ]] || return 1
	next=${BASH_REMATCH[1]}
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
