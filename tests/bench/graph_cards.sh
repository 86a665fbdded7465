#!/usr/bin/env bash
# Graph programs on cards: ocr-bfs, ocr-sssp and ocr-pagerank on threads, on units
# of ocr-softcard by real XRT, and on both, by each schedule.  Everything here is
# grade E, emulated: it shows what the software around a card costs, and that
# results are the same; about hardware it says nothing.  By the rules of RULES.md;
# never fails for a figure, but for a result that differs.
set -u
export LC_ALL=C

usage() {
	cat <<-'END'
	usage: graph_cards.sh [--quick] [--reps=N] [--scale=N] [--only=REGEX]
	                      [--json=FILE]
	       graph_cards.sh --list [--only=REGEX]
	  --quick       few and short runs: tests this script
	  --reps=N      searches per row (default 9)
	  --scale=N     a Kronecker graph of 2^N vertices (default 14)
	  --only=REGEX  only rows whose name matches
	  --list        name the rows, run nothing
	  --json=FILE   raw results, a line a row (default: BENCH_DIR/graph_cards-TIME)
	environment: BENCH_DIR, CPUS and top_builddir as for compress.sh
	END
}

# shellcheck source=tests/bench/bench.bash
. "$(dirname "$0")/bench.bash"
reps=9 scale=14 quick=''
schedules=(static dynamic:32 hap hws-paper hws)
# option WORD: of this script alone
option() {
	case $1 in
	--quick) quick=yes reps=2 scale=8 schedules=(dynamic:1 hws) ;;
	--scale=[1-9]*) scale=${1#*=} ;;
	*) return 1 ;;
	esac
}
begin "$@"
export OCR_LEASE_DIR=$dir/leases
unset OCR_DEVICES OCR_XCLBIN OCR_SCHEDULE

threads=$(tr ',' '\n' <<< "$CPUS" | wc -l)
graph=$dir/graph_cards-$scale.ocrg
declare -A median_of_row # ms
differs=''

# who NAME: sets cards and devices, options of ocr-softcard and -D.
who() {
	case $1 in
	cpu) cards=() devices=cpu:$threads ;;
	unit) cards=(--cus 1) devices=xrt ;;
	'cpu+unit') cards=(--cus 1) devices=cpu:$threads,xrt ;;
	'cpu+4') cards=(--cards 2 --cus 2) devices=cpu:$threads,xrt ;;
	esac
}

# words_of PROGRAM: sets words, the command but for the graph and the devices.
words_of() {
	words=("ocr-${1%-push}" --seed=1)
	case $1 in
	pagerank) words+=(--iterations=20) ;;
	pagerank-push) words+=(--iterations=20 --cards=push) ;;
	*) words+=(-s "$source_id") ;;
	esac
}

# on_cards COMMAND...: on the cards of who(), in a session of its own.
on_cards() {
	[ "${#cards[@]}" = 0 ] || set -- ocr-softcard "${cards[@]}" -- "$@"
	timeout -k 5 600 setsid -w taskset -c "$CPUS" "$@"
}

# same PROGRAM FILE: are its results those of threads?  Scores may differ by a
# thousandth of their value.
same() {
	case $1 in
	pagerank*)
		paste "$dir/want-pagerank" "$2" | awk '
			$1 != $3 || ($2 - $4) ^ 2 > ($2 / 1000) ^ 2 { bad = 1 }
			END { exit bad }'
		;;
	*) cmp -s "$dir/want-$1" "$2" ;;
	esac
}

# member KEY: of the sweeps in the last --stats.
member() {
	sed "s/.*\"sweeps\":{//; s/.*\"$1\":\\([0-9.]*\\).*/\\1/" \
		<<< "${stats%%,\"workers\":*}"
}

