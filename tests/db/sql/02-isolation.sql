-- Row-level security alone restricts each user to their own tasks: the statements here do
-- not rely on user_id = ... for that.  How to run it: see 01-rights.sql.
\set tests 97
\ir setup.inc

-- No user has been set in this session.
CALL act_as('tasks_app', NULL);
SELECT ok(current_setting('app.user_id', true) IS NULL,
	'(control: no user has been set)');
SELECT is((SELECT count(*) FROM public.tasks), 0::bigint,
	'a program that never set a user sees no task');
SELECT throws_ok(
	$$ INSERT INTO public.tasks (user_id, title) VALUES ('alice', 'x') $$,
	'42501', NULL, 'a program that never set a user makes no task');
SELECT is(touched('DELETE FROM public.tasks'), 0::bigint,
	'a program that never set a user deletes no task');

CALL act_as_superuser();
SELECT is((SELECT count(*) FROM public.tasks), 3::bigint,
	'(control: there are three tasks)');
CALL act_as('tasks_owner', '');
SELECT is((SELECT count(*) FROM public.tasks), 0::bigint,
	'the owner without a user sees no task');
SELECT is((SELECT count(*) FROM public.users), 0::bigint,
	'the owner without a user sees no e-mail address');
SELECT throws_ok(
	$$ INSERT INTO public.tasks (user_id, title) VALUES ('alice', 'x') $$,
	'42501', NULL, 'the owner without a user makes no task');
SELECT is(touched('UPDATE public.tasks SET title = ''x'''), 0::bigint,
	'the owner without a user changes no task');
SELECT is(touched('DELETE FROM public.tasks'), 0::bigint,
	'the owner without a user deletes no task');
SET LOCAL row_security = off;
SELECT throws_ok('SELECT FROM public.tasks', '42501', NULL,
	'the owner cannot switch row security off for a session');
SET LOCAL row_security = on;
-- Programs that log in as the owner set the role and the user in this way.
DO $$ BEGIN PERFORM set_config('role', 'tasks_app', true),
		    set_config('app.user_id', 'alice', true); END $$;
SELECT is((SELECT array_agg(title ORDER BY title) FROM public.tasks),
	ARRAY['a1', 'a2'], 'the owner as tasks_app sees the user''s tasks alone');
SELECT throws_ok('SELECT email FROM public.users', '42501', NULL,
	'the owner as tasks_app has the rights of tasks_app alone');
RESET ROLE;

-- No user: after a transaction that set app.user_id, its value is ''.
CALL act_as_user('alice');
SELECT is((SELECT count(*) FROM public.tasks), 2::bigint,
	'(control: tasks_app with a user sees tasks)');
CALL act_as_user('');
SELECT is((SELECT count(*) FROM public.tasks), 0::bigint,
	'a program without a user sees no task');
SELECT is((SELECT count(id) FROM public.users), 0::bigint,
	'a program without a user sees no user');
SELECT throws_ok(
	$$ INSERT INTO public.tasks (user_id, title) VALUES ('alice', 'x') $$,
	'42501', NULL, 'a program without a user makes no task');
SELECT throws_ok(
	$$ INSERT INTO public.users (id) VALUES ('carol') $$,
	'42501', NULL, 'a program without a user makes no user');
SELECT is(touched('UPDATE public.tasks SET title = ''x'''), 0::bigint,
	'a program without a user changes no task');
SELECT is(touched('DELETE FROM public.tasks'), 0::bigint,
	'a program without a user deletes no task');

-- The same if a user with an empty ID existed.
CALL act_as_superuser();
SAVEPOINT empty_user;
ALTER TABLE public.users DROP CONSTRAINT users_id_check;
INSERT INTO public.users (id) VALUES ('');
INSERT INTO public.tasks (user_id, title) VALUES ('', 'of nobody');
CALL act_as_user('');
SELECT is((SELECT count(*) FROM public.tasks), 0::bigint,
	'an empty user is nobody, even beside tasks of an empty user');
