#!/usr/bin/env bash
# Measures ocr-compress beside its peers, by the rules of RULES.md; says what
# was reached of what was wanted, and never fails for it.  'make bench' runs
# all of it: more than an hour.
set -u
export LC_ALL=C

usage() {
	cat <<-'END'
	usage: compress.sh [--quick] [--reps=N] [--bars | --only=REGEX] [--json=FILE]
	       compress.sh --list [--bars | --only=REGEX]
	  --quick       32 MB of one corpus, two levels, two runs: tests this script
	  --reps=N      pairs of runs per row (default 5)
	  --bars        only the rows that the bars at the end need
	  --only=REGEX  only rows whose name matches
	  --list        name the rows, run nothing
	  --json=FILE   raw results, a line a run (default: BENCH_DIR/compress-TIME)
	environment:
	  BENCH_DIR     corpora and results, kept (default: TMPDIR/ocr-bench)
	  CORPUS        directory: each file in it is a corpus too (Silesia, enwik)
	  CPUS          processors to run on, like 0,1 (default: the first two)
	  top_builddir  where all is built (default: ../../build)
	END
}

# shellcheck source=tests/bench/bench.bash
. "$(dirname "$0")/bench.bash"
reps=5 quick=''
levels='1 3 6 9' threads='1 2' corpora='b64:200 mix:200 text:150'
bar_rows='^(ratio|memory|(pipeline|share) .* -[16]( t2)?$'
bar_rows+='|(compress|decompress) .* -[16] t2 (pigz|igzip|igzip-2)$)'
# option WORD: of this script alone
option() {
	case $1 in
	--quick) quick=yes reps=2 levels='1 6' threads=2 corpora=mix:32 ;;
	--bars) only=$bar_rows ;;
	*) return 1 ;;
	esac
}
begin "$@"
codec=$build/tests/bench/codec

declare -A file      # path of each corpus
declare -A in_bytes  # and its size
names=''

# peers DIRECTION LEVEL THREADS: "NAME COMMAND" of each that is installed, at
# its nearest level.  What has one thread only is not run again for two, but
# for those that are fast enough to be the best peer all the same.
peers() {
	local l=$2 n=$3 i=$2
	((i <= 3)) || i=3 # igzip has no more
	if [ "$1" = compress ]; then
		! has pigz || echo "pigz pigz -$l -p $n -c"
		! has igzip || echo "igzip igzip -$i -T $n -c"
		! has igzip || [ "$l" != 1 ] || echo "igzip-2 igzip -2 -T $n -c"
		! has bgzip || echo "bgzip bgzip -l $l -@ $n -c"
		! has libdeflate-gzip || echo "libdeflate libdeflate-gzip -$l -c"
		[ "$n" != 1 ] || echo "gzip gzip -$l -c"
	else
		! has igzip || echo 'igzip igzip -d -c'
		! has pigz || echo "pigz pigz -d -p $n -c"
		! has libdeflate-gzip || echo 'libdeflate libdeflate-gzip -d -c'
		[ "$n" != 1 ] || echo 'gzip gzip -d -c'
	fi
}

# faster ROW OTHER: is the peer of ROW faster than that of OTHER, if any?
faster() {
	[ -z "$2" ] || ! at_least "${speed["$2 peer"]}" "${speed["$1 peer"]}"
}

# best_peer PREFIX CORPUS LEVEL THREADS: the fastest of those rows, and the
# fastest whose output is larger than ours by at most 1 %.
best_peer() {
	local row best='' fair='' peer command
	local ours=${out_bytes["$2 ocr-compress -$3 -j $4 -c"]-}
	while read -r peer command; do
		row="$1 $peer"
		[ -n "${med[$row]-}" ] || continue
		! faster "$row" "$best" || best=$row
		((ours * 101 >= out_bytes["$2 $command"] * 100)) || continue
		! faster "$row" "$fair" || fair=$row
	done < <(peers compress "$3" "$4")
	[ -n "$best" ] || return 0
	printf '  fastest peer: %s, ours %s x' "${best##* }" "${med[$best]}"
	if [ -n "$fair" ]; then
		printf '; with our ratio: %s, ours %s x\n' "${fair##* }" \
			"${med[$fair]}"
	else
		printf '; none has our ratio\n'
	fi
}

compress_rows() {
	local c l t prefix peer command
	header compress
	for c in $names; do for l in $levels; do for t in $threads; do
		prefix="compress $c -$l t$t"
		while read -r peer command; do
			wanted "$prefix $peer" || continue
			pairs "$prefix $peer" "$c" "${in_bytes[$c]}" \
				"$(cpus_for "$t")" "${file[$c]}" \
				"ocr-compress -$l -j $t -c" "$command"
		done < <(peers compress "$l" "$t")
		best_peer "$prefix" "$c" "$l" "$t"
	done; done; done
}

