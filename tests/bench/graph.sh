#!/usr/bin/env bash
# The graph programs against the GAP benchmark's (GAPBS), LAGraph and igraph, by
# the rules of RULES.md; never fails for a figure.  Grade H.
set -u
export LC_ALL=C

usage() {
	cat <<-'END'
	usage: GAPBS=DIR [LAGRAPH=DIR] graph.sh [--quick] [--scale=N] [--reps=N] [--trials=N] [--only=REGEX] [--json=FILE]
	       graph.sh --list [--only=REGEX]
	  --quick       small graphs: tests this script
	  --scale=N     2^N vertices in most graphs (default 20)
	  --reps=N      pairs of runs per row (default 3; of slow peers 1)
	  --trials=N    searches in a run (default 64; PageRank a quarter of it, and
	                slow peers less)
	  --only=REGEX  only rows whose name matches
	  --list        name the rows, run nothing
	  --json=FILE   raw results, a line a run (default: BENCH_DIR/graph-TIME)
	GAPBS is a checkout of github.com/sbeamer/gapbs, built with its own Makefile;
	LAGRAPH one of github.com/GraphBLAS/LAGraph, built in its directory build.
	igraph is found by pkg-config.  Peers that are not there are not run.  The rows
	'ranks' need none of them, but mpirun and a build --with-mpi.
	environment: BENCH_DIR, CPUS and top_builddir as for compress.sh
	END
}

# shellcheck source=tests/bench/bench.bash
. "$(dirname "$0")/bench.bash"
reps=3 trials=64 scale=20 large=22 side=1000
# option WORD: of this script alone
option() {
	case $1 in
	--quick) reps=1 trials=4 scale=10 large=12 side=40 ;;
	--scale=[1-9]*) scale=${1#*=} ;;
	--trials=[1-9]*) trials=${1#*=} ;;
	*) return 1 ;;
	esac
}
begin "$@"
sources=$build/tests/bench/gapbs_sources
# shellcheck source=tests/bench/graph_peers.bash
. "$here/graph_peers.bash"
# shellcheck source=tests/bench/graph.bash
. "$here/graph.bash"
# shellcheck source=tests/bench/graph_ranks.bash
. "$here/graph_ranks.bash"
unset OCR_DEVICES OCR_SCHEDULE OCR_XCLBIN

rows() {
	local t g
	for t in 1 2; do
		for g in kron$scale kron$large uniform$scale; do
			row bfs "$g" "$t"
		done
		for g in kron$scale kron$large uniform$scale grid$side; do
			row sssp "$g" "$t"
		done
		for g in kron$scale kron$large uniform$scale directed$scale; do
			row pagerank "$g" "$t"
		done
	done
}
user_rows() {
	local g
	for g in kron$scale kron$large uniform$scale; do
		user_row bfs "$g"
	done
	for g in kron$scale kron$large uniform$scale grid$side; do
		user_row sssp "$g"
	done
	for g in kron$scale kron$large uniform$scale directed$scale; do
		user_row pagerank "$g"
	done
}
layout_rows() {
	local p g
	for p in bfs sssp pagerank; do
		for g in kron$scale kron$large uniform$scale; do
			layout_row "$p" "$g"
		done
	done
}
memory_rows() {
	local p g
	for p in bfs sssp pagerank; do
		for g in kron$scale kron$large uniform$scale; do
			memory_row "$p" "$g"
		done
	done
}
update_rows() {
	local p g
	for p in bfs sssp; do
		for g in kron$scale uniform$scale; do
			update_row "$p" "$g"
		done
	done
}
accuracy_rows() {
	local g
	for g in kron$scale uniform$scale directed$scale; do
		accuracy_row pagerank "$g"
	done
}
name_rows() {
	local list=yes
	rows
	user_rows
	layout_rows
	memory_rows
	update_rows
	accuracy_rows
	ranks_row "kron$scale"
}

bars() {
	local g p
	bar_header 'bar (2 threads, times as fast as GAPBS)'
	for g in kron$scale kron$large; do
		row_bar "bfs $g" 4 "bfs $g t2 gapbs"
		row_bar "sssp $g" 7 "sssp $g t2 gapbs"
		row_bar "pagerank $g" 3.5 "pagerank $g t2 gapbs"
	done
	row_bar "bfs uniform$scale" 2 "bfs uniform$scale t2 gapbs"
	row_bar "sssp uniform$scale" 4.5 "sssp uniform$scale t2 gapbs"
	row_bar "sssp grid$side" 1.5 "sssp grid$side t2 gapbs"
	row_bar "pagerank uniform$scale" 1.5 "pagerank uniform$scale t2 gapbs"
	row_bar "pagerank directed$scale" 1.3 "pagerank directed$scale t2 gapbs"
	for p in bfs sssp pagerank; do
		for g in kron$scale kron$large uniform$scale; do
			bar "memory $p $g, of GAPBS's" '<=1.3' \
				"${memory["$p $g"]-}"
		done
	done
}

if [ -n "$list" ]; then
	name_rows
	exit 0
fi
peers=$(name_rows | grep -v '^ranks ') # rows that are against others
[ -z "$peers" ] || [ -x "${GAPBS:-}/bfs" ] ||
	die 'GAPBS=DIR: where the GAP benchmark was built'
mkdir -p "$dir" || exit 1
: > "$json"
if [ -n "$peers" ]; then
	find_peers
	prepare "kron$scale" 2
fi
{
	machine ocr-bfs
	[ -z "$peers" ] || {
		tell_peers
		tell_huge "$plain"
	}
} | tell
printf -v title '%-30s %9s %9s  %-20s %6s %8s %7s %6s %7s %7s %7s %6s' \
	'program graph threads peer' ms 'peer ms' 'peer / ours' 'paired' \
	MTEPS peer lambda 'once s' 'start s' after again
rows
printf -v title '%-30s %9s %9s  %-20s %6s %8s %7s %6s %7s %7s %7s %6s' \
	"user's order (2 threads), gapbs" ms 'peer ms' 'peer / ours' 'paired' \
	MTEPS peer lambda 'once s' 'start s' after again
user_rows
printf -v title '%-30s %9s %9s %9s %9s' 'layout (2 threads)' ms "user's ms" \
	'more s' after
layout_rows
printf -v title '%-30s %9s %9s %9s %9s   %s' 'peak MB (2 threads)' own 'with file' \
	'peer own' peer 'ours / peer'
memory_rows
printf -v title '%-30s %9s %9s  %s' '1000 edges added (2 threads)' ms 'anew ms' \
	'anew / ours'
update_rows
printf -v title '%-30s %9s %9s' 'distance to exact scores' ours gapbs
accuracy_rows
printf -v title '%-22s %9s %9s  %-20s %7s %7s' 'ranks (2 processors)' ms \
	'alone ms' 'alone / ranks' GTEPS alone
ranks_row "kron$scale"
[ -z "$peers" ] || bars
echo "load $(cut -d' ' -f1-3 /proc/loadavg) at the end"
