#!/usr/bin/env bash
# Schedules of the range loop against each other: on ocr-softcard with invented
# speeds (grade E), and in ocr-sim (grade S).  By the rules of RULES.md; never
# fails for a figure.
set -u
export LC_ALL=C

usage() {
	cat <<-'END'
	usage: hws.sh [--quick] [--reps=N] [--only=REGEX] [--json=FILE]
	       hws.sh --list [--only=REGEX]
	  --quick       few rows, little tried: tests this script
	  --reps=N      sweeps per schedule on the card in software (default 15)
	  --only=REGEX  only rows whose name matches
	  --list        name the rows, run nothing
	  --json=FILE   raw results, a line a run (default: BENCH_DIR/hws-TIME)
	environment: BENCH_DIR, CPUS and top_builddir as for compress.sh
	END
}

# shellcheck source=tests/bench/bench.bash
. "$(dirname "$0")/bench.bash"
reps=15 quick=''
graphs=(twitter livejournal orkut stackoverflow skitter pokec higgs)
parts=(pr l0 l1 l2 l3 l4 l5 l6)
threads=(7 15) cards=(1 2 4 10 20 50 100)
# option WORD: of this script alone
option() {
	case $1 in
	--quick)
		quick=yes reps=2 graphs=(higgs) parts=(pr l2) threads=(7)
		cards=(1 100)
		;;
	*) return 1 ;;
	esac
}
begin "$@"
hws=$build/tests/bench/hws
export OCR_LEASE_DIR=$dir/leases
unset OCR_DEVICES OCR_XCLBIN OCR_SCHEDULE

# A launch of the simulated system, ns; sweeps of so many have the strict bars.
launch_ns=30000 least_launches=10

# ---- grade E ----

# best THREADS UNITS [SCHEDULE...]
best() { BEST_REPS=3 "$here/best-dynamic" "$@" || die "cannot find the best"; }

# sim_of THREADS UNITS LAUNCH SCHEDULE...: "SCHEDULE time/bound" of the same
# items in the simulator, whose ns is a thread's time for a unit of weight.
sim_of() {
	local t=$1 u=$2 launch=$3 s=()
	shift 3
	for name; do s+=("--schedule=$name"); done
	ocr-sim --workers "cpu:$t,card:$u" --work "$dir/hws-weights" --json \
		--set "launch=$launch,read=40,write=40,align=1" "${s[@]}" |
		rows | awk '{ print $1, $5 }'
}

# card_table: of runs on stdin (lines of hws.c), in the order of the file names;
# medians, and ratios to hws within each turn.
card_table() {
	awk '
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
	FILENAME == "sim" { sim[$1] = $2; next }
	$1 == "launch" { next }
	{
		if (!($1 in n)) name[++n_names] = $1
		r = ++n[$1]
		ns[$1, r] = $2; bound = $3; lambda[$1, r] = $4
		steals[$1] += $5; from[$1] += $7; twice[$1] += $9
		launches[$1] += $10
	}
	END {
		for (k = 1; k <= n_names; k++) {
			s = name[k]
			for (i = 1; i <= n[s]; i++) {
				t[i] = ns[s, i]
				q[i] = ns[s, i] / ns["hws", i]
				l[i] = lambda[s, i]
			}
			e = median(t, n[s]) / bound
			m = median(q, n[s])
			printf "  %-26s %7.1f %6.3f %6s  %-18s %6.3f %6.1f %6.1f %5d %6.1f\n",
				s, e * bound / 1e6, e,
				s in sim ? sprintf("%.3f", sim[s]) : "-",
				sprintf("%.3f (%.2f-%.2f)", m, q[1], q[n[s]]),
				median(l, n[s]), steals[s] / n[s],
				from[s] / n[s], twice[s], launches[s] / n[s]
			real[s] = e
			if (s != "hws" && m < 0.99)
				losses = losses sprintf( \
					"  hws loses to %s: %.3f of its time\n", s, m)
		}
		for (i = 1; i < n_names; i++)
			for (k = i + 1; k <= n_names; k++) {
				a = name[i]; b = name[k]
				if (!(a in sim) || !(b in sim)) continue
				if (far(real[a], real[b]) && far(sim[a], sim[b])) {
					pairs++
					if ((real[a] < real[b]) == (sim[a] < sim[b]))
						same++
					else
						odd = odd " " a "/" b
				}
			}
		printf "%s", losses
		printf "  same order as simulated: %d of %d pairs that differ by 5 %% in both%s\n",
			same, pairs, odd == "" ? "" : "; not:" odd
	}
	function far(x, y) { return x / y > 1.05 || y / x > 1.05 }
	' sim runs
}

