# Read sql/01-schema.sql and print it with each table partitioned into four by the hash of
# its user.  A sharded engine would distribute the tables in the same way.
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
