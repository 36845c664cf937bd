-- The schema's version, for tasks-check and the Makefile; only defined here.
-- Increase it if these files must be applied again to existing databases.  The
-- programs work with this version and with the previous version.
CREATE OR REPLACE FUNCTION public.tasks_schema_version() RETURNS integer
	LANGUAGE sql IMMUTABLE AS 'SELECT 4';
REVOKE ALL ON FUNCTION public.tasks_schema_version() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.tasks_schema_version() TO tasks_app;
