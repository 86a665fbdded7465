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
# What programs keep for later: not in the user's.
XDG_CACHE_HOME=${BATS_TEST_TMPDIR:-/nonexistent}/cache
export top_srcdir top_builddir PATH LC_ALL XDG_CACHE_HOME

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

# eventually COMMAND...: waits until it is true; a minute is as good as never.
eventually() {
	local end=$((SECONDS + 60))
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

# example FILE NAME: its text.  In a man page a literal display, in Markdown a
# fenced block, after the comment "example: NAME".
example() {
	awk -v name="$2" '
	/^(\.\\"|<!--) example: / { on = $3 == name; next }
	/^(\.Bd|```sh)/ { inside = on; next }
	/^(\.Ed|```$)/ { if (inside) exit; inside = 0; next }
	inside { gsub(/\\e/, "\\"); print }' "$top_srcdir/$1"
}

# run_example FILE NAME: by bash, and every stage of a pipeline counts.
run_example() {
	local text
	text=$(example "$1" "$2")
	[ -n "$text" ] || {
		shows "no example '$2' in" "$1"
		return 1
	}
	bash -euo pipefail -c "$text"
}

# children PATTERN: processes that this test has started, whoever has them now;
# other tests run beside it.
children() {
	local pid status=1
	for pid in $(pgrep -f -- "$1"); do
		grep -qzxF "BATS_TEST_TMPDIR=$BATS_TEST_TMPDIR" \
			"/proc/$pid/environ" 2> /dev/null || continue
		echo "$pid"
		status=0
	done
	return $status
}

# assert_no_child PATTERN: none is left, or will be soon.
assert_no_child() {
	if ! eventually no_children "$1"; then
		shows 'still running' "$(children "$1" | xargs -r ps -o pid=,args= -p)"
		return 1
	fi
}
no_children() { ! children "$1" > /dev/null; }

# feed FILE COMMAND...: FILE on stdout, again and again until COMMAND is true,
# and once more.
feed() {
	local file=$1
	shift
	cat "$file" || return
	until "$@"; do
		cat "$file" || return
	done
	cat "$file"
}

# have_run N: so many units of the softcard around us have been seen at work,
# now or before.  --rate makes runs long enough to be seen.
have_run() {
	local seen=$OCR_SOFTCARD/seen
	stat -c '%i %n' "$OCR_SOFTCARD"/card*/*.run 2> /dev/null |
		awk 'NR == FNR { sub(/.*:/, "", $(NF - 2)); locked[$(NF - 2)]; next }
			$1 in locked' /proc/locks - >> "$seen"
	[ "$(sort -u "$seen" | wc -l)" -ge "$1" ]
}

# for bash in a softcard
export -f eventually feed have_run

# is_json FILE: one document a line; nothing is said where there is no Python.
is_json() {
	python3 -c 'pass' 2> /dev/null || return 0
	python3 -c 'import json, sys
for line in open(sys.argv[1]): json.loads(line)' "$1"
}

# are_parents LEVELS EDGES SOURCE BOTH: each has an edge from its parent, which
# is one level above
are_parents() {
	awk -v s="$3" -v both="$4" '
	FILENAME == ARGV[1] { level[$1] = $2; parent[$1] = $3; next }
	NF { edge[$1 " " $2] }
	NF && both { edge[$2 " " $1] }
	END {
		for (v in level) {
			if (v == s && parent[v] == s && level[v] == 0)
				continue
			if (!((parent[v] " " v) in edge) || level[parent[v]] + 1 != level[v]) {
				print "wrong", v
				exit 1
			}
		}
	}' "$1" "$2"
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
