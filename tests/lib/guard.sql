-- In a copied database: a statement that comes to a table of ours without a user,
-- or as another role than the programs', is an error.  The policies are over
-- those that are there, for everybody but superusers.  Each execution asks
-- guard_TABLE(), as a filter of the whole plan, though it may find no row;
-- guard_planned() is immutable, so that in a policy it is asked by whoever plans.
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
	-- pg_stat_user_functions tells how often each was asked.
	EXECUTE format('ALTER DATABASE %I SET track_functions = ''all''', current_database());
END $$;
