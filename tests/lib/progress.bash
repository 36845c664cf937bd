# shellcheck shell=bash disable=SC2154
# What tests/run says: while the parts run, a failure at once and a line for each
# part that has ended; on a terminal also how far it is; at the end what was
# slowest, how to repeat it, and the failures again.
#
# The lanes send events, a line each, fields divided by tabs:
#   PART plan COUNT | PART test passed|failed|excepted | PART time MS NAME | PART say TEXT
#   PART end SECONDS
#   - ready LANE      the lane wants a part
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

# say_line TEXT: above the line of progress.
say_line()
{
	printf '%s%s\n' "${terminal:+$'\r\e[K'}" "$1"
}

# time_left: set REPLY to the seconds that the rest takes if its processes cost as
# much as those so far; nothing while that is a guess.
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

# Which parts run, how many tests are done, the time so far and to come.
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

# remember PART TEXT: of each failure so much as to know it by.
remember()
{
	[[ $2 != '  not ok'* ]] || lines_of[$1]=0
	((${lines_of[$1]:-5} < 5)) || return 0
	lines_of[$1]=$((lines_of[$1] + 1))
	failures+=("$1: ${2:0:160}")
}

# event PART KIND REST: take one event in.
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

# The slowest parts and tests, and how to run one of them again.  Without `head`: sort
# would end by SIGPIPE, which counts as a failure of the script.
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

# The failures again, because a log may be cut before its last lines.
show_failures()
{
	((${#failures[@]})) || return 0
	printf '\nFailures:\n'
	printf '%s\n' "${failures[@]:0:20}"
	((${#failures[@]} <= 20)) || echo '(more above)'
}
