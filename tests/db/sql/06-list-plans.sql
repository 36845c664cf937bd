-- Test the plans of the statements in lib/task/task_store_draft.c, which
-- tests/lib/list_sql.c prints.  Every sort and filter reads its page from an index, from
-- the start or from a cursor, and never sorts a user's whole list.  How to run it: see
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
-- Simulate a VACUUM, which cannot run in a transaction.
UPDATE pg_class SET relallvisible = relpages WHERE oid = 'public.tasks'::regclass;
-- The programs send each statement with its values, so the planner knows the values.
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
-- The cursor is a condition of the index, so no row before it is read.  After 980 of the
-- 1,000 tasks the planner knows that few rows are left, so that a sort would look cheap.
SELECT is(concat_ws(', ', nullif(faults(s, plan), ''),
		CASE WHEN NOT plan @? '$.** ? (@."Index Cond" like_regex "ROW\\(")'
			THEN 'not from the middle' END), '',
	format('the page after %s tasks by %s %s starts in the middle of %s', tasks, sort, direction, index))
  FROM sorts s, filters, unnest(ARRAY[500, 980]) AS tasks,
       explained(page_after(s, vals, tasks, false)) AS plan
 WHERE name = '';
-- The count reads only the user's tasks.  Once the table has been vacuumed, it reads them
-- from one index alone.
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
