# shellcheck shell=bash

# block WORD: the first shell block of README.md that has WORD in it.
block()
{
	awk -v word="$1" '
		/^ *```sh$/ { inside = 1; text = ""; next }
		/^ *```$/ { if (inside && index(text, word)) { print text; exit } inside = 0; next }
		inside { sub(/^ +/, ""); text = text $0 "\n" }' "$API_ROOT/README.md"
}