# softcard THREADS UNITS: a row for each schedule, in turn.
softcard() {
	local row="softcard cpu:$1 card:$2" set=() launch
	wanted "$row" || return 0
	work=$dir/hws-work
	rm -rf "$work"
	mkdir "$work" || die "cannot make $work"
	cd "$work" || die "cannot use $work"
	cp "$build/tests/kernels/range.so" "$here/../kernels/range.desc" .
	if [ -n "$quick" ]; then
		set=(dynamic:32/512 hap hws-paper:64)
	else
		set=("$(best "$1" "$2")" "$(best "$1" "$2" hap:{16,64,256,1024})"
			"$(best "$1" "$2" hws-paper:{16,64,256,1024,4096})"
			"$(best "$1" "$2" hws-paper:{16,64,256,1024,4096},weights)")
	fi
	set=(static static:weights "${set[@]}" hws hws:steal=no)
	ocr-softcard --cus "$2" --kernels range.desc -- \
		taskset -c "$CPUS" "$hws" "$1" "$reps" "${set[@]}" > runs ||
		die "failed: $row"
	launch=$(awk '$1 == "launch" { print int($2 / 1200) }' runs)
	sim_of "$1" "$2" "$launch" "${set[@]}" > sim
	awk -v row="$row" '$1 != "launch" { printf \
		"{\"row\":\"%s\",\"schedule\":\"%s\",\"ns\":%s,\"bound_ns\":%s,\"lambda\":%s,\"steals\":%s,\"by_card\":%s,\"from_card\":%s,\"aborted\":%s,\"duplicated\":%s,\"launches\":%s,\"grade\":\"E\"}\n",
		row, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 }' runs >> "$json"
	printf '\n%s, launch %s us, %s sweeps each (grade E)\n' "$row" \
		"$(awk '$1 == "launch" { print int($2 / 1000) }' runs)" "$reps"
	printf '  %-26s %7s %6s %6s  %-18s %6s %6s %6s %5s %6s\n' schedule ms \
		/bound sim 'time / hws' lambda steals 'of card' twice launch
	card_table
	cd "$dir" && rm -rf "$work"
}

softcard_rows() {
	local t u
	[ -n "$list" ] || "$hws" weights > "$dir/hws-weights" || die 'no weights'
	for t in 1 2; do for u in 1 2; do
		[ -z "$quick" ] || [ "$t$u" = 21 ] || continue
		softcard "$t" "$u"
	done; done
}

# ---- grade S ----

