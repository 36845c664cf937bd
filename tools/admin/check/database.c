/* Checks of the connection, the server and the role. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "base/datetime.h"
#include "db/db_connect.h"
#include "base/text.h"
#include "base/banned.h"

#define CLOCK_TOLERANCE_MS 2000
#define APACHE_WORKERS 150 /* MaxRequestWorkers as Debian ships it */
#define POOL_SIZE 20 /* default_pool_size of deploy/pgbouncer.ini.example */

/* Print the fault that its SQLSTATE stands for, else its reason. */
static void say_query_failed(struct check *check, const struct problem *problem)
{
	static const struct {
		const char *sqlstate, *what, *mend;
	} faults[] = {
		{"28P01", "the database refuses the password of DATABASE_URL",
		 "run tasks-setup --new-password to create another password; "
		 "with PgBouncer, also write it into pgbouncer.ini"},
		{"28000", "the database refuses the user of DATABASE_URL",
		 "over a socket, the user must be the programs' own, and "
		 "tasks-setup creates its role. Otherwise correct pg_hba.conf. "
		 "With PgBouncer, see /var/log/postgresql/pgbouncer.log"},
		{"3D000", "the database in DATABASE_URL does not exist",
		 "run " CREATE_DATABASE ", then tasks-setup"},
		{"53300", "all connections of the database are in use",
		 "use PgBouncer, or raise max_connections"},
		{"42501",
		 "the user of DATABASE_URL may not switch to the role " DB_ROLE,
		 "run tasks-setup"},
		{"22023", "the role " DB_ROLE " does not exist",
		 "run tasks-setup"},
		{"08P01",
		 "the pooler does not know the database or the user, or cannot "
		 "reach the database server",
		 "see the pooler's log, and its section [databases]"},
	};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (strcmp(faults[i].sqlstate, problem->sqlstate) == 0) {
			check_wrong(check, faults[i].mend, "%s",
				    faults[i].what);
			return;
		}
	check_wrong(
		check,
		strcmp(problem->site, "db.query") == 0
			? "see the database's log"
			: "check that the server runs, and that host, port and "
			  "sslmode of DATABASE_URL are right. With PgBouncer, "
			  "see /var/log/postgresql/pgbouncer.log",
		"%s%s%s",
		problem->reason != NULL ? problem->reason : "the query failed",
		*problem->sqlstate != '\0' ? ", SQLSTATE " : "",
		problem->sqlstate);
}

enum problem_code check_ask(const struct check *check, struct db *db,
			    const char *user, enum db_access access,
			    const char *sql, struct problem *problem)
{
	const struct db_statement statement = {.sql = sql};
	enum problem_code code;

	code = db_libpq.begin(db, &check->config, "", problem);
	if (code == PROBLEM_NONE)
		code = db_query(db, user, access, &statement, problem);
	return code;
}

bool check_query(struct check *check, enum db_access access, const char *sql)
{
	struct problem problem = {0};

	if (check_ask(check, &check->db, "", access, sql, &problem) ==
	    PROBLEM_NONE)
		return true;
	if (problem.setting != NULL)
		check_wrong(check,
			    "correct it; or leave it empty and run "
			    "tasks-setup, which writes it",
			    "%s %s", problem.setting, problem.reason);
	else
		say_query_failed(check, &problem);
	return false;
}

bool check_is_true(const struct check *check, int column)
{
	const char *value = db_value(&check->db, 0, column);

	return value != NULL && strcmp(value, "t") == 0;
}

/* Copy a parameter of the connection to value, or "" if it is not set. */
static void option(PGconn *connection, const char *keyword, char value[16])
{
	PQconninfoOption *options = PQconninfo(connection);

	*value = '\0';
	for (PQconninfoOption *o = options; o != NULL && o->keyword != NULL;
	     o++)
		if (strcmp(o->keyword, keyword) == 0 && o->val != NULL)
			(void)snprintf(value, 16, "%s", o->val);
	PQconninfoFree(options);
}

