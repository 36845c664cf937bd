# shellcheck shell=bash disable=SC2154
# The output of tests/run.  While the parts run: each failure at once, and one line per part
# that ended; on a terminal also the progress.  At the end: the slowest tests, how to repeat
# one, and all failures again.
#
# The lanes send events, one per line, with fields separated by tabs:
#   PART plan COUNT | PART test passed|failed|excepted | PART time MS NAME | PART say TEXT
#   PART end SECONDS
#   - ready LANE      the lane is ready for a part
#   - gone LANE       the lane has ended
#   - tick            a second has passed

declare -A planned=() passed=() failed=() excepted=() state=() expected=()
declare -A seconds=() lines_of=()
slowest=() failures=()
started=$EPOCHREALTIME
[[ -t 1 ]] && terminal=yes || terminal=''

# elapsed: set REPLY to the seconds since the start.
elapsed()
{
	REPLY=$(((${EPOCHREALTIME/[.,]/} - ${started/[.,]/}) / 1000000))
}

# clock SECONDS: set REPLY to M:SS.
clock()
{
	printf -v REPLY '%d:%02d' $(($1 / 60)) $(($1 % 60))
}

# say_line TEXT: print the text above the progress line.
say_line()
{
	printf '%s%s\n' "${terminal:+$'\r\e[K'}" "$1"
}

# time_left: set REPLY to the estimated seconds for the remaining parts, by the cost of the
# processes so far.  Set it to '' while too little has run for an estimate.
time_left()
{
	local part share past=0 rest=0
	for part in "${chosen[@]}"; do
		share=0
		case ${state[$part]:-} in
		ended) share=100 ;;
		running)
			((${planned[$part]} == 0)) ||
				share=$((100 * (passed[$part] + failed[$part] + excepted[$part]) / planned[$part]))
			((share <= 100)) || share=100
			;;
		esac
		past=$((past + expected[$part] * share / 100))
		rest=$((rest + expected[$part] * (100 - share) / 100))
	done
	elapsed
	if ((past * 20 > rest)); then
		REPLY=$((REPLY * rest / past))
	else
		REPLY=
	fi
}

# show_progress: print the running parts, the number of finished tests, the time so far and
# the time left.
show_progress()
{
	local part line='' ended=0 sum=0 bad=0 now
	[[ -n $terminal ]] || return 0
	for part in "${chosen[@]}"; do
		sum=$((sum + ${passed[$part]:-0} + ${excepted[$part]:-0}))
		bad=$((bad + ${failed[$part]:-0}))
		case ${state[$part]:-} in
		ended) ended=$((ended + 1)) ;;
		running) line+=" $part $((passed[$part] + failed[$part] + excepted[$part]))/${planned[$part]}" ;;
		esac
	done
	elapsed
	clock "$REPLY"
	now=$REPLY
	time_left
	if [[ -n $REPLY ]]; then
		clock "$REPLY"
		now+=", about $REPLY left"
	fi
	line="$ended of ${#chosen[@]} parts, $sum passed, $bad failed, $now;$line"
	printf '\r\e[K%s' "${line:0:${COLUMNS:-100}}"
}

# begin_part PART: count its tests from now on.
begin_part()
{
	state[$1]=running
	planned[$1]=0 passed[$1]=0 failed[$1]=0 excepted[$1]=0
}

# remember PART TEXT: keep the first lines of each failure for show_failures.
remember()
{
	[[ $2 != '  not ok'* ]] || lines_of[$1]=0
	((${lines_of[$1]:-5} < 5)) || return 0
	lines_of[$1]=$((lines_of[$1] + 1))
	failures+=("$1: ${2:0:160}")
}

# event PART KIND REST: process one event.
event()
{
	local part=$1 line
	case $2 in
	plan) planned[$part]=$((planned[$part] + $3)) ;;
	test)
		case $3 in
		passed) passed[$part]=$((passed[$part] + 1)) ;;
		failed) failed[$part]=$((failed[$part] + 1)) ;;
		excepted) excepted[$part]=$((excepted[$part] + 1)) ;;
		esac
		;;
	time) slowest+=("$3"$'\t'"$part") ;;
	say)
		say_line "$part: $3"
		remember "$part" "$3"
		;;
	end)
		state[$part]=ended
		seconds[$part]=$3
		elapsed
		clock "$REPLY"
		printf -v line '%7s  %-16s %5d passed %4d failed %6d s' "$REPLY" "$part" \
			"${passed[$part]}" "${failed[$part]}" "$3"
		((excepted[$part] == 0)) || line+="  ${excepted[$part]} excepted"
		((passed[$part] + failed[$part] > 0)) || {
			failed[$part]=1
			line+='  no test ran'
		}
		say_line "$line"
		;;
	esac
}

# Print the slowest parts and tests, and how to run one of them again.  Do not use `head`:
# sort would end by SIGPIPE, which counts as a failure of the script.
show_slowest()
{
	local part entry ms name lines=()
	mapfile -t -n 5 lines < <(for part in "${chosen[@]}"; do
		printf '%d\t%s\n' "${seconds[$part]:-0}" "$part"
	done | sort -rn)
	printf '\nSlowest parts:'
	for entry in "${lines[@]}"; do
		printf ' %s %s s;' "${entry#*$'\t'}" "${entry%%$'\t'*}"
	done
	mapfile -t -n 5 lines < <(printf '%s\n' "${slowest[@]}" | sort -rn)
	printf '\nSlowest tests:\n'
	for entry in "${lines[@]}"; do
		IFS=$'\t' read -r ms name part <<<"$entry"
		[[ -z $ms ]] || printf '  %6d ms  %s: %s\n' "$ms" "$part" "$name"
	done
	printf '%s\n' 'Again: tests/run PART [FILE.bats]... [-f WORDS OF THE TITLE]'
}

# Repeat the failures at the end, because only the last lines of a log may be available.
show_failures()
{
	((${#failures[@]})) || return 0
	printf '\nFailures:\n'
	printf '%s\n' "${failures[@]:0:20}"
	((${#failures[@]} <= 20)) || echo '(more above)'
}
