# shellcheck shell=bash disable=SC2154
# A log that is renamed while requests arrive, as logrotate does without copytruncate.
# Source this file after api.bash.  The sourcing file defines log_file and reopen().

# send_until_stopped WORKER: send requests one after another until $folder/stop exists.
# Write a line `ID STATUS:RETRY-AFTER` per request to $folder/sent.WORKER.
send_until_stopped()
{
	local number=0
	until [[ -e $folder/stop ]]; do
		number=$((number + 1))
		request GET /api/tasks --unchecked --header "X-Request-Id: rotate-$mark-$1-$number" || true
		printf '%s\n' "rotate-$mark-$1-$number $status:${reply_headers[retry-after]:-}" >>"$folder/sent.$1"
		# Limit the number of requests on a fast machine.
		nap 0.02
	done
}

# have_sent COUNT: succeed if each worker has sent at least so many requests.
have_sent()
{
	local worker lines
	for worker in 1 2 3 4; do
		[[ -e $folder/sent.$worker ]] && mapfile -t lines <"$folder/sent.$worker" && ((${#lines[@]} >= $1)) || return 1
	done
}

has_lines() { [[ -s $log_file ]]; }

# all_logged: succeed if each request with a 200 has exactly one line and no other request
# has one with its ID.  The server's own responses have IDs of their own.
all_logged()
{
	[[ $(grep -oh "rotate-$mark-[1-4]-[0-9]*" "${moved[@]}" | sort) == \
		"$(sed -n 's/ 200:$//p' "$folder"/sent.? | sort)" ]]
}

# rotated_without_loss [EXCEPTION]: check that every request is answered 200 or matches the
# pattern EXCEPTION.  Each rotation permits at most one exception per client.
rotated_without_loss()
{
	local mark=$RANDOM folder=$BATS_TEST_TMPDIR worker workers=() i moved=("$log_file") refused=0 logged=0 line
	token_for "$user"
	for worker in 1 2 3 4; do
		apart "$worker" send_until_stopped "$worker" >/dev/null 3>&- 4>&- &
		workers+=($!)
	done
	for i in 1 2 3; do
		wait_until have_sent $((i * 3)) || fail 'no requests' || return 1
		# Within its folder, as logrotate does: /tmp can be another file system, and
		# there mv would make a copy.
		mv "$log_file" "$log_file.$i"
		: >"$log_file"
		reopen
		moved+=("$log_file.$i")
		wait_until has_lines || fail 'nobody writes to the new log' || return 1
	done
	wait_until have_sent 12 || fail 'no requests' || return 1
	: >"$folder/stop"
	wait "${workers[@]}"
	while read -r line; do
		[[ $line != *' 200:' ]] || continue
		[[ -n ${1:-} && ${line##* } =~ ^${1:-}$ ]] || fail "a request was lost: $line" || return 1
		refused=$((refused + 1))
	done < <(cat "$folder"/sent.?)
	((refused <= 4 * 3)) || fail 'more than were under way' || return 1
	wait_until all_logged || fail 'the lines of the access log are not the requests' || return 1
	for i in "${moved[@]}"; do
		grep -qF "rotate-$mark-" "$i" || fail "nobody wrote to ${i##*/}" || return 1
		logged=$((logged + $(grep -c ' status=503 ' "$i" || true)))
	done
	((logged >= refused)) || fail 'a refusal has no line'
	# Keep the lines for a later analysis of failures.
	cat "${moved[@]:1}" >>"$log_file"
	rm -- "${moved[@]:1}"
}
