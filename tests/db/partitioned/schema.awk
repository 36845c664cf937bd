# The schema with each table in four parts, by the hash of its user: from
# sql/01-schema.sql, what a sharded engine would do by its own command.
/^CREATE TABLE IF NOT EXISTS public\./ {
	table = $6
	key = table == "public.users" ? "id" : "user_id"
}
table != "" && /^\);$/ {
	print ") PARTITION BY HASH (" key ");"
	for (i = 0; i < 4; i++)
		print "CREATE TABLE " table "_p" i " PARTITION OF " table \
			" FOR VALUES WITH (MODULUS 4, REMAINDER " i ");"
	table = ""
	next
}
{ print }
