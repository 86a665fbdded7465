# What all benchmarks share: options, running, pairing, printing.  A script
# sources it, sets reps, and calls begin; see compress.sh.  Rules: RULES.md.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the caller sets some and reads others

here=$(cd "$(dirname "$0")" && pwd)
# where things are built, and where to work
build=$(cd "${top_builddir:-$here/../../build}" 2> /dev/null && pwd) || build=.
dir=${BENCH_DIR:-${TMPDIR:-/tmp}/ocr-bench}
runtime=$build/tests/bench/runtime

declare -A out_bytes   # size of the output of "INPUT COMMAND"
declare -A speed       # median MB/s of "ROW", and of its "ROW peer"
declare -A med lo hi   # ratio of speeds, ours to the peer's, of "ROW"
declare -A peak        # KiB of "ROW", ours

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}
has() { command -v "$1" > /dev/null; }
# ratio RAW OUT: a dash where the output is the raw data.
ratio() {
	awk -v a="$1" -v b="$2" 'BEGIN {
		if (a == b) print "-"; else printf "%.3f\n", a / (b ? b : 1) }'
}
mb() { awk -v k="$1" 'BEGIN { printf "%.1f\n", k * 1024 / 1e6 }'; }
at_least() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a >= b) }'; }

# usable_cpus: "0-1,4" of this process as "0,1,4".
usable_cpus() {
	local word list=
	for word in $(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' \
		/proc/self/status | tr ',' ' '); do
		list+=",$(seq -s, "${word%-*}" "${word#*-}")"
	done
	echo "${list#,}"
}
# cpus_for N: the first N of $CPUS.
cpus_for() { cut -d, -f1-"$1" <<< "$CPUS"; }

# begin ARG...: the options, those that are not all scripts' by option of the
# script, which returns 1 for one that is not its own either.  Sets reps, only,
# list, json (raw results) and CPUS.
begin() {
	local arg
	json='' only=. list=''
	for arg; do
		case $arg in
		--reps=[1-9]*) reps=${arg#*=} ;;
		--only=*) only=${arg#*=} ;;
		--json=*) json=${arg#*=} ;;
		--list) list=yes ;;
		--help)
			usage
			exit 0
			;;
		*)
			option "$arg" || {
				usage >&2
				exit 2
			}
			;;
		esac
	done
	arg=${0##*/}
	: "${json:=$dir/${arg%.sh}-$(date +%Y%m%d-%H%M%S).jsonl}"
	PATH=$build:$PATH
	: "${CPUS:=$(usable_cpus)}"
}

# version TOOL: its first line of --version, or what comes closest.
version() {
	case $1 in
	libdeflate-gzip) echo "$1: $("$1" -V | head -n 1)" ;;
	*) "$1" --version 2>&1 | head -n 1 ;;
	esac
}

# machine TOOL...: what the figures belong to, a "key value" a line.
machine() {
	local tool
	echo "date $(date -u +%Y-%m-%dT%H:%MZ)"
	echo "machine $(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo |
		head -n 1), $(nproc) processors, using $CPUS"
	echo "system $(uname -sr), $(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' \
		/etc/os-release 2> /dev/null)"
	echo "hugepages $(cat /sys/kernel/mm/transparent_hugepage/enabled \
		2> /dev/null)"
	echo "load $(cut -d' ' -f1-3 /proc/loadavg) at the start"
	for tool; do
		if has "$tool"; then
			echo "tool $(version "$tool")"
		else
			echo "tool $tool: not installed"
		fi
	done
}
# tell: print such lines and keep them with the raw results.
tell() {
	local key value
	while read -r key value; do
		printf '%-10s %s\n' "$key" "$value"
		value=${value//\\/\\\\}
		printf '{"%s":"%s"}\n' "$key" "${value//\"/\\\"}" >> "$json"
	done
}

# wanted ROW: is it to be run?  With --list it is only named.
wanted() {
	[[ $1 =~ $only ]] || return 1
	[ -n "$list" ] || return 0
	echo "$1"
	return 1
}
# header TEXT: the columns of print_row().  The last one compares processor
# time, which does not mind what else the machine does.
header() {
	[ -z "$list" ] || return 0
	printf '\n%-30s %8s %7s %6s   %8s %7s %6s   %-18s %s\n' "$1" \
		MB/s ratio MB MB/s ratio MB 'ours / peer' cpu
}

# shell COMMAND: words to run it by; a pipeline needs a shell.
shell() {
	case $1 in
	*'|'*) words=(sh -c "$1") ;;
	*) read -ra words <<< "$1" ;;
	esac
}

# run CPUS INPUT COMMAND: once; sets wall, cpu, kib.
run() {
	local words line
	shell "$3"
	line=$("$runtime" -c "$1" -i "$2" "${words[@]}") || die "failed: $3"
	read -r wall cpu kib <<< "$line"
}

