-- The role tasks_app runs every statement of the programs.  The role
-- tasks_probe only owns task_exists() and tasks_candidates().  Roles belong to
-- the whole cluster, so they may exist already, and so may the role of
-- local_user (06-login.sql).

\if :{?local_user}
SELECT set_config('tasks.local_user', :'local_user', true) \g /dev/null
\endif
DO $$
DECLARE
	unfit text;
	local_user text := coalesce(current_setting('tasks.local_user', true), '');
BEGIN
	-- The exception handlers are needed if another database of this cluster
	-- is set up at the same time.
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tasks_app') THEN
		BEGIN
			-- No password: the operator sets one or uses peer
			-- authentication.
			CREATE ROLE tasks_app LOGIN NOSUPERUSER NOBYPASSRLS
				NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT;
		EXCEPTION WHEN duplicate_object OR unique_violation THEN
		END;
	END IF;
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tasks_probe') THEN
		BEGIN
			CREATE ROLE tasks_probe NOLOGIN NOSUPERUSER NOBYPASSRLS
				NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT;
		EXCEPTION WHEN duplicate_object OR unique_violation THEN
		END;
	END IF;

	-- Refuse roles with additional rights, because only a superuser could
	-- revoke these rights.
	SELECT string_agg(rolname, ', ') INTO unfit
	  FROM pg_roles
	 WHERE rolname IN ('tasks_app', 'tasks_probe', local_user)
	   AND (rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole
		OR rolreplication OR (rolcanlogin AND rolname = 'tasks_probe')
		OR EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid
			   AND NOT (rolname = local_user
				    AND roleid = 'tasks_app'::regrole)));
	IF unfit IS NOT NULL THEN
		RAISE EXCEPTION 'role % has powers or memberships that would let '
			'it around row-level security; nothing was changed', unfit
		USING HINT = 'ALTER ROLE ... NOSUPERUSER NOBYPASSRLS NOCREATEDB '
			'NOCREATEROLE NOREPLICATION, and REVOKE what it is a member of.';
	END IF;

	-- Since PostgreSQL 16, CREATEROLE gives rights only over roles that the
	-- same role has created.
	SELECT string_agg(rolname, ', ' ORDER BY rolname) INTO unfit
	  FROM pg_roles
	 WHERE rolname IN ('tasks_app', 'tasks_probe')
	   AND current_setting('server_version_num')::integer >= 160000
	   AND NOT pg_has_role(oid, 'MEMBER WITH ADMIN OPTION');
	IF unfit IS NOT NULL THEN
		RAISE EXCEPTION 'another role has created %, so % may not grant it; '
			'nothing was changed', unfit, current_user
		USING ERRCODE = 'insufficient_privilege',
		      HINT = format('As a superuser or as that role: GRANT %s TO %I '
			'WITH ADMIN OPTION.', unfit, current_user);
	END IF;
END $$;

-- Programs that log in as the owner need this to set the role.
GRANT tasks_app TO CURRENT_USER;
