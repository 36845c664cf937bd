# The programs are compiled and linked so that memory errors are harder to
# exploit.
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

# weaknesses PROGRAM...: print the missing protections, one per line.
weaknesses()
{
	local name line file=''
	local -A text=()
	# readelf prints the file name only for several files, so add /dev/null.
	while IFS= read -r line; do
		[[ $line != 'File: '* ]] || file=${line#File: }
		[[ -z $file ]] || text[$file]+=$line$'\n'
	done < <(readelf -hdlW "$@" /dev/null 2>/dev/null)
	for name; do
		line=${text[$name]:-}
		[[ $line =~ Type:\ +DYN && $line =~ \(FLAGS_1\)[^$'\n']*\ PIE ]] || echo "$name: no PIE"
		[[ $line == *GNU_RELRO* ]] || echo "$name: no RELRO"
		[[ $line =~ \(FLAGS_1\)[^$'\n']*\ NOW ]] || echo "$name: not bound at once"
		[[ $line =~ GNU_STACK[^$'\n']*\ RW\  ]] || echo "$name: a stack that can be executed"
		[[ ! $line =~ $'\n'\ +LOAD[^$'\n']*\ (RWE|WE)\  ]] || echo "$name: memory to write and to execute"
		[[ ! $line =~ \((RPATH|RUNPATH)\) ]] || echo "$name: a search path of its own"
		[[ $line != *TEXTREL* ]] || echo "$name: code that is written to on loading"
	done
}

# unprotected FOLDER [MODULE...]: print the protections that an object of lib/
# under FOLDER lacks although its source needs them.
unprotected()
{
	local folder=$1 module object text line file='' modules=("${@:2}") objects=()
	local -A symbols=() notes=()
	local array=$'\n[[:space:]]+(unsigned )?char [A-Za-z0-9_]+\\[[^])]*\\][^)]'
	if ((${#modules[@]} == 0)); then
		modules=("$API_ROOT"/lib/*/*.c)
		modules=("${modules[@]#"$API_ROOT"/lib/}")
		modules=("${modules[@]%.c}")
	fi
	for module in "${modules[@]}"; do
		objects+=("$folder/lib/$module.o")
	done
	while IFS= read -r line; do
		symbols[${line%%:*}]+=" ${line#*:} "
	done < <(nm -A "${objects[@]}" 2>/dev/null)
	while IFS= read -r line; do
		[[ $line != 'File: '* ]] || file=${line#File: }
		[[ -z $file ]] || notes[$file]+=$line
	done < <(readelf -nW "${objects[@]}" /dev/null 2>/dev/null)
	for module in "${modules[@]}"; do
		object=$folder/lib/$module.o
		text=$'\n'$(<"$API_ROOT/lib/$module.c")
		[[ -n ${symbols[$object]:-} ]] || echo "$object: no symbols"
		# A character array on the stack, not the last parameter.
		[[ ! $text =~ $array || ${symbols[$object]} == *' U __stack_chk_fail '* ]] ||
			echo "$object: no stack protector"
		[[ ! $text =~ [^A-Za-z0-9_]v?snprintf\( || ${symbols[$object]} =~ \ U\ __v?snprintf_chk ]] ||
			echo "$object: not fortified"
		[[ $HOSTTYPE != x86_64 || ${notes[$object]:-} == *'IBT, SHSTK'* ]] ||
			echo "$object: not marked for CET"
	done
}

# build GOAL VARIABLE=value: build the goal in $weak with weaker flags.
build()
{
	make -s --no-print-directory -C "$API_ROOT" BUILD="$weak" "$2" "$weak/$1"
}

@test "every program is position-independent, bound at once and read-only then; no memory is both written and executed" {
	assert_same "$(weaknesses "${programs[@]}")" '' 'weaknesses'
}

@test "every program checks its stack and the room that text is written to; on x86-64 its own code is marked for CET" {
	local program symbols
	assert_same "$(unprotected "$API_PROGRAMS")" '' 'objects'
	symbols=$(nm -DA "${programs[@]}")
	for program in "${programs[@]}"; do
		[[ $symbols =~ "$program:"\ +U\ __stack_chk_fail ]] || fail "$program has no stack protector" || return 1
		[[ $symbols =~ "$program:"\ +U\ __(fprintf|snprintf|memcpy)_chk ]] || fail "$program is not fortified" || return 1
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
		[[ $flag != *cf-protection* || $HOSTTYPE == x86_64 ]] || continue
		build lib/app/log.o CFLAGS="$flag"
		[[ $(unprotected "$weak" app/log) == "$weak/lib/app/log.o: $wanted" ]] ||
			fail "$flag: $(unprotected "$weak" app/log)" || return 1
		rm "$weak/lib/app/log.o"
	done <<-'END'
		no stack protector:-fno-stack-protector
		not fortified:-U_FORTIFY_SOURCE
		not marked for CET:-fcf-protection=none
	END
}

@test "the unit that fetches keys runs as a user of its own, without capabilities, and cannot read the settings" {
	local unit wanted
	unit=$(<"$API_ROOT/deploy/systemd/tasks-jwks.service")
	for wanted in User=tasks-jwks CapabilityBoundingSet= NoNewPrivileges=yes 'InaccessiblePaths=-/etc/tasks-cgi/env -/run/tasks-cgi'; do
		[[ $'\n'$unit$'\n' == *$'\n'"$wanted"$'\n'* ]] || fail "no line $wanted"
	done
	[[ $unit != *CAP_* && $unit != *AmbientCapabilities* ]] || fail 'it has capabilities'
	[[ $'\n'$(<"$API_ROOT/deploy/systemd/sysusers.conf")$'\n' == *$'\nu tasks-jwks - '* ]] || fail 'nobody makes its user'
}
