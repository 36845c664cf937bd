-- The rights of tasks_app.  All are revoked first, so that none remains from an
-- earlier version or a manual GRANT.

REVOKE ALL ON public.users, public.tasks, public.idempotency_keys
	FROM PUBLIC, tasks_app, tasks_probe;

GRANT USAGE ON SCHEMA public TO tasks_app, tasks_probe;

-- Users are stored on their first write.  Only ON CONFLICT (id) reads the
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

-- Whether a task exists, to tell 403 from 404 after a miss.  A separate role
-- owns the function, because FORCE hides all rows from the tables' owner.
-- Changing the owner requires membership in that role and CREATE for it; both
-- are revoked below.
GRANT tasks_probe TO CURRENT_USER;
GRANT CREATE ON SCHEMA public TO tasks_probe;

CREATE OR REPLACE FUNCTION public.task_exists(task_id uuid) RETURNS boolean
	LANGUAGE sql STABLE STRICT SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp
	AS 'SELECT EXISTS (SELECT FROM public.tasks WHERE id = task_id)';
ALTER FUNCTION public.task_exists(uuid) OWNER TO tasks_probe;
REVOKE ALL ON FUNCTION public.task_exists(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.task_exists(uuid) TO tasks_app;

-- The ids of app.user_id's tasks that may contain needle, the text of a search
-- as it was sent.  NULL if there are more than 1,000 or the index cannot be
-- used.
--
-- Under row-level security LIKE is no index condition, because the operator
-- could reveal hidden rows.  So this function reads the index as its owner and
-- returns only ids.  The list reads the tasks with these ids, with user_id = $1
-- and under row-level security.
--
-- Combining marks at both ends of needle are removed, because in the task other
-- marks may stand between.
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

-- For search.  Each write runs tasks_fold(), too, for the column.
REVOKE ALL ON FUNCTION public.tasks_fold(text), public.tasks_is_mark(text),
	public.tasks_needle(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.tasks_needle(text) TO tasks_app;
GRANT EXECUTE ON FUNCTION public.tasks_fold(text), public.tasks_is_mark(text)
	TO tasks_app, tasks_probe;

-- Defaults for every role: CREATE in public (until PostgreSQL 14), and
-- temporary tables, which users would share on a pooled connection.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
DO $$
BEGIN
	EXECUTE format('GRANT CONNECT ON DATABASE %I TO tasks_app', current_database());
	EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END $$;
