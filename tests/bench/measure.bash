# shellcheck shell=bash
# Measurements of the benchmark. To be sourced.

ticks_per_second=$(getconf CLK_TCK)

# For awk, with `roots` and `parent` set: return whether a process is one of the
# roots or descends from one.
is_ours='
	BEGIN {
		n = split(roots, root, " ")
		for (i = 1; i <= n; i++)
			ours[root[i]] = 1
	}
	function is_ours(pid) {
		while (pid in parent && !(pid in ours))
			pid = parent[pid]
		return pid in ours
	}'

# tree PID...: print these processes and all of their descendants.
tree()
{
	ps -e -o pid=,ppid= | awk -v roots="$*" "$is_ours"'
		{ parent[$1] = $2 }
		END {
			for (pid in parent)
				if (is_ours(pid))
					print pid
		}'
}

# cpu_ticks PID...: print the CPU time of these trees so far, including that of
# processes that have ended. This is the CPU time of the machine without that of
# all other processes. Apache's CGI programs end without adding their time to
# any process of the tree, so it cannot be summed up there. The time of other
# processes is not lost: a process that ends passes it to its parent. The others
# are read twice, because one may end between two reads; the larger sum is
# complete.
cpu_ticks()
{
	{
		cat /proc/[0-9]*/stat || true
		echo again
		cat /proc/[0-9]*/stat || true
		cat /proc/stat
	} 2>/dev/null | awk -v roots="$*" "$is_ours"'
		function others(	pid, sum) {
			for (pid in parent)
				if (!is_ours(pid))
					sum += time[pid]
			return sum
		}
		$2 ~ /^\(/ {
			pid = $1
			sub(/^.*\) /, "")
			parent[pid] = $2
			time[pid] = $12 + $13 + $14 + $15
		}
		$1 == "again" { first = others(); split("", parent) }
		$1 == "cpu" { busy = $2 + $3 + $4 + $7 + $8 }
		END {
			second = others()
			printf "%d\n", busy - (first > second ? first : second)
		}'
}

# settle PID...: wait until these trees are idle, because requests without a
# client may still be running. They must be idle twice in a row, because other
# work may have used the CPU meanwhile.
settle()
{
	local last now quiet=0 end=$((SECONDS + 60))
	now=$(cpu_ticks "$@")
	while ((quiet < 2 && SECONDS < end)); do
		sleep 0.25
		last=$now
		now=$(cpu_ticks "$@")
		if ((now - last > ticks_per_second / 20)); then
			quiet=0
		else
			((++quiet))
		fi
	done
}

# pss PID...: print the memory of these trees in KiB. Shared memory is counted
# once.
pss()
{
	local pids files
	mapfile -t pids < <(tree "$@")
	files=("${pids[@]/#//proc/}")
	{ cat "${files[@]/%//smaps_rollup}" 2>/dev/null || true; } |
		awk '/^Pss:/ { sum += $2 } END { print sum + 0 }'
}

# load_sql CONNECTIONS SECONDS: print the same figures for pgbench with the list's
# plain statement.
load_sql()
{
	rm -f -- "$RUN"/pgbench.[0-9]*
	pgbench -n -M prepared -c "$1" -j 1 -T "$2" -l --log-prefix="$RUN/pgbench" \
		-D user=bench-reader -f tests/bench/list.pgbench \
		-h "$RUN/postgres" -p 5432 -U tasks_app tasks >"$RUN/wrk.log" 2>&1 || return 1
	# The third field of a line is the transaction's time in microseconds.
	cut -d ' ' -f 3 -- "$RUN"/pgbench.[0-9]* | sort -n | awk -v seconds="$2" '
		function share(part,	i) {
			i = int(NR * part)
			return time[i < 1 ? 1 : i]
		}
		{ time[NR] = $1 }
		END { if (NR) print NR, seconds * 1000000, share(.5), share(.95), share(.99), 0, 0, 0 }'
}

# load URL CONNECTIONS SECONDS: print the line of figures from wrk.lua without
# its first word. BENCH_* has the other settings.
load()
{
	wrk -t 1 -c "$2" -d "$3s" --timeout 60s -s tests/bench/wrk.lua "$1" 2>&1 |
		tee -- "$RUN/wrk.log" | sed -n 's/^figures //p'
}
