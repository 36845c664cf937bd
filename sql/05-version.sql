-- The version of what these files make, for tasks-check; its one place, from which
-- the Makefile has it too.  One more whenever a database that was set up before needs
-- them applied again.  The programs work with this version and the one before.
CREATE OR REPLACE FUNCTION public.tasks_schema_version() RETURNS integer
	LANGUAGE sql IMMUTABLE AS 'SELECT 3';
REVOKE ALL ON FUNCTION public.tasks_schema_version() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.tasks_schema_version() TO tasks_app;
