-- The values that a row can hold.  The database rejects the values that the programs should
-- already have rejected, and accepts all that they may send.  How to run it: see
-- 01-rights.sql.
\set tests 57
\ir setup.inc

CREATE TABLE cases (takes boolean, columns text, vals text, name text);
GRANT SELECT ON cases TO PUBLIC;
INSERT INTO cases VALUES
	(true, 'title', $$'x'$$, 'a title of 1 character'),
	(true, 'title', $$repeat('x', 255)$$, 'a title of 255 characters'),
	(true, 'title', $$repeat(U&'\+01F600', 255)$$, 'a title of 255 emoji'),
	(true, 'title', $$repeat(U&'e\0301', 127)$$, 'a title of combining characters'),
	(false, 'title', $$''$$, 'an empty title'),
	(false, 'title', $$NULL$$, 'a null title'),
	(false, 'title', $$repeat('x', 256)$$, 'a title of 256 characters'),
	(false, 'title', $$repeat(U&'\+01F600', 256)$$, 'a title of 256 emoji'),
	(false, 'description', $$'x'$$, 'a task without a title'),
	(true, 'title, description', $$'x', NULL$$, 'a null description'),
	(true, 'title, description', $$'x', ''$$, 'an empty description'),
	(true, 'title, description', $$'x', repeat(U&'\+01F600', 2000)$$,
	 'a description of 2000 emoji'),
	(false, 'title, description', $$'x', repeat('x', 2001)$$,
	 'a description of 2001 characters'),
	(true, 'title, status', $$'x', 'pending'$$, 'status pending'),
	(true, 'title, status', $$'x', 'in_progress'$$, 'status in_progress'),
	(true, 'title, status, completed_at', $$'x', 'completed', now()$$,
	 'status completed, and when'),
	(false, 'title, status', $$'x', 'completed'$$, 'status completed, never'),
	(false, 'title, status, completed_at', $$'x', 'pending', now()$$,
	 'status pending, completed'),
	(false, 'title, status, completed_at', $$'x', 'in_progress', now()$$,
	 'status in_progress, completed'),
	(false, 'title, status', $$'x', 'done'$$, 'an unknown status'),
	(false, 'title, status', $$'x', 'Pending'$$, 'a status in capitals'),
	(false, 'title, status', $$'x', ''$$, 'an empty status'),
	(false, 'title, status', $$'x', NULL$$, 'a null status'),
	(true, 'title, priority', $$'x', 'low'$$, 'priority low'),
	(true, 'title, priority', $$'x', 'high'$$, 'priority high'),
	(false, 'title, priority', $$'x', 'urgent'$$, 'an unknown priority'),
	(false, 'title, priority', $$'x', NULL$$, 'a null priority'),
	(true, 'title, due_date', $$'x', NULL$$, 'no due date'),
	(true, 'title, due_date', $$'x', '0001-01-01T00:00:00Z'$$, 'the first due date'),
	(true, 'title, due_date', $$'x', '9999-12-31T23:59:59.999999Z'$$,
	 'the last due date'),
	(false, 'title, due_date', $$'x', '0001-01-01T00:00:00+00:01'$$,
	 'a due date in the year 0'),
	(false, 'title, due_date', $$'x', '9999-12-31T23:59:59.999999-00:01'$$,
	 'a due date in the year 10000'),
	(false, 'title, due_date', $$'x', 'infinity'$$, 'an infinite due date'),
	(false, 'title, due_date', $$'x', '-infinity'$$, 'a due date before all'),
	(false, 'title, created_at', $$'x', NULL$$, 'a task made at no time'),
	(false, 'title, updated_at', $$'x', NULL$$, 'a task changed at no time'),
	(false, 'title, id', $$'x', '00000000-0000-4000-8000-0000000000a1'$$,
	 'a second task with the same id');

CALL act_as_user('alice');
SELECT CASE WHEN takes THEN lives_ok(statement, 'taken: ' || name)
	ELSE throws_like(statement, '%violates%constraint%', 'refused: ' || name) END
  FROM cases, format('INSERT INTO public.tasks (user_id, %s) VALUES (''alice'', %s)',
		     columns, vals) AS statement;
