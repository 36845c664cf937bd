-- Row-level security: nobody sees or writes a row of another user, whatever
-- the statement says; without a user nobody sees any.  FORCE holds the owner
-- to it too.

ALTER TABLE public.users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE public.tasks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE public.idempotency_keys
	ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- Policies add up: one that should not be there would open the table.
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

-- app.user_id is set per transaction; afterwards it reads '', which is
-- nobody.  The subselect makes the planner read it once, not once a row.
CREATE POLICY users_own ON public.users TO tasks_app
	USING (id = (SELECT nullif(current_setting('app.user_id', true), '')))
	WITH CHECK (id = (SELECT nullif(current_setting('app.user_id', true), '')));

CREATE POLICY tasks_own ON public.tasks TO tasks_app
	USING (user_id = (SELECT nullif(current_setting('app.user_id', true), '')))
	WITH CHECK (user_id = (SELECT nullif(current_setting('app.user_id', true), '')));

CREATE POLICY idempotency_keys_own ON public.idempotency_keys TO tasks_app
	USING (user_id = (SELECT nullif(current_setting('app.user_id', true), '')))
	WITH CHECK (user_id = (SELECT nullif(current_setting('app.user_id', true), '')));

-- For task_exists() and tasks_candidates(), which tasks_probe owns.  A policy counts for
-- members of its role too, so it asks who is acting.  The function is declared immutable
-- although it is not: so the planner replaces it by its result, and LIKE may become a
-- condition of the index.  PostgreSQL plans anew when another role runs the statement.
CREATE OR REPLACE FUNCTION public.tasks_probe_acts() RETURNS boolean
	LANGUAGE sql IMMUTABLE RETURN current_user = 'tasks_probe';
REVOKE ALL ON FUNCTION public.tasks_probe_acts() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.tasks_probe_acts() TO tasks_probe;
CREATE POLICY tasks_probe ON public.tasks FOR SELECT TO tasks_probe
	USING (public.tasks_probe_acts());
