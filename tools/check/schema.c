/*
 * What sql/ made in the database, by its catalogs.
 */
#include <string.h>

#include "check.h"
#include "text.h"
#include "banned.h"

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
	unsigned long version = 1; /* the first one had no number */

	if (!check_query(
		    check, DB_READ,
		    "SELECT to_regclass('public.users') IS NOT NULL AND"
		    " to_regclass('public.tasks') IS NOT NULL AND"
		    " to_regclass('public.idempotency_keys') IS NOT NULL AND"
		    " to_regprocedure('public.task_exists(uuid)') IS NOT NULL,"
		    " coalesce(has_function_privilege(to_regprocedure("
		    "'public.tasks_schema_version()'), 'EXECUTE'), false),"
		    " has_schema_privilege('public', 'USAGE')"))
		return false;
	if (!check_is_true(check, 2)) {
		check_wrong(check, "tasks-setup",
			    DB_ROLE " may not use the schema public");
		return false;
	}
	if (!check_is_true(check, 0)) {
		check_wrong(check, "tasks-setup", "it is not there");
		return false;
	}
	if (check_is_true(check, 1)) {
		version = version_there(check);
		if (version == 0)
			return false;
	}
	if (version < TASKS_SCHEMA)
		check_wrong(check, "tasks-setup",
			    "it is version %lu, of an earlier release; this one"
			    " has %d",
			    version, TASKS_SCHEMA);
	else if (version > TASKS_SCHEMA)
		check_note(check, "install that release here, too",
			   "it is version %lu, of a later release; this one has"
			   " %d",
			   version, TASKS_SCHEMA);
	else
		check_ok(check, "version %lu", version);
	return true;
}

/* The policies of sql/03-policies.sql; as text without spaces and brackets. */
#define OWN "=SELECTNULLIFcurrent_setting''app.user_id'',true,''''"
#define BARE(x) \
	"regexp_replace(" x ", '[[:space:]()]|::text|AS \"nullif\"', '', 'g')"

static const char
	sql_policies[] =
		"WITH expected (tab, name, cmd, role, using_, check_) AS "
		"(VALUES"
		" ('users', 'users_own', '*', 'tasks_app', 'id" OWN "', 'id" OWN
		"'),"
		" ('tasks', 'tasks_own', '*', 'tasks_app', 'user_id" OWN
		"', 'user_id" OWN "'),"
		" ('idempotency_keys', 'idempotency_keys_own', '*', "
		"'tasks_app',"
		" 'user_id" OWN "', 'user_id" OWN "'),"
		" ('tasks', 'tasks_probe', 'r', 'tasks_probe',"
		" 'CURRENT_USER=''tasks_probe''::name', '')),"
		" found AS (SELECT c.relname::text AS tab, p.polname::text AS "
		"name,"
		" p.polcmd::text AS cmd, coalesce((SELECT "
		"string_agg(r.rolname, ',')"
		" FROM pg_roles AS r WHERE r.oid = ANY (p.polroles)), "
		"'PUBLIC') AS role,"
		" coalesce(" BARE(
			"pg_get_expr(p.polqual, p.polrelid)") ", '') AS using_,"
							      " coalesce(" BARE(
								      "pg_get_"
								      "expr(p."
								      "polwithc"
								      "heck, "
								      "p."
								      "polrelid"
								      ")") ", "
									   "'')"
									   " AS"
									   " ch"
									   "eck"
									   "_"
									   " FR"
									   "OM "
									   "pg_"
									   "pol"
									   "icy"
									   " AS"
									   " p "
									   "JOI"
									   "N "
									   "pg_"
									   "cla"
									   "ss "
									   "AS "
									   "c "
									   "ON "
									   "c."
									   "oid"
									   " = "
									   "p."
									   "pol"
									   "rel"
									   "id"
									   " WH"
									   "ERE"
									   " p."
									   "pol"
									   "per"
									   "mis"
									   "siv"
									   "e "
									   "AND"
									   " c."
									   "oid"
									   " IN"
									   " ('"
									   "pub"
									   "lic"
									   ".us"
									   "ers"
									   "'::"
									   "reg"
									   "cla"
									   "ss,"
									   " '"
									   "pub"
									   "lic"
									   ".ta"
									   "sks"
									   "'::"
									   "reg"
									   "cla"
									   "ss,"
									   " '"
									   "pub"
									   "lic"
									   ".id"
									   "emp"
									   "ote"
									   "ncy"
									   "_ke"
									   "ys'"
									   "::"
									   "reg"
									   "cla"
									   "ss)"
									   ")"
									   " SE"
									   "LEC"
									   "T "
									   "(SE"
									   "LEC"
									   "T "
									   "str"
									   "ing"
									   "_ag"
									   "g("
									   "rel"
									   "nam"
									   "e, "
									   "', "
									   "' "
									   "ORD"
									   "ER "
									   "BY "
									   "rel"
									   "nam"
									   "e)"
									   " FR"
									   "OM "
									   "pg_"
									   "cla"
									   "ss "
									   "WHE"
									   "RE "
									   "oid"
									   " IN"
									   " ('"
									   "pub"
									   "lic"
									   ".us"
									   "ers"
									   "'::"
									   "reg"
									   "cla"
									   "ss,"
									   " '"
									   "pub"
									   "lic"
									   ".ta"
									   "sks"
									   "'::"
									   "reg"
									   "cla"
									   "ss,"
									   " '"
									   "pub"
									   "lic"
									   ".id"
									   "emp"
									   "ote"
									   "ncy"
									   "_ke"
									   "ys'"
									   "::"
									   "reg"
									   "cla"
									   "ss)"
									   " AN"
									   "D "
									   "NOT"
									   " ("
									   "rel"
									   "row"
									   "sec"
									   "uri"
									   "ty "
									   "AND"
									   " re"
									   "lfo"
									   "rce"
									   "row"
									   "sec"
									   "uri"
									   "ty)"
									   "),"
									   " ("
									   "SEL"
									   "ECT"
									   " st"
									   "rin"
									   "g_"
									   "agg"
									   "(x."
									   "nam"
									   "e, "
									   "', "
									   "') "
									   "FRO"
									   "M "
									   "(TA"
									   "BLE"
									   " ex"
									   "pec"
									   "ted"
									   " EX"
									   "CEP"
									   "T "
									   "TAB"
									   "LE"
									   " fo"
									   "und"
									   ") "
									   "AS "
									   "x),"
									   " ("
									   "SEL"
									   "ECT"
									   " st"
									   "rin"
									   "g_"
									   "agg"
									   "(x."
									   "nam"
									   "e, "
									   "', "
									   "') "
									   "FRO"
									   "M "
									   "(TA"
									   "BLE"
									   " fo"
									   "und"
									   " EX"
									   "CEP"
									   "T "
									   "TAB"
									   "LE"
									   " ex"
									   "pec"
									   "ted"
									   ") "
									   "AS "
									   "x)";