# row PROGRAM WHO SCHEDULE
row() {
	local name="$1 $2 $3" words cards devices stats ms verdict=same
	wanted "$name" || return 0
	who "$2"
	words_of "$1"
	on_cards "${words[@]}" -D "$devices" --schedule="$3" -o "$dir/got" \
		"$graph" || die "failed: $name"
	same "$1" "$dir/got" || verdict=DIFFERS differs=yes
	ms=$(on_cards "${words[@]}" -D "$devices" --schedule="$3" \
		--trials="$reps" --stats="$dir/stats" "$graph" |
		awk '$1 == "median" { print $(NF - 1) }') || die "failed: $name"
	stats=$(< "$dir/stats")
	median_of_row[$name]=$ms
	printf '%-33s %10s %7s %8s %8s %12s  %s\n' "$name" "$ms" \
		"$(member lambda)" "$(per_run "$(member steals)")" \
		"$(per_run "$(launches)")" \
		"$(per_run "$(member moved_bytes)")" "$verdict"
	printf '{"row":"%s","ms":%s,"lambda":%s,"steals":%s,"launches":%s,"moved_bytes":%s,"runs":%s,"result":"%s","grade":"E"}\n' \
		"$name" "$ms" "$(member lambda)" "$(member steals)" \
		"$(launches)" "$(member moved_bytes)" "$reps" "$verdict" >> "$json"
}

# launches: jobs of all cards in the last --stats.
launches() {
	grep -o '"launches":[0-9]*' <<< "$stats" |
		awk -F: '{ n += $2 } END { print n + 0 }'
}
per_run() { awk -v n="$1" -v r="$reps" 'BEGIN { printf "%.0f", n / r }'; }

# faster PROGRAM: hws against the best of the others, where there is anything to
# share out.
faster() {
	local w s best ms
	for w in cpu+unit cpu+4; do
		best=''
		for s in "${schedules[@]}"; do
			ms=${median_of_row["$1 $w $s"]-}
			if [ "$s" = hws ] || [ -z "$ms" ]; then
				continue
			fi
			if [ -z "$best" ] || ! at_least "$ms" "$best"; then
				best=$ms
			fi
		done
		ms=${median_of_row["$1 $w hws"]-}
		if [ -z "$ms" ] || [ -z "$best" ]; then
			continue
		fi
		bar "$1 $w: best other / hws" 0.99 \
			"$(awk -v a="$best" -v b="$ms" \
				'BEGIN { printf "%.3f", a / (b > 0 ? b : 1) }')"
	done
}

if [ -z "$list" ]; then
	mkdir -p "$dir" || die "cannot make $dir"
	ocr-softcard -- true || exit 1
	: > "$json"
	machine | tell
	ocr-graph --kron="$scale" --seed=1 --weights=uniform:1:255 -o "$graph" ||
		die "cannot make $graph"
	source_id=$(ocr-bfs --trials=1 --seed=1 "$graph" | awk 'NR == 2 { print $1 }')
	for program in bfs sssp pagerank; do
		words_of "$program"
		"${words[@]}" -D cpu "$graph" > "$dir/want-$program" ||
			die "failed: ${words[*]}"
	done
	printf '\n%-33s %10s %7s %8s %8s %12s  grade E: emulated by ocr-softcard\n' \
		"kron$scale, a run" ms lambda steals launches 'bytes moved'
fi
for program in bfs sssp pagerank pagerank-push; do
	for w in cpu unit cpu+unit cpu+4; do
		[ -z "$quick" ] || [ "$w" != cpu+unit ] || continue
		[ "$program $w" != 'pagerank-push cpu' ] || continue
		for s in "${schedules[@]}"; do
			row "$program" "$w" "$s"
		done
	done
done
[ -z "$list" ] || exit 0
bar_header 'bars (grade E)'
for program in bfs sssp pagerank pagerank-push; do faster "$program"; done
rm -f "$dir/got" "$dir/stats" "$graph" "$dir"/want-{bfs,sssp,pagerank}
[ -z "$differs" ] || die 'results differ'
