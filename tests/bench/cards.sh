#!/usr/bin/env bash
# What cards bring, on ocr-softcard: everything here is grade E, emulated.  It
# shows what the software around a card costs; about hardware it says nothing.
# By the rules of RULES.md; never fails for a figure.
set -u
export LC_ALL=C

usage() {
	cat <<-'END'
	usage: cards.sh [--quick] [--reps=N] [--slow=N] [--only=REGEX] [--json=FILE]
	       cards.sh --list [--only=REGEX]
	  --quick       few and short runs: tests this script
	  --reps=N      runs per row (default 3)
	  --slow=N      an invented clock that is N times slower: the emulation
	                itself costs less of the time
	  --only=REGEX  only rows whose name matches
	  --list        name the rows, run nothing
	  --json=FILE   raw results, a line a run (default: BENCH_DIR/cards-TIME)
	environment: BENCH_DIR, CPUS and top_builddir as for compress.sh
	END
}

# shellcheck source=tests/bench/bench.bash
. "$(dirname "$0")/bench.bash"
reps=3 quick=''
# Invented speed: a unit takes CHUNK / UNIT_RATE seconds for a chunk, so long
# that two processors can play a hundred units.  Each unit has CHUNKS of them.
chunk=65536 unit_rate=65536 chunks=12 corpus_mb=40
# option WORD: of this script alone
option() {
	case $1 in
	--quick) quick=yes reps=1 unit_rate=1048576 chunks=3 corpus_mb=4 ;;
	--slow=[1-9]*) unit_rate=$((unit_rate / ${1#*=})) ;;
	*) return 1 ;;
	esac
}
begin "$@"
card=$build/tests/bench/card
export OCR_LEASE_DIR=$dir/leases
unset OCR_DEVICES OCR_XCLBIN

declare -A value # of a row, what its bar needs

# keep_value ROW WHAT VALUE: print and record.
keep_value() {
	value[$1]=$3
	printf '%-34s %10s  %s\n' "$1" "$3" "$2"
	printf '{"row":"%s","what":"%s","value":%s,"grade":"E"}\n' "$1" "$2" \
		"$3" >> "$json"
}

# input BYTES: a file of text that long; sets path.
input() {
	path=$dir/text-$1
	[ -e "$path" ] || "$build/tests/gen" text "$1" > "$path" ||
		die "cannot make $path"
}

# timed CARD_OPTIONS INPUT COMPRESS_OPTIONS: sets wall, cpu, kib and share, the
# part of the units' time that goes into checking their results.
timed() {
	local line options
	read -ra options <<< "$1"
	# shellcheck disable=SC2086 # words
	line=$(ocr-softcard "${options[@]}" -- "$runtime" -c "$CPUS" -i "$2" \
		ocr-compress -c -s "$chunk" --stats="$dir/stats" \
		--run-timeout=120 $3) || die "failed: ocr-compress $3"
	read -r wall cpu kib <<< "$line"
	share=$(tr '{' '\n' < "$dir/stats" | awk -F'[:,]' '
		/"name":"xrt/ { for (i = 1; i < NF; i++) {
			if ($i ~ /"busy_seconds"/) busy += $(i + 1)
			if ($i ~ /"verify_seconds"/) verify += $(i + 1)
		} }
		END { printf "%.4f\n", verify / (busy > 0 ? busy : 1) }')
}

# median_of VALUE...
median_of() { printf '%s\n' "$@" | sort -n | awk '{ v[NR] = $1 }
	END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

# speed_of ROW CARD_OPTIONS INPUT COMPRESS_OPTIONS: MB/s, median; sets mb_s.
speed_of() {
	local i all=''
	for ((i = 1; i <= reps; i++)); do
		timed "$2" "$3" "$4"
		record "$1" ours "$i" "$2 ocr-compress $4" "$(stat -c %s "$3")"
		all+=" $(awk -v n="$(stat -c %s "$3")" -v t="$wall" \
			'BEGIN { print n / 1e6 / t }')"
	done
	# shellcheck disable=SC2086 # words
	mb_s=$(median_of $all)
}

latency_rows() {
	local name number
	wanted 'latency' || return 0
	while read -r name number; do
		case $name in
		run_us) keep_value 'latency run' 'us, start to end' "$number" ;;
		sync_us) keep_value 'latency sync' 'us, 4 KiB to the card' "$number" ;;
		to_card_mb_s) keep_value 'copy to card' 'MB/s, 64 MiB' "$number" ;;
		from_card_mb_s) keep_value 'copy from card' 'MB/s, 64 MiB' "$number" ;;
		esac
	done < <(ocr-softcard --cus 1 -- taskset -c "$CPUS" "$card")
}