# size NAME INPUT COMMAND: sets bytes, of its output; warms up the caches too.
size() {
	local words key="$1 $3"
	if [ -z "${out_bytes[$key]-}" ]; then
		shell "$3"
		out_bytes[$key]=$(
			set -o pipefail
			"${words[@]}" < "$2" | wc -c
		) || die "failed: $3"
	fi
	bytes=${out_bytes[$key]}
}

# record ROW SIDE REP COMMAND IN_BYTES [OUT_BYTES]: the last run, kept.
record() {
	printf '{"row":"%s","side":"%s","rep":%d,"command":"%s","wall_s":%s,"cpu_s":%s,"peak_kib":%s,"in_bytes":%s,"out_bytes":%s}\n' \
		"$1" "$2" "$3" "$4" "$wall" "$cpu" "$kib" "$5" "${6:-null}" >> "$json"
}

# compare RAW_BYTES OURS PEER: of seconds, a word a run.  Prints the speeds of
# the median runs and the median, least and greatest ratio of speeds in a pair.
compare() {
	awk -v raw="$1" -v a="$2" -v b="$3" '
	function sort(v, n,  i, k, t) {
		for (i = 2; i <= n; i++)
			for (k = i; k > 1 && v[k] < v[k - 1]; k--) {
				t = v[k]; v[k] = v[k - 1]; v[k - 1] = t
			}
	}
	function median(v, n) {
		sort(v, n)
		return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
	}
	function over(a, b) { return a / (b > 0 ? b : 1e-6) }
	BEGIN {
		n = split(a, x, " ")
		split(b, y, " ")
		for (i = 1; i <= n; i++)
			r[i] = over(y[i], x[i])
		m = median(r, n)
		printf "%.1f %.1f %.3f %.3f %.3f\n", over(raw / 1e6, median(x, n)),
			over(raw / 1e6, median(y, n)), m, r[1], r[n]
	}'
}
# keep ROW OURS PEER MEDIAN MIN MAX: what compare printed.
keep() {
	speed[$1]=$2
	speed["$1 peer"]=$3
	med[$1]=$4
	lo[$1]=$5
	hi[$1]=$6
}

# print_row ROW RATIO MB PEER_RATIO PEER_MB CPU: under header.
print_row() {
	printf '%-30s %8.1f %7s %6s   %8.1f %7s %6s   %-18s %s\n' \
		"$1" "${speed[$1]}" "$2" "$3" "${speed["$1 peer"]}" "$4" "$5" \
		"$(printf '%.2f (%.2f-%.2f)' "${med[$1]}" "${lo[$1]}" "${hi[$1]}")" \
		"$6"
}

# pairs ROW NAME RAW_BYTES CPUS INPUT OURS PEER: the two commands in turn.
# NAME stands for INPUT where sizes are kept.
pairs() {
	local row=$1 name=$2 raw=$3 on=$4 input=$5 ours=$6 peer=$7
	local a='' b='' a_cpu='' b_cpu='' a_kib=0 b_kib=0 a_out b_out i line
	size "$name" "$input" "$ours"
	a_out=$bytes
	size "$name" "$input" "$peer"
	b_out=$bytes
	for ((i = 1; i <= reps; i++)); do
		run "$on" "$input" "$ours"
		record "$row" ours "$i" "$ours" "$raw" "$a_out"
		a+=" $wall" a_cpu+=" $cpu" a_kib=$((kib > a_kib ? kib : a_kib))
		run "$on" "$input" "$peer"
		record "$row" peer "$i" "$peer" "$raw" "$b_out"
		b+=" $wall" b_cpu+=" $cpu" b_kib=$((kib > b_kib ? kib : b_kib))
	done
	read -ra line <<< "$(compare "$raw" "$a" "$b")"
	keep "$row" "${line[@]}"
	peak[$row]=$a_kib
	read -ra line <<< "$(compare "$raw" "$a_cpu" "$b_cpu")"
	print_row "$row" "$(ratio "$raw" "$a_out")" "$(mb "$a_kib")" \
		"$(ratio "$raw" "$b_out")" "$(mb "$b_kib")" "${line[2]}"
}

# bar_header TEXT, then bar TEXT NEED VALUE [MIN MAX]: what was to be reached
# (at least; or at most, as "<=40") and what was.  No value: not measured.
bar_header() {
	printf '\n%-46s %8s %9s %17s\n' "$1" need median '(min-max)'
}
bar() {
	local verdict=missed
	if [ -z "$3" ]; then
		printf '%-46s %8s %9s %17s  %s\n' "$1" "$2" - '' 'not measured'
		return
	fi
	case $2 in
	'<='*) ! at_least "${2#<=}" "$3" || verdict=met ;;
	*) ! at_least "$3" "$2" || verdict=met ;;
	esac
	printf '%-46s %8s %9s %17s  %s\n' "$1" "$2" "$3" "${4:+($4-$5)}" "$verdict"
}
# row_bar TEXT NEED ROW: a bar for the ratio of a row of pairs.
row_bar() {
	bar "$1" "$2" "${med[$3]-}" "${lo[$3]-}" "${hi[$3]-}"
}
