-- Tables and indexes.  user_id comes first in every unique key and in every
-- index except one, so that the tables can be distributed by user.

-- Refuse a database whose encoding is not UTF-8: LATIN1 cannot store many
-- characters, and in SQL_ASCII char_length() counts bytes.  Other programs may
-- use the database, so refuse tables of these names that have other columns.
DO $$
DECLARE
	ours record;
	actual text;
BEGIN
	IF current_setting('server_encoding') <> 'UTF8' THEN
		RAISE EXCEPTION 'the encoding of database % is %, not UTF8; '
			'nothing was changed',
			current_database(), current_setting('server_encoding')
		USING ERRCODE = 'object_not_in_prerequisite_state',
		      HINT = 'Create another one: '
			'createdb -E UTF8 --locale=C.UTF-8 -T template0 NAME';
	END IF;
	FOR ours IN VALUES
		('public.users',
		 'email text, first_seen timestamp with time zone not null, '
		 'id text not null, name text'),
		('public.tasks',
		 'completed_at timestamp with time zone, '
		 'created_at timestamp with time zone not null, '
		 'description text, due_date timestamp with time zone, '
		 'id uuid not null, priority text not null, '
		 'status text not null, title text not null, '
		 'updated_at timestamp with time zone not null, '
		 'user_id text not null'),
		('public.idempotency_keys',
		 'answer text not null, '
		 'created_at timestamp with time zone not null, '
		 'digest text not null, etag text not null, key text not null, '
		 'task_id uuid not null, user_id text not null')
	LOOP
		CONTINUE WHEN to_regclass(ours.column1) IS NULL;
		SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod)
				  || CASE WHEN attnotnull THEN ' not null' ELSE '' END,
				  ', ' ORDER BY attname::text COLLATE "C")
		  INTO actual
		  FROM pg_attribute
		 WHERE attrelid = to_regclass(ours.column1)
		   AND attnum > 0 AND NOT attisdropped
		   -- The column that sql/01-search.sql adds.
		   AND NOT (attname = 'search_text' AND attgenerated = 's');
		IF actual IS DISTINCT FROM ours.column2
		   OR (SELECT relkind FROM pg_class
		       WHERE oid = to_regclass(ours.column1)) <> 'r' THEN
			RAISE EXCEPTION '% exists and is not the table of tasks-cgi; '
				'nothing was changed', ours.column1
			USING ERRCODE = 'duplicate_table',
			      DETAIL = format('Found: %s. Expected: %s.',
					      actual, ours.column2),
			      HINT = 'Use a database of its own.';
		END IF;
	END LOOP;
END $$;

-- Lock all tables, because requests may be running.  PostgreSQL locks the
-- tables of a create in one order when it parses the statement, and in another
-- order when it prepares the statement.  So any order here could cause a
-- deadlock, and PostgreSQL would abort one side after a second
-- (deadlock_timeout).  Therefore release all locks if one lock takes 400 ms,
-- and try again.
DO $$
DECLARE
	ours text;
	waited text := current_setting('lock_timeout');
BEGIN
	SELECT string_agg(name, ', ') INTO ours
	  FROM unnest(ARRAY['public.users', 'public.idempotency_keys', 'public.tasks']) AS name
	 WHERE to_regclass(name) IS NOT NULL;
	PERFORM set_config('lock_timeout', '400ms', true);
	FOR try IN 1..25 LOOP
		EXIT WHEN ours IS NULL;
		BEGIN
			EXECUTE 'LOCK TABLE ' || ours || ' IN ACCESS EXCLUSIVE MODE';
			EXIT;
		EXCEPTION WHEN lock_not_available THEN
			IF try = 25 THEN
				RAISE EXCEPTION 'the tables were in use for ten seconds; nothing was changed'
				USING ERRCODE = 'lock_not_available',
				      HINT = 'See pg_stat_activity for who holds them.';
			END IF;
			PERFORM pg_sleep(0.1 * random());
		END;
	END LOOP;
	PERFORM set_config('lock_timeout', waited, true);
END $$;

CREATE TABLE IF NOT EXISTS public.users (
	id text PRIMARY KEY CHECK (char_length(id) BETWEEN 1 AND 255),
	email text,
	name text,
	first_seen timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS public.tasks (
	user_id text NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
	id uuid NOT NULL DEFAULT gen_random_uuid(),
	title text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 255),
	description text CHECK (char_length(description) <= 2000),
	status text NOT NULL DEFAULT 'pending'
		CHECK (status IN ('pending', 'in_progress', 'completed')),
	priority text NOT NULL DEFAULT 'medium'
		CHECK (priority IN ('low', 'medium', 'high')),
	-- The range of four-digit years in UTC; it excludes infinity and BC.
	due_date timestamptz CHECK (due_date >= '0001-01-01T00:00:00Z'
				    AND due_date < '10000-01-01T00:00:00Z'),
	completed_at timestamptz,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (user_id, id),
	CONSTRAINT tasks_completed_check
		CHECK ((status = 'completed') = (completed_at IS NOT NULL))
);

-- One index for each sort order; the opposite direction reads it backwards.
-- tasks_created includes the columns of all filters except search, so that a
-- count is an index-only scan.  Its order is mostly that of the table's rows.
CREATE INDEX IF NOT EXISTS tasks_created
	ON public.tasks (user_id, created_at DESC, id DESC)
	INCLUDE (status, priority, due_date);
-- Replaced by tasks_created in version 0.2.
DROP INDEX IF EXISTS public.tasks_newest;
CREATE INDEX IF NOT EXISTS tasks_changed
	ON public.tasks (user_id, updated_at, id);
CREATE INDEX IF NOT EXISTS tasks_title ON public.tasks (user_id, title, id);
CREATE INDEX IF NOT EXISTS tasks_status ON public.tasks (user_id, status, id);
CREATE INDEX IF NOT EXISTS tasks_priority
	ON public.tasks (user_id,
		(CASE priority WHEN 'low' THEN 1 WHEN 'medium' THEN 2 ELSE 3 END),
		id);
-- Tasks without a due date are last in both directions.
CREATE INDEX IF NOT EXISTS tasks_due_first
	ON public.tasks (user_id,
		(CASE WHEN due_date IS NULL THEN 'infinity'::timestamptz
		 ELSE due_date END), id);
CREATE INDEX IF NOT EXISTS tasks_due_last
	ON public.tasks (user_id,
		(CASE WHEN due_date IS NULL THEN '-infinity'::timestamptz
		 ELSE due_date END), id);

-- For task_exists().
CREATE INDEX IF NOT EXISTS tasks_id ON public.tasks (id);

-- The first reply to each create with an Idempotency-Key, kept for 24 hours.
-- digest is the digest of the request's body.  The task may be deleted already.
CREATE TABLE IF NOT EXISTS public.idempotency_keys (
	user_id text NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
	key text NOT NULL CHECK (char_length(key) BETWEEN 1 AND 255),
	digest text NOT NULL,
	task_id uuid NOT NULL,
	answer text NOT NULL,
	etag text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (user_id, key)
);

-- For the oldest keys: each create with a key deletes some expired keys.
CREATE INDEX IF NOT EXISTS idempotency_keys_age
	ON public.idempotency_keys (user_id, created_at);
