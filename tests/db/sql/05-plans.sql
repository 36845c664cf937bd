-- The programs' queries use indexes under row-level security, with the predicate on user_id
-- and without it.  How to run it: see 01-rights.sql.
\set tests 14
\ir setup.inc

INSERT INTO public.users (id) SELECT 'user' || u FROM generate_series(1, 100) u;
INSERT INTO public.tasks (user_id, title, created_at)
	SELECT 'user' || u, 'task', now() - t * interval '1 hour'
	  FROM generate_series(1, 100) u, generate_series(1, 200) t;
ANALYZE public.users, public.tasks;

CREATE FUNCTION plan_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	lines text = '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || statement LOOP
		lines = lines || line || E'\n';
	END LOOP;
	RETURN lines;
END $$;

SELECT alike(plan_of('SELECT title FROM public.tasks WHERE title = ''x'''),
	'%Seq Scan%', '(control: there are enough rows to tell)');

CALL act_as_user('user7');
\set all 'SELECT title FROM public.tasks ORDER BY created_at DESC, id DESC'
\set own 'SELECT title FROM public.tasks WHERE user_id = ''user7'' ORDER BY created_at DESC, id DESC'
SELECT alike(plan_of(:'own' || ' LIMIT 20'), '%Index%Scan using tasks_created%',
	'a page of a user''s list reads the index');
SELECT unalike(plan_of(:'own' || ' LIMIT 20'), '%Sort%',
	'a page of a user''s list sorts nothing');
SELECT unalike(plan_of(:'own'), '%Seq Scan%',
	'a user''s whole list reads nobody else''s tasks');
SELECT alike(plan_of(:'all' || ' LIMIT 20'), '%Index%Scan using tasks_created%',
	'by row security alone a page reads the same index');
SELECT unalike(plan_of(:'all'), '%Seq Scan%',
	'by row security alone a list reads nobody else''s tasks');
SELECT alike(plan_of(:'own'), '%One-Time Filter: (NULLIF(current_setting%',
	'the user is read once, not once a row');
SELECT matches(plan_of(:'all'), 'Index Cond: \(user_id = NULLIF\(current_setting\(',
	'by row security alone the user is a condition of the index');

\set one 'WHERE user_id = ''user7'' AND id = ''00000000-0000-4000-8000-000000000000'''
SELECT alike(plan_of('SELECT FROM public.tasks ' || :'one'), '%Index%Scan%',
	'one task is found by an index');
SELECT alike(plan_of('UPDATE public.tasks SET title = title ' || :'one'), '%Index%Scan%',
	'a task to change is found by an index');
SELECT alike(plan_of('DELETE FROM public.tasks ' || :'one'), '%Index%Scan%',
	'a task to delete is found by an index');
SELECT alike(plan_of('SELECT FROM public.tasks WHERE id = ' || quote_literal(:none)),
	'%Index%Scan%', 'by row security alone one task is found by an index');
CALL act_as('tasks_probe', '');
SELECT alike(plan_of('SELECT FROM public.tasks WHERE id = ' || quote_literal(:none)),
	'%Index%Scan using tasks_id%', 'whether a task exists is found by an index');
CALL act_as_superuser();
-- The query that the foreign key executes.
SELECT alike(plan_of('DELETE FROM ONLY public.tasks WHERE user_id = ''user7'''),
	'%Index%Scan%', 'the tasks of a user to delete are found by an index');

SELECT * FROM finish();
ROLLBACK;
