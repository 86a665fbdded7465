#!/usr/bin/env bash
# The graph programs against the GAP benchmark's (GAPBS), by the rules of
# RULES.md; never fails for a figure.  Grade H.
set -u
export LC_ALL=C

usage() {
	cat <<-'END'
	usage: GAPBS=DIR graph.sh [--quick] [--reps=N] [--trials=N] [--only=REGEX] [--json=FILE]
	       graph.sh --list [--only=REGEX]
	  --quick       small graphs: tests this script
	  --reps=N      pairs of runs per row (default 3)
	  --trials=N    searches in a run (default 64; PageRank a quarter of it)
	  --only=REGEX  only rows whose name matches
	  --list        name the rows, run nothing
	  --json=FILE   raw results, a line a run (default: BENCH_DIR/graph-TIME)
	GAPBS is a checkout of github.com/sbeamer/gapbs, built with its own Makefile.
	environment: BENCH_DIR, CPUS and top_builddir as for compress.sh
	END
}

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${top_builddir:-$here/../../build}" 2> /dev/null && pwd) || build=.
dir=${BENCH_DIR:-${TMPDIR:-/tmp}/ocr-bench}
json='' reps=3 trials=64 only=. list='' scale=20 large=22 side=1000
for arg; do
	case $arg in
	--quick) reps=1 trials=4 scale=10 large=12 side=40 ;;
	--reps=[1-9]*) reps=${arg#*=} ;;
	--trials=[1-9]*) trials=${arg#*=} ;;
	--only=*) only=${arg#*=} ;;
	--json=*) json=${arg#*=} ;;
	--list) list=yes ;;
	--help)
		usage
		exit 0
		;;
	*)
		usage >&2
		exit 2
		;;
	esac
done
: "${json:=$dir/graph-$(date +%Y%m%d-%H%M%S).jsonl}"
PATH=$build:$PATH
sources=$build/tests/bench/gapbs_sources
# shellcheck source=tests/bench/bench.bash
. "$here/bench.bash"
: "${CPUS:=$(usable_cpus)}"
unset OCR_DEVICES OCR_SCHEDULE OCR_XCLBIN

# What a graph is made by, both sides the same: NAME is kron20, uniform20,
# grid1000 or directed20; sets plain, weighted (GAPBS's formats) and the same as
# .ocrg.
graph() {
	local name=$1 shape
	plain=$dir/$name.sg weighted=$dir/$name.wsg
	shape=${name%%[0-9]*}
	if [ ! -e "$plain.ocrg" ]; then
		case $shape in
		kron) convert -g "${name#kron}" ;;
		uniform) convert -u "${name#uniform}" ;;
		grid)
			grid "$side" > "$dir/$name.wel"
			convert -s -f "$dir/$name.wel"
			;;
		directed)
			ocr-graph --kron="${name#directed}" --to=el \
				> "$dir/$name.el" || die "no graph $name"
			convert -f "$dir/$name.el"
			;;
		esac
		if [ "$shape" != directed ]; then
			ocr-graph "$weighted" -o "$weighted.ocrg" ||
				die "cannot read $weighted"
		fi
		ocr-graph "$plain" -o "$plain.ocrg" || die "cannot read $plain"
	fi
}
# convert OPTION...: GAPBS's converter, to both formats.
convert() {
	echo "making $name" >&2
	"$GAPBS/converter" "$@" -b "$plain" > /dev/null ||
		die "GAPBS's converter failed: $*"
	[ "$1" = -f ] || "$GAPBS/converter" "$@" -w -b "$weighted" \
		> /dev/null || die "GAPBS's converter failed: $* -w"
}
# grid N: N x N vertices, weights 1 to 255.
grid() {
	awk -v n="$1" 'BEGIN {
		srand(1)
		for (y = 0; y < n; y++)
			for (x = 0; x < n; x++) {
				v = y * n + x
				if (x + 1 < n)
					print v, v + 1, 1 + int(rand() * 255)
				if (y + 1 < n)
					print v, v + n, 1 + int(rand() * 255)
			}
	}'
}

