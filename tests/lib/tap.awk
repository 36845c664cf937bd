# Count a TAP stream and show what failed: the last line is "PASSED FAILED".
# A test that is skipped or missing has failed; so has a stream without a plan
# or, in -v status=N, one that ended badly though no test did.
function problem(text) { failed++; print "  " text; shown = 1 }

/^1\.\.[0-9]+/ { plans++; planned = substr($1, 4) + 0; next }
/^Bail out!/ { problem($0); next }
/^ok( |$)/ && !/ # *([Ss][Kk][Ii][Pp]|[Tt][Oo][Dd][Oo])/ { ran++; passed++; shown = 0; next }
/^(not )?ok( |$)/ { ran++; problem($0); next }
# What a test that failed said, at most so much of it.
/^#/ { if (shown && shown++ < 60) print "  " $0; next }
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
	if (status != 0 && failed + 0 == 0)
		problem("not ok - ended with exit status " status)
	print passed + 0, failed + 0
}
