-- These files test a database in which tasks_owner has applied sql/load.sql and which
-- contains nothing else.  Each file runs alone, as the superuser postgres of a private
-- cluster.  It rolls back its changes and prints TAP:
--
--     psql -X -q -A -t -U postgres -d DATABASE -f tests/db/sql/01-rights.sql
--
-- A file that fails with an SQL error exits with status 3 and prints fewer tests than its
-- plan.  apply.sh tests sql/load.sql itself, in databases of its own.
--
-- This file compares the privileges in the catalogs with the expected list.  So a new or
-- missing table, policy, role attribute or privilege fails here.
\set tests 17
\ir setup.inc

-- PostgreSQL 17 has one more privilege for tables.
CREATE FUNCTION table_rights() RETURNS text[] LANGUAGE sql
	RETURN ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']
		|| CASE WHEN current_setting('server_version_num')::integer >= 170000
			THEN ARRAY['MAINTAIN'] ELSE '{}' END;

CREATE VIEW swept AS
	SELECT c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity
	  FROM pg_class c
	 WHERE c.relnamespace = 'public'::regnamespace
	   AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
	   AND (EXISTS (SELECT FROM pg_attribute
			WHERE attrelid = c.oid AND attname = 'user_id'
			  AND NOT attisdropped)
		OR c.relowner = (SELECT relowner FROM pg_class
				 WHERE oid = 'public.tasks'::regclass)
		OR has_table_privilege('tasks_app', c.oid,
			array_to_string(tap.table_rights(), ','))
		OR has_any_column_privilege('tasks_app', c.oid,
			'SELECT, INSERT, UPDATE, REFERENCES'));

SELECT set_eq(
	'SELECT relname::text FROM swept', ARRAY['idempotency_keys', 'tasks', 'users'],
	'the sweep finds the tables that hold what users own');
SELECT is_empty(
	'SELECT relname FROM swept
	  WHERE NOT (relrowsecurity AND relforcerowsecurity)',
	'no table lacks row security, and it binds the owner too');
SELECT is_empty(
	$$ SELECT s.relname, command.name
	     FROM swept s,
		  (VALUES ('SELECT', 'r'), ('INSERT', 'a'),
			  ('UPDATE', 'w'), ('DELETE', 'd')) AS command (name, code)
	    WHERE (has_table_privilege('tasks_app', s.oid, command.name)
		   OR command.code <> 'd'
		      AND has_any_column_privilege('tasks_app', s.oid, command.name))
	      AND NOT EXISTS (SELECT FROM pg_policy p
			      WHERE p.polrelid = s.oid
				AND p.polcmd IN ('*', command.code)
				AND 'tasks_app'::regrole = ANY (p.polroles)) $$,
	'every command that the programs may run has a policy');
SELECT set_eq(
	'SELECT polrelid::regclass::text, polname::text, polcmd::text,
		polpermissive, polroles::regrole[]::text
	   FROM pg_policy',
	$$ VALUES ('public.idempotency_keys', 'idempotency_keys_own', '*', true, '{tasks_app}'),
		  ('public.tasks', 'tasks_own', '*', true, '{tasks_app}'),
		  ('public.tasks', 'tasks_probe', 'r', true, '{tasks_probe}'),
		  ('public.users', 'users_own', '*', true, '{tasks_app}') $$,
	'there is no policy that would open a table to more than its own user');

SELECT row_eq(
	$$ SELECT rolcanlogin, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole,
		  rolreplication, rolinherit
	     FROM pg_roles WHERE rolname = 'tasks_app' $$,
	ROW(true, false, false, false, false, false, false),
	'tasks_app has no power over row security');
SELECT row_eq(
	$$ SELECT rolcanlogin, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole,
		  rolreplication, rolinherit
	     FROM pg_roles WHERE rolname = 'tasks_probe' $$,
	ROW(false, false, false, false, false, false, false),
	'tasks_probe cannot log in and has no power over row security');
SELECT is_empty(
	$$ SELECT roleid::regrole FROM pg_auth_members
	    WHERE member IN ('tasks_app'::regrole, 'tasks_probe'::regrole) $$,
	'tasks_app and tasks_probe are nobody else as well');
SELECT is_empty(
	$$ SELECT rolname FROM pg_roles
	    WHERE NOT rolsuper AND rolname <> 'tasks_probe'
	      AND pg_has_role(oid, 'tasks_probe', 'USAGE') $$,
	'nobody has the rights of tasks_probe, the owner least of all');
SELECT is_empty(
	$$ SELECT classid::regclass, objid FROM pg_shdepend
	    WHERE refobjid = 'tasks_app'::regrole AND deptype = 'o' $$,
	'tasks_app owns nothing');
SELECT results_eq(
	$$ SELECT pg_describe_object(classid, objid, objsubid) FROM pg_shdepend
	    WHERE refobjid = 'tasks_probe'::regrole AND deptype = 'o'
	      AND dbid = (SELECT oid FROM pg_database
			  WHERE datname = current_database()) ORDER BY 1 $$,
	ARRAY['function public.task_exists(uuid)', 'function public.tasks_candidates(text)'],
	'tasks_probe owns task_exists() and tasks_candidates() and nothing else');
SELECT ok(pg_has_role('tasks_owner', 'tasks_app', 'MEMBER'),
	'programs that log in as the owner can become tasks_app');