static bool is_local(PGconn *connection)
{
	const char *host = PQhost(connection);
	const char *address = PQhostaddr(connection);

	return host == NULL || *host == '\0' || *host == '/' || *host == '@' ||
	       strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

static void check_link(struct check *check, int connect_ms, int query_ms)
{
	PGconn *connection = check->db.connection;
	char mode[16], binding[16];
	const char *proof = NULL;

	option(connection, "sslmode", mode);
	option(connection, "channel_binding", binding);
	if (strcmp(mode, "verify-full") == 0)
		proof = "over TLS with a verified certificate";
	else if (strcmp(binding, "require") == 0)
		proof = "over TLS with channel binding";
	if (PQsslInUse(connection) != 1)
		proof = NULL;
	if (check->local)
		check_ok(check,
			 "connected in %d ms, answers in %d ms, through a "
			 "socket or a loopback address",
			 connect_ms, query_ms);
	else if (PQsslInUse(connection) != 1)
		check_wrong(
			check,
			"set sslmode=verify-full&sslrootcert=/etc/ssl/certs/"
			"ca-certificates.crt in DATABASE_URL",
			"the connection is not encrypted: tasks and passwords "
			"cross the network in plain text");
	else if (proof == NULL)
		check_note(check,
			   "in DATABASE_URL set channel_binding=require, or "
			   "sslmode=verify-full&"
			   "sslrootcert=/etc/ssl/certs/ca-certificates.crt",
			   "connected in %d ms, answers in %d ms, over TLS, "
			   "but the server's identity is not verified",
			   connect_ms, query_ms);
	else
		check_ok(check, "connected in %d ms, answers in %d ms, %s",
			 connect_ms, query_ms, proof);
}

bool check_database(struct check *check)
{
	int64_t begin_us = datetime_monotonic_us(), connected_us, end_us;

	if (check->config.database_url == NULL) {
		check_wrong(
			check,
			"run tasks-setup, which writes it into the settings",
			"DATABASE_URL is not set");
		return false;
	}
	if (!check_query(check, DB_READ, "SELECT 1"))
		return false;
	connected_us = datetime_monotonic_us();
	if (!check_query(check, DB_READ, "SELECT 1"))
		return false;
	end_us = datetime_monotonic_us();
	check->local = is_local(check->db.connection);
	check_link(check, (int)((connected_us - begin_us) / 1000),
		   (int)((end_us - connected_us) / 1000));
	return true;
}

bool check_role(struct check *check)
{
	const char *login;

	if (!check_query(
		    check, DB_READ,
		    "SELECT session_user, session_user = '" DB_ROLE "',"
		    " bool_or(rolname = '" DB_ROLE "' AND (rolsuper OR"
		    " rolbypassrls OR rolcreaterole OR rolcreatedb OR"
		    " rolreplication OR EXISTS (SELECT FROM pg_auth_members"
		    " WHERE member = r.oid))),"
		    " bool_or(rolname = session_user AND (rolsuper OR"
		    " rolbypassrls OR rolcreaterole OR EXISTS (SELECT FROM"
		    " pg_class WHERE relowner = r.oid"
		    " AND relnamespace = to_regnamespace('public'))))"
		    " FROM pg_roles AS r"))
		return false;
	login = db_value(&check->db, 0, 0);
	if (check_is_true(check, 2))
		check_wrong(check,
			    "run ALTER ROLE " DB_ROLE " NOSUPERUSER NOBYPASSRLS"
			    " NOCREATEROLE NOCREATEDB NOREPLICATION, and REVOKE"
			    " its memberships in other roles",
			    "the role " DB_ROLE
			    " has attributes or memberships that can bypass "
			    "row security");
	else if (check_is_true(check, 1))
		check_ok(check, "the programs log in as " DB_ROLE);
	else if (check_is_true(check, 3))
		check_note(check,
			   "run tasks-setup --new-password to create a login "
			   "for " DB_ROLE,
			   "the programs log in as %s, which has more "
			   "privileges than they need, and switch to " DB_ROLE,
			   login);
	else
		check_ok(check,
			 "the programs log in as %s and switch to " DB_ROLE,
			 login);
	return true;
}

bool check_encoding(struct check *check)
{
	const char *encoding;

	if (!check_query(check, DB_READ,
			 "SELECT current_setting('server_encoding')"))
		return false;
	encoding = db_value(&check->db, 0, 0);
	if (strcmp(encoding, "UTF8") == 0)
		check_ok(check, "UTF8");
	else
		check_wrong(check, "run " CREATE_DATABASE ", then tasks-setup",
			    "the database's encoding is %s, not UTF8, so it "
			    "cannot store every text",
			    encoding);
	return true;
}

bool check_clock(struct check *check)
{
	int64_t before_us = datetime_now_us(), after_us, offset_ms, limit_ms;

	if (!check_query(check, DB_READ,
			 "SELECT trunc(extract(epoch FROM clock_timestamp())"
			 " * 1000000)::text"))
		return false;
	after_us = datetime_now_us();
	/* The database read its clock between before_us and after_us. */
	offset_ms = ((before_us + after_us) / 2 -
		     strtoll(db_value(&check->db, 0, 0), NULL, 10)) /
		    1000;
	limit_ms = CLOCK_TOLERANCE_MS + (after_us - before_us) / 2000 +
		   check->config.leeway_s * 1000;
	if (llabs(offset_ms) > limit_ms)
		check_wrong(check,
			    "run timedatectl set-ntp true on both machines; "
			    "JWT_LEEWAY tolerates the remaining difference",
			    "this machine's clock is %lld s %s the database's, "
			    "so tokens expire too %s",
			    (llabs(offset_ms) + 500) / 1000,
			    offset_ms > 0 ? "ahead of" : "behind",
			    offset_ms > 0 ? "early" : "late");
	else
		check_ok(check, "%lld ms %s the database's clock",
			 llabs(offset_ms),
			 offset_ms > 0 ? "ahead of" : "behind");
	return true;
}

bool check_durability(struct check *check)
{
	if (!check_query(check, DB_WRITE,
			 "SELECT current_setting('synchronous_commit'),"
			 " current_setting('fsync') = 'on',"
			 " current_setting('transaction_read_only') = 'on'"
			 " OR pg_is_in_recovery()"))
		return false;
	if (check_is_true(check, 2))
		check_wrong(check,
			    "set DATABASE_URL to the primary server, or set "
			    "default_transaction_read_only = off",
			    "the database is read-only");
	else if (!check_is_true(check, 1))
		check_note(check,
			   "set fsync = on, except on Neon, which keeps its "
			   "log elsewhere",
			   "fsync is off, so a power failure can lose "
			   "acknowledged writes");
	else
		check_ok(check,
			 "writes are on disk when they are acknowledged"
			 " (synchronous_commit = %s)",
			 db_value(&check->db, 0, 0));
	return true;
}

bool check_connections(struct check *check)
{
	const int wanted = check->db.direct ? APACHE_WORKERS : POOL_SIZE;
	unsigned long limit, used;
	const char *text;

	if (!check_query(
		    check, DB_READ,
		    "SELECT least(current_setting('max_connections')::integer"
		    " - current_setting('superuser_reserved_connections')"
		    "::integer,"
		    " (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE"
		    " datname = current_database()),"
		    " (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE"
		    " rolname = session_user)),"
		    " (SELECT sum(numbackends) FROM pg_stat_database)"))
		return false;
	text = db_value(&check->db, 0, 0);
	if (!text_to_number(text, strlen(text), UINT32_MAX, &limit))
		limit = 0;
	text = db_value(&check->db, 0, 1);
	if (!text_to_number(text, strlen(text), UINT32_MAX, &used))
		used = 0;
	if (limit < used + (unsigned long)wanted)
		check_note(
			check,
			check->db.direct
				? "use PgBouncer; or lower MaxRequestWorkers, "
				  "lighttpd's server.max-connections or the "
				  "number of FastCGI processes"
				: "lower PgBouncer's default_pool_size",
			"%lu of %lu connections are free, but the programs may "
			"need %d at once",
			limit > used ? limit - used : 0, limit, wanted);
	else
		check_ok(check, "%lu of %lu connections are free", limit - used,
			 limit);
	return true;
}
