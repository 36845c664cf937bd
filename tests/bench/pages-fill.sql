-- Fill a database with :users users of 1,000 tasks: without indexes, which
-- sql/ makes again when it is applied next, and without the log.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
-- The users are there: no foreign keys to look up.
SET session_replication_role = replica;
SELECT pg_get_constraintdef(oid) AS primary_key FROM pg_constraint
 WHERE conrelid = 'public.tasks'::regclass AND contype = 'p' \gset
SELECT format('DROP INDEX %s', indexrelid::regclass) FROM pg_index
 WHERE indrelid = 'public.tasks'::regclass AND NOT indisprimary \gexec
BEGIN;
TRUNCATE public.tasks;
ALTER TABLE public.tasks DROP CONSTRAINT tasks_pkey;
CALL bench.fill(1, :users, 1000);
ALTER TABLE public.tasks ADD CONSTRAINT tasks_pkey :primary_key;
COMMIT;
