-- Print the tables of the benchmark in Markdown from the table results. Its
-- column size is the number of users, or 0 for the user with many tasks in the
-- largest database.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
\pset null ''

-- One row for each list and size: medians of the first page and the last full
-- page.
CREATE TEMP TABLE cells AS
	SELECT size, CASE size WHEN 0 THEN 'a user of 100,000' ELSE size || ' k' END AS name,
	       nullif(size, 0) AS o, filter <> '' AS filtered, counted,
	       concat_ws(' ', nullif(filter, ''), 'by', sort, direction) AS list,
	       max(index) AS index, string_agg(DISTINCT node, ', ') AS nodes,
	       round(percentile_cont(0.5) WITHIN GROUP (ORDER BY ms)
			FILTER (WHERE run > 0 AND page = 1)::numeric, 3) AS first,
	       round(percentile_cont(0.5) WITHIN GROUP (ORDER BY ms)
			FILTER (WHERE run > 0 AND page > 1)::numeric, 3) AS last,
	       percentile_disc(0.5) WITHIN GROUP (ORDER BY buffers)
			FILTER (WHERE run = 0 AND page = 1) AS first_blocks,
	       percentile_disc(0.5) WITHIN GROUP (ORDER BY buffers)
			FILTER (WHERE run = 0 AND page > 1) AS last_blocks
	  FROM results GROUP BY size, sort, direction, filter, counted;
UPDATE cells SET name = size / 1000 || ' M' WHERE size >= 1000;
CREATE TEMP VIEW sizes AS SELECT DISTINCT name, o FROM cells;

-- The ratio of the slowest to the fastest page. For an unfiltered list it
-- covers all pages and sizes. The first and last page of a filtered list may
-- differ, so it compares them only between sizes. Ratios of filtered lists have
-- no limit: with few users, the tasks that a filter skips share blocks.
CREATE TEMP VIEW ratios AS
	SELECT list, filtered, counted, round(CASE WHEN filtered
		THEN greatest(max(first) / min(first), max(last) / min(last))
		ELSE greatest(max(first), max(last)) / least(min(first), min(last)) END, 2) AS ratio
	  FROM cells WHERE size > 0 GROUP BY list, filtered, counted;

-- The head of a table: these columns for each size, then the others.
CREATE FUNCTION pg_temp.head(title text, fields text[], VARIADIC rest text[] DEFAULT '{}')
	RETURNS text LANGUAGE sql AS $$
	SELECT format(E'\n%s\n\n| list | %s |\n|---|%s', title,
		array_to_string(array_agg(name || ': ' || field ORDER BY o, i) || rest, ' | '),
		repeat('---:|', count(*)::int + cardinality(rest)))
	  FROM sizes, unnest(fields) WITH ORDINALITY AS f (field, i)
$$;
CREATE FUNCTION pg_temp.pages(boolean, boolean) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT format('| %s | %s | %s |', list, string_agg(first || ' | ' || last, ' | ' ORDER BY o), ratio)
	  FROM cells JOIN ratios USING (list, filtered, counted)
	 WHERE filtered = $1 AND counted = $2 GROUP BY list, ratio ORDER BY list
$$;

SELECT pg_temp.head('Pages of 20 by every order, without the count: medians of the execution in ms',
	'{1st,last}', 'slowest / fastest');
SELECT pg_temp.pages(false, false);
SELECT pg_temp.head('The same with the count, as the programs send it', '{1st,last}', 'slowest / fastest');
SELECT pg_temp.pages(false, true);
SELECT pg_temp.head('Filtered, without the count', '{1st,last full}', 'between sizes');
SELECT pg_temp.pages(true, false);
SELECT pg_temp.head('Filtered, with the count', '{1st,last full}', 'between sizes');
SELECT pg_temp.pages(true, true);
SELECT pg_temp.head('Plans, and the blocks of 8 KiB that a page touches', '{1st,last}', 'node', 'index');
SELECT format('| %s | %s | %s | %s |', list,
	string_agg(first_blocks || ' | ' || last_blocks, ' | ' ORDER BY o),
	string_agg(DISTINCT nodes, ', '), max(index))
  FROM cells WHERE NOT counted GROUP BY filtered, list ORDER BY filtered, list;
SELECT pg_temp.head('What the count costs on a first page: ms and blocks more', '{ms,blocks}');
SELECT format('| %s | %s |', list, string_agg(
	b.first - a.first || ' | ' || b.first_blocks - a.first_blocks, ' | ' ORDER BY a.o))
  FROM cells AS a JOIN cells AS b USING (size, filtered, list)
 WHERE NOT a.counted AND b.counted GROUP BY filtered, list ORDER BY filtered, list;
SELECT format(E'\nPlanning: %s', string_agg(format('%s ms at %s', planning, name), ', ' ORDER BY o))
  FROM (SELECT size, percentile_disc(0.5) WITHIN GROUP (ORDER BY planning) AS planning
	  FROM results WHERE run > 0 GROUP BY size) AS p
  JOIN (SELECT DISTINCT size, name, o FROM cells) AS s USING (size);

CREATE TEMP TABLE walks AS
	SELECT size, max(name) AS name, round(percentile_cont(0.5) WITHIN GROUP (ORDER BY us)
			FILTER (WHERE page = 0)::numeric / 1000, 1) AS unread,
	       round(percentile_cont(0.5) WITHIN GROUP (ORDER BY us)
			FILTER (WHERE page = 1)::numeric / 1000, 1) AS first,
	       round(percentile_cont(0.5) WITHIN GROUP (ORDER BY us)
			FILTER (WHERE page = 50)::numeric / 1000, 1) AS last
	  FROM programs JOIN (SELECT DISTINCT size, name FROM cells) AS s USING (size) GROUP BY size;
SELECT E'\nThe whole program, `limit=20`, newest first: medians in ms\n\n'
	'| rows | 1st page | 50th, by Link | 50th / 1st | 1st page of a list that nobody has read yet |\n'
	'|---|---:|---:|---:|---:|';
SELECT format('| %s | %s | %s | %s | %s |', name, first, last, round(last / first, 2), unread)
  FROM walks ORDER BY size;
\echo
SELECT DISTINCT format('FAILED: %s at %s: %s', list, name, wrong)
  FROM (SELECT *, concat_ws(' ', nullif(filter, ''), 'by', sort, direction) AS list
	  FROM results WHERE wrong <> ''
	   -- To count half of the table, PostgreSQL reads it sequentially.
	   AND NOT (size = 0 AND counted)) AS r JOIN (SELECT DISTINCT size, name FROM cells) AS s USING (size);
SELECT format('FAILED: %s%s: pages differ by %s', list, CASE WHEN counted THEN ' with the count' END, ratio)
  FROM ratios WHERE ratio > 1.5 AND NOT filtered;
SELECT format('FAILED: the whole program: pages differ by %s', ratio)
  FROM (SELECT round(greatest(max(first), max(last)) / least(min(first), min(last)), 2) FROM walks) AS w (ratio)
 WHERE ratio > 1.5;
