-- How a search compares texts, and which rows it reads, with the statements of
-- lib/task/task_store_draft.c (see 06-list-plans.sql).  The tests of
-- tests/db/setup/search-pairs search through the programs.
\set tests 18
\ir setup.inc
\getenv statements API_LIST_SQL
\i :statements
\ir ../../lib/list_plans.sql

-- Every assigned character, with its upper and lower case in the root and the Turkish
-- locale.
CREATE TABLE characters AS
	SELECT c, public.tasks_fold(c) AS folded, upper(c COLLATE "und-x-icu") AS upper,
	       lower(c COLLATE "und-x-icu") AS lower, upper(c COLLATE "tr-x-icu") AS turkish_upper,
	       lower(c COLLATE "tr-x-icu") AS turkish_lower
	  FROM generate_series(1, x'10FFFF'::int) AS n, chr(nullif(n, 0)) AS c
	 WHERE n NOT BETWEEN x'D800'::int AND x'DFFF'::int
	   AND (n < x'20000'::int OR n BETWEEN x'2F800'::int AND x'2FA1F'::int);
SELECT is_empty($$ SELECT c FROM characters WHERE folded <> public.tasks_fold(upper)
		OR folded <> public.tasks_fold(lower) $$, 'a character equals its capital and its small form');
SELECT is_empty($$ SELECT c FROM characters WHERE folded <> public.tasks_fold(turkish_upper)
		OR folded <> public.tasks_fold(turkish_lower) $$, 'a character equals its Turkish capital and small form');
SELECT is_empty($$ SELECT c FROM characters WHERE folded <> public.tasks_fold(normalize(c, NFC))
		OR folded <> public.tasks_fold(normalize(c, NFD)) $$, 'a character equals its composed and decomposed form');
SELECT is_empty($$ SELECT c FROM characters WHERE folded <> public.tasks_fold(folded) $$,
	'folding twice changes nothing');
-- A character folds the same in the middle and at the end of a word, and in text that
-- is not ASCII.
SELECT is_empty($$ SELECT c FROM characters
		WHERE strpos(public.tasks_fold('x' || c || 'x'), folded) = 0
		   OR strpos(public.tasks_fold('x' || c), folded) = 0
		   OR strpos(public.tasks_fold('日' || c), folded) = 0 $$,
	'a character folds in a word as alone');
SELECT is((SELECT count(DISTINCT folded) FROM characters
		WHERE c IN ('a', 'á', 'ä', 'å', 'b', 'c', 'ç', 'e', 'é', 'α', 'ά', 'и', 'й', 'は', 'ば', 'ぱ')),
	16::bigint, '(control: different letters stay different)');

INSERT INTO public.users (id) SELECT 'user' || u FROM generate_series(1, 20) u;
INSERT INTO public.tasks (user_id, title, description)
	SELECT 'user' || u, 'title ' || t, 'words ' || t * 7919 % 1000
	  FROM generate_series(1, 20) u, generate_series(1, 1000) t;
ANALYZE public.users, public.tasks;

