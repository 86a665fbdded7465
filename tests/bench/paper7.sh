#!/usr/bin/env bash
# The seven graphs of ICPP 2020: fetched where there is a network, checked, and
# searched by three programs under five schedules.  By the rules of RULES.md; never
# fails for a figure, nor for a graph that is missing.  Grade H.
set -u
export LC_ALL=C

usage() {
	cat <<-'END'
	usage: paper7.sh [--no-fetch] [--anyway] [--trials=N] [--reps=N] [--jobs=N] [--devices=LIST] [--only=REGEX] [--json=FILE]
	       paper7.sh --list
	  --no-fetch      only the files that are in PAPER7_DIR
	  --anyway        also where disk or memory do not seem to suffice
	  --trials=N      searches in a run (default 16; PageRank a quarter of it)
	  --reps=N        runs of each schedule, in turn (default 3)
	  --jobs=N        threads (default: all processors that may be used)
	  --devices=LIST  what works, as for ocr-bfs -D (default: threads)
	  --only=REGEX    only "GRAPH PROGRAM" that matches
	  --list          name the graphs and what they need, do nothing
	  --json=FILE     raw results, a line a run (default: BENCH_DIR/paper7-TIME)
	environment: PAPER7_DIR, where the graphs are or go (default: BENCH_DIR/paper7);
	PAPER7_TABLE, other graphs than paper7.table, which the output then says;
	BENCH_DIR and top_builddir as for compress.sh
	END
}

# shellcheck source=tests/bench/bench.bash
. "$(dirname "$0")/bench.bash"
store=${PAPER7_DIR:-$dir/paper7}
table=${PAPER7_TABLE:-$here/paper7.table}
reps=3 trials=16 fetch=yes anyway='' workers=()
# option WORD: of this script alone
option() {
	case $1 in
	--no-fetch) fetch='' ;;
	--anyway) anyway=yes ;;
	--trials=[1-9]*) trials=${1#*=} ;;
	--jobs=[1-9]*) workers+=(-j "${1#*=}") ;;
	--devices=*) workers+=(-D "${1#*=}") ;;
	*) return 1 ;;
	esac
}
begin "$@"
unset OCR_DEVICES OCR_SCHEDULE OCR_XCLBIN

programs=(bfs sssp pagerank)
policies=(static dynamic hap hws-paper hws)

# ---- getting a graph ----

# Every function here returns 1 with the reason in why.

# needs: GB of disk and of memory, generously: a text of 20 bytes an edge packed
# to a third, the graph both ways with and without weights, and what ocr-sssp
# makes of it.
needs() {
	awk -v n="$vertices" -v m="$edges" 'BEGIN {
		printf "%.1f %.1f\n", (31 * m + 32 * n) / 1e9, (40 * m + 64 * n) / 1e9
	}'
}
is_less() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a < b) }'; }
is_room() {
	local disk memory free available
	read -r disk memory <<< "$(needs)"
	free=$(df -Pk "$store" | awk 'NR == 2 { print $4 * 1024 / 1e9 }')
	available=$(awk '/^MemAvailable:/ { print $2 * 1024 / 1e9 }' /proc/meminfo)
	echo "paper7.sh: $name: about $disk GB of disk and $memory GB of memory" >&2
	[ -z "$anyway" ] || return 0
	why="needs about $disk GB of disk, $free GB are free"
	! is_less "$free" "$disk" || [ -e "$graph.ocrg" ] || return 1
	why="needs about $memory GB of memory, $available GB are available"
	! is_less "$available" "$memory"
}

# download URL FILE: whole, or not at all.
download() {
	local status=0
	[ -n "$fetch" ] || {
		why="${2##*/} is not in $store"
		return 1
	}
	echo "paper7.sh: fetching $1" >&2
	if has curl; then
		curl -fsSL --connect-timeout 20 -o "$2.part" "$1" || status=$?
	elif has wget; then
		wget -q -T 20 -t 2 -O "$2.part" "$1" || status=$?
	else
		why="${2##*/} is not in $store, and neither curl nor wget here"
		return 1
	fi
	if [ "$status" != 0 ]; then
		rm -f "$2.part"
		why="${2##*/} cannot be fetched (status $status)"
		return 1
	fi
	mv "$2.part" "$2"
}

# take URL SUM: adds its file to files, if it is what it should be.
take() {
	local file=$store/${1##*/} sum
	[ -e "$file" ] || [ ! -e "${file%.gz}" ] || file=${file%.gz}
	[ -e "$file" ] || download "$1" "$file" || return 1
	sum=$(sha256sum < "$file")
	sum=${sum%% *}
	printf '{"graph":"%s","file":"%s","sha256":"%s"}\n' "$name" \
		"${file##*/}" "$sum" >> "$json"
	if [ "$2" != - ] && [ "$2" != "$sum" ] && [ "$file" != "${file%.gz}" ]; then
		why="${file##*/}: wrong sum, $sum"
		return 1
	fi
	case $file in
	*.gz)
		gzip -t "$file" 2> /dev/null || {
			why="${file##*/}: cut or damaged"
			return 1
		}
		;;
	esac
	files+=("$file")
}

take_all() {
	local i sums
	IFS=, read -ra sums <<< "$sha256"
	files=()
	for i in "${!urls[@]}"; do
		take "${urls[i]}" "${sums[i]:--}" || return 1
	done
}

