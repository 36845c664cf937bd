-- The functions that fill and measure each database of the benchmark, in the
-- schema bench.
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE SCHEMA bench;
GRANT USAGE ON SCHEMA bench TO tasks_app;
SET LOCAL search_path = bench;
\ir ../lib/list_plans.sql

-- The id of a user by number. It is as long as Better Auth's ids.
CREATE FUNCTION user_name(u bigint) RETURNS text LANGUAGE sql IMMUTABLE
	AS $$ SELECT md5('user ' || u) $$;

-- Create the same tasks for these users in each run. Dates are relative to
-- today. Rows are in the order of creation, as if all users had created them at
-- the same time, so adjacent rows belong to different users.
CREATE PROCEDURE fill(first_user int, last_user int, tasks int) LANGUAGE sql
BEGIN ATOMIC
	INSERT INTO public.users (id)
		SELECT user_name(u) FROM generate_series(first_user, last_user) AS u;
	INSERT INTO public.tasks (user_id, id, title, description, status, priority,
			due_date, completed_at, created_at, updated_at)
	SELECT user_name(u), md5(u || ' ' || t)::uuid, title, description, status,
	       (ARRAY['low', 'medium', 'medium', 'high'])[1 + (h >> 4) % 4], due,
	       CASE WHEN status = 'completed' THEN updated END, created, updated
	  FROM generate_series(1, tasks) AS t,
	       generate_series(first_user, last_user) AS u,
	       LATERAL (SELECT hashint8extended(u * 1000003::bigint + t, 0) & 281474976710655,
			       date_trunc('day', now(), 'UTC')) AS a (h, today),
	       -- Spread over a year. Some pairs of a user's tasks have the same
	       -- instant.
	       LATERAL (SELECT today - make_interval(
				secs => 31536000.0 * (tasks - t / 2 * 2) / tasks)) AS b (created),
	       LATERAL (SELECT CASE h % 3 WHEN 0 THEN created ELSE created
				+ (today - created) * ((h >> 8) % 1000 / 1000.0) END,
			       (ARRAY['pending', 'pending', 'pending', 'pending', 'pending', 'in_progress',
				'completed', 'completed', 'completed', 'completed'])[1 + (h >> 20) % 10],
			       -- Three in ten have none; many are on the same
			       -- day.
			       CASE WHEN (h >> 24) % 10 > 2 THEN
				today + ((h >> 28) % 400 - 250) * interval '1 day' END,
			       -- 6 to 100 characters; one in fifty has 255.
			       left(CASE WHEN (h >> 30) % 50 = 0
				THEN repeat('a title that says everything ', 9)
				ELSE (ARRAY['buy ', 'call ', 'Write ', 'review ', 'Plan ', 'fix '])[1 + h % 6]
				|| (ARRAY['milk', 'the report', 'émile', 'a flight', 'taxes'])[1 + (h >> 3) % 5]
				|| repeat(' and more', ((h >> 32) % 10)::int) || ' ' || h % 300 END, 255),
			       -- Four in ten have none.
			       CASE WHEN (h >> 36) % 10 > 3 THEN 'words ' || (h >> 12) % 100
				|| repeat(' lorem ipsum dolor', ((h >> 40) % 20)::int) END
			) AS c (updated, status, due, title, description);
END;

-- Return the times in ms of the first and the last full page, for every order
-- and for every filter of the default order, with and without the count. The
-- user is that of the current context. Run 0 loads the blocks into memory, and as
-- many more as the argument says follow. Only the execution is measured:
-- planning takes as long, does not grow with the tables, and would hide half of
-- the growth.
CREATE FUNCTION measure(runs int)
	RETURNS TABLE (sort text, direction text, filter text, pages int, page int,
		counted boolean, run int, ms numeric, planning numeric,
		buffers int, index text, node text, wrong text) LANGUAGE plpgsql AS $$
DECLARE
	c record;
	total record;
	plan jsonb;
	statements text[];
BEGIN
	FOR c IN SELECT s, f.* FROM sorts AS s, filters AS f
		WHERE f.name = '' OR (s.sort, s.direction) = ('created_at', 'desc')
	LOOP
		sort := (c.s).sort;
		direction := (c.s).direction;
		index := (c.s).index;
		filter := c.name;
		EXECUTE page(c.s, c.vals, NULL, NULL, 1, 0, true) INTO total;
		pages := total.count::int / 20;
		CONTINUE WHEN pages < 2;
		statements := ARRAY[
			page_after(c.s, c.vals, 0, false), page_after(c.s, c.vals, 0, true),
			page_after(c.s, c.vals, 20 * (pages - 1), false),
			page_after(c.s, c.vals, 20 * (pages - 1), true)];
		FOR r IN 0 .. runs LOOP
			FOR i IN 0 .. 3 LOOP
				run := r;
				page := CASE WHEN i < 2 THEN 1 ELSE pages END;
				counted := i % 2 = 1;
				plan := explained(statements[1 + i], 'ANALYZE, TIMING OFF, BUFFERS '
					|| CASE r WHEN 0 THEN 'ON' ELSE 'OFF' END);
				ms := (plan -> 0 ->> 'Execution Time')::numeric;
				planning := (plan -> 0 ->> 'Planning Time')::numeric;
				wrong := NULL;
				buffers := NULL;
				node := NULL;
				IF r = 0 THEN
					buffers := (plan #>> '{0,Plan,Shared Hit Blocks}')::int
						+ (plan #>> '{0,Plan,Shared Read Blocks}')::int;
					node := jsonb_path_query_first(plan, format(
						'$.** ? (@."Index Name" == "%s")."Node Type"', index)::jsonpath) #>> '{}';
					wrong := faults(c.s, plan);
				END IF;
				RETURN NEXT;
			END LOOP;
		END LOOP;
	END LOOP;
END $$;
COMMIT;
