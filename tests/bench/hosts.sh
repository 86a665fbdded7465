#!/usr/bin/env bash
# Chunks over other hosts: real ssh to hosts of tests/hosts/mkhosts, which are
# all on this machine, so that what works there is throttled: a chunk takes time,
# and no processor.  By the rules of RULES.md; never fails for a figure.
# shellcheck disable=SC2034,SC2154 # bench.bash reads some and sets others
set -u
export LC_ALL=C

usage() {
	cat <<-'END'
	usage: hosts.sh [--quick] [--reps=N] [--only=REGEX] [--json=FILE]
	       hosts.sh --list [--only=REGEX]
	  --quick       short runs, one of each: tests this script
	  --reps=N      runs per row (default 3)
	  --only=REGEX  only rows whose name matches
	  --list        name the rows, run nothing
	  --json=FILE   raw results, a line a run (default: BENCH_DIR/hosts-TIME)
	Without sshd nothing is run; without python3-distributed and python3-dask
	nothing of Dask.
	environment: BENCH_DIR, CPUS and top_builddir as for compress.sh;
	OCR_TEST_NET as for tests/hosts/mkhosts
	END
}

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${top_builddir:-$here/../../build}" 2> /dev/null && pwd) || build=.
dir=${BENCH_DIR:-${TMPDIR:-/tmp}/ocr-bench}
json='' reps=3 only=. quick='' list=''
# A chunk takes so many seconds on a throttled host that does one at a time, and
# each host has so many of them.
chunk=262144 nap=0.25 each=48 cost_mb=200 small=4000 pings=200 patience=40
for arg; do
	case $arg in
	--quick) quick=yes reps=1 nap=0.05 each=6 cost_mb=8 small=200 pings=5 patience=25 ;;
	--reps=[1-9]*) reps=${arg#*=} ;;
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
: "${json:=$dir/hosts-$(date +%Y%m%d-%H%M%S).jsonl}"
PATH=$build:$PATH
# shellcheck source=tests/bench/bench.bash
. "$here/bench.bash"
: "${CPUS:=$(usable_cpus)}"
unset OCR_DEVICES OCR_SCHEDULE OCR_HOSTS OCR_RSH
export top_builddir=$build

declare -A value # of a row, what its bar needs
why=''           # nothing can be run

not_run() { printf '%-22s not run: %s\n' "$1" "$2"; }
calc() { awk "BEGIN { printf \"%.${2:-3}f\n\", $1 }"; }
median_of() { printf '%s\n' "$@" | sort -n | awk '{ v[NR] = $1 }
	END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

# keep_value ROW WHAT VALUE: print and record.
keep_value() {
	value[$1]=$3
	printf '%-22s %10s  %s\n' "$1" "$3" "$2"
	printf '{"row":"%s","what":"%s","value":"%s","grade":"H"}\n' "$1" "$2" \
		"$3" >> "$json"
}

# ---- hosts ----

hosts=$dir/hosts.$$
mkhosts() { "$here/../hosts/mkhosts" -d "$hosts" -o $$ "$@"; }
n_up=0
# hosts_up N [I:KEY=VALUE...]: in $OCR_HOSTS; false: there are none.
hosts_up() {
	[ -z "$why" ] || return 1
	hosts_down
	if ! mkhosts up "$@" 2> "$dir/mkhosts.err"; then
		why="no sshd ($(head -n 1 "$dir/mkhosts.err"))"
		return 1
	fi
	n_up=$1
	eval "$(mkhosts env)"
}
hosts_down() {
	[ "$n_up" = 0 ] || mkhosts down
	n_up=0
}
trap 'hosts_down; rm -rf "$dir/work.$$"' EXIT
trap 'exit 1' INT TERM

# input BYTES: that many, not compressible; sets path.
input() {
	path=$dir/work.$$/random-$1
	[ -e "$path" ] || head -c "$1" /dev/urandom > "$path" ||
		die "cannot make $path"
}
# A host's work: the chunk comes back as it is, later.
# shellcheck disable=SC2016 # the shell on the host sees $NAP
work=(sh -c 'sleep "$NAP"; exec cat')

# over LIST INPUT: throttled work on the hosts; sets wall, checks the output.
over() {
	local start=$EPOCHREALTIME code=0
	ocr-run --host="$1" --fallback=none -s "$chunk" -o "$dir/work.$$/out" -f \
		"$2" -- "${work[@]}" 2> "$dir/work.$$/err" || code=$?
	wall=$(calc "$EPOCHREALTIME - $start")
	[ $code = 0 ] || die "ocr-run: status $code: $(head -n 3 "$dir/work.$$/err")"
	cmp -s "$2" "$dir/work.$$/out" || die 'ocr-run: wrong output'
}
# speed_over ROW LIST INPUT: MB/s, median; sets mb_s.
speed_over() {
	local i all='' size
	size=$(stat -c %s "$3")
	for ((i = 1; i <= reps; i++)); do
		over "$2" "$3"
		cpu=0 kib=0
		record "$1" ours "$i" "ocr-run --host=$2" "$size"
		all+=" $(calc "$size / 1e6 / $wall" 4)"
	done
	# shellcheck disable=SC2086 # words
	mb_s=$(median_of $all)
}

# naps NAP...: hosts with one slot each, and those naps.
naps() {
	local i=0 keys=() n
	for n; do
		i=$((i + 1))
		keys+=("$i:slots=1" "$i:env=NAP=$n")
	done
	hosts_up $# "${keys[@]}"
}
names() { seq -s, -f '1/h%.0f' "$1"; }

scaling_rows() {
	local n one
	wanted_any '^scaling' 'scaling 1' 'scaling 2' 'scaling 4' || return 0
	naps "$nap" "$nap" "$nap" "$nap" || {
		not_run scaling "$why"
		return 0
	}
	input $((each * chunk))
	speed_over 'scaling 1' 1/h1 "$path"
	one=$mb_s
	keep_value 'scaling 1' "MB/s; a chunk of $chunk bytes takes $nap s" "$one"
	for n in 2 4; do
		[[ "scaling $n" =~ $only ]] || continue
		input $((n * each * chunk))
		speed_over "scaling $n" "$(names $n)" "$path"
		keep_value "scaling $n" "of $n times the speed of one; $mb_s MB/s" \
			"$(calc "$mb_s / $n / $one")"
	done
}
# wanted_any X ROW...: is any of them to be run?  With --list they are named.
wanted_any() {
	local row any=1
	shift
	for row; do
		if [ -n "$list" ]; then wanted "$row"; elif wanted "$row"; then any=0; fi
	done
	return $any
}

# Each alone first, on as much as it does in that time.
mixed_row() {
	local i sum=0 of all_chunks=0 speeds=(1 0.5 0.25 2)
	wanted 'mixed 4' || return 0
	naps "$nap" "$(calc "$nap * 2")" "$(calc "$nap * 4")" "$(calc "$nap / 2")" || {
		not_run 'mixed 4' "$why"
		return 0
	}
	for i in 1 2 3 4; do
		of=$(calc "$each * ${speeds[i - 1]}" 0)
		input $((of * chunk))
		speed_over "mixed: h$i" "1/h$i" "$path"
		sum=$(calc "$sum + $mb_s" 4)
		all_chunks=$((all_chunks + of))
	done
	input $((all_chunks * chunk))
	speed_over 'mixed 4' "$(names 4)" "$path"
	keep_value 'mixed 4' \
		"of the sum of four that differ by 8 times; $mb_s MB/s" \
		"$(calc "$mb_s / $sum")"
}

# ---- what one chunk waits ----

# echoes OPTION...: seconds from a chunk's last byte to its result's, median, of
# ocr-run; the first ones, which connect, do not count.
echoes() {
	local i start all='' block got
	printf -v block '%4096s' x
	coproc ECHO { exec ocr-run -s 4096 "$@" -- cat 2> "$dir/work.$$/err"; }
	for ((i = -2; i < pings; i++)); do
		start=$EPOCHREALTIME
		printf %s "$block" >&"${ECHO[1]}"
		IFS= read -r -N 4096 got <&"${ECHO[0]}" || break
		[ "$got" = "$block" ] || die 'ocr-run: wrong output'
		[ $i -lt 0 ] || all+=" $(calc "($EPOCHREALTIME - $start) * 1e3")"
	done
	i=${ECHO[1]}
	exec {i}>&-
	wait "$ECHO_PID" || die "ocr-run: $(cat "$dir/work.$$/err")"
	# shellcheck disable=SC2086 # words
	echo_ms=$(median_of $all)
}
latency_row() {
	local here_ms
	wanted latency || return 0
	naps 0 || {
		not_run latency "$why"
		return 0
	}
	echoes -D cpu:1
	here_ms=$echo_ms
	echoes --host=1/h1 --fallback=none
	keep_value latency "ms for a chunk of 4 KiB over ssh, $here_ms here" "$echo_ms"
}

# ---- costs, for ocr-sim ----

# cpu_of COMMAND...: seconds of processor time that it took, as a shell has them.
cpu_of() {
	local TIMEFORMAT='%U %S'
	{ time "$@" > /dev/null 2> "$dir/work.$$/err"; } 2>&1 |
		awk '{ printf "%.4f\n", $1 + $2 }'
}
up() { ssh -o Ciphers=aes128-gcm@openssh.com h1 'cat > /dev/null' < "$path"; }
down() { ssh -o Ciphers=aes128-gcm@openssh.com h1 "cat '$path'"; }
nothing() { ssh h1 true < /dev/null; }
# over_pipe OPTION...: $path through ocr-run and h1; sets wall, cpu of us and ssh.
over_pipe() {
	local line
	line=$("$runtime" -c "$CPUS" -i "$path" ocr-run --host=1/h1 \
		--fallback=none "$@") || die 'ocr-run failed'
	read -r wall cpu kib <<< "$line"
}
# per N COST...: 1e9 / N of the median cost, without that of connecting.
per() {
	local n=$1
	shift
	calc "($(median_of "$@") - $connect_s) * 1e9 / $n"
}
cost_rows() {
	local i walls='' cpus='' start bytes ups='' downs='' all='' rates=''
	wanted_any '^cost' 'cost connect' 'cost bytes' 'cost chunk' || return 0
	hosts_up 1 1:slots=1 || {
		not_run cost "$why"
		return 0
	}
	for ((i = 0; i < (reps > 1 ? 9 : 2); i++)); do
		start=$EPOCHREALTIME
		cpus+=" $(cpu_of nothing)"
		walls+=" $(calc "$EPOCHREALTIME - $start")"
	done
	# shellcheck disable=SC2086 # words
	connect_s=$(median_of $cpus)
	# shellcheck disable=SC2086 # words
	keep_value 'cost connect' "s, of which $connect_s of our processor" \
		"$(median_of $walls)"
	bytes=$((cost_mb * 1000000))
	input $bytes
	for ((i = 0; i < reps; i++)); do
		ups+=" $(cpu_of up)"
		downs+=" $(cpu_of down)"
		over_pipe -s 1M -- cat
		all+=" $cpu"
		rates+=" $(calc "$bytes / 1e6 / $wall" 1)"
	done
	# shellcheck disable=SC2086 # words
	{
		ups=$(per $bytes $ups)
		downs=$(per $bytes $downs)
		keep_value 'cost ssh' "ms a MB to a host; from it $downs" "$ups"
		keep_value 'cost bytes' \
			"ms a MB there and back, with ssh; $(median_of $rates) MB/s" \
			"$(per $bytes $all)"
	}
	input $((small * 1024))
	over_pipe -s 1K -- true
	keep_value 'cost chunk' \
		"us for a chunk of 1 KiB, with ssh; $(calc "$small / $wall" 0) a second" \
		"$(calc "($cpu - $connect_s) * 1e6 / $small" 1)"
}

# ---- Dask ----

# Debian's packages are for its own Python, which may not be the first one.
has_dask() {
	local try
	for try in python3 /usr/bin/python3; do
		python=$try
		! "$try" -c 'import dask, distributed' 2> /dev/null || return 0
	done
	return 1
}

# memory ROOT [HOST...]: the sum of the peaks of all that comes from process
# ROOT, and of all on those hosts, until ROOT ends; sets sum_mb.
memory() {
	local root=$1 pids i
	shift
	: > "$dir/work.$$/peaks"
	while [ -e "/proc/$root/stat" ] && ! grep -q ') Z ' "/proc/$root/stat"; do
		pids=$(
			ps -e -o pid=,ppid= | awk -v root="$root" '
			{ up[$1] = $2 }
			END { for (p in up) {
				for (q = p; q in up && q != root; q = up[q]);
				if (q == root) print p
			} }'
			for i; do mkhosts pids "$i" all; done
		)
		for i in $pids; do
			sed -n "s/^VmHWM:[[:space:]]*\\([0-9]*\\).*/$i \\1/p" \
				"/proc/$i/status" 2> /dev/null
		done >> "$dir/work.$$/peaks"
		sleep 0.2
	done
	sum_mb=$(awk '$2 > m[$1] { m[$1] = $2 }
		END { for (p in m) s += m[p]; printf "%.0f\n", s * 1024 / 1e6 }' \
		"$dir/work.$$/peaks")
}

# dask FLOW KILL: on two workers; its lines "key value" into $dir/work.$$/dask.
dask() {
	timeout -k 5 "$patience" "$python" "$here/dask_peer.py" "$1" "$path" "$dir/work.$$/out" \
		"$(calc "$nap / $chunk" 12)" "$2" > "$dir/work.$$/dask" \
		2> "$dir/work.$$/dask.err"
}
dask_says() { sed -n "s/^$1 //p" "$dir/work.$$/dask"; }

# ours_killed: h1's worker is killed when a third is done.
ours_killed() {
	local code=0 pid
	ocr-run --host="$(names 2)" --fallback=none -s "$chunk" -f \
		-o "$dir/work.$$/out" "$path" -- "${work[@]}" 2> /dev/null &
	pid=$!
	sleep "$(calc "$each * $nap / 3 + 0.5")"
	mkhosts kill 1
	wait $pid || code=$?
	if cmp -s "$path" "$dir/work.$$/out"; then echo "status $code, same bytes"; else
		echo "status $code, other bytes"
	fi
}

dask_pair() {
	local flow=$1 row="dask $1" i a='' b='' size line
	wanted "$row" || return 0
	can_dask "$row" || return 0
	size=$(stat -c %s "$path")
	for ((i = 1; i <= reps; i++)); do
		over "$(names 2)" "$path"
		cpu=0 kib=0
		record "$row" ours "$i" 'ocr-run --host=1/h1,1/h2' "$size"
		a+=" $wall"
		dask "$flow" no || die "dask: $(tail -n 1 "$dir/work.$$/dask.err")"
		cmp -s "$path" "$dir/work.$$/out" || die 'dask: wrong output'
		wall=$(dask_says seconds)
		record "$row" dask "$i" "$flow" "$size"
		b+=" $wall"
	done
	read -ra line <<< "$(compare "$size" "$a" "$b")"
	keep_value "$row" "ours / Dask, ${line[0]} and ${line[1]} MB/s (${line[3]}-${line[4]})" \
		"${line[2]}"
}
# can_dask ROW: hosts and input for it, and Dask.
can_dask() {
	if ! has_dask; then
		not_run "$1" 'no python3-distributed, python3-dask'
	elif ! naps "$nap" "$nap"; then
		not_run "$1" "$why"
	else
		input $((2 * each * chunk))
		return 0
	fi
	return 1
}
dask_start_row() {
	wanted 'dask start' || return 0
	can_dask 'dask start' || return 0
	dask tuned no || die 'dask failed'
	input 1
	over "$(names 2)" "$path"
	keep_value 'dask start' \
		"s of Dask: imports, scheduler, two workers; ours with a byte through ssh $wall" \
		"$(dask_says start)"
}
dask_memory_row() {
	local pid theirs
	wanted 'dask memory' || return 0
	can_dask 'dask memory' || return 0
	dask octoray no &
	pid=$!
	memory $pid
	wait $pid || die 'dask failed'
	theirs=$sum_mb
	over "$(names 2)" "$path" &
	pid=$!
	memory $pid 1 2
	wait $pid || die 'ocr-run failed'
	keep_value 'dask memory' \
		"MB, sum of the peaks of all processes, ours (sshd too); Dask $theirs; input $(calc "$(stat -c %s "$path") / 1e6" 0)" \
		"$sum_mb"
}
dask_kill_row() {
	local flow said
	wanted 'dask kill' || return 0
	can_dask 'dask kill' || return 0
	keep_value 'dask kill' 'a worker is killed: ours' "$(ours_killed)"
	for flow in octoray tuned; do
		rm -f "$dir/work.$$/out"
		dask $flow kill
		said=$(dask_says outcome)
		! cmp -s "$path" "$dir/work.$$/out" || said+=', same bytes'
		keep_value "dask kill: $flow" 'the same with Dask' \
			"${said:-nothing within $patience s}"
	done
}

bars() {
	bar_header 'bars'
	bar '2 hosts / sum of their speeds' 0.95 "${value[scaling 2]-}"
	bar '4 hosts / sum of their speeds' 0.95 "${value[scaling 4]-}"
	bar '4 that differ / sum of their speeds' 0.95 "${value[mixed 4]-}"
}

if [ -z "$list" ]; then
	mkdir -p "$dir/work.$$" || die "cannot make $dir"
	: > "$json"
	machine python3 | tell
	echo "ssh $(ssh -V 2>&1)" | tell
	printf '\n%-22s %10s\n' row value
fi
cost_rows
scaling_rows
mixed_row
latency_row
for flow in octoray tuned; do dask_pair $flow; done
dask_start_row
dask_memory_row
dask_kill_row
[ -n "$list" ] || bars