bool check_policies(struct check *check)
{
	const char *open, *missing, *strange;

	if (!check_query(check, DB_READ, sql_policies))
		return false;
	open = db_value(&check->db, 0, 0);
	missing = db_value(&check->db, 0, 1);
	strange = db_value(&check->db, 0, 2);
	if (open != NULL)
		check_wrong(check, "tasks-setup",
			    "it is not enabled and forced on %s", open);
	if (missing != NULL)
		check_wrong(check, "tasks-setup",
			    "a policy is missing or another one: %s", missing);
	if (strange != NULL && missing == NULL)
		check_wrong(check, "tasks-setup",
			    "a policy lets more through than it should: %s",
			    strange);
	if (open == NULL && missing == NULL && strange == NULL)
		check_ok(check, "enabled and forced, with its four policies");
	return true;
}

#define COLUMNS(table, right, columns)                                      \
	"('" right " on " table "', (SELECT bool_and(has_column_privilege(" \
	"'public." table "', x, '" right "')) FROM unnest('{" columns       \
	"}'::text[]) AS x))"
#define TABLE(table, right)                                             \
	"('" right " on " table "', has_table_privilege('public." table \
	"', '" right "'))"

/* sql/04-grants.sql: what the programs use, and what would be too much. */
static const char sql_rights[] =
	"SELECT (SELECT string_agg(what, ', ') FROM (VALUES " COLUMNS("users", "SELECT", "id") ", " COLUMNS("users", "INSERT", "id,email,name") ", " TABLE(
		"tasks", "SELECT") ", " TABLE("tasks",
					      "INSERT") ", " TABLE("tasks", "DE"
									    "LE"
									    "T"
									    "E") ", " COLUMNS("tasks",
											      "UPDATE",
											      "title,description,status,priority,due_date,completed_at,"
											      "updated_at") ", " TABLE("idempotency_keys",
														       "SELECT") ", " TABLE("idempotency_keys",
																	    "INSERT") ", " TABLE("idempotency_keys", "DELETE") ", " COLUMNS("idempotency_keys", "UPDATE", "digest,task_id,answer,etag,created_at") ", "
																																		   "('EXECUTE of task_exists',"
																																		   " has_function_privilege('public.task_exists(uuid)', 'EXECUTE')))"
																																		   " AS needed (what, given) WHERE NOT given),"
																																		   " (SELECT string_agg(what, ', ') FROM (VALUES " COLUMNS(
																																			   "users", "SELECT", "email") ", " TABLE("users",
																																								  "DELETE") ", " COLUMNS("tasks",
																																											 "UPDATE", "user_id") ", " TABLE("tasks",
																																															 "TRUNCATE") ", " TABLE("tasks",
																																																		"TRIGGER") ", " TABLE("idempotency_keys",
																																																				      "TRUNCATE") ", "
																																																						  "('CREATE in public', has_schema_privilege('public', 'CREATE')), "
																																																						  "('temporary tables', has_database_privilege(current_database(),"
																																																						  " 'TEMPORARY')))"
																																																						  " AS forbidden (what, given) WHERE given)";

bool check_rights(struct check *check)
{
	const char *missing, *more;

	if (!check_query(check, DB_READ, sql_rights))
		return false;
	missing = db_value(&check->db, 0, 0);
	more = db_value(&check->db, 0, 1);
	if (missing != NULL)
		check_wrong(check, "tasks-setup", DB_ROLE " lacks %s", missing);
	if (more != NULL)
		check_wrong(check, "tasks-setup",
			    DB_ROLE " has more than it needs: %s", more);
	if (missing == NULL && more == NULL)
		check_ok(check, DB_ROLE " has what the programs use");
	return true;
}
