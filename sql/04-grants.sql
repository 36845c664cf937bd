-- The rights of tasks_app and tasks_probe.  All rights are revoked first, so
-- that none remains from an earlier version or a manual GRANT.

REVOKE ALL ON public.users, public.tasks, public.idempotency_keys
	FROM PUBLIC, tasks_app, tasks_probe;

GRANT USAGE ON SCHEMA public TO tasks_app, tasks_probe;

-- A user's first write stores the user.  Only ON CONFLICT (id) reads this
-- table.
GRANT SELECT (id), INSERT (id, email, name) ON public.users TO tasks_app;

GRANT SELECT, INSERT, DELETE,
	UPDATE (title, description, status, priority, due_date, completed_at,
		updated_at)
	ON public.tasks TO tasks_app;

GRANT SELECT, INSERT, DELETE,
	UPDATE (digest, task_id, answer, etag, created_at)
	ON public.idempotency_keys TO tasks_app;

GRANT SELECT (id, user_id, search_text) ON public.tasks TO tasks_probe;

-- Return whether any user has this task.  If a statement finds no task, this
-- distinguishes 403 from 404.  A separate role owns the function, because FORCE
-- hides all rows from the tables' owner.  To change the owner, the current role
-- must be a member of the new owner, which must have CREATE on the schema.
-- Both rights are revoked below.  In PL/pgSQL a session plans the query once,
-- while an SQL function of another role is planned at each call.
GRANT tasks_probe TO CURRENT_USER;
GRANT CREATE ON SCHEMA public TO tasks_probe;

CREATE OR REPLACE FUNCTION public.task_exists(task_id uuid) RETURNS boolean
	LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp
	AS 'BEGIN RETURN EXISTS (SELECT FROM public.tasks WHERE id = task_id); END';
ALTER FUNCTION public.task_exists(uuid) OWNER TO tasks_probe;
REVOKE ALL ON FUNCTION public.task_exists(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.task_exists(uuid) TO tasks_app;

-- Return the ids of app.user_id's tasks that may contain needle, the text of a
-- search as it was sent.  Return NULL if there are more than 1,000 ids, or if
-- the index cannot be used.
--
-- Under row-level security PostgreSQL does not use LIKE as an index condition,
-- because the operator could reveal hidden rows.  So this function reads the
-- index as its owner and returns only ids.  The list reads the tasks with these
-- ids, with user_id = $1 and under row-level security.
--
-- Combining marks at both ends of needle are removed, because in the task other
-- marks may stand between them and the rest.
CREATE OR REPLACE FUNCTION public.tasks_candidates(needle text) RETURNS uuid[]
	LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp
	SET enable_seqscan = off SET enable_indexscan = off
	AS $$
DECLARE
	ids uuid[];
	pattern text;
BEGIN
	needle := normalize(needle, NFD);
	WHILE public.tasks_is_mark(left(needle, 1)) LOOP
		needle := substr(needle, 2);
	END LOOP;
	WHILE public.tasks_is_mark(right(needle, 1)) LOOP
		needle := left(needle, -1);
	END LOOP;
	needle := left(public.tasks_fold(needle), 32);
	IF char_length(needle) < 3
	   OR NOT EXISTS (SELECT FROM pg_index
			  WHERE indexrelid = to_regclass('public.tasks_search') AND indisvalid) THEN
		RETURN NULL;
	END IF;
	pattern := '%' || regexp_replace(needle, '([\\%_])', '\\\1', 'g') || '%';
	SELECT array_agg(found.id) INTO ids
	  FROM (SELECT t.id FROM public.tasks AS t
		 WHERE ARRAY[t.user_id] @> ARRAY[current_setting('app.user_id', true)]
		   AND 'x ' || t.search_text LIKE pattern
		   AND 'x ' || t.search_text LIKE 'x %'
		 LIMIT 1001) AS found;
	RETURN CASE WHEN cardinality(ids) > 1000 THEN NULL ELSE coalesce(ids, '{}') END;
END $$;
ALTER FUNCTION public.tasks_candidates(text) OWNER TO tasks_probe;
REVOKE ALL ON FUNCTION public.tasks_candidates(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.tasks_candidates(text) TO tasks_app;

REVOKE CREATE ON SCHEMA public FROM tasks_probe;
REVOKE tasks_probe FROM CURRENT_USER;

-- The functions of a search.  Each write also runs tasks_fold(), for
-- search_text.
REVOKE ALL ON FUNCTION public.tasks_fold(text), public.tasks_is_mark(text),
	public.tasks_needle(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.tasks_needle(text) TO tasks_app;
GRANT EXECUTE ON FUNCTION public.tasks_fold(text), public.tasks_is_mark(text)
	TO tasks_app, tasks_probe;

-- Revoke what every role may do by default: create objects in public (until
-- PostgreSQL 14) and temporary tables.  Users would share temporary tables on a
-- pooled connection.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
DO $$
BEGIN
	EXECUTE format('GRANT CONNECT ON DATABASE %I TO tasks_app', current_database());
	EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END $$;
