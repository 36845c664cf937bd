/* Checks of the objects that sql/ creates, by the system catalogs. */
#include <string.h>

#include "check.h"
#include "base/text.h"
#include "base/banned.h"

static unsigned long version_there(struct check *check)
{
	unsigned long version = 0;
	const char *text = NULL;

	if (check_query(check, DB_READ, "SELECT public.tasks_schema_version()"))
		text = db_value(&check->db, 0, 0);
	if (text == NULL ||
	    !text_to_number(text, strlen(text), UINT32_MAX, &version))
		return 0;
	return version;
}

bool check_schema(struct check *check)
{
	unsigned long version = 1; /* version 1 has no version function */

	if (!check_query(
		    check, DB_READ,
		    "SELECT (SELECT count(*) FROM pg_class WHERE relnamespace ="
		    " n.oid AND relname IN ('users', 'tasks',"
		    " 'idempotency_keys')) = 3, EXISTS (SELECT FROM pg_proc"
		    " WHERE pronamespace = n.oid AND proname ="
		    " 'tasks_schema_version'),"
		    " has_schema_privilege(n.oid, 'USAGE')"
		    " FROM pg_namespace AS n WHERE n.nspname = 'public'"))
		return false;
	if (!check_is_true(check, 2)) {
		check_wrong(check, "run tasks-setup",
			    DB_ROLE " may not use the schema public");
		return false;
	}
	if (!check_is_true(check, 0)) {
		check_wrong(check, "run tasks-setup", "a table is missing");
		return false;
	}
	if (check_is_true(check, 1)) {
		version = version_there(check);
		if (version == 0)
			return false;
	}
	if (version < TASKS_SCHEMA)
		check_wrong(check, "run tasks-setup",
			    "the database has version %lu, of an earlier "
			    "release; this release needs version %d",
			    version, TASKS_SCHEMA);
	else if (version > TASKS_SCHEMA)
		check_note(check,
			   "install the later release on this machine, too",
			   "the database has version %lu, of a later release; "
			   "this release needs version %d",
			   version, TASKS_SCHEMA);
	else
		check_ok(check, "version %lu", version);
	return true;
}

/*
 * The policies of sql/03-policies.sql.  Compare their conditions without the
 * text that differs between releases of PostgreSQL: spaces, brackets, casts and
 * names of columns.
 */
static const char sql_policies[] =
	"WITH own (x) AS (VALUES"
	" ('=NULLIFcurrent_setting''app.user_id'',true,''''')),"
	" expected (tab, name, cmd, role, using_, check_) AS (SELECT 'users',"
	" 'users_own', '*', 'tasks_app', 'id' || x, 'id' || x FROM own"
	" UNION ALL SELECT t, t || '_own', '*', 'tasks_app', 'user_id' || x,"
	" 'user_id' || x FROM own, (VALUES ('tasks'), ('idempotency_keys'))"
	" AS t (t) UNION ALL VALUES ('tasks', 'tasks_probe', 'r',"
	" 'tasks_probe', 'RETURNCURRENT_USER=''tasks_probe''::name', '')),"
	" ours AS (SELECT oid, relname::text AS tab, relrowsecurity AND"
	" relforcerowsecurity AS closed FROM pg_class WHERE oid IN"
	" ('public.users'::regclass, 'public.tasks'::regclass,"
	" 'public.idempotency_keys'::regclass)),"
	" raw AS (SELECT tab, polname::text AS name, polcmd::text AS cmd,"
	" coalesce((SELECT string_agg(rolname, ',') FROM pg_roles AS r WHERE"
	" r.oid = ANY (polroles)), 'PUBLIC') AS role,"
	" coalesce(pg_get_expr(polqual, polrelid), '') AS using_,"
	" coalesce(pg_get_expr(polwithcheck, polrelid), '') AS check_"
	" FROM pg_policy, ours WHERE polrelid = ours.oid AND polpermissive),"
	" found AS (SELECT tab, name, cmd, role,"
	" regexp_replace(replace(using_, 'tasks_probe_acts()',"
	" coalesce(pg_get_function_sqlbody(to_regprocedure("
	"'public.tasks_probe_acts()')), '')), noise, '', 'g'),"
	" regexp_replace(check_, noise, '', 'g') FROM raw,"
	" (VALUES ('[[:space:]()]|::text|AS \"nullif\"|public\\.')) AS n "
	"(noise))"
	" SELECT (SELECT string_agg(tab, ', ') FROM ours WHERE NOT closed),"
	" (SELECT string_agg(x.name, ', ') FROM (TABLE expected EXCEPT TABLE"
	" found) AS x),"
	" (SELECT string_agg(x.name, ', ') FROM (TABLE found EXCEPT TABLE"
	" expected) AS x)";