# The rate is such that computing takes about as long as copying both ways.
overlap_rows() {
	local name number one=0 two=0
	wanted 'overlap' || return 0
	while read -r name number; do
		case $name in
		one_mb_s) one=$number ;;
		two_mb_s) two=$number ;;
		esac
	done < <(ocr-softcard --cus 1 --rate 200M -- taskset -c "$CPUS" "$card" overlap)
	keep_value 'overlap one' 'MB/s, one job under way' "$one"
	keep_value 'overlap two' 'MB/s, two jobs under way' "$two"
	keep_value 'overlap' 'two / one' "$(awk -v a="$two" -v b="$one" \
		'BEGIN { printf "%.3f", a / b }')"
}

# scale CARDS UNITS: n units do n times the work of one; speed-up / n is
# the time of one over the time of n.
scale() {
	local row="scaling $1 x $2" n=$(($1 * $2)) path
	wanted "$row" || return 0
	input $((n * chunks * chunk))
	speed_of "$row" "--cards $1 --cus $2 --rate $unit_rate" "$path" '-D xrt'
	rm -f "$path"
	[ "$n" != 1 ] || one_unit=$mb_s
	[ -n "$one_unit" ] || return 0
	keep_value "$row" "speed-up / units; checking took $share of their time" \
		"$(awk -v a="$mb_s" -v b="$one_unit" -v n="$n" \
			'BEGIN { printf "%.3f", a / b / n }')"
}
scaling_rows() {
	one_unit=''
	local cards units
	for cards in 1 2 10; do for units in 1 2 4 10; do
		[ -z "$quick" ] || [ "$cards" = 1 ] || continue
		scale "$cards" "$units"
	done; done
}

# A slow level on one thread beside units that are as fast together.
together_rows() {
	local both cards cpu_alone units='--cus 4 --rate 1M'
	wanted together || return 0
	input $((chunks * 60 * chunk))
	speed_of 'together: cpu' "$units" "$path" '-12 -D cpu:1'
	cpu_alone=$mb_s
	speed_of 'together: card' "$units" "$path" '-12 -D xrt'
	cards=$mb_s
	speed_of 'together' "$units" "$path" '-12 -D cpu:1,xrt'
	both=$mb_s
	rm -f "$path"
	keep_value 'together: cpu' 'MB/s, one thread at -12' "$cpu_alone"
	keep_value 'together: card' 'MB/s, four units' "$cards"
	keep_value 'together' 'both / sum of both alone' \
		"$(awk -v a="$both" -v b="$cpu_alone" -v c="$cards" \
			'BEGIN { printf "%.3f", a / (b + c) }')"
}

# Size alone: the kernel against igzip -1, which needs no clock.
ratio_rows() {
	local c path ours theirs
	has igzip || return 0
	for c in b64 mix text; do
		wanted "ratio $c" || continue
		path=$("$here/corpus.sh" "$c" "$corpus_mb" "$dir") ||
			die "no corpus $c"
		ours=$(ocr-softcard --cus 2 -- ocr-compress -c -D xrt < "$path" |
			wc -c)
		theirs=$(igzip -1 -c < "$path" | wc -c)
		keep_value "ratio $c" 'ratio of k_deflate / of igzip -1' \
			"$(awk -v a="$theirs" -v b="$ours" \
				'BEGIN { printf "%.4f", a / b }')"
	done
}

bars() {
	local row
	bar_header 'bars (grade E)'
	for row in 'scaling 1 x 2' 'scaling 1 x 4' 'scaling 1 x 10' \
		'scaling 2 x 10' 'scaling 10 x 10'; do
		bar "$row: speed-up / units" 0.95 "${value[$row]-}"
	done
	bar 'CPU and card / sum of both alone' 0.95 "${value[together]-}"
	for row in b64 mix text; do
		bar "k_deflate / igzip -1, ratio, $row" 1 "${value[ratio $row]-}"
	done
}

if [ -z "$list" ]; then
	mkdir -p "$dir" || die "cannot make $dir"
	ocr-softcard -- true || exit 1
	: > "$json"
	machine igzip | tell
	printf '\n%-34s %10s  grade E: emulated by ocr-softcard\n' row value
fi
latency_rows
overlap_rows
scaling_rows
together_rows
ratio_rows
[ -n "$list" ] || bars
