#!/bin/sh
# Layers, purity and completeness, as TAP: what HACKING promises, held.
# bin -> src -> common, src -> kernels; one file each for threads, processes
# and signal state.
: "${top_srcdir:=.}" "${top_builddir:=.}" "${sanitizers:=no}" "${NM:=nm}"
top_builddir=$(cd "$top_builddir" && pwd)
cd "$top_srcdir" || exit 99

t=0
# check NAME OFFENDERS: no offender, no problem.
check() {
	t=$((t + 1))
	if [ -z "$2" ]; then
		echo "ok $t - $1"
	else
		echo "not ok $t - $1"
		printf '%s\n' "$2" | sed 's/^/# /'
	fi
}
# check_nm NAME COMMAND...: as check, on object files.
check_nm() {
	if [ "$sanitizers" = no ]; then
		check "$1" "$(shift; "$@")"
	else
		t=$((t + 1))
		echo "ok $t - $1 # SKIP sanitizers add symbols"
	fi
}

# files DIR...: the C files there; includes DIR...: FILE:LINE:#include ...
files() { find "$@" -name '*.[ch]' | sort; }
includes() { files "$@" | xargs grep -nE '^[[:blank:]]*#[[:blank:]]*include' /dev/null; }

# undefined LIB...: OBJECT SYMBOL of each symbol that an object wants.
undefined() {
	for lib; do
		"$NM" -A -u "$lib" | sed 's/^[^:]*://; s/: *[Uw] / /'
	done
}
kernel_symbols() {
	undefined libkernels*.a |
		grep -vE ' (mem(cpy|move|set|cmp)|k_[a-z0-9_]*|__.*|_GLOBAL_OFFSET_TABLE_)$'
}
# callers PATTERN OBJECT: who but OBJECT uses such a symbol.
callers() {
	undefined libkernels*.a libcommon.a libtools.a | grep -E " ($1)\$" |
		grep -vE "^$2\.o "
}
# A child of common/proc.c ends with _exit, which runs no exit handlers.
enders() {
	callers '_?exit|_Exit|quick_exit|abort' cleanup | grep -vx 'proc\.o _exit'
}
# Writable symbols; tables of pointers in .data.rel.ro are constant.
globals() {
	for lib in libkernels*.a libcommon.a libtools.a; do
		"$NM" -A -f sysv "$lib" | awk -F'|' '
			{ gsub(/ /, "", $3); gsub(/[ \t]/, "", $7) }
			$3 ~ /^[dDbBsSC]$/ && $7 !~ /^\.data\.rel\.ro/ { print $1, $7 }'
	done | grep -v ':cleanup\.o:'
}

echo 1..18
check 'common includes neither bin, src nor kernels' \
	"$(includes common | grep -E '"(bin|src|kernels)/')"
check 'src does not include bin' "$(includes src | grep '"bin/')"
check 'kernels include kernels and freestanding headers only' \
	"$(includes kernels | grep -vE '"kernels/|<(stddef|stdint|string|limits)\.h>' |
		grep -vE '^kernels/x86/[^:]*:[0-9]*:.*<[a-z0-9]*intrin\.h>' |
		grep -vE '^kernels/arm/[^:]*:[0-9]*:.*<arm_neon\.h>')"
check 'includes name their directory' \
	"$(includes bin src common kernels | grep '"' | grep -vE '"((src|common|kernels)/|config\.h"|onnx\.pb-c\.h")')"
check 'only common/thread.c includes pthread.h' \
	"$(includes bin src common kernels | grep '<pthread\.h>' | grep -v '^common/thread\.c:')"
check 'only src/dist_mpi.c includes mpi.h' \
	"$(includes bin src common kernels | grep '<mpi\.h>' | grep -v '^src/dist_mpi\.c:')"
check 'no typedef of a struct, union or enum' \
	"$(files bin src common kernels tests | xargs grep -nE '^[[:blank:]]*typedef[[:blank:]]+(struct|union|enum)' /dev/null)"
check 'every C file begins with a comment' \
	"$(for f in $(files bin src common kernels tests); do
		head -n 1 "$f" | grep -q '^/\*' || echo "$f"
	done)"
check 'a main has at most 100 lines' \
	"$(for f in bin/*.c; do
		n=$(wc -l < "$f")
		[ "$n" -le 100 ] || echo "$f: $n"
	done)"

# each_tool COMMAND...: the tools for which COMMAND TOOL fails.
each_tool() {
	for f in bin/ocr-*.c; do
		tool=$(basename "$f" .c)
		"$@" "$tool" || echo "$tool"
	done
}
has_page() { [ -f "man/$1.1" ]; }
has_bats() { [ -f "tests/${1#ocr-}.bats" ]; }
has_completion() { grep -q "^}.* complete .* $1\\( \\|\$\\)" bin/ocr.bash; }
has_readme() { grep -q -- "$1" README.md; }
check 'every tool has a man page' "$(each_tool has_page)"
check 'every tool has a bats file' "$(each_tool has_bats)"
check 'every tool has a completion' "$(each_tool has_completion)"
check 'README names every tool' "$(each_tool has_readme)"

cd "$top_builddir" || exit 99
[ -f libtools.a ] || exit 99
check_nm 'kernels call nothing outside' kernel_symbols
check_nm 'only common/thread.c calls pthread' callers 'pthread_.*|thrd_.*' thread
check_nm 'only common/proc.c starts processes' callers \
	'v?fork|posix_spawnp?|exec[lv]p?e?|popen|system' proc
check_nm 'only common/cleanup.c ends the program, after a signal' enders
check_nm 'only common/cleanup.c has writable globals' globals