# rows: ocr-sim's JSON on stdin as "SCHEDULE work workers lambda bound_ratio
# makespan duplicated setting" lines.
rows() {
	tr '{' '\n' | awk '
	function get(key,  v) {
		if (!match($0, "\"" key "\":[^,}]*")) return "-"
		v = substr($0, RSTART, RLENGTH)
		sub(/^[^:]*:/, "", v)
		gsub(/"/, "", v)
		return v
	}
	/"schedule"/ { # values that hold commas end at a quote
		match($0, /"schedule":"[^"]*"/)
		s = substr($0, RSTART + 12, RLENGTH - 13)
		match($0, /"workers":"[^"]*"/)
		w = substr($0, RSTART + 11, RLENGTH - 12)
		match($0, /"setting":"[^"]*"/)
		t = substr($0, RSTART + 11, RLENGTH - 12)
		print s, get("work"), w, get("lambda"), get("bound_ratio"),
			get("makespan_ns"), get("duplicated"), t
	}'
}

# simulate ROW OPTION...: its rows go to $dir/hws-rows, with ROW before them.
simulate() {
	local row=$1 out
	wanted "$row" || return 0
	shift
	# A search may end before that level.
	out=$(ocr-sim --json "$@" 2> "$dir/hws-err") || {
		printf '  %-40s %s\n' "$row" "$(cat "$dir/hws-err")"
		return 0
	}
	tr '{' '\n' <<< "$out" | sed -n "s|^\"schedule\"|{\"row\":\"$row\",&|p" |
		sed 's/[],]*$//' >> "$json"
	rows <<< "$out" | sed "s|^|${row// /_} |" | tee -a "$dir/hws-rows" |
		awk -v row="$row" '
		$2 == "hws" { lambda = $5; hws = $6 }
		$2 ~ /^(static|dynamic:best|hap:best|hws-paper:best|hws:steal=no)$/ {
			line = line sprintf(" %s %.3f", $2, $6)
		}
		END { printf "  %-40s hws %.3f lambda %.3f |%s\n", row, hws,
			lambda, line }'
}

sim_rows() {
	local g p t n
	[ -n "$list" ] || {
		: > "$dir/hws-rows"
		printf '\ngrade S: time / bound in the simulator\n'
	}
	for g in "${graphs[@]}"; do for p in "${parts[@]}"; do
		for t in "${threads[@]}"; do
			simulate "sim $g/$p cpu:$t card:1" --work "$g/$p" \
				--workers "cpu:$t,card:1"
		done
	done; done
	for g in "${graphs[0]}" kron20; do for n in "${cards[@]}"; do
		simulate "cards $g/pr cpu:15 card:$n" --work "$g/pr" \
			--workers "cpu:15,card:$n"
	done; done
	simulate 'stall kron20/a5 card:10' --work kron20/a5 --workers card:10 \
		--set stall=0:100000:1100000:0.1
	simulate 'stall kron20/l2 card:10' --work kron20/l2 --workers card:10 \
		--set stall=0:100000:1100000:0.1
}

# sim_bars: what was to be reached, and each row that does not.
sim_bars() {
	[ -s "$dir/hws-rows" ] || return 0
	printf '\n'
	awk -v least="$((launch_ns * least_launches))" '
	function miss(bar, text) { bad[bar]++; list[bar] = list[bar] text "\n" }
	function end_row(  k, s) {
		if (row == "") return
		if (row !~ /^stall/) {
			is_big = hws_ns / hws >= least
			many = row ~ /card:100$/
			limit = is_big && !many ? 1.05 : 1.10
			n["bound"]++
			if (hws > limit)
				miss("bound", sprintf("    %s: %.3f, not %.2f", row, hws, limit))
			if (is_big && !many) {
				n["lambda"]++
				if (lambda > 1.05)
					miss("lambda", sprintf("    %s: %.3f", row, lambda))
			}
			log_sum += log(hws); n_log++
			for (s in ratio) {
				n["rivals"]++
				if (ratio[s] / hws < 0.99)
					miss("rivals", sprintf("    %s: %s is faster: %.3f of its time",
						row, s, ratio[s] / hws))
			}
			for (s in informed)
				if (informed[s] / hws < 0.99)
					miss("informed", sprintf("    %s: %s is faster: %.3f of its time",
						row, s, informed[s] / hws))
			for (s in informed) n["informed"]++
			n["twice"]++
			if (twice > 0) miss("twice", sprintf("    %s: %d", row, twice))
			if (row ~ /^cards_twitter.*card:100$/) {
				n["efficiency"]++
				if (1 / hws < 0.95)
					miss("efficiency", sprintf("    %s: %.3f", row, 1 / hws))
			}
		} else {
			n["stall"]++
			worst = 9
			for (s in ratio)
				if (ratio[s] / hws < worst) { worst = ratio[s] / hws; who = s }
			if (worst < 0.81)
				miss("stall", sprintf("    %s: %.3f of the time of %s",
					row, worst, who))
		}
	}
	$1 != row { end_row(); row = $1; delete ratio; delete informed }
	$2 == "hws" { lambda = $5; hws = $6; hws_ns = $7; twice = $8 }
	$2 ~ /^(static|dynamic:best|hap:best|hws-paper:best)$/ { ratio[$2] = $6 }
	$2 ~ /weights|steal=no/ { informed[$2] = $6 }
	function tell(bar, text) {
		printf "%-62s %4d of %4d\n%s", text, n[bar] - bad[bar], n[bar], list[bar]
	}
	END {
		end_row()
		printf "%-62s %s\n", "bars (grade S)", "met"
		tell("bound", "time / bound <= 1.05, small sweeps and 100 cards 1.10")
		tell("lambda", "lambda <= 1.05 on sweeps worth 10 launches")
		tell("rivals", "not 1 % slower than static, dynamic, hap, hws-paper")
		tell("informed", "the same, where they know the weights; and no stealing")
		tell("twice", "no item done twice")
		tell("efficiency", "100 cards on twitter: bound / time >= 0.95")
		tell("stall", "a stalled card: >= 0.81 of the best rival")
		if (n_log > 0)
			printf "%-62s %.4f\n", "geometric mean of time / bound (<= 1.03)",
				exp(log_sum / n_log)
	}' "$dir/hws-rows"
}

if [ -z "$list" ]; then
	mkdir -p "$dir" || die "cannot make $dir"
	dir=$(cd "$dir" && pwd)
	json=$(cd "$(dirname "$json")" && pwd)/$(basename "$json")
	: > "$json"
	machine | tell
fi
if [ -n "$list" ] || ocr-softcard -- true; then
	softcard_rows
fi
sim_rows
[ -n "$list" ] || sim_bars
