# Count the tests of a TAP stream and show each failure at once.  The last line is "PASSED
# FAILED EXCEPTED".  A test that is skipped or missing counts as failed.  So does a stream
# without a plan, and one with a bad exit status (-v status=N) in which no test failed.
# With -v server=NAME..., the tests that -v exceptions=FILE lists for these names must fail.  A
# listed test that passes counts as failed.  So does a listed test that did not run, unless
# only some tests were run (-v some=1).
# With -v part=NAME, each line is an event of tests/lib/progress.bash.  Lines are cut to
# less than PIPE_BUF (4096 bytes), so that the writes of several lanes into one pipe do not
# mix.
# With -v end=WORD, the line `# end WORD STATUS` ends the stream.
# Print the newline in the same string: unbuffered mawk writes each string separately, so
# the lines of several lanes would mix.
function say(kind, text)
{
	printf "%s", (part == "" ? text : part "\t" kind "\t" substr(text, 1, 800)) "\n"
	fflush()
}

function event(kind, text) { if (part != "") say(kind, text) }
function problem(text) { failed++; say("say", "  " text); event("test", "failed"); shown = 1 }

BEGIN {
	while (server != "" && (got = (getline entry < exceptions)) > 0) {
		if (entry ~ /^(#|$)/)
			continue
		if (split(entry, field, " \\| ") != 3)
			problem("not ok - no exception: " entry)
		else if (index(" " server " ", " " field[1] " "))
			excepting[field[2]] = 1
	}
	if (got < 0)
		problem("not ok - cannot read " exceptions)
}

tap != "" { print > tap; fflush(tap) }

# Return the test's name from a result line, and report its time.
function name_of(line)
{
	sub(/^(not )?ok( [0-9]+)?( - | )?/, "", line)
	sub(/ # .*/, "", line)
	if (match(line, / in [0-9]+ms$/)) {
		event("time", substr(line, RSTART + 4, RLENGTH - 6) "\t" substr(line, 1, RSTART - 1))
		line = substr(line, 1, RSTART - 1)
	}
	return line
}

/^1\.\.[0-9]+/ { plans++; planned = substr($1, 4) + 0; event("plan", planned); next }
/^Bail out!/ { problem($0); next }
# Do not wait for the end of input: a server that a test started may hold the pipe open.
end != "" && $1 == "#" && $2 == "end" && $3 == end { status = $4; exit }
/^(not )?ok( |$)/ {
	ran++
	name = name_of($0)
	if (name in excepting) {
		tried[name] = 1
		if (/^not ok/) {
			excepted++
			shown = 0
			event("test", "excepted")
		} else {
			problem("not ok - it passes, or is skipped, though excepted: " name)
		}
		next
	}
}
/^ok( |$)/ && !/ # *([Ss][Kk][Ii][Pp]|[Tt][Oo][Dd][Oo])/ {
	passed++
	shown = 0
	event("test", "passed")
	next
}
/^(not )?ok( |$)/ { problem($0); next }
# Show the output of a failed test, up to 60 lines.
/^#/ { if (shown && shown++ < 60) say("say", "  " $0); next }
{ shown = 0 }

END {
	shown = 0
	if (plans != 1)
		problem("not ok - " plans + 0 " plans instead of one")
	else if (ran + 0 < planned)
		problem("not ok - " planned - ran " of " planned " tests did not run")
	else if (ran + 0 > planned)
		problem("not ok - " ran - planned " more tests than the plan of " planned)
	if (planned + 0 == 0 && plans == 1)
		problem("not ok - no tests")
	for (name in excepting)
		if (!(name in tried) && !some)
			problem("not ok - an exception without a test: " name)
	if (status != 0 && failed + excepted == 0)
		problem("not ok - ended with exit status " status)
	if (part == "")
		print passed + 0, failed + 0, excepted + 0
}