# count KEY: of what ocr-graph says about the graph.
count() { awk -v k="$1" '$1 == k { print $2 }' "$store/.show"; }
is_as_published() {
	ocr-graph --show "$graph.ocrg" > "$store/.show" 2> "$store/.err" || {
		why=$(head -n 1 "$store/.err")
		return 1
	}
	[ "$(count vertices) $(count edges)" = "$vertices $edges" ] || {
		why="$(count vertices) vertices and $(count edges) edges, published are $vertices and $edges"
		return 1
	}
}

# convert TO ARGUMENT...
convert() {
	local to=$1
	shift
	ocr-graph "$@" -o "$to" 2> "$store/.err" || {
		why=$(head -n 1 "$store/.err")
		return 1
	}
}

# get: graph.ocrg and graph-weights.ocrg.
get() {
	local words
	is_room && take_all || return 1
	IFS=, read -ra words <<< "$options"
	if [ ! -e "$graph.ocrg" ] || ! is_as_published; then
		convert "$graph.ocrg" "${words[@]/#/--}" --format=snap \
			"${files[@]}" || return 1
	fi
	is_as_published || {
		rm -f "$graph.ocrg"
		return 1
	}
	[ "$graph-weights.ocrg" -nt "$graph.ocrg" ] ||
		convert "$graph-weights.ocrg" --weights=uniform:1:255 "$graph.ocrg"
}

# ---- running ----

field() { sed -n "s/.*\"$1\":\([-+.0-9e]*\).*/\1/p" "$2"; }
median() {
	tr ' ' '\n' <<< "$1" | grep . | sort -g | awk '{ v[NR] = $1 }
		END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# once PROGRAM POLICY REP: sets ms and lambda.
once() {
	local file=$graph.ocrg n=$trials
	[ "$1" != sssp ] || file=$graph-weights.ocrg
	[ "$1" != pagerank ] || n=$(((n + 3) / 4))
	"ocr-$1" --schedule="$2" --trials="$n" "${workers[@]}" \
		--stats="$store/.stats" "$file" > "$store/.out" \
		2> "$store/.err" || die "$name: $(head -n 1 "$store/.err")"
	ms=$(awk 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "ms") c = i }
		$1 == "median" { print $c }' "$store/.out")
	lambda=$(field lambda "$store/.stats")
	printf '{"graph":"%s","program":"%s","schedule":"%s","rep":%d,"ms":%s,"lambda":%s%s,"grade":"H"}\n' \
		"$name" "$1" "$2" "$3" "$ms" "${lambda:-null}" "$mark" >> "$json"
}

# cells PROGRAM: a cell for each policy; policies take turns.
cells() {
	local p i
	local -A times lambdas
	for ((i = 1; i <= reps; i++)); do
		for p in "${policies[@]}"; do
			once "$1" "$p" "$i"
			times[$p]+=" $ms" lambdas[$p]+=" $lambda"
		done
	done
	for p in "${policies[@]}"; do
		printf ' %.2f, %.2f |' "$(median "${times[$p]}")" \
			"$(median "${lambdas[$p]}")"
	done
}

# rows: of one graph.
rows() {
	local program line wanted=()
	graph=$store/$name
	for program in "${programs[@]}"; do
		[[ "$name $program" =~ $only ]] && wanted+=("$program")
	done
	[ ${#wanted[@]} -gt 0 ] || return 0
	if get; then
		for program in "${wanted[@]}"; do
			line=$(cells "$program") || exit 1
			printf '| %s | %s |%s\n' "$name" "$program" "$line"
		done
		return 0
	fi
	for program in "${wanted[@]}"; do
		printf '| %s | %s |%s\n' "$name" "$program" \
			"$(printf ' not run |%.0s' "${policies[@]}")"
		printf '{"graph":"%s","program":"%s","not_run":"%s"}\n' "$name" \
			"$program" "${why//\"/\'}" >> "$json"
	done
	reasons+="- $name: not run: $why"$'\n'
}

# each_graph COMMAND...: for each line of the table.
each_graph() {
	while read -r name vertices edges options sha256 urls; do
		case $name in
		'' | '#'*) continue ;;
		esac
		read -ra urls <<< "$urls"
		"$@" < /dev/null
	done < "$table"
}
tell_needs() {
	local disk memory
	read -r disk memory <<< "$(needs)"
	echo "$name: $vertices vertices, $edges edges, about $disk GB of disk and $memory GB of memory"
}

[ -r "$table" ] || die "cannot read $table"
if [ -n "$list" ]; then
	each_graph tell_needs
	exit 0
fi
mkdir -p "$dir" "$store" || exit 1
store=$(cd "$store" && pwd)
: > "$json"
mark='' reasons=''
echo '# Three programs, five schedules, seven graphs'
echo
if [ "$table" != "$here/paper7.table" ]; then
	mark=',"stand_in":true'
	printf '**These are stand-ins (%s), not the graphs of the paper.**\n\n' \
		"${table##*/}"
fi
machine ocr-bfs | tell | sed 's/^/    /'
printf '\nMilliseconds and lambda (slowest worker by the mean), medians of %s runs of %s searches.\n\n' \
	"$reps" "$trials"
printf '| graph | program |%s\n' "$(printf ' %s |' "${policies[@]}")"
printf '|---|---|%s\n' "$(printf -- '---|%.0s' "${policies[@]}")"
each_graph rows
[ -z "$reasons" ] || printf '\n%s' "$reasons"
