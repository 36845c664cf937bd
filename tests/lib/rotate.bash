# shellcheck shell=bash disable=SC2154
# A log that is moved away while requests come, as logrotate does, without
# copytruncate.  Who sources it, after api.bash, has log_file and reopen().

# send FOLDER: requests one after another until FOLDER/stop is there; each that was
# sent, and its status, is a line of FOLDER/sent.N.
send()
{
	local number=0
	until [[ -e $1/stop ]]; do
		number=$((number + 1))
		printf '%s %s\n' "rotate-$mark-$2-$number" "$(curl -q -s --noproxy '*' -m 10 -o /dev/null -w '%{http_code}:%header{retry-after}' \
			-H "X-Request-Id: rotate-$mark-$2-$number" -H "Authorization: Bearer $token" "$API_URL/api/tasks")"
	done >"$1/sent.$2"
}

# rotated_without_loss [EXCEPTION]: every request is answered 200, or as that pattern
# says, but at most one of each client at a time.
rotated_without_loss()
{
	local mark=$RANDOM folder=$BATS_TEST_TMPDIR worker workers=() i moved=("$log_file")
	token_for "$user"
	for worker in 1 2 3 4; do
		send "$folder" "$worker" 3>&- 4>&- &
		workers+=($!)
	done
	for i in 1 2 3; do
		sleep 1
		mv "$log_file" "$folder/log.$i"
		: >"$log_file"
		reopen
		moved+=("$folder/log.$i")
		for _ in {1..100}; do
			[[ ! -s $log_file ]] || break
			sleep 0.1
		done
	done
	sleep 2
	: >"$folder/stop"
	wait "${workers[@]}"
	sleep 1
	cat "$folder"/sent.* >"$folder/sent"
	(($(wc -l <"$folder/sent") > 20)) || fail "only $(wc -l <"$folder/sent") requests"
	! grep -vE " (200:${1:+|$1})$" "$folder/sent" || fail 'a request was lost'
	(($(grep -vc ' 200:$' "$folder/sent") <= 4 * 3)) || fail 'more than were under way'
	for i in "${moved[@]}"; do
		grep -q "rotate-$mark-[1-4]-" "$i" || fail "nobody wrote to ${i##*/}"
	done
	assert_same "$(grep -oh "rotate-$mark-[1-4]-[0-9]*" "${moved[@]}" | sort)" \
		"$(sed -n 's/ 200:$//p' "$folder/sent" | sort)" 'the lines of the access log' || return 1
	# The server's own answers have ids of its own.
	(($(cat "${moved[@]}" | grep -c ' status=503 ') >= $(grep -vc ' 200:$' "$folder/sent"))) ||
		fail 'a refusal has no line'
	# For those who look into it afterwards.
	cat "$folder"/log.? >>"$log_file"
}
