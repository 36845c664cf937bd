-- SQL that an attacker could execute as tasks_app through a bug such as an SQL injection.
-- None of it reaches another user's tasks, the server or other roles.  This file does not
-- repeat the tests of 02-isolation.sql.  How to run it: see 01-rights.sql.
--
-- PostgreSQL permits the following to every role, and only a superuser could forbid it:
-- LISTEN and NOTIFY, advisory locks, large objects, and waiting and computing up to the
-- statement's timeout.  A role may change its own password and the defaults of its own
-- settings.  It may end other sessions of the same role and read their statements, which
-- contain no user's values.  tasks_app may also lock the tables that it may change.
\set tests 82

-- Log in as tasks_app.  PostgreSQL checks the login role for these statements, so it would
-- permit them to a superuser that only acts as tasks_app.
\set VERBOSITY sqlstate
\set real ''
\connect - tasks_app
SELECT session_user AS login \gset
SELECT count(*) AS seen FROM public.tasks \gset
SET SESSION AUTHORIZATION postgres;
\set real :real :SQLSTATE ' '
SET SESSION AUTHORIZATION tasks_owner;
\set real :real :SQLSTATE ' '
SET ROLE postgres;
\set real :real :SQLSTATE ' '
ALTER SYSTEM SET log_statement = 'all';
\set real :real :SQLSTATE ' '
CREATE DATABASE tap_hand;
\set real :real :SQLSTATE ' '
CREATE TABLESPACE tap_hand LOCATION '/tmp';
\set real :real :SQLSTATE ' '
COPY public.tasks TO PROGRAM 'true';
\set real :real :SQLSTATE ' '
COPY public.tasks (user_id, title) FROM PROGRAM 'true';
\set real :real :SQLSTATE ' '
COPY public.tasks TO '/tmp/tap_hand';
\set real :real :SQLSTATE ' '
COPY public.tasks (user_id, title) FROM '/etc/passwd';
\set real :real :SQLSTATE
\connect - postgres
\set VERBOSITY default
\ir setup.inc
ANALYZE public.tasks;

SELECT is(:'login'::text, 'tasks_app', '(control: logged in as tasks_app)');
SELECT is(:seen::bigint, 0::bigint, 'a session of its own sees no task');
SELECT is(:'real'::text, repeat('42501 ', 9) || '42501',
	'a session of its own passes as nobody else, and gets at no setting, file or program of the server');

-- denied(WHAT, SQLSTATE, STATEMENT...): test that each statement fails with this SQLSTATE.
CREATE FUNCTION denied(what text, code text, VARIADIC statements text[])
	RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	statement text;
BEGIN
	FOREACH statement IN ARRAY statements LOOP
		RETURN NEXT throws_ok(statement, code, NULL, what || ': ' || statement);
	END LOOP;
END $$;

-- Every table that tasks_app can read at all.  app.user_id is NULL before a session has its
-- first user, and '' after the last one.
CREATE VIEW readable AS
	SELECT format('SELECT count(*) FROM (SELECT %s FROM %s) AS t',
		      string_agg(quote_ident(attname), ', '), c.oid::regclass) AS statement
	  FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid
	 WHERE relkind IN ('r', 'p', 'f', 'v', 'm') AND attnum > 0 AND NOT attisdropped
	   AND relnamespace = 'public'::regnamespace
	   AND has_column_privilege('tasks_app', c.oid, attnum, 'SELECT')
	 GROUP BY c.oid;
GRANT SELECT ON readable TO PUBLIC;
CREATE FUNCTION rows_seen() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	statement text;
	n bigint;
	seen bigint := 0;
BEGIN
	FOR statement IN SELECT r.statement FROM tap.readable r LOOP
		EXECUTE statement INTO n;
		seen := seen + n;
	END LOOP;
	RETURN seen;
END $$;
INSERT INTO public.idempotency_keys (user_id, key, digest, task_id, answer, etag)
	SELECT id, 'key', 'digest', gen_random_uuid(), 'answer', 'etag' FROM public.users;
SELECT is((SELECT count(*) FROM readable), 3::bigint, '(control: there are three tables to be read)');
CALL act_as('tasks_app', NULL);
SELECT is(rows_seen(), 0::bigint, 'before the first user, no row of any table is seen');
CALL act_as_user('alice');
SELECT is(rows_seen(), 4::bigint, '(control: a user''s own rows are: two tasks, a user, a key)');
CALL act_as_user('');
SELECT is(rows_seen(), 0::bigint, 'after the last user, no row of any table is seen');

CALL act_as_user('alice');
SELECT denied('it becomes no other role', '42501', VARIADIC
	(SELECT array_agg(format('SET ROLE %I', rolname) ORDER BY rolname)
	   FROM pg_roles WHERE rolname IN ('postgres', 'tasks_owner', 'tasks_probe',
		'pg_read_all_data', 'pg_write_all_data', 'pg_read_server_files',
		'pg_execute_server_program', 'pg_monitor', 'pg_signal_backend')));
SELECT is_empty(
	$$ SELECT rolname FROM pg_roles
	    WHERE rolname <> 'tasks_app' AND pg_has_role('tasks_app', oid, 'MEMBER') $$,
	'it is a member of no role at all');
SELECT denied('it gives itself nothing', '42501',
	'ALTER ROLE tasks_app BYPASSRLS', 'ALTER ROLE tasks_app SUPERUSER',
	'GRANT tasks_owner TO tasks_app', 'GRANT pg_read_all_data TO tasks_app',
	'CREATE ROLE tap_hand', 'ALTER TABLE public.tasks OWNER TO tasks_app',
	'ALTER POLICY tasks_own ON public.tasks USING (true)',
	'DROP POLICY tasks_own ON public.tasks',
	'SET LOCAL session_replication_role = replica');

