# What all .bats files share.  Use: load helper
# shellcheck disable=SC2154 # run sets output and stderr
bats_require_minimum_version 1.5.0

# make check sets these; by hand, 'bats tests/x.bats' finds ./build.
: "${top_srcdir:=$BATS_TEST_DIRNAME/..}"
: "${top_builddir:=$top_srcdir/build}"
top_srcdir=$(cd "$top_srcdir" && pwd)
top_builddir=$(cd "$top_builddir" && pwd)
PATH=$top_builddir:$PATH
LC_ALL=C
export top_srcdir top_builddir PATH LC_ALL

# gen KIND SIZE [SEED]: the same bytes every time, on stdout; see gen.c.
gen() {
	"$top_builddir/tests/gen" "$@"
}

# shows NAME TEXT: what a failed comparison was about.
shows() {
	printf '%s:\n' "$1" >&2
	printf '%s\n' "$2" | sed 's/^/  | /' >&2
}

# assert_output TEXT: exactly this on stdout (bats' run joins stderr to it
# unless --separate-stderr is given).
assert_output() {
	[ "$output" = "$1" ] && return 0
	shows expected "$1"
	shows output "$output"
	return 1
}

# assert_stderr TEXT: exactly this on stderr, after run --separate-stderr.
assert_stderr() {
	[ "$stderr" = "$1" ] && return 0
	shows expected "$1"
	shows stderr "$stderr"
	return 1
}

# assert_match PATTERN TEXT: TEXT has a line that an extended regexp matches.
assert_match() {
	printf '%s\n' "$2" | grep -Eq -e "$1" && return 0
	shows 'no line matches' "$1"
	shows text "$2"
	return 1
}

# assert_no_child PATTERN: no process of ours is left; waits up to 2 s.
assert_no_child() {
	local i
	for i in 1 2 3 4 5 6 7 8 9 10; do
		pgrep -s 0 -f -- "$1" > /dev/null || return 0
		sleep 0.2
	done
	shows "still running after try $i" "$(pgrep -s 0 -af -- "$1")"
	return 1
}

# skip_sanitizers WHY: where an instrumented build cannot do what is tested.
skip_sanitizers() {
	[ "${sanitizers:-no}" = no ] || skip "$1"
}

# needs_terminal: skips where script(1) or its pseudo-terminal is missing.
needs_terminal() {
	script -qec true /dev/null > /dev/null 2>&1 || skip 'no pseudo-terminal'
}

# needs_xrt: skips where the Xilinx Runtime is not installed.
needs_xrt() {
	local lib
	for lib in /usr/lib/*/libxrt_coreutil.so.2 /usr/lib/libxrt_coreutil.so.2 \
		/opt/xilinx/xrt/lib/libxrt_coreutil.so.2; do
		[ ! -e "$lib" ] || return 0
	done
	skip 'XRT is not installed'
}
