-- The sort orders and filters of the list, and checks of the plans of its statements
-- (list_sql.c).  tests/db/sql and tests/bench include this file with their own schema as
-- the search path.

-- The index that each sort order must use.
CREATE TABLE sorts (sort text, direction text, index text);
INSERT INTO sorts SELECT sort, direction, coalesce(i, CASE direction WHEN 'asc'
		THEN 'tasks_due_first' ELSE 'tasks_due_last' END)
	FROM (VALUES ('created_at', 'tasks_created'), ('updated_at', 'tasks_changed'),
		('due_date', NULL), ('priority', 'tasks_priority'),
		('title', 'tasks_title'), ('status', 'tasks_status')) AS s (sort, i),
	     unnest(ARRAY['asc', 'desc']) AS direction;
-- The values of the filters in struct task_query, in the same order.
CREATE TABLE filters (name text, vals text);
INSERT INTO filters VALUES
	('', $$NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL$$),
	('status=pending', $$'pending', NULL, NULL, NULL, NULL, NULL, NULL, NULL$$),
	('status=in_progress', $$'in_progress', NULL, NULL, NULL, NULL, NULL, NULL, NULL$$),
	('status=completed', $$'completed', NULL, NULL, NULL, NULL, NULL, NULL, NULL$$),
	('status=active', $$'active', NULL, NULL, NULL, NULL, NULL, NULL, NULL$$),
	('completed=true', $$NULL, 'true', NULL, NULL, NULL, NULL, NULL, NULL$$),
	('completed=false', $$NULL, 'false', NULL, NULL, NULL, NULL, NULL, NULL$$),
	('priority=low', $$NULL, NULL, 'low', NULL, NULL, NULL, NULL, NULL$$),
	('priority=medium', $$NULL, NULL, 'medium', NULL, NULL, NULL, NULL, NULL$$),
	('priority=high', $$NULL, NULL, 'high', NULL, NULL, NULL, NULL, NULL$$),
	('search', $$NULL, NULL, NULL, 'WORDS 1', NULL, NULL, NULL, NULL$$),
	('due_after', $$NULL, NULL, NULL, NULL, '2001-01-01', NULL, NULL, NULL$$),
	('due_before', $$NULL, NULL, NULL, NULL, NULL, '2999-01-01', NULL, NULL$$),
	('has_due_date=true', $$NULL, NULL, NULL, NULL, NULL, NULL, 'true', NULL$$),
	('has_due_date=false', $$NULL, NULL, NULL, NULL, NULL, NULL, 'false', NULL$$),
	('overdue=true', $$NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'true'$$),
	('overdue=false', $$NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'false'$$);
GRANT SELECT ON sorts, filters TO PUBLIC;

-- Return the EXECUTE statement for a page of app.user_id's list.  The values that are not
-- NULL select the prepared statement.
CREATE FUNCTION page(s sorts, vals text, id text, key text, size int, skip int,
		counted boolean) RETURNS text LANGUAGE sql AS $$
	SELECT format('EXECUTE list_%s_%s_%s_%s%s%s (%s)', s.sort, s.direction,
		string_agg(CASE v WHEN 'NULL' THEN '0' ELSE '1' END, '' ORDER BY n),
		(id IS NOT NULL)::int, (skip > 0)::int, counted::int,
		concat_ws(', ', quote_literal(current_setting('app.user_id')),
			string_agg(nullif(v, 'NULL'), ', ' ORDER BY n),
			quote_literal(key), quote_literal(id),
			quote_literal(nullif(skip, 0)), quote_literal(size)))
	  FROM unnest(string_to_array(vals, ', ')) WITH ORDINALITY AS v (v, n)
$$;
-- Return the statement for the page of 20 after the first `tasks` matching tasks.
CREATE FUNCTION page_after(s sorts, vals text, tasks int, counted boolean)
	RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	r record;
BEGIN
	IF tasks = 0 THEN
		RETURN page(s, vals, NULL, NULL, 20, 0, counted);
	END IF;
	EXECUTE page(s, vals, NULL, NULL, 1, tasks - 1, false) INTO r;
	RETURN page(s, vals, r.id::text, CASE s.sort
		WHEN 'created_at' THEN r.created_at::text
		WHEN 'updated_at' THEN r.updated_at::text
		WHEN 'due_date' THEN coalesce(r.due_date::text,
			CASE s.direction WHEN 'asc' THEN 'infinity' ELSE '-infinity' END)
		WHEN 'priority' THEN array_position(ARRAY['low', 'medium', 'high'], r.priority)::text
		WHEN 'title' THEN r.title
		ELSE r.status END, 20, 0, counted);
END $$;
-- Return what is wrong with the plan of a page, '' if nothing is.
CREATE FUNCTION faults(s sorts, plan jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(', ',
		CASE WHEN plan @? '$.** ? (@."Node Type" == "Seq Scan" && @."Relation Name" == "tasks")'
			THEN 'a sequential scan' END,
		CASE WHEN plan @? '$.** ? (@."Node Type" like_regex "Sort$"
				&& exists (@.** ? (@."Relation Name" == "tasks")))'
			THEN 'a sort of the list' END,
		CASE WHEN NOT plan @? format('$.** ? (@."Index Name" == "%s"
				&& @."Node Type" like_regex "^Index (Only )?Scan$")', s.index)::jsonpath
			THEN 'not by ' || s.index END)
$$;
CREATE FUNCTION explained(statement text, options text DEFAULT 'COSTS OFF')
	RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE format('EXPLAIN (FORMAT JSON, %s) ', options) || statement INTO plan;
	RETURN plan;
END $$;