# ours COMMAND...: milliseconds of each trial, a word each, in times.
ours() {
	times=$(taskset -c "$on" "$@" | awk '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == "ms") c = i; next }
		$1 != "median" { printf "%s ", $c }') || die "failed: $*"
	[ -n "$times" ] || die "no times: $*"
}
# theirs COMMAND...: the same of a GAPBS program, at its best: threads that spin
# for a while, as there are processors for them.
theirs() {
	times=$(OMP_NUM_THREADS=$threads GOMP_SPINCOUNT=1000 \
		taskset -c "$on" "$@" | awk '
		/^Trial Time:/ { printf "%.6f ", $3 * 1000 }') || die "failed: $*"
	[ -n "$times" ] || die "no times: $*"
}
median() {
	tr ' ' '\n' <<< "$1" | grep . | sort -g | awk '{ v[NR] = $1 }
		END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}
# peak COMMAND...: KiB.
peak_of() {
	local wall cpu kib line
	line=$("$build/tests/bench/runtime" -c "$on" -i /dev/null "$@") ||
		die "failed: $*"
	read -r wall cpu kib <<< "$line"
	echo "$kib"
}

# pair ROW: our command in "a", theirs in "b", one trial of each in "a1", "b1".
pair() {
	local x='' y='' i m
	for ((i = 1; i <= reps; i++)); do
		ours "${a[@]}"
		m=$(median "$times")
		x+=" $m"
		note_run "$1" ours "$i" "$m"
		theirs "${b[@]}"
		m=$(median "$times")
		y+=" $m"
		note_run "$1" peer "$i" "$m"
	done
	read -ra line <<< "$(compare 0 "$x" "$y")"
	keep "$1" "${line[@]}"
	printf '%-26s %9.2f %9.2f   %-18s %7s %7s\n' "$1" "$(median "$x")" \
		"$(median "$y")" \
		"$(printf '%.2f (%.2f-%.2f)' "${line[@]:2}")" \
		"$(mb "$(peak_of "${a1[@]}")")" "$(mb "$(peak_of "${b1[@]}")")"
}
note_run() {
	printf '{"row":"%s","side":"%s","rep":%d,"median_ms":%s,"grade":"H"}\n' \
		"$1" "$2" "$3" "$4" >> "$json"
}

# row PROGRAM GRAPH THREADS
row() {
	local name="$1 $2 t$3" delta n=$trials
	wanted "$name" || return 0
	threads=$3
	on=$(cpus_for "$3")
	graph "$2"
	"$sources" "$plain" "$trials" > "$dir/sources" || die 'no sources'
	case $1 in
	bfs)
		a=(ocr-bfs --parents -j "$3" --sources="$dir/sources"
			--trials="$n" "$plain.ocrg")
		b=("$GAPBS/bfs" -f "$plain" -n "$n")
		a1=(ocr-bfs --parents -j "$3" --trials=1 "$plain.ocrg")
		b1=("$GAPBS/bfs" -f "$plain" -n 1)
		;;
	sssp)
		delta=2
		[[ $2 == kron* ]] || delta=16
		[[ $2 != grid* ]] || delta=128
		a=(ocr-sssp -j "$3" --sources="$dir/sources" --trials="$n"
			"$weighted.ocrg")
		b=("$GAPBS/sssp" -f "$weighted" -d "$delta" -n "$n")
		a1=(ocr-sssp -j "$3" --trials=1 "$weighted.ocrg")
		b1=("$GAPBS/sssp" -f "$weighted" -d "$delta" -n 1)
		;;
	pagerank)
		n=$(((n + 3) / 4))
		a=(ocr-pagerank -j "$3" --trials="$n" "$plain.ocrg")
		b=("$GAPBS/pr" -f "$plain" -i 1000 -t 1e-4 -n "$n")
		a1=(ocr-pagerank -j "$3" --trials=1 "$plain.ocrg")
		b1=("$GAPBS/pr" -f "$plain" -i 1000 -t 1e-4 -n 1)
		;;
	esac
	pair "$name"
}

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

if [ -n "$list" ]; then
	rows
	exit 0
fi
[ -x "${GAPBS:-}/bfs" ] || die 'GAPBS=DIR: where the GAP benchmark was built'
mkdir -p "$dir" || exit 1
: > "$json"
machine ocr-bfs | tell
printf '\n%-26s %9s %9s   %-18s %7s %7s\n' 'program graph threads' ms \
	'peer ms' 'peer / ours' MB 'peer MB'
rows
bar_header 'bar (2 threads, times as fast as GAPBS)'
for g in kron$scale kron$large; do
	row_bar "bfs $g" 4 "bfs $g t2"
	row_bar "sssp $g" 7 "sssp $g t2"
	row_bar "pagerank $g" 3.5 "pagerank $g t2"
done
row_bar "bfs uniform$scale" 2 "bfs uniform$scale t2"
row_bar "sssp uniform$scale" 4.5 "sssp uniform$scale t2"
row_bar "sssp grid$side" 1.5 "sssp grid$side t2"
row_bar "pagerank uniform$scale" 1.5 "pagerank uniform$scale t2"
row_bar "pagerank directed$scale" 1.3 "pagerank directed$scale t2"
