-- What tasks_app may do, and no more.  Revoked first, so that a right given
-- by an earlier version or by hand does not stay.

REVOKE ALL ON public.users, public.tasks, public.idempotency_keys
	FROM PUBLIC, tasks_app, tasks_probe;

GRANT USAGE ON SCHEMA public TO tasks_app, tasks_probe;

-- Noted on the first write, never read but for ON CONFLICT (id).
GRANT SELECT (id), INSERT (id, email, name) ON public.users TO tasks_app;

GRANT SELECT, INSERT, DELETE,
	UPDATE (title, description, status, priority, due_date, completed_at,
		updated_at)
	ON public.tasks TO tasks_app;

GRANT SELECT, INSERT, DELETE,
	UPDATE (digest, task_id, answer, etag, created_at)
	ON public.idempotency_keys TO tasks_app;

GRANT SELECT (id) ON public.tasks TO tasks_probe;

-- Whether a task exists at all, to tell 403 from 404 after a miss.  Its owner
-- is a role of its own because FORCE blinds the tables' owner.  Giving a
-- function away takes membership in that role, and CREATE for it, for the
-- moment.
GRANT tasks_probe TO CURRENT_USER;
GRANT CREATE ON SCHEMA public TO tasks_probe;

CREATE OR REPLACE FUNCTION public.task_exists(task_id uuid) RETURNS boolean
	LANGUAGE sql STABLE STRICT SECURITY DEFINER
	SET search_path = pg_catalog, pg_temp
	AS 'SELECT EXISTS (SELECT FROM public.tasks WHERE id = task_id)';
ALTER FUNCTION public.task_exists(uuid) OWNER TO tasks_probe;
REVOKE ALL ON FUNCTION public.task_exists(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.task_exists(uuid) TO tasks_app;

REVOKE CREATE ON SCHEMA public FROM tasks_probe;
REVOKE tasks_probe FROM CURRENT_USER;

-- Everybody's by default: objects in public (until PostgreSQL 14) and
-- temporary tables, which pooled connections would share between users.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
DO $$
BEGIN
	EXECUTE format('GRANT CONNECT ON DATABASE %I TO tasks_app', current_database());
	EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END $$;
