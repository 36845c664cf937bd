-- How the programs log in, where tasks-setup says so by variables of psql:
--
--   local_user    an operating system's user whom the kernel vouches for (peer);
--                 a role of that name that has more powers is refused (02-roles.sql)
--   password      tasks_app's, or better what a server keeps of it (SCRAM)
--   new_password  set: instead of one that it was given before

\if :{?local_user}
SELECT format('CREATE ROLE %I LOGIN NOINHERIT', :'local_user')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'local_user') \gexec
GRANT tasks_app TO :"local_user";
\endif

\if :{?password}
\if :{?new_password}
\else
-- Another machine may use it; only a superuser could see whether there is one.
DO $$
BEGIN
	IF shobj_description('tasks_app'::regrole, 'pg_authid') LIKE 'password%' THEN
		RAISE EXCEPTION 'tasks_app has a password already, and these settings '
			'do not know it; nothing was changed'
		USING HINT = 'Copy DATABASE_URL from the settings of the machine where '
			'tasks-setup gave it one; or run tasks-setup --new-password, and '
			'the old one is valid nowhere any more.';
	END IF;
END $$;
\endif
-- As a constant of a SELECT and in a block, it stands in no statistics of
-- statements, and in no log of what changes roles.
SELECT set_config('tasks.password', :'password', true) \g /dev/null
DO $$
BEGIN
	EXECUTE format('ALTER ROLE tasks_app PASSWORD %L',
		       current_setting('tasks.password'));
END $$;
COMMENT ON ROLE tasks_app IS 'password given by tasks-setup';
\endif
