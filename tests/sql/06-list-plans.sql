-- The very statements of lib/task_store_list.c, which tests/lib/list_sql.c
-- prints: each sort and filter of a page is read off an index, from the start
-- and from a cursor, and nobody's whole list is sorted.  How to run it: see
-- 01-rights.sql; API_HELPERS says where list.sql is.
\set tests 148
\ir setup.inc
\getenv helpers API_HELPERS
\set statements :helpers '/list.sql'
\i :statements

INSERT INTO public.users (id) SELECT 'user' || u FROM generate_series(1, 20) u;
INSERT INTO public.tasks (user_id, title, description, status, priority, due_date,
		completed_at, created_at, updated_at)
	SELECT 'user' || u, 'title ' || t * 7919 % 1000, 'words ' || t, s,
	       (ARRAY['low', 'medium', 'high'])[1 + t / 3 % 3],
	       CASE WHEN t % 4 > 0 THEN now() + (t % 400 - 200) * interval '1 hour' END,
	       CASE WHEN s = 'completed' THEN now() END,
	       now() - t * interval '1 hour', now() - t * 7919 % 1000 * interval '1 minute'
	  FROM generate_series(1, 20) u, generate_series(1, 1000) t,
	       LATERAL (VALUES ((ARRAY['pending', 'in_progress', 'completed'])[1 + t % 3])) AS x (s);
ANALYZE public.users, public.tasks;
-- As for statements that are sent with their values, which the planner sees.
SET LOCAL plan_cache_mode = force_custom_plan;

CREATE TABLE sorts (sort text, direction text, index text);
INSERT INTO sorts SELECT sort, direction, coalesce(i, CASE direction WHEN 'asc'
		THEN 'tasks_due_first' ELSE 'tasks_due_last' END)
	FROM (VALUES ('created_at', 'tasks_newest'), ('updated_at', 'tasks_changed'),
		('due_date', NULL), ('priority', 'tasks_priority'),
		('title', 'tasks_title'), ('status', 'tasks_status')) AS s (sort, i),
	     unnest(ARRAY['asc', 'desc']) AS direction;
-- $2 to $9 of the statement.
CREATE TABLE filters (name text, vals text);
INSERT INTO filters VALUES
	('status=pending', $$'pending', NULL, NULL, NULL, NULL, NULL, NULL, NULL$$),
	('status=active', $$'active', NULL, NULL, NULL, NULL, NULL, NULL, NULL$$),
	('completed=true', $$NULL, 'true', NULL, NULL, NULL, NULL, NULL, NULL$$),
	('priority=high', $$NULL, NULL, 'high', NULL, NULL, NULL, NULL, NULL$$),
	('search', $$NULL, NULL, NULL, 'WORDS 1', NULL, NULL, NULL, NULL$$),
	('due_after', $$NULL, NULL, NULL, NULL, '2001-01-01', NULL, NULL, NULL$$),
	('due_before', $$NULL, NULL, NULL, NULL, NULL, '2999-01-01', NULL, NULL$$),
	('has_due_date', $$NULL, NULL, NULL, NULL, NULL, NULL, 'true', NULL$$),
	('overdue', $$NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'true'$$);
GRANT SELECT ON sorts, filters TO PUBLIC;

-- A page of a list: $2 to $9, id and key of a cursor or NULL.
CREATE FUNCTION page(s sorts, vals text, id text, key text, size int, counted boolean)
	RETURNS text LANGUAGE sql AS $$
	SELECT format('EXECUTE list_%s_%s (''user7'', %s, %L, %L, ''%s'', ''0'', ''%s'')',
		s.sort, s.direction, vals, id, key, size, counted)
$$;
-- What is wrong with the plan of a page; '' if nothing is.
CREATE FUNCTION faults(s sorts, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb := tap.explained(statement);
BEGIN
	RETURN concat_ws(', ',
		CASE WHEN plan @? '$.** ? (@."Node Type" == "Seq Scan" && @."Relation Name" == "tasks")'
			THEN 'a sequential scan' END,
		CASE WHEN plan @? '$.** ? (@."Node Type" like_regex "Sort$"
				&& exists (@.** ? (@."Relation Name" == "tasks")))'
			THEN 'a sort of the list' END,
		CASE WHEN NOT plan @? format('$.** ? (@."Index Name" == "%s"
				&& @."Node Type" like_regex "^Index (Only )?Scan$")', s.index)::jsonpath
			THEN 'not by ' || s.index END);
END $$;
CREATE FUNCTION explained(statement text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT JSON, COSTS OFF) ' || statement INTO plan;
	RETURN plan;
END $$;
-- The page after the 500th task of all.
CREATE FUNCTION later(s sorts, vals text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	r record;
BEGIN
	EXECUTE tap.page(s, repeat('NULL, ', 7) || 'NULL', NULL, NULL, 500, false)
		INTO r;
	RETURN tap.page(s, vals, r.id::text, r.sort_key, 20, false);
END $$;

CALL act_as_superuser();
SELECT isnt(faults(s, 'SELECT FROM public.tasks WHERE title LIKE ''x%'' ORDER BY description'), '',
	'(control: a sequential scan and a sort would be seen)')
  FROM sorts s LIMIT 1;
CALL act_as_user('user7');
SELECT is(faults(s, page(s, repeat('NULL, ', 7) || 'NULL', NULL, NULL, 20, false)), '',
	format('the first page by %s %s reads %s', sort, direction, index))
  FROM sorts s;
SELECT is(faults(s, later(s, repeat('NULL, ', 7) || 'NULL')), '',
	format('a page in the middle by %s %s reads %s', sort, direction, index))
  FROM sorts s;
SELECT is(faults(s, page(s, vals, NULL, NULL, 20, false)), '',
	format('%s by %s %s reads %s', name, sort, direction, index))
  FROM sorts s, filters;
-- The middle is not searched for from the start: it is a condition of the index.
SELECT ok(plan_of_later @? '$.** ? (@."Index Cond" like_regex "ROW\\(")',
	format('by %s %s a cursor starts in the middle of the index', sort, direction))
  FROM sorts s, LATERAL (SELECT tap.explained(later(s, repeat('NULL, ', 7) || 'NULL'))) AS e (plan_of_later);
-- The count of a user's list reads nobody else's tasks.
SELECT is(replace(faults(s, page(s, repeat('NULL, ', 7) || 'NULL', NULL, NULL, 20, true)), ', ', ''), '',
	'a page with a count reads no other user''s tasks')
  FROM sorts s LIMIT 3;

CALL act_as_superuser();
SELECT * FROM finish();
ROLLBACK;