SELECT throws_ok(
	$$ INSERT INTO public.tasks (user_id, title) VALUES ('', 'x') $$,
	'42501', NULL, 'an empty user makes no task');
ROLLBACK TO empty_user;

-- Two users, each against the other.  A permitted statement accompanies every denied one.
CREATE FUNCTION keeps_to_own(me text, my_id uuid, other text, other_id uuid)
	RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN NEXT is((SELECT count(*) FROM public.tasks WHERE id = my_id),
		1::bigint, me || ' sees a task of ' || me);
	RETURN NEXT is((SELECT count(*) FROM public.tasks WHERE id = other_id),
		0::bigint, me || ' does not see a task of ' || other);
	RETURN NEXT is((SELECT array_agg(DISTINCT user_id) FROM public.tasks),
		ARRAY[me], me || ' lists no task of anybody else');
	RETURN NEXT is((SELECT array_agg(id) FROM public.users),
		ARRAY[me], me || ' sees no other user');

	RETURN NEXT is(tap.touched(format(
		'UPDATE public.tasks SET title = %L WHERE id = %L', 'of ' || me, my_id)),
		1::bigint, me || ' changes a task of ' || me);
	RETURN NEXT is(tap.touched(format(
		'UPDATE public.tasks SET title = %L WHERE id = %L', 'of ' || me, other_id)),
		0::bigint, me || ' does not change a task of ' || other);
	RETURN NEXT is(tap.touched('UPDATE public.tasks SET priority = ''high'''),
		(SELECT count(*) FROM public.tasks),
		me || ' changes only own tasks when changing all');

	RETURN NEXT lives_ok(format(
		'INSERT INTO public.tasks (user_id, title) VALUES (%L, ''new'')', me),
		me || ' makes a task');
	RETURN NEXT throws_ok(format(
		'INSERT INTO public.tasks (user_id, title) VALUES (%L, ''new'')', other),
		'42501', NULL, me || ' makes no task in the name of ' || other);
	RETURN NEXT lives_ok(format(
		'INSERT INTO public.users (id, email) VALUES (%L, ''new'')
		 ON CONFLICT (id) DO NOTHING', me),
		me || ' may be noted again');
	RETURN NEXT throws_ok(format(
		'INSERT INTO public.users (id, email) VALUES (%L, ''new'')
		 ON CONFLICT (id) DO NOTHING', other),
		'42501', NULL, me || ' does not pass as ' || other);
	RETURN NEXT throws_ok(format(
		'UPDATE public.tasks SET user_id = %L WHERE id = %L', other, my_id),
		'42501', NULL, me || ' does not slip a task to ' || other);

	RETURN NEXT is(tap.touched(format(
		'DELETE FROM public.tasks WHERE id = %L', other_id)),
		0::bigint, me || ' does not delete a task of ' || other);
	RETURN NEXT is(tap.touched('DELETE FROM public.tasks WHERE title = ''new'''),
		1::bigint, me || ' deletes a task of ' || me);
END $$;

CALL act_as_user('alice');
SELECT keeps_to_own('alice', :a1, 'bob', :b1);
CALL act_as_user('bob');
SELECT keeps_to_own('bob', :b1, 'alice', :a1);
CALL act_as_superuser();
SELECT results_eq(
	'SELECT user_id, title FROM public.tasks ORDER BY id',
	$$ VALUES ('alice', 'of alice'), ('alice', 'a2'), ('bob', 'of bob') $$,
	'nobody''s tasks were changed by another');

-- The policy applies even if a role has more privileges than it should.
GRANT UPDATE (user_id), UPDATE (id) ON public.tasks TO tasks_app;
CALL act_as_user('alice');
SELECT throws_ok(
	format('UPDATE public.tasks SET user_id = ''bob'' WHERE id = %L', :a1),
	'42501', 'new row violates row-level security policy for table "tasks"',
	'no task is slipped to another user, even with the right to the column');

-- Idempotency keys of two users.
CALL act_as_superuser();
INSERT INTO public.idempotency_keys (user_id, key, digest, task_id, answer, etag)
	SELECT id, 'key', 'digest', gen_random_uuid(), 'of ' || id, 'etag'
	  FROM public.users;
CREATE FUNCTION keeps_keys(me text, other text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN NEXT is((SELECT array_agg(answer) FROM public.idempotency_keys),
		ARRAY['of ' || me], me || ' sees no key of anybody else');
	RETURN NEXT is(tap.touched('UPDATE public.idempotency_keys SET digest = ''x'''),
		1::bigint, me || ' changes only own keys when changing all');
	RETURN NEXT throws_ok(format(
		'INSERT INTO public.idempotency_keys (user_id, key, digest, task_id, answer, etag)
		 VALUES (%L, ''new'', ''d'', gen_random_uuid(), ''a'', ''e'')', other),
		'42501', NULL, me || ' leaves no key to ' || other);
	RETURN NEXT throws_ok(format(
		'INSERT INTO public.idempotency_keys AS k (user_id, key, digest, task_id, answer, etag)
		 VALUES (%L, ''key'', ''d'', gen_random_uuid(), ''a'', ''e'')
		 ON CONFLICT (user_id, key) DO UPDATE SET answer = ''x'' RETURNING k.*', other),
		'42501', NULL, me || ' gets at no key of ' || other || ' by a conflict');
	RETURN NEXT throws_ok(format(
		'UPDATE public.idempotency_keys SET user_id = %L', other),
		'42501', NULL, me || ' slips no key to ' || other);
	RETURN NEXT is(tap.touched('DELETE FROM public.idempotency_keys'),
		1::bigint, me || ' removes only own keys when removing all');
END $$;
CALL act_as_user('');
SELECT is((SELECT count(*) FROM public.idempotency_keys), 0::bigint,
	'a program without a user sees no key');
CALL act_as('tasks_owner', '');
SELECT is((SELECT count(*) FROM public.idempotency_keys), 0::bigint,
	'the owner without a user sees no key');
SAVEPOINT keys;
CALL act_as_user('alice');
SELECT keeps_keys('alice', 'bob');
ROLLBACK TO keys;
CALL act_as_user('bob');
SELECT keeps_keys('bob', 'alice');
CALL act_as_superuser();
SELECT results_eq('SELECT user_id, answer, digest FROM public.idempotency_keys',
	$$ VALUES ('alice', 'of alice', 'digest') $$,
	'nobody''s key was changed by another');

-- The first task of a new user, created by the same statement as in tasks-create.
CALL act_as_user('carol');
SELECT lives_ok(
	$$ WITH seen AS (INSERT INTO public.users (id, email, name)
			 VALUES ('carol', 'c@example.org', NULL)
			 ON CONFLICT (id) DO NOTHING)
	   INSERT INTO public.tasks (user_id, title) VALUES ('carol', 'first')
	   RETURNING id $$,
	'a new user and the first task are made in one statement');
SELECT is((SELECT array_agg(title) FROM public.tasks), ARRAY['first'],
	'a new user sees the first task');

-- Attempts to bypass the policies.
CALL act_as_user('alice');
SELECT throws_ok('SELECT email FROM public.users', '42501', NULL,
	'the programs cannot read e-mail addresses back');
SELECT throws_ok('UPDATE public.tasks SET created_at = now()', '42501', NULL,
	'the programs cannot rewrite when a task was made');
SELECT throws_ok('DELETE FROM public.users', '42501', NULL,
	'the programs cannot delete a user');
SELECT throws_ok('TRUNCATE public.tasks', '42501', NULL,
	'the programs cannot empty the table');
SELECT throws_ok('SELECT FROM pg_authid', '42501', NULL,
	'the programs cannot read password hashes');
SELECT lives_ok('SET LOCAL ROLE tasks_app',
	'(control: tasks_app may be tasks_app)');
SELECT throws_ok('SET ROLE tasks_owner', '42501', NULL,
	'the programs cannot become the owner');
SELECT throws_ok('SET ROLE postgres', '42501', NULL,
	'the programs cannot become a superuser');
SELECT throws_ok('SET ROLE tasks_probe', '42501', NULL,
	'the programs cannot become tasks_probe');
SELECT throws_ok('CREATE TABLE public.x ()', '42501', NULL,
	'the programs cannot make tables');
SELECT throws_ok('CREATE TEMPORARY TABLE x ()', '42501', NULL,
	'the programs cannot leave a temporary table to the next user');
SELECT throws_ok(
	'CREATE FUNCTION public.x() RETURNS int LANGUAGE sql AS ''SELECT 1''',
	'42501', NULL, 'the programs cannot make functions');
SELECT throws_ok('ALTER TABLE public.tasks DISABLE ROW LEVEL SECURITY',
	'42501', NULL, 'the programs cannot take row security off a table');
SELECT throws_ok('CREATE POLICY x ON public.tasks USING (true)', '42501', NULL,
	'the programs cannot make a policy');
SET LOCAL row_security = off;
SELECT throws_ok('SELECT FROM public.tasks', '42501', NULL,
	'the programs cannot switch row security off for a session');
SET LOCAL row_security = on;
SELECT isnt_empty('SELECT FROM public.tasks',
	'(control: with row security on they see their user''s tasks)');

-- task_exists() tells another user's task from one that does not exist.
SELECT is(public.task_exists(:a1), true, 'an own task exists');
SELECT is(public.task_exists(:b1), true,
	'somebody else''s task is told from none: 403');
SELECT is(public.task_exists(:none), false, 'a task that is none: 404');
CALL act_as_user('');
SELECT is(public.task_exists(:b1), true, 'the question needs no user');
CALL act_as('tasks_probe', '');
SELECT throws_ok('SELECT title FROM public.tasks', '42501', NULL,
	'what answers it cannot read a title');
SELECT throws_ok('DELETE FROM public.tasks', '42501', NULL,
	'what answers it cannot delete');
CALL act_as_superuser();
CREATE ROLE tap_stranger;
GRANT tasks_probe TO tap_stranger;
GRANT SELECT ON public.tasks TO tap_stranger;
CALL act_as('tap_stranger', 'alice');
SELECT is((SELECT count(*) FROM public.tasks), 0::bigint,
	'a member of tasks_probe sees nothing by its policy');
CALL act_as_superuser();
REVOKE tasks_probe FROM tap_stranger;
CALL act_as('tap_stranger', 'alice');
SELECT throws_ok(format('SELECT public.task_exists(%L)', :a1), '42501', NULL,
	'nobody but tasks_app may ask');

-- The candidate IDs of a search.
CALL act_as_superuser();
INSERT INTO public.tasks (user_id, title) VALUES ('alice', 'needle'), ('bob', 'needle');
CALL act_as_user('alice');
SELECT is((SELECT string_agg(user_id, ' ') FROM public.tasks
		WHERE id = ANY (public.tasks_candidates('needle'))),
	'alice', 'the index answers with the tasks of app.user_id');
SELECT is(cardinality(public.tasks_candidates('needle')), 1,
	'the index answers with no id of somebody else''s task');
CALL act_as_user('');
SELECT is(public.tasks_candidates('needle'), '{}', 'without a user the index answers with none');
CALL act_as('tap_stranger', 'alice');
SELECT throws_ok('SELECT public.tasks_candidates(''needle'')', '42501', NULL,
	'nobody but tasks_app may ask the index');

CALL act_as_superuser();
SELECT * FROM finish();
ROLLBACK;
