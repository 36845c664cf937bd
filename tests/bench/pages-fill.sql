-- Fill a database with :users users of 1,000 tasks, without WAL and without
-- indexes. Applying sql/ again creates the indexes.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
-- The users exist, so skip the foreign key checks.
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
