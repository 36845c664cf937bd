-- Row-level security: a user can read and write only the user's own rows,
-- even if a statement has no such condition.  Without a user no row is visible.
-- FORCE applies this to the tables' owner, too.

ALTER TABLE public.users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE public.tasks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE public.idempotency_keys
	ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- PostgreSQL combines policies with OR, so an unexpected policy could show
-- other rows.  Drop all policies.
DO $$
DECLARE
	policy record;
BEGIN
	FOR policy IN
		SELECT polname, polrelid::regclass AS tab FROM pg_policy
		 WHERE polrelid IN ('public.users'::regclass, 'public.tasks'::regclass,
				    'public.idempotency_keys'::regclass)
	LOOP
		EXECUTE format('DROP POLICY %I ON %s', policy.polname, policy.tab);
	END LOOP;
END $$;

-- app.user_id is set per transaction.  Afterwards it is '', which is no user.
-- With user_id = $1 in the statement the planner compares both users once, and
-- otherwise it uses the condition for the index.  So no subselect is needed,
-- which each execution would have to start.
CREATE POLICY users_own ON public.users TO tasks_app
	USING (id = nullif(current_setting('app.user_id', true), ''))
	WITH CHECK (id = nullif(current_setting('app.user_id', true), ''));

CREATE POLICY tasks_own ON public.tasks TO tasks_app
	USING (user_id = nullif(current_setting('app.user_id', true), ''))
	WITH CHECK (user_id = nullif(current_setting('app.user_id', true), ''));

CREATE POLICY idempotency_keys_own ON public.idempotency_keys TO tasks_app
	USING (user_id = nullif(current_setting('app.user_id', true), ''))
	WITH CHECK (user_id = nullif(current_setting('app.user_id', true), ''));

-- This policy is for task_exists() and tasks_candidates(), which tasks_probe
-- owns.  A policy also applies to members of its role, so it checks
-- current_user.
--
-- The function depends on current_user, but is declared IMMUTABLE.  The planner
-- then replaces the call by its result, so that LIKE can be an index condition.
-- PostgreSQL makes a new plan if another role runs the statement.
CREATE OR REPLACE FUNCTION public.tasks_probe_acts() RETURNS boolean
	LANGUAGE sql IMMUTABLE RETURN current_user = 'tasks_probe';
REVOKE ALL ON FUNCTION public.tasks_probe_acts() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.tasks_probe_acts() TO tasks_probe;
CREATE POLICY tasks_probe ON public.tasks FOR SELECT TO tasks_probe
	USING (public.tasks_probe_acts());