-- The plan of a page with the number of matching tasks, by the programs' own statement.
CREATE FUNCTION searched(needle text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT explained(format('EXECUTE list_created_at_desc_00010000_001 (%L, %L, 20)',
			current_setting('app.user_id'), needle),
		'ANALYZE, BUFFERS, COSTS OFF, TIMING OFF')
$$;
-- The number of tasks that each of the two branches of the CTE m read: first the branch by
-- candidate IDs, then the branch over all tasks of the user.
CREATE FUNCTION reads(plan jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(coalesce((SELECT sum((n->>'Actual Rows')::int * (n->>'Actual Loops')::int
				+ coalesce((n->>'Rows Removed by Filter')::int, 0))::text
			FROM jsonb_path_query(way, 'strict $.** ? (@."Relation Name" == "tasks")', silent => true) AS n), '?'), ' and '
		ORDER BY i)
	  FROM jsonb_path_query(plan, 'strict $.** ? (@."Subplan Name" == "CTE m").Plans[*]', silent => true)
		WITH ORDINALITY AS w (way, i)
$$;
CALL act_as_user('user7');
-- The same settings as in the context of a read, except the read-only transaction.
SET LOCAL enable_sort = off;
SET LOCAL jit = off;
SET LOCAL plan_cache_mode = force_generic_plan;
SELECT is(reads(searched('WORDS 777')), '1 and 0', 'what few tasks contain is read by their ids');
SELECT is(reads(searched('no such word')), '0 and 0', 'what no task contains reads none');
SELECT is(reads(searched('r')), '0 and 1000',
	'what is too short for the index reads the user''s tasks once, for page and count');
CALL act_as_superuser();
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'public.tasks_search'::regclass;
CALL act_as_user('user7');
SELECT is(reads(searched('WORDS 777')), '0 and 1000', 'an index that is not valid is left alone');
CALL act_as_superuser();
SELECT pg_get_indexdef('public.tasks_search'::regclass) AS definition \gset
DROP INDEX public.tasks_search;
CALL act_as_user('user7');
SELECT is(reads(searched('WORDS 777')), '0 and 1000',
	'without the index a search reads the user''s tasks once, for page and count');

-- A user with 100,000 tasks.
CALL act_as_superuser();
INSERT INTO public.users (id) VALUES ('many');
INSERT INTO public.tasks (user_id, title, created_at)
	SELECT 'many', md5(n::text) || CASE WHEN n % 20000 = 0 THEN ' xylophone' ELSE '' END,
	       now() - n * interval '1 second' FROM generate_series(1, 100000) AS n;
:definition;
ANALYZE public.tasks;
UPDATE pg_class SET relallvisible = relpages WHERE oid = 'public.tasks'::regclass;
CREATE FUNCTION blocks(plan jsonb) RETURNS int LANGUAGE sql AS $$
	SELECT (plan->0->'Plan'->>'Shared Hit Blocks')::int + (plan->0->'Plan'->>'Shared Read Blocks')::int
$$;
CALL act_as_user('many');
SELECT blocks(searched('xylophone')) AS first \gset
SELECT cmp_ok(blocks(searched('xylophone')) * 2, '<=',
	3 * blocks(explained('EXECUTE list_created_at_desc_00000000_001 (''many'', 20)',
		'ANALYZE, BUFFERS, COSTS OFF, TIMING OFF')),
	'a page with a rare word reads at most 1.5 times the blocks of the page without a search');
SELECT is(reads(searched('xylophone')), '5 and 0', '(control: it has been found)');

-- A second user with one task, whose searches must not read the first user's part of the
-- index.
CALL act_as_user('user7');
DELETE FROM public.tasks WHERE title <> 'title 1';
UPDATE public.tasks SET title = 'one --- task';
SELECT is((SELECT max(blocks(searched(needle)))::text FROM unnest(ARRAY['---', 'e -', ' --', '日本語', '%_\']) AS needle
		WHERE blocks(searched(needle)) > 150), NULL,
	'a search without any trigram reads no more of the index than its user''s part');
SELECT is(cardinality(public.tasks_candidates('---')), 1, '(control: it has been found)');

-- Every sequence of three of these characters.
INSERT INTO public.tasks (user_id, title)
	SELECT 'user7', 'abc' || a || b || c || 'xyz'
	  FROM unnest(ARRAY['a', 'I', 'İ', 'ᾳ', U&'\0301', U&'\0307', U&'\0323', U&'\0345']) AS marks (a),
	       unnest(ARRAY['a', 'I', 'İ', 'ᾳ', U&'\0301', U&'\0307', U&'\0323', U&'\0345']) AS more (b),
	       unnest(ARRAY['a', 'I', 'İ', 'ᾳ', U&'\0301', U&'\0307', U&'\0323', U&'\0345']) AS most (c);
SELECT is_empty($$ SELECT title, piece FROM public.tasks, generate_series(4, 8) AS n,
		LATERAL (VALUES (left(title, n)), (right(title, n))) AS pieces (piece)
		WHERE title LIKE 'abc%' AND NOT id = ANY (public.tasks_candidates(piece)) $$,
	'the index finds each text by its beginnings and ends');

-- Searches of one user run one at a time.  The lock is visible to other sessions.
SELECT is((SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()), 2::bigint,
	'a search holds the turn of each user that it was for, until its transaction ends');
SELECT is((SELECT (public.tasks_needle(repeat('x', 255))).head), repeat('x', 16),
	'what strpos() compares is short');

CALL act_as_superuser();
SELECT * FROM finish();
ROLLBACK;
