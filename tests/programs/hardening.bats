# How the programs are compiled and linked: what makes a fault in them harder to use.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2154
# shellcheck source=tests/lib/api.bash
setup()
{
	. "$API_ROOT/tests/lib/api.bash"
	local name
	programs=()
	for name in tasks-{list,create,get,update,delete,complete} me health fallback jwks-check; do
		programs+=("$API_PROGRAMS/$name")
	done
	weak=$BATS_TEST_TMPDIR/weak
	mkdir "$weak"
}

# weaknesses PROGRAM: what it lacks, a line each.
weaknesses()
{
	local header dynamic segments
	header=$(readelf -hW "$1") && dynamic=$(readelf -dW "$1") && segments=$(readelf -lW "$1") || return 1
	[[ $header =~ Type:\ +DYN && $dynamic =~ \(FLAGS_1\)[^$'\n']*\ PIE ]] || echo 'no PIE'
	[[ $segments == *GNU_RELRO* ]] || echo 'no RELRO'
	[[ $dynamic =~ \(FLAGS_1\)[^$'\n']*\ NOW ]] || echo 'not bound at once'
	[[ $segments =~ GNU_STACK[^$'\n']*\ RW\  ]] || echo 'a stack that can be executed'
	! grep -qE '^ +LOAD.* (RWE|WE) ' <<<"$segments" || echo 'memory to write and to execute'
	! grep -qE '\((RPATH|RUNPATH)\)' <<<"$dynamic" || echo 'a search path of its own'
	[[ $dynamic != *TEXTREL* ]] || echo 'code that is written to on loading'
}

# unprotected FOLDER [MODULE...]: what the objects of lib/ under FOLDER lack that their sources have a use for.
unprotected()
{
	local folder=$1 module object symbols source modules=("${@:2}")
	((${#modules[@]})) || mapfile -t modules < <(basename -s .c -a "$API_ROOT"/lib/*.c)
	for module in "${modules[@]}"; do
		source=$API_ROOT/lib/$module.c object=$folder/lib/$module.o
		symbols=$(nm "$object") || return 1
		# Text on the stack.
		! grep -qE '^\s+(unsigned )?char \w+\[' "$source" || [[ $symbols == *' U __stack_chk_fail'* ]] ||
			echo "$object: no stack protector"
		! grep -qE '\bv?snprintf\(' "$source" || [[ $symbols =~ \ U\ __v?snprintf_chk ]] ||
			echo "$object: not fortified"
		[[ $(uname -m) != x86_64 || $(readelf -nW "$object") == *'IBT, SHSTK'* ]] ||
			echo "$object: not marked for CET"
	done
}

# build GOAL VARIABLE=value: it once more in $weak, the weaker way.
build()
{
	make -s --no-print-directory -C "$API_ROOT" BUILD="$weak" "$2" "$weak/$1"
}

@test "every program is position-independent, bound at once and read-only then; no memory is both written and executed" {
	local program
	for program in "${programs[@]}"; do
		assert_same "$(weaknesses "$program")" '' "$program"
	done
}

@test "every program checks its stack and the room that text is written to; on x86-64 its own code is marked for CET" {
	local program
	assert_same "$(unprotected "$API_PROGRAMS")" '' 'objects'
	for program in "${programs[@]}"; do
		[[ $(nm -D "$program") == *' U __stack_chk_fail'* ]] || fail "$program has no stack protector" || return 1
		[[ $(nm -D "$program") =~ \ U\ __(fprintf|snprintf|memcpy)_chk ]] || fail "$program is not fortified" || return 1
	done
}

@test "a program that is linked without one of these is found out" {
	local flags wanted part=$BATS_TEST_TMPDIR/part
	gcc -c -x assembler -o "$part-both.o" - <<<'.section .both, "awx", @progbits; .byte 0'
	gcc -c -x assembler -o "$part-text.o" - <<<'.text; .quad memcpy'
	cp -a "$API_PROGRAMS/lib" "$API_PROGRAMS/cgi-bin" "$API_PROGRAMS/libtasks.a" "$weak/"
	while IFS=: read -r wanted flags; do
		build me LDFLAGS="$flags"
		[[ $(weaknesses "$weak/me") == *"$wanted"* ]] ||
			fail "$flags: $(weaknesses "$weak/me")" || return 1
		rm "$weak/me"
	done <<-END
		no PIE:-no-pie
		no RELRO:-Wl,-z,norelro
		not bound at once:-Wl,-z,lazy
		a stack that can be executed:-Wl,-z,execstack
		memory to write and to execute:$part-both.o
		a search path of its own:-Wl,-rpath,/tmp
		code that is written to on loading:$part-text.o -Wl,-z,notext
	END
}

@test "an object that is compiled without one of these is found out" {
	local flag wanted
	while IFS=: read -r wanted flag; do
		[[ $flag != *cf-protection* || $(uname -m) == x86_64 ]] || continue
		build lib/log.o CFLAGS="$flag"
		[[ $(unprotected "$weak" log) == "$weak/lib/log.o: $wanted" ]] ||
			fail "$flag: $(unprotected "$weak" log)" || return 1
		rm "$weak/lib/log.o"
	done <<-'END'
		no stack protector:-fno-stack-protector
		not fortified:-U_FORTIFY_SOURCE
		not marked for CET:-fcf-protection=none
	END
}
