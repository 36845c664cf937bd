-- Settings that set_config() makes for a transaction end with it, so that a pooled
-- connection never passes one user's context to the next.  How to run it: see
-- 01-rights.sql.
\set tests 12
\set enter 'SELECT set_config(\'role\', \'tasks_app\', true), set_config(\'app.user_id\', \'alice\', true), set_config(\'transaction_read_only\', \'on\', true), set_config(\'statement_timeout\', \'12s\', true)'
\set look 'SELECT concat_ws(\'|\', current_user, coalesce(current_setting(\'app.user_id\', true), \'null\'), current_setting(\'transaction_read_only\'), current_setting(\'statement_timeout\'))'

:look AS before \gset
BEGIN;
:enter \g /dev/null
:look AS inside \gset
COMMIT;
:look AS committed \gset
SELECT current_setting('app.user_id', true) AS left_over \gset
BEGIN;
:enter \g /dev/null
ROLLBACK;
:look AS rolled_back \gset

\ir setup.inc

SELECT is(:'before'::text, 'postgres|null|off|0', 'a new connection acts for nobody');
SELECT is(:'inside'::text, 'tasks_app|alice|on|12s',
	'(control: the context is in force inside its transaction)');
SELECT is(:'committed'::text, 'postgres||off|0',
	'nothing of a user stays after a commit');
SELECT is(:'rolled_back'::text, 'postgres||off|0',
	'nothing of a user stays after a rollback');

CALL act_as_user(:'left_over');
SELECT is((SELECT count(*) FROM public.tasks), 0::bigint,
	'a statement without a context of its own sees nobody''s tasks');
SELECT throws_ok(
	$$ INSERT INTO public.tasks (user_id, title) VALUES ('alice', 'x') $$,
	'42501', NULL, 'a statement without a context of its own writes nothing');

CALL act_as_user('alice');
SELECT lives_ok(
	$$ INSERT INTO public.tasks (user_id, title) VALUES ('alice', 'x') $$,
	'(control: with a context it writes)');
SET LOCAL transaction_read_only = on;
SELECT throws_ok(
	$$ INSERT INTO public.tasks (user_id, title) VALUES ('alice', 'x') $$,
	'25006', NULL, 'a GET makes nothing');
SELECT throws_ok('UPDATE public.tasks SET title = ''y''',
	'25006', NULL, 'a GET changes nothing');
SELECT throws_ok('DELETE FROM public.tasks',
	'25006', NULL, 'a GET deletes nothing');
SELECT throws_ok('SET TRANSACTION READ WRITE',
	'25001', NULL, 'a GET cannot become a write');
SELECT is((SELECT count(*) FROM public.tasks), 3::bigint,
	'(control: a GET reads)');

SELECT * FROM finish();
ROLLBACK;
