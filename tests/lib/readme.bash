# shellcheck shell=bash
# README's commands, for tests that do as they say.

# block WORD: the shell block of README.md that has WORD in it.
block()
{
	awk -v word="$1" '
		/^ *```sh$/ { inside = 1; text = ""; next }
		/^ *```$/ { if (inside && index(text, word)) { print text; found = 1; exit } inside = 0; next }
		inside { sub(/^ +/, ""); text = text $0 "\n" }
		END { exit !found }' "${API_ROOT:-.}/README.md"
}