INSERT INTO public.tasks (user_id, title) VALUES ('alice', 'alone');
SELECT is((SELECT ROW(status, priority, completed_at IS NULL, due_date IS NULL,
		      created_at = now(), updated_at = now(),
		      id::text ~ '^.{14}4.{4}[89ab]')::text
	   FROM public.tasks WHERE title = 'alone'),
	'(pending,medium,t,t,t,t,t)', 'a task of a title alone has the defaults');

CALL act_as_user(repeat('u', 255));
SELECT lives_ok(
	$$ INSERT INTO public.users (id) VALUES (repeat('u', 255)) $$,
	'taken: a user id of 255 characters');
CALL act_as_user(repeat('u', 256));
SELECT throws_ok(
	$$ INSERT INTO public.users (id) VALUES (repeat('u', 256)) $$,
	'23514', NULL, 'refused: a user id of 256 characters');
CALL act_as_superuser();
SELECT throws_ok($$ INSERT INTO public.users (id) VALUES ('') $$,
	'23514', NULL, 'refused: an empty user id');
SELECT throws_ok($$ INSERT INTO public.users (id) VALUES ('alice') $$,
	'23505', NULL, 'refused: a user twice');
CALL act_as_user('dave');
SELECT throws_ok(
	$$ INSERT INTO public.tasks (user_id, title) VALUES ('dave', 'x') $$,
	'23503', NULL, 'refused: a task of a user never seen');
CALL act_as_superuser();
CREATE TABLE keys (takes boolean, columns text, vals text, name text);
INSERT INTO keys VALUES
	(true, 'key', $$'k'$$, 'a key of 1 character'),
	(true, 'key', $$repeat('k', 255)$$, 'a key of 255 characters'),
	(false, 'key', $$''$$, 'an empty key'),
	(false, 'key', $$repeat('k', 256)$$, 'a key of 256 characters'),
	(false, 'key', $$NULL$$, 'no key'),
	(false, 'key', $$'k'$$, 'a key twice'),
	(false, 'key, created_at', $$'l', NULL$$, 'a key of no time');
SELECT CASE WHEN takes THEN lives_ok(statement, 'taken: ' || name)
	ELSE throws_like(statement, '%violates%constraint%', 'refused: ' || name) END
  FROM keys, format('INSERT INTO public.idempotency_keys (user_id, digest, task_id, answer, etag, %s)
	VALUES (''alice'', ''d'', gen_random_uuid(), ''a'', ''e'', %s)', columns, vals) AS statement;
SELECT throws_ok(
	$$ INSERT INTO public.idempotency_keys (user_id, key, digest, task_id, answer, etag)
	   VALUES ('dave', 'k', 'd', gen_random_uuid(), 'a', 'e') $$,
	'23503', NULL, 'refused: a key of a user never seen');
SELECT lives_ok(
	$$ INSERT INTO public.idempotency_keys (user_id, key, digest, task_id, answer, etag)
	   VALUES ('bob', 'k', 'd', gen_random_uuid(), 'a', 'e') $$,
	'taken: the same key of another user');
SELECT is((SELECT count(*) FROM public.tasks WHERE user_id = 'bob'), 1::bigint,
	'(control: bob has a task)');
DELETE FROM public.users WHERE id = 'bob';
SELECT is((SELECT count(*) FROM public.tasks WHERE user_id = 'bob'), 0::bigint,
	'a deleted user leaves no task behind');
SELECT is((SELECT count(*) FROM public.idempotency_keys WHERE user_id = 'bob'), 0::bigint,
	'a deleted user leaves no key behind');
SELECT is((SELECT count(*) FROM public.idempotency_keys), 2::bigint,
	'a deleted user takes nobody else''s key along');
SELECT isnt((SELECT count(*) FROM public.tasks WHERE user_id = 'alice'), 0::bigint,
	'a deleted user takes nobody else''s task along');

SELECT * FROM finish();
ROLLBACK;
