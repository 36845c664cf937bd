# How tests/run counts the tests that a server cannot pass (tests/exceptions).
# shellcheck disable=SC2154

setup()
{
	printf '%s\n' '# a comment' '' 'box | it deletes, too | no DELETE' \
		'other | it lists | no GET' >"$BATS_TEST_TMPDIR/exceptions"
}

# counts SERVER LINE...: print the counts for these lines of TAP.
counts()
{
	printf '%s\n' "${@:2}" | awk -v status=1 -v server="$1" \
		-v exceptions="$BATS_TEST_TMPDIR/exceptions" -f "$API_ROOT/tests/lib/tap.awk" || true
}

@test "an excepted test that fails is no failure, and counted by itself" {
	output=$(counts box 1..2 'ok 1 it lists' 'not ok 2 it deletes, too' '# why')
	[[ $output == '1 0 1' ]] || { echo "$output" && false; }
	output=$(counts box 1..2 'ok 1 it lists' 'not ok 2 it deletes, too # timeout after 120s')
	[[ $output == '1 0 1' ]] || { echo "$output" && false; }
}

@test "it is a failure on any other server, and so is any other test on this one" {
	output=$(counts '' 1..2 'ok 1 it lists' 'not ok 2 it deletes, too')
	[[ $output == *'1 1 0' ]] || { echo "$output" && false; }
	output=$(counts box 1..2 'not ok 1 it lists' 'not ok 2 it deletes, too')
	[[ $output == *'not ok 1 it lists'*'0 1 1' ]] || { echo "$output" && false; }
}

@test "an excepted test that passes, is skipped or is not there is a failure" {
	output=$(counts box 1..2 'ok 1 it lists' 'ok 2 it deletes, too')
	[[ $output == *'it passes'*'it deletes, too'*'1 1 0' ]] || { echo "$output" && false; }
	output=$(counts box 1..2 'ok 1 it lists' 'ok 2 it deletes, too # skip why')
	[[ $output == *'1 1 0' ]] || { echo "$output" && false; }
	output=$(counts box 1..1 'ok 1 it lists')
	[[ $output == *'an exception without a test: it deletes, too'*'1 1 0' ]] || { echo "$output" && false; }
}

@test "a list that cannot be read, or has no reason for an exception, is a failure" {
	echo 'box | it lists' >>"$BATS_TEST_TMPDIR/exceptions"
	output=$(counts box 1..2 'ok 1 it lists' 'not ok 2 it deletes, too')
	[[ $output == *'no exception: box | it lists'*'1 1 1' ]] || { echo "$output" && false; }
	rm "$BATS_TEST_TMPDIR/exceptions"
	output=$(counts box 1..1 'ok 1 it lists')
	[[ $output == *'cannot read'*'1 1 0' ]] || { echo "$output" && false; }
}

@test "a failure is named once more at the end of a run, with its first lines" {
	output=$(bash -c '. tests/lib/progress.bash
		begin_part one && begin_part two
		event one say "  not ok 3 a task is lost"
		event two say "  # of no failure"
		for line in {1..9}; do event one say "  # line $line"; done
		event two say "  not ok 1 another"
		show_failures' </dev/null)
	end=${output##*Failures:}
	[ "$end" = '
one:   not ok 3 a task is lost
one:   # line 1
one:   # line 2
one:   # line 3
one:   # line 4
two:   not ok 1 another' ]
}
