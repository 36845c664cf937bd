-- Search: when two texts count as equal, the text that is searched, and its index.

-- The search text of s: canonical decomposition and Unicode's full case folding, so
-- that NFC and NFD, and capital and small letters, become equal.  The same in every
-- database: normalize() and the root locale of ICU do not follow the database's own.
-- PostgreSQL has no case folding before 18.  Lower, upper, lower gives the same: the
-- middle step turns sharp s to SS and long s to S.  Three additions: a final sigma, which
-- ICU writes at the end of a word, is a sigma; I, i, dotless i and I with a dot are one
-- letter, because Turkish and other texts write their small forms differently; and the
-- noncharacter U+FFFF, which the column uses, becomes another one.
DO $$
BEGIN
	IF to_regcollation('pg_catalog."und-x-icu"') IS NULL THEN
		RAISE EXCEPTION 'this PostgreSQL was built without ICU, which search needs; '
			'nothing was changed'
		USING ERRCODE = 'feature_not_supported',
		      HINT = 'Use a PostgreSQL that was built with ICU.';
	END IF;
END $$;
CREATE OR REPLACE FUNCTION public.tasks_fold(s text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN replace(translate(
		lower(upper(lower(normalize(s, NFD) COLLATE "und-x-icu"))),
		U&'\03C2\FFFF', U&'\03C3\FFFE'), U&'i\0307', 'i');

-- Title and description, folded.  Between them is what no folded text has, so that none
-- is found across the two.  Adding the column rewrites the table once.
ALTER TABLE public.tasks ADD COLUMN IF NOT EXISTS search_text text
	GENERATED ALWAYS AS (public.tasks_fold(title) || U&'\FFFF'
		|| public.tasks_fold(coalesce(description, ''))) STORED;

-- The index needs pg_trgm, which comes with PostgreSQL and which an owner of the
-- database may create.  Without it a search reads all tasks of the user.
-- ARRAY[user_id] keeps the planner from reading all tasks of the user by an index on
-- user_id: it does not know who has many.
-- x is a word that each text has, for tasks_candidates() to ask for: by a pattern without
-- any trigram, as '---', the index would be read whole, other users' part and all.
-- Each write adds entries for all of a task's text, so they are first collected in a
-- list, which each search reads.  A list of 2 MB takes a search 1 ms, and the write
-- that fills it some 50 ms to sort it in.
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
	-- Of the extension, or of the schema that it is in.
	RETURN;
END $$;

-- Whether c, one decomposed character, is a combining mark: canonical ordering puts each
-- before U+0345, whose class is the highest.
CREATE OR REPLACE FUNCTION public.tasks_is_mark(c text) RETURNS boolean
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN c = U&'\0345'
		OR normalize(U&'\0345' || c, NFD) <> U&'\0345' || normalize(c, NFD);

-- What a search asks of the tasks.  whole is what search_text must contain.  head and
-- tail are up to 16 characters of its ends: strpos() takes the product of both lengths
-- in the worst case, so only short texts are given to it.  expression finds the whole;
-- it is NULL where head is the whole.
-- exact: an expression for the text as it was sent, or NULL.  It is needed where the
-- text begins or ends with a combining mark, because normalisation may have put another
-- mark of the task between.
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
