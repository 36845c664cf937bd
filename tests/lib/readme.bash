# shellcheck shell=bash
# The commands of README and docs/, for tests that run them.

# block WORD: print the first shell block of README.md, or else of docs/, that contains
# WORD.  Return 1 if there is none.
block()
{
	local folder=${API_ROOT:-.}
	awk -v word="$1" '
		/^ *```sh$/ { inside = 1; text = ""; next }
		/^ *```$/ { if (inside && index(text, word)) { print text; found = 1; exit } inside = 0; next }
		inside { sub(/^ +/, ""); text = text $0 "\n" }
		END { exit !found }' "$folder/README.md" "$folder"/docs/*.md
}
