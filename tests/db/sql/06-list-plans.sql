-- The very statements of lib/task/task_store_list.c, which tests/lib/list_sql.c
-- prints: each sort and filter of a page is read off an index, from the start
-- and from a cursor, and nobody's whole list is sorted.  How to run it: see
-- 01-rights.sql; API_LIST_SQL names the file of statements.
\set tests 233
\ir setup.inc
\getenv statements API_LIST_SQL
\i :statements
\ir ../../lib/list_plans.sql

INSERT INTO public.users (id) SELECT 'user' || u FROM generate_series(1, 20) u;
INSERT INTO public.tasks (user_id, title, description, status, priority, due_date,
		completed_at, created_at, updated_at)
	SELECT 'user' || u, 'title ' || t * 7919 % 1000, 'words ' || t, s,
	       (ARRAY['low', 'medium', 'high'])[1 + t / 3 % 3],
	       CASE WHEN t % 4 > 0 THEN now() + (t % 400 - 200) * interval '1 hour' END,
	       CASE WHEN s = 'completed' THEN now() END,
	       now() - t * interval '1 hour', now() - t * 7919 % 1000 * interval '1 minute'
	  FROM generate_series(1, 20) u, generate_series(1, 1000) t,
	       LATERAL (VALUES (CASE WHEN t % 10 = 0 THEN 'in_progress'
			WHEN t % 3 = 0 THEN 'completed' ELSE 'pending' END)) AS x (s);
ANALYZE public.users, public.tasks;
-- As after a vacuum, which no transaction can have in it.
UPDATE pg_class SET relallvisible = relpages WHERE oid = 'public.tasks'::regclass;
-- As for statements that are sent with their values, which the planner sees.
SET LOCAL plan_cache_mode = force_custom_plan;

CALL act_as_superuser();
SELECT isnt(faults(s, explained('SELECT FROM public.tasks WHERE title LIKE ''x%'' ORDER BY description')), '',
	'(control: a sequential scan and a sort would be seen)')
  FROM sorts s LIMIT 1;
CALL act_as_user('user7');
EXECUTE context ('user7', '60000');
SELECT is(faults(s, explained(page_after(s, vals, 0, false))), '',
	format('the first page%s by %s %s reads %s', ' of ' || nullif(name, ''), sort, direction, index))
  FROM sorts s, filters WHERE name <> 'search';
-- The middle is not searched for from the start: it is a condition of the index.
-- Of the last page it is clear beforehand that little is left to sort.
SELECT is(concat_ws(', ', nullif(faults(s, plan), ''),
		CASE WHEN NOT plan @? '$.** ? (@."Index Cond" like_regex "ROW\\(")'
			THEN 'not from the middle' END), '',
	format('the page after %s tasks by %s %s starts in the middle of %s', tasks, sort, direction, index))
  FROM sorts s, filters, unnest(ARRAY[500, 980]) AS tasks,
       explained(page_after(s, vals, tasks, false)) AS plan
 WHERE name = '';
-- The count reads nobody else's tasks, and of the user's own one index alone,
-- once the table has been vacuumed.
SELECT is(concat_ws(', ', nullif(faults(s, plan), ''),
		CASE WHEN (plan @? '$.** ? (@."Node Type" == "Bitmap Heap Scan")'
			OR NOT plan @? '$.** ? (@."Node Type" == "Aggregate").** ? (@."Node Type" == "Index Only Scan"
					&& @."Index Name" == "tasks_created")')
			THEN 'a count that reads the table' END), '',
	format('a page%s is counted by an index', ' of ' || nullif(name, '')))
  FROM sorts s, filters, explained(page_after(s, vals, 0, true)) AS plan
 WHERE sort = 'created_at' AND direction = 'desc' AND name <> 'search';

CALL act_as_superuser();
SELECT * FROM finish();
ROLLBACK;
