-- In a copy of the database: raise an error if a statement uses one of the tables without a
-- user, or as a role other than the programs'.  These restrictive policies are added to the
-- existing ones and apply to all roles except superusers.  guard_TABLE() has no arguments,
-- so it is a one-time filter of the plan: each execution evaluates it even if no row
-- matches.  guard_planned() is immutable, so the planner evaluates it if a policy contains
-- it.
DO $$
DECLARE
	body constant text := $body$
	BEGIN
		IF coalesce(current_setting('app.user_id', true), '') = '' THEN
			RAISE EXCEPTION 'a statement without a user' USING ERRCODE = 'GU001';
		END IF;
		IF current_user NOT IN ('tasks_app', 'tasks_probe') THEN
			RAISE EXCEPTION 'a statement of %', current_user USING ERRCODE = 'GU002';
		END IF;
		RETURN true;
	END $body$;
	guarded name;
BEGIN
	FOREACH guarded IN ARRAY ARRAY['tasks', 'users', 'idempotency_keys'] LOOP
		EXECUTE format('CREATE FUNCTION public.guard_%s() RETURNS boolean
			LANGUAGE plpgsql STABLE AS %L', guarded, body);
		EXECUTE format('CREATE POLICY guard ON public.%1$s AS RESTRICTIVE
			USING (public.guard_%1$s()) WITH CHECK (public.guard_%1$s())', guarded);
	END LOOP;
	EXECUTE format('CREATE FUNCTION public.guard_planned() RETURNS boolean
		LANGUAGE plpgsql IMMUTABLE AS %L', body);
	-- pg_stat_user_functions then counts the calls of each function.
	EXECUTE format('ALTER DATABASE %I SET track_functions = ''all''', current_database());
END $$;
