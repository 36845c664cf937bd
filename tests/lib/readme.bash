# shellcheck shell=bash
# The commands of README and docs/, as somebody pastes them.

# block WORD: the first shell block of README.md, or else of docs/, that has WORD in it.
block()
{
	awk -v word="$1" '
		/^ *```sh$/ { inside = 1; text = ""; next }
		/^ *```$/ { if (inside && index(text, word)) { print text; exit } inside = 0; next }
		inside { sub(/^ +/, ""); text = text $0 "\n" }' "$API_ROOT/README.md" "$API_ROOT"/docs/*.md
}
