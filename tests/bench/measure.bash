# shellcheck shell=bash
# What the benchmark measures with.  To be sourced.

ticks_per_second=$(getconf CLK_TCK)

# For awk, with roots and parent: whether a process is one of these, or descends
# from one.
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

# tree PID...: these processes and all that descend from them.
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

# cpu_ticks PID...: CPU time of these trees so far, processes that ended
# included: all that the machine spent but what the others say they did.  A
# process that ends hands its time to its parent, so the others' sum loses
# nothing; Apache's CGI programs end without a trace, so only the rest tells.
# The others are asked twice, for one may end while they are: the larger sum
# has missed none.
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

# settle PID...: wait until these trees rest; requests whose client has gone
# may still be under way.  Twice in a row, for others may have the machine.
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

# pss PID...: memory of these trees in KiB; what processes share is counted
# once.
pss()
{
	local pids files
	mapfile -t pids < <(tree "$@")
	files=("${pids[@]/#//proc/}")
	{ cat "${files[@]/%//smaps_rollup}" 2>/dev/null || true; } |
		awk '/^Pss:/ { sum += $2 } END { print sum + 0 }'
}

# load URL CONNECTIONS SECONDS: wrk.lua's line of figures, without its first
# word.  Other settings by BENCH_*.
load()
{
	wrk -t 1 -c "$2" -d "$3s" --timeout 60s -s tests/bench/wrk.lua "$1" 2>&1 |
		tee -- "$RUN/wrk.log" | sed -n 's/^figures //p'
}
