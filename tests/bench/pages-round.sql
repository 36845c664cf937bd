-- One round: the times of user :number, for a database of :size users, as the
-- program would ask for them.  :statements is what list_sql prints.
\set ON_ERROR_STOP on
\i :statements
BEGIN;
SET LOCAL search_path = bench;
-- As for statements that are sent with their values, which the planner sees.
SET LOCAL plan_cache_mode = force_custom_plan;
SELECT user_name(:number) AS "user" \gset
\o /dev/null
EXECUTE context (:'user', '0');
\o
COPY (SELECT :size, * FROM measure(:runs)) TO STDOUT;
COMMIT;