bool check_policies(struct check *check)
{
	const char *open, *missing, *strange;

	if (!check_query(check, DB_READ, sql_policies))
		return false;
	open = db_value(&check->db, 0, 0);
	missing = db_value(&check->db, 0, 1);
	strange = db_value(&check->db, 0, 2);
	if (open != NULL)
		check_wrong(check, "run tasks-setup",
			    "row security is not enabled and forced on %s",
			    open);
	if (missing != NULL)
		check_wrong(check, "run tasks-setup",
			    "a policy is missing or differs: %s", missing);
	if (strange != NULL && missing == NULL)
		check_wrong(check, "run tasks-setup",
			    "an additional policy permits access: %s", strange);
	if (open == NULL && missing == NULL && strange == NULL)
		check_ok(check, "enabled and forced, and its four policies are "
				"correct");
	return true;
}

/*
 * The rights of sql/04-grants.sql: those that the programs need (true), and
 * some that they must not have (false).
 */
static const char sql_rights[] =
	"WITH rights (tab, priv, cols, needed) AS (VALUES"
	" ('users', 'SELECT', '{id}', true),"
	" ('users', 'INSERT', '{id,email,name}', true),"
	" ('tasks', 'SELECT', NULL, true),"
	" ('tasks', 'INSERT', NULL, true),"
	" ('tasks', 'DELETE', NULL, true),"
	" ('tasks', 'UPDATE', '{title,description,status,priority,due_date,"
	"completed_at,updated_at}', true),"
	" ('idempotency_keys', 'SELECT', NULL, true),"
	" ('idempotency_keys', 'INSERT', NULL, true),"
	" ('idempotency_keys', 'DELETE', NULL, true),"
	" ('idempotency_keys', 'UPDATE',"
	" '{digest,task_id,answer,etag,created_at}', true),"
	" ('users', 'SELECT', '{email}', false),"
	" ('users', 'DELETE', NULL, false),"
	" ('tasks', 'UPDATE', '{user_id}', false),"
	" ('tasks', 'TRUNCATE', NULL, false),"
	" ('tasks', 'TRIGGER', NULL, false),"
	" ('idempotency_keys', 'TRUNCATE', NULL, false)),"
	" found (what, given, needed) AS (SELECT priv || ' on ' || tab,"
	" CASE WHEN cols IS NULL"
	" THEN has_table_privilege('public.' || tab, priv)"
	" ELSE (SELECT bool_and(has_column_privilege('public.' || tab, x,"
	" priv)) FROM unnest(cols::text[]) AS x) END, needed FROM rights"
	" UNION ALL SELECT 'EXECUTE of ' || f, coalesce(has_function_privilege("
	"to_regprocedure('public.' || f || '(' || args || ')'), 'EXECUTE'),"
	" false), true FROM (VALUES ('task_exists', 'uuid'),"
	" ('tasks_fold', 'text'), ('tasks_is_mark', 'text'),"
	" ('tasks_needle', 'text'), ('tasks_candidates', 'text')) AS f (f, "
	"args)"
	" UNION ALL VALUES"
	" ('CREATE in public', has_schema_privilege('public', 'CREATE'), "
	"false),"
	" ('temporary tables', has_database_privilege(current_database(),"
	" 'TEMPORARY'), false))"
	" SELECT string_agg(what, ', ') FILTER (WHERE needed AND NOT given),"
	" string_agg(what, ', ') FILTER (WHERE given AND NOT needed)"
	" FROM found";

bool check_rights(struct check *check)
{
	const char *missing, *more;

	if (!check_query(check, DB_READ, sql_rights))
		return false;
	missing = db_value(&check->db, 0, 0);
	more = db_value(&check->db, 0, 1);
	if (missing != NULL)
		check_wrong(check, "run tasks-setup", DB_ROLE " lacks %s",
			    missing);
	if (more != NULL)
		check_wrong(check, "run tasks-setup",
			    DB_ROLE " has more rights than it needs: %s", more);
	if (missing == NULL && more == NULL)
		check_ok(check,
			 DB_ROLE " has the rights that the programs need");
	return true;
}

bool check_search(struct check *check)
{
	if (!check_query(
		    check, DB_READ,
		    "SELECT to_regclass('public.tasks_search') IS NOT NULL"))
		return false;
	if (check_is_true(check, 0))
		check_ok(check, "an index exists");
	else
		check_note(check,
			   "install pg_trgm on the database server, then run "
			   "tasks-setup",
			   "there is no index, so each search reads all tasks "
			   "of its user");
	return true;
}