CREATE VIEW ours AS
	SELECT oid, nspname FROM pg_namespace
	 WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'tap')
	   AND nspname !~ '^pg_(toast|temp)';
-- The privileges of the role outside the system's schemas, including those of PUBLIC.
CREATE FUNCTION rights(role name) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT format('%s %s', p, c.oid::regclass)
	  FROM pg_class c, unnest(tap.table_rights()) p
	 WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm')
	   AND c.relnamespace IN (SELECT oid FROM tap.ours)
	   AND has_table_privilege(role, c.oid, p)
	UNION ALL
	SELECT format('%s %s.%s', p, c.oid::regclass, a.attname)
	  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid,
		unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) p
	 WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm')
	   AND c.relnamespace IN (SELECT oid FROM tap.ours)
	   AND a.attnum > 0 AND NOT a.attisdropped
	   AND has_column_privilege(role, c.oid, a.attnum, p)
	   AND NOT has_table_privilege(role, c.oid, p)
	UNION ALL
	SELECT format('%s %s', p, c.oid::regclass)
	  FROM pg_class c, unnest(ARRAY['SELECT', 'UPDATE', 'USAGE']) p
	 WHERE c.relkind = 'S' AND c.relnamespace IN (SELECT oid FROM tap.ours)
	   AND has_sequence_privilege(role, c.oid, p)
	UNION ALL
	SELECT format('EXECUTE %s', f.oid::regprocedure)
	  FROM pg_proc f
	 WHERE f.pronamespace IN (SELECT oid FROM tap.ours)
	   -- Functions of extensions are executable by everybody and read no table.
	   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = f.oid
			AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e')
	   AND has_function_privilege(role, f.oid, 'EXECUTE')
	UNION ALL
	SELECT format('%s SCHEMA %s', p, s.nspname)
	  FROM tap.ours s, unnest(ARRAY['USAGE', 'CREATE']) p
	 WHERE has_schema_privilege(role, s.oid, p)
	UNION ALL
	SELECT format('%s DATABASE', p)
	  FROM unnest(ARRAY['CONNECT', 'CREATE', 'TEMPORARY']) p
	 WHERE has_database_privilege(role, current_database(), p)
$$;

SELECT set_eq(
	$$ SELECT rights('tasks_app') $$,
	ARRAY['CONNECT DATABASE', 'USAGE SCHEMA public',
	      'SELECT public.users.id', 'INSERT public.users.id',
	      'INSERT public.users.email', 'INSERT public.users.name',
	      'SELECT public.tasks', 'INSERT public.tasks', 'DELETE public.tasks',
	      'UPDATE public.tasks.title', 'UPDATE public.tasks.description',
	      'UPDATE public.tasks.status', 'UPDATE public.tasks.priority',
	      'UPDATE public.tasks.due_date', 'UPDATE public.tasks.completed_at',
	      'UPDATE public.tasks.updated_at',
	      'SELECT public.idempotency_keys', 'INSERT public.idempotency_keys',
	      'DELETE public.idempotency_keys',
	      'UPDATE public.idempotency_keys.digest',
	      'UPDATE public.idempotency_keys.task_id',
	      'UPDATE public.idempotency_keys.answer',
	      'UPDATE public.idempotency_keys.etag',
	      'UPDATE public.idempotency_keys.created_at',
	      'EXECUTE public.task_exists(uuid)',
	      'EXECUTE public.tasks_fold(text)', 'EXECUTE public.tasks_is_mark(text)',
	      'EXECUTE public.tasks_needle(text)', 'EXECUTE public.tasks_candidates(text)',
	      'EXECUTE public.tasks_schema_version()'],
	'tasks_app has the rights that the programs use, and no other');
SELECT set_eq(
	$$ SELECT rights('tasks_probe') $$,
	ARRAY['CONNECT DATABASE', 'USAGE SCHEMA public', 'SELECT public.tasks.id',
	      'SELECT public.tasks.user_id', 'SELECT public.tasks.search_text',
	      'EXECUTE public.task_exists(uuid)', 'EXECUTE public.tasks_candidates(text)',
	      'EXECUTE public.tasks_fold(text)', 'EXECUTE public.tasks_is_mark(text)',
	      'EXECUTE public.tasks_probe_acts()'],
	'tasks_probe reads what its two functions read, and nothing else');
CREATE ROLE tap_stranger;
SELECT set_eq(
	$$ SELECT rights('tap_stranger') $$,
	ARRAY['CONNECT DATABASE', 'USAGE SCHEMA public'],
	'another role of the database can reach no task');

SELECT ok(prosecdef AND provolatile = 's'
	  AND 'search_path=pg_catalog, pg_temp' = ANY (proconfig),
	format('%s cannot be led astray by the caller''s search_path', oid::regprocedure))
  FROM pg_proc WHERE oid IN ('public.task_exists(uuid)'::regprocedure,
	'public.tasks_candidates(text)'::regprocedure);
SELECT is_empty(
	$$ SELECT tgname FROM pg_trigger
	    WHERE NOT tgisinternal
	      AND tgrelid IN ('public.users'::regclass, 'public.tasks'::regclass,
				      'public.idempotency_keys'::regclass)
	    UNION ALL
	   SELECT relname FROM pg_class
	    WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace $$,
	'no trigger and no sequence keeps the tables from being spread over nodes');

SELECT * FROM finish();
ROLLBACK;
