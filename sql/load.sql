-- Create or update the schema, roles, policies and grants:
--
--     psql "$DATABASE_URL" -X -f sql/load.sql
--
-- The role that runs this owns the database and has CREATEROLE.  It need not be
-- a superuser.  The server is PostgreSQL 15 or later.  Everything is one
-- transaction, which can be applied repeatedly.

\set ON_ERROR_STOP on
BEGIN;
SET LOCAL client_min_messages = warning;
-- Names must not resolve to objects that other roles created in schema public.
SET LOCAL search_path = pg_catalog, pg_temp;
-- If this file runs twice at the same time, the second run waits here.
DO $$ BEGIN PERFORM pg_advisory_xact_lock(hashtext('tasks-cgi sql/load.sql')); END $$;
-- Behind a long reader such as pg_dump, fail instead of blocking requests.
SET LOCAL lock_timeout = '10s';

\ir 01-schema.sql
\ir 01-search.sql
\ir 02-roles.sql
\ir 03-policies.sql
\ir 04-grants.sql
\ir 05-version.sql
\ir 06-login.sql

COMMIT;