# Size alone, at every level that pigz has.
ratio_rows() {
	local c l row ours theirs all='1 2 3 4 5 6 7 8 9'
	[ -z "$quick" ] || all=$levels
	has pigz || return
	[ -n "$list" ] || printf '\n%-30s %8s %8s   ours / peer\n' ratio ours pigz
	for c in $names; do for l in $all; do
		row="ratio $c -$l"
		wanted "$row" || continue
		size "$c" "${file[$c]}" "ocr-compress -$l -j 2 -c"
		ours=$bytes
		size "$c" "${file[$c]}" "pigz -$l -p 2 -c"
		theirs=$bytes
		med[$row]=$(awk -v a="$theirs" -v b="$ours" \
			'BEGIN { printf "%.3f", a / b }')
		printf '%-30s %8s %8s   %s\n' "$row" \
			"$(ratio "${in_bytes[$c]}" "$ours")" \
			"$(ratio "${in_bytes[$c]}" "$theirs")" "${med[$row]}"
	done; done
}

# pack NAME CORPUS COMMAND: sets packed to the corpus compressed by COMMAND,
# which gzip has checked.  Once a run: the tool may have changed since the last.
declare -A is_packed
pack() {
	local words
	packed=$dir/$1.gz
	[ -z "${is_packed[$1]-}" ] || return 0
	shell "$3"
	"${words[@]}" < "${file[$2]}" > "$packed" || die "failed: $3"
	gzip -dc < "$packed" | cmp - "${file[$2]}" ||
		die "gzip makes something else of: $3"
	is_packed[$1]=yes
}

own_rows() {
	local c l t row peer command packed
	header 'decompress our files'
	for c in $names; do for l in $levels; do for t in $threads; do
		while read -r peer command; do
			row="decompress $c -$l t$t $peer"
			wanted "$row" || continue
			pack "own-$c-$l" "$c" "ocr-compress -$l -c"
			pairs "$row" "own $c $l" "${in_bytes[$c]}" \
				"$(cpus_for "$t")" "$packed" \
				"ocr-compress -d -j $t -c" "$command"
		done < <(peers decompress "$l" "$t")
	done; done; done
}

# foreign CORPUS THREADS FROM PACK UNPACK
foreign() {
	local row="decompress $1 of-$3 t$2 ${5%% *}" packed
	has "${4%% *}" && has "${5%% *}" && wanted "$row" || return 0
	pack "$3-$1" "$1" "$4"
	pairs "$row" "$3 $1" "${in_bytes[$1]}" "$(cpus_for "$2")" "$packed" \
		"ocr-compress -d -j $2 -c" "$5"
}

foreign_rows() {
	local c t
	header 'decompress files of others'
	for c in $names; do for t in $threads; do
		foreign "$c" "$t" gzip 'gzip -6 -c' 'igzip -d -c'
		foreign "$c" "$t" pigz 'pigz -6 -c' 'igzip -d -c'
		foreign "$c" "$t" bgzip 'bgzip -l 6 -@ 2 -c' "bgzip -d -@ $t -c"
	done; done
}

# run_codec THREADS LEVEL FILE: sets wall to the seconds of its best run.
run_codec() {
	local rate in _
	"$runtime" -c "$(cpus_for "$1")" -o "$dir/out.$$" \
		"$codec" -j "$1" -l "$2" -r 3 "$3" > /dev/null || die 'codec failed'
	read -r rate in _ < "$dir/out.$$"
	wall=$(awk -v r="$rate" -v n="$in" 'BEGIN { printf "%.6f", n / r / 1e6 }')
	cpu=null
	kib=null
}

# The whole program against its kernel alone, in memory.
share_rows() {
	local c l t row ours a b i line
	header 'share of memory to memory'
	for c in $names; do for l in $levels; do for t in $threads; do
		row="share $c -$l t$t"
		wanted "$row" || continue
		ours="ocr-compress -$l -j $t -c"
		size "$c" "${file[$c]}" "$ours"
		a='' b=''
		for ((i = 1; i <= reps; i++)); do
			run "$(cpus_for "$t")" "${file[$c]}" "$ours"
			record "$row" ours "$i" "$ours" "${in_bytes[$c]}"
			a+=" $wall"
			run_codec "$t" "$l" "${file[$c]}"
			record "$row" peer "$i" "codec -j $t -l $l -r 3" \
				"${in_bytes[$c]}"
			b+=" $wall"
		done
		read -ra line <<< "$(compare "${in_bytes[$c]}" "$a" "$b")"
		keep "$row" "${line[@]}"
		print_row "$row" - - - - -
	done; done; done
}

pipeline_rows() {
	local c l
	header 'three processes / one'
	for c in $names; do for l in $levels; do
		wanted "pipeline $c -$l" || continue
		pairs "pipeline $c -$l" "$c" "${in_bytes[$c]}" "$(cpus_for 2)" \
			"${file[$c]}" "ocr-split | ocr-compress -$l -j 2 | ocr-merge" \
			"ocr-compress -$l -j 2 -c"
	done; done
}

# memory ROW INPUT COMMAND
memory() {
	wanted "$1" || return 0
	run "$(cpus_for 2)" "$2" "$3"
	record "$1" ours 1 "$3" "$(wc -c < "$2")"
	peak[$1]=$kib
	printf '%-30s %8s\n' "$1" "$(mb "$kib")"
}

