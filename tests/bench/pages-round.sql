-- One round: measure the pages of user :number in a database of :size users,
-- with the statements of the programs. :statements is the output of list_sql.
\set ON_ERROR_STOP on
\i :statements
BEGIN;
SET LOCAL search_path = bench;
-- The programs send values with each statement, so the planner knows them.
SET LOCAL plan_cache_mode = force_custom_plan;
SELECT user_name(:number) AS "user" \gset
\o /dev/null
EXECUTE context (:'user', '0');
\o
COPY (SELECT :size, * FROM measure(:runs)) TO STDOUT;
COMMIT;
