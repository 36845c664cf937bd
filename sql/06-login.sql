-- How the programs log in.  tasks-setup sets these psql variables if needed:
--
--   local_user    an operating system user for peer authentication;
--                 02-roles.sql refuses such a role if it has further rights
--   password      tasks_app's password, or better its SCRAM verifier
--   new_password  if set, password replaces an existing one

\if :{?local_user}
SELECT format('CREATE ROLE %I LOGIN NOINHERIT', :'local_user')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'local_user') \gexec
GRANT tasks_app TO :"local_user";
\endif

\if :{?password}
\if :{?new_password}
\else
-- Do not replace a password that another machine may use.  Only a superuser can
-- see whether a role has a password, so the role's comment records it.
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
-- pg_stat_statements replaces the constants of a SELECT, so it does not contain
-- the password.  Neither does a log of statements that change roles, because
-- the DO block takes the password from a setting.
SELECT set_config('tasks.password', :'password', true) \g /dev/null
DO $$
BEGIN
	EXECUTE format('ALTER ROLE tasks_app PASSWORD %L',
		       current_setting('tasks.password'));
END $$;
COMMENT ON ROLE tasks_app IS 'password given by tasks-setup';
\endif
