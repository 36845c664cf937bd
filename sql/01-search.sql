-- Search: normalisation of text, the column that is searched, and its index.

-- Normalise s for search: canonical decomposition (NFD) and Unicode full case
-- folding.  So composed and decomposed, upper-case and lower-case text compare
-- equal.  The result is the same in every database, because normalize() and
-- ICU's root locale do not depend on the database's locale.
--
-- PostgreSQL before 18 has no case folding.  lower(upper(lower())) gives the
-- same result: the middle step turns sharp s into SS and long s into S.  There
-- are three additions:
--   - Final sigma, which ICU writes at the end of a word, becomes sigma.
--   - I, i, dotless i and I with a dot become one letter, because languages
--     such as Turkish have other lower-case forms of them.
--   - U+FFFF, a noncharacter that the column uses, becomes U+FFFE.
DO $$
BEGIN
	IF to_regcollation('pg_catalog."und-x-icu"') IS NULL THEN
		RAISE EXCEPTION 'this PostgreSQL was built without ICU, which search needs; '
			'nothing was changed'
		USING ERRCODE = 'feature_not_supported',
		      HINT = 'Use a PostgreSQL that was built with ICU.';
	END IF;
END $$;

-- The function is in PL/pgSQL, because a session keeps it.  An SQL function
-- would be read again for each execution of a write, which cost a tenth of a
-- create.  ASCII text needs no Unicode, which takes a tenth of the time.
CREATE OR REPLACE FUNCTION public.tasks_fold(s text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
	AS $$
BEGIN
	IF pg_catalog.octet_length(s) = pg_catalog.char_length(s) THEN
		RETURN pg_catalog.lower(s COLLATE pg_catalog."C");
	END IF;
	RETURN pg_catalog.replace(pg_catalog.translate(
		pg_catalog.lower(pg_catalog.upper(pg_catalog.lower(
			normalize(s, NFD) COLLATE pg_catalog."und-x-icu"))),
		E'\u03C2\uFFFF', E'\u03C3\uFFFE'), E'i\u0307', 'i');
END $$;

-- Title and description, normalised.  U+FFFF separates them, which tasks_fold()
-- never returns, so that no match spans both.  Adding the column rewrites the
-- table once.
ALTER TABLE public.tasks ADD COLUMN IF NOT EXISTS search_text text
	GENERATED ALWAYS AS (public.tasks_fold(title) || U&'\FFFF'
		|| public.tasks_fold(coalesce(description, ''))) STORED;

-- The index needs pg_trgm, an extension that is part of PostgreSQL.  The
-- database's owner may create it.  Without pg_trgm a search reads all tasks of
-- the user.
--
-- ARRAY[user_id] prevents the planner from reading all tasks of the user by an
-- index on user_id.  It would do so because it has no statistics per user.
--
-- Every indexed text starts with the word x, and tasks_candidates() also
-- searches for this word.  Otherwise a pattern without a trigram, such as
-- '---', would read the whole index, with the entries of all users.
--
-- A write adds entries for the whole text of a task.  PostgreSQL first appends
-- them to a pending list, which each search scans.  A list of 2 MB adds 1 ms to
-- a search.  The write that fills the list also merges it into the index, which
-- takes about 50 ms.
DO $$
DECLARE
	trigrams name;
BEGIN
	IF to_regclass('public.tasks_search') IS NOT NULL
	   OR NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm') THEN
		RETURN;
	END IF;
	CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;
	SELECT nspname INTO trigrams
	  FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace
	 WHERE extname = 'pg_trgm';
	EXECUTE format('CREATE INDEX tasks_search ON public.tasks '
		'USING gin ((ARRAY[user_id]), (''x '' || search_text) %I.gin_trgm_ops) '
		'WITH (gin_pending_list_limit = 2048)', trigrams);
EXCEPTION WHEN insufficient_privilege THEN
	-- The owner may not create the extension or use its schema.
	RETURN;
END $$;

-- Return true if c, one decomposed character, is a combining mark.  U+0345 has
-- the highest combining class, so canonical ordering moves every other mark
-- before U+0345.
CREATE OR REPLACE FUNCTION public.tasks_is_mark(c text) RETURNS boolean
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN c = U&'\0345'
		OR normalize(U&'\0345' || c, NFD) <> U&'\0345' || normalize(c, NFD);

-- Prepare sent, the text of a search.
--   - whole is the text that search_text must contain.
--   - head and tail are up to 16 characters of its ends.  Only such short texts
--     are passed to strpos(), whose worst case is the product of both lengths.
--   - expression is a regular expression that matches whole literally; NULL if
--     head is already the whole text.
--   - exact is a regular expression that matches sent literally, or NULL.  It
--     is needed if sent begins or ends with a combining mark.  In the task,
--     normalisation may have put another mark between this mark and its letter.
CREATE OR REPLACE FUNCTION public.tasks_needle(sent text,
		OUT whole text, OUT head text, OUT tail text, OUT expression text, OUT exact text)
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	decomposed text := normalize(sent, NFD);
BEGIN
	whole := public.tasks_fold(sent);
	head := left(whole, 16);
	tail := right(whole, 16);
	IF char_length(whole) > 16 THEN
		expression := '***=' || whole;
	END IF;
	IF public.tasks_is_mark(left(decomposed, 1))
	   OR public.tasks_is_mark(right(decomposed, 1)) THEN
		exact := '***=' || sent;
	END IF;
END $$;
