# shellcheck shell=bash
# Measures pages of 20 among many tasks, and more clients than can be served at
# once. To be sourced.
# shellcheck disable=SC2034,SC2154

scale_users=10000
scale_tasks=1000
# Clients at a time, more than can be served at once.
declare -A beyond=([cgi]=2000 [cgi-pool]=2000 [fcgi]=4000 [fcgi-nginx]=4000)

# Drop the indexes first, as for any large load. tasks-setup creates them again.
grow()
{
	superuser <<-END
		SET session_replication_role = replica;
		SET maintenance_work_mem = '512MB';
		SELECT format('DROP INDEX %s', indexrelid::regclass)
		  FROM pg_index
		 WHERE indrelid = 'tasks'::regclass AND NOT indisprimary
		\gexec
		DELETE FROM users WHERE id LIKE 'scale-%';
		INSERT INTO users (id)
			SELECT 'scale-' || i FROM generate_series(1, $scale_users) AS i;
		INSERT INTO tasks (user_id, title, description, created_at)
			SELECT 'scale-' || u, 'Task number ' || i,
			       'What there is to say of it',
			       now() - i * interval '1 minute'
			  FROM generate_series(1, $scale_users) AS u,
			       generate_series(1, $scale_tasks) AS i;
	END
	DATABASE_URL=$(private_url tasks_owner) tools/admin/tasks-setup schema
	superuser -c 'VACUUM ANALYZE tasks' -c CHECKPOINT
}

# Delete the users of this part, as the rounds expect.
shrink()
{
	superuser <<-'END'
		CREATE TEMP TABLE kept AS
			SELECT * FROM tasks WHERE user_id NOT LIKE 'scale-%';
		ALTER TABLE kept DROP COLUMN search_text;
		BEGIN;
		TRUNCATE tasks;
		DELETE FROM users WHERE id LIKE 'scale-%';
		INSERT INTO tasks (user_id, id, title, description, status, priority, due_date,
			completed_at, created_at, updated_at)
			SELECT * FROM kept;
		COMMIT;
		VACUUM ANALYZE tasks;
	END
}

# Print tokens of 200 users spread over all of them.
scale_tokens()
{
	local i
	for ((i = 0; i < 200; i++)); do
		tools/dev/serve token "scale-$((i * 7919 % scale_users + 1))" 86400
	done | xargs
}

# scale NAME...: measure these contenders.
scale()
{
	local name
	echo "Growing to $((scale_users * scale_tasks)) tasks" >&2
	tools/dev/postgres start
	grow
	tools/dev/postgres stop
	tokens[page]=$(scale_tokens)
	for name; do
		[[ $name != null-* && $name != pgbench ]] || continue
		printf '%s ' "$name" >&2
		start_contender "$name"
		check "$name"
		warm_up page
		cell "$name" page 16
		cell "$name" one-page 16
		if [[ -n ${beyond[$name]:-} ]]; then
			cell "$name" beyond "${beyond[$name]}"
		fi
		stop_contender
	done
	tools/dev/postgres start
	shrink
	tools/dev/postgres stop
	echo >&2
}
