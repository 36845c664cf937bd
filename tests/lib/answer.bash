# shellcheck shell=bash
# A small HTTP server that says what a test wants, by socat.
#
# Each request's first line goes to $web/requests; then the bytes of $web/reply
# are the answer, or what it prints where it is executable.

web=$BATS_TEST_TMPDIR/web
web_pids=()

# web_listen SOCAT-ADDRESS: %d is the port; sets port.
web_listen()
{
	local pid
	mkdir -p "$web"
	: >"$web/requests"
	cat >"$web/answer" <<-'END'
		#!/bin/bash
		read -r first
		while IFS= read -r line && [[ -n ${line%$'\r'} ]]; do :; done
		printf '%s\n' "$first" >>"${0%/*}/requests"
		if [[ -x ${0%/*}/reply ]]; then
			exec "${0%/*}/reply"
		fi
		exec cat "${0%/*}/reply"
	END
	chmod +x "$web/answer"
	for _ in {1..20}; do
		port=$((20000 + RANDOM % 12000))
		# shellcheck disable=SC2059
		socat "$(printf "$1" "$port"),bind=127.0.0.1,reuseaddr,fork" \
			EXEC:"$web/answer" 2>/dev/null 3>&- &
		pid=$!
		for _ in {1..50}; do
			sleep 0.05
			kill -0 "$pid" 2>/dev/null || break
			# Somebody listens on the port, and ours has not given up.
			if grep -q "^ *[0-9]*: 0100007F:$(printf %04X "$port") 00000000:0000 0A" /proc/net/tcp; then
				web_pids+=("$pid")
				return
			fi
		done
		kill "$pid" 2>/dev/null || true
	done
	return 1
}

web_stop()
{
	local pid
	for pid in "${web_pids[@]}"; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	web_pids=()
}

# web_reply STATUS FILE [HEADER...]: the answer from now on, in one piece.
web_reply()
{
	local status=$1 file=$2 line
	shift 2
	{
		printf 'HTTP/1.1 %s\r\nConnection: close\r\n' "$status"
		for line; do
			printf '%s\r\n' "$line"
		done
		printf '\r\n'
		cat "$file"
	} >"$web/reply.new"
	mv "$web/reply.new" "$web/reply"
}

# The same by a script on standard input.
web_script()
{
	cat >"$web/reply.new"
	chmod +x "$web/reply.new"
	mv "$web/reply.new" "$web/reply"
}

web_requests()
{
	wc -l <"$web/requests"
}