-- Secrets of the server and the catalogs.
SELECT denied('it reads no secret of the catalogs', '42501',
	'SELECT FROM pg_authid', 'SELECT FROM pg_shadow', 'SELECT umoptions FROM pg_user_mapping',
	'SELECT subconninfo FROM pg_subscription', 'SELECT FROM pg_statistic',
	'SELECT FROM pg_largeobject', 'SELECT FROM pg_hba_file_rules', 'SELECT FROM pg_file_settings');
SELECT denied('it reads and writes no file of the server', '42501',
	'SELECT pg_read_file(''PG_VERSION'')', 'SELECT pg_read_binary_file(''PG_VERSION'')',
	'SELECT pg_stat_file(''PG_VERSION'')', 'SELECT pg_ls_dir(''.'')', 'SELECT pg_ls_logdir()',
	'SELECT lo_import(''/etc/passwd'')', 'SELECT lo_export(1, ''/tmp/tap_hand'')',
	'SELECT pg_reload_conf()', 'SELECT pg_rotate_logfile()');
CALL act_as_superuser();
CREATE SCHEMA tap_other;
CREATE TABLE tap_other.t AS SELECT 1 AS n;
SELECT isnt_empty('SELECT FROM pg_stats WHERE schemaname = ''public'' AND tablename = ''tasks''',
	'(control: there are samples of the tasks for the planner)');
CALL act_as_user('alice');
SELECT is_empty('SELECT FROM pg_stats WHERE schemaname = ''public''',
	'the planner''s samples show it no title of anybody');
SELECT denied('it reads nothing in another schema', '42501', 'SELECT FROM tap_other.t');
SELECT denied('it reads nothing in another database', '0A000', 'SELECT FROM postgres.pg_catalog.pg_class');

-- Changes that would outlast the transaction.
SELECT denied('it makes nothing', '42501',
	'CREATE SCHEMA tap_hand', 'CREATE VIEW public.x AS SELECT 1', 'CREATE SEQUENCE public.x',
	'CREATE MATERIALIZED VIEW public.x AS SELECT 1', 'CREATE TYPE public.x AS (n int)',
	'CREATE DOMAIN public.x AS int', 'CREATE TEMPORARY VIEW x AS SELECT 1', 'CREATE TEMPORARY SEQUENCE x',
	'CREATE FUNCTION pg_temp.lower(text) RETURNS text LANGUAGE sql AS ''SELECT 1''',
	'CREATE FUNCTION pg_catalog.x() RETURNS int LANGUAGE sql AS ''SELECT 1''',
	'CREATE OPERATOR public.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq)',
	'CREATE EXTENSION pgcrypto', 'CREATE LANGUAGE x HANDLER plpgsql_call_handler',
	'CREATE FOREIGN DATA WRAPPER x', 'CREATE PUBLICATION x', 'CREATE INDEX ON public.tasks (title)',
	'CREATE RULE x AS ON SELECT TO public.tasks DO INSTEAD NOTHING',
	'CREATE TRIGGER x AFTER INSERT ON public.tasks EXECUTE FUNCTION suppress_redundant_updates_trigger()',
	'COMMENT ON TABLE public.tasks IS ''x''', 'DROP TABLE public.tasks');

-- Other sessions.
CALL act_as_superuser();
SELECT pid AS other FROM pg_stat_activity WHERE backend_type = 'logical replication launcher' \gset
CALL act_as_user('alice');
SELECT is((SELECT query FROM pg_stat_activity WHERE pid = :other), '<insufficient privilege>',
	'it sees no statement of another role');
SELECT denied('it ends no session of another role', '42501',
	format('SELECT pg_terminate_backend(%s)', :other), format('SELECT pg_cancel_backend(%s)', :other));

-- Errors must not reveal values that tasks_app cannot read.
SELECT lives_ok('SELECT FROM public.tasks WHERE 1 / (CASE title WHEN ''b1'' THEN 0 ELSE 1 END) = 1',
	'a condition that would fail on another''s title is not asked of it');
SELECT throws_ok('SELECT FROM public.tasks WHERE 1 / (CASE title WHEN ''a1'' THEN 0 ELSE 1 END) = 1',
	'22012', NULL, '(control: it is asked of one''s own)');
SELECT lives_ok(format('INSERT INTO public.tasks (user_id, id, title) VALUES (''alice'', %L, ''x'')', :b1),
	'another''s id is free, so that a conflict tells of none');
SELECT throws_ok(format('INSERT INTO public.tasks (user_id, title) VALUES (%L, ''x'')', who), '42501',
	'new row violates row-level security policy for table "tasks"',
	format('a task for %s is refused, whether there is such a user or not', who))
  FROM unnest(ARRAY['bob', 'nobody']) AS who;

-- task_exists() is the only function that reveals anything about other users' tasks.
SELECT denied('it does not change what answers', '42501',
	'ALTER FUNCTION public.task_exists(uuid) SET search_path = public',
	'ALTER FUNCTION public.task_exists(uuid) SECURITY INVOKER',
	'ALTER FUNCTION public.task_exists(uuid) OWNER TO tasks_app', 'DROP FUNCTION public.task_exists(uuid)',
	'CREATE OR REPLACE FUNCTION public.task_exists(task_id uuid) RETURNS boolean LANGUAGE sql AS ''SELECT true''');
SELECT function_returns('public', 'task_exists', ARRAY['uuid'], 'boolean',
	'the answer is yes or no');
SET LOCAL search_path = tap_other, public, tap;
SELECT ok(public.task_exists(:b1) AND NOT public.task_exists(:none),
	'the answer does not depend on the search path');
SET LOCAL search_path = tap;

CALL act_as_superuser();
SELECT * FROM finish();
ROLLBACK;