# The largest corpus, from a file and from a pipe.
memory_rows() {
	local c l packed largest=''
	for c in $names; do
		[ -n "$largest" ] && ((in_bytes[$c] <= in_bytes[$largest])) ||
			largest=$c
	done
	c=$largest
	[ -n "$list" ] || printf '\n%-30s %8s\n' 'memory, 2 workers' MB
	for l in $levels; do
		memory "memory $c -$l file" "${file[$c]}" "ocr-compress -$l -j 2 -c"
		memory "memory $c -$l pipe" "${file[$c]}" \
			"cat | ocr-compress -$l -j 2 -c"
		[[ "memory $c -$l -d" =~ $only ]] || continue
		[ -n "$list" ] || pack "own-$c-$l" "$c" "ocr-compress -$l -c"
		memory "memory $c -$l -d" "$dir/own-$c-$l.gz" 'ocr-compress -d -j 2 -c'
	done
}

# worst_ratio CORPUS: the least of its ratio rows, or nothing.
worst_ratio() {
	local l
	for l in 1 2 3 4 5 6 7 8 9; do
		echo "${med["ratio $1 -$l"]-}"
	done | grep . | sort -n | head -n 1
}
# worst_peak REGEX: of the memory rows that match, in MB, or nothing.
worst_peak() {
	local row
	for row in "${!peak[@]}"; do
		[[ ! $row =~ ^memory.*$1 ]] || mb "${peak[$row]}"
	done | sort -n | tail -n 1
}

bars() {
	local c l
	bar_header 'bars, 2 threads'
	for c in $names; do
		row_bar "$c: -6 / pigz -6 -p 2 (aim: 3)" 2.5 "compress $c -6 t2 pigz"
	done
	for c in $names; do
		if [ "$c" = b64 ]; then
			row_bar "$c: -1 / igzip -1 -T 2" 2.3 "compress $c -1 t2 igzip"
			row_bar "$c: -1 / pigz -1 -p 2" 13 "compress $c -1 t2 pigz"
			bar "$c: -1, MB/s" 1000 "${speed["compress $c -1 t2 igzip"]-}"
		else
			row_bar "$c: -1 / igzip -2 -T 2" 2 \
				"compress $c -1 t2 igzip-2"
		fi
	done
	for c in $names; do
		bar "$c: ratio / pigz's, worst of the levels" 1 "$(worst_ratio "$c")"
	done
	for c in $names; do for l in 1 6; do
		row_bar "$c: -$l / memory to memory" 0.90 "share $c -$l t2"
	done; done
	for c in $names; do
		row_bar "$c: -1, three processes / one" 0.65 "pipeline $c -1"
		row_bar "$c: -6, three processes / one" 0.85 "pipeline $c -6"
	done
	for c in $names; do for l in 1 6; do
		row_bar "$c: -d of our -$l / igzip -d" 1.8 \
			"decompress $c -$l t2 igzip"
	done; done
	bar 'memory, 1 MiB chunks, MB' '<=40' "$(worst_peak '(file|pipe)$')"
	bar 'memory, -d, MB' '<=40' "$(worst_peak ' -d$')"
}

# add NAME FILE: one more corpus.
add() {
	names+=" $1"
	file[$1]=$2
	in_bytes[$1]=$(wc -c < "$2")
	[ -n "$list" ] || tell <<< "corpus $1: ${in_bytes[$1]} bytes, cksum $(
		cksum < "$2" | cut -d' ' -f1)"
}

add_all() {
	local c path
	for c in $corpora; do
		path=/dev/null
		[ -n "$list" ] ||
			path=$("$here/corpus.sh" "${c%:*}" "${c#*:}" "$dir") || exit 1
		add "${c%:*}" "$path"
	done
	[ -n "${CORPUS-}" ] && [ -z "$quick" ] || return 0
	for path in "$CORPUS"/*; do
		c=${path##*/}
		[ ! -f "$path" ] || [ ! -s "$path" ] ||
			add "${c//[^A-Za-z0-9._-]/_}" "$path"
	done
}

rows() {
	compress_rows
	ratio_rows
	own_rows
	foreign_rows
	share_rows
	pipeline_rows
	memory_rows
}

if [ -n "$list" ]; then
	add_all
	rows
	exit 0
fi
for need in "$build/ocr-compress" "$runtime" "$codec"; do
	[ -x "$need" ] || die "$need is not built"
done
mkdir -p "$dir" || exit 1
trap 'rm -f "$dir/out.$$"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
: > "$json" || exit 1
machine ocr-compress pigz igzip bgzip libdeflate-gzip gzip | tell
tell <<< "runs $reps pairs a row; MB = 10^6 bytes; output to /dev/null"
[ -z "$quick" ] || tell <<< 'note --quick: these figures only test the script'
add_all
rows
bars
printf '\n%-10s %s at the end\n' load "$(cut -d' ' -f1-3 /proc/loadavg)"
printf '%-10s %s\n' raw "$json"
