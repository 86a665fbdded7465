# What graph.sh measures with: graphs and pairs of runs.  Sourced by it after
# bench.bash and graph_peers.bash; uses its dir, json, reps, trials and side.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the caller sets some and reads others

declare -A once    # seconds of ocr-graph for a FILE, and the order
declare -A checked # PROGRAM GRAPH, and the order
declare -A paired  # median ratio by source, of ROW
declare -A memory  # ratio of peak memory, of PROGRAM GRAPH
declare -A cost    # "MS ONCE_S START_S" of ROW against GAPBS

# ---- graphs ----

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
			# Each edge one way, at random: by id there would
			# be no cycle in it.
			ocr-graph --kron="${name#directed}" --to=el |
				awk 'BEGIN { srand(1) }
				{ print rand() < 0.5 ? $1 " " $2 : $2 " " $1 }' \
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

# transform FILE: seconds from GAPBS's format to ours, written to a disk, with
# all processors; measured once a call of the script.  With order=ids, which a
# caller sets, without our layout.
transform() {
	local wall cpu kib line
	[ -z "${once["$1 ${order-}"]-}" ] || return 0
	line=$("$runtime" -c "$CPUS" -i /dev/null ocr-graph \
		--order="${order:-hubs}" "$1" -o "$dir/once") ||
		die "cannot read $1"
	rm -f "$dir/once"
	read -r wall cpu kib <<< "$line"
	once["$1 ${order-}"]=$wall
	printf '{"row":"transform %s","order":"%s","wall_s":%s,"cpu_s":%s,"peak_kib":%s,"grade":"H"}\n' \
		"${1##*/}" "${order:-hubs}" "$wall" "$cpu" "$kib" >> "$json"
}

# commands PROGRAM GRAPH PEER N: N trials; ours in a, the peer's in b.
commands() {
	local file=$plain program=$1
	[ "$1" != sssp ] || file=$weighted
	head -n "$4" "$dir/sources" > "$dir/sources-$4"
	a=("ocr-$1" -j "$threads" --trials="$4"
		"$file${order:+.$order}.ocrg")
	[ "$1" = pagerank ] || a+=(--sources="$dir/sources-$4")
	[ "$1" != bfs ] || a+=(--parents)
	if [ "$3" != gapbs ]; then
		b=("$dir/${3}_peer" "$1" "$file" "$dir/sources-$4" "$4"
			"$(delta_of "$3" "$2")")
		return
	fi
	[ "$1" != pagerank ] || program='pr'
	b=("$GAPBS/$program" -f "$file" -n "$4")
	[ "$1" != sssp ] || b+=(-d "$(delta_of gapbs "$2")")
	[ "$1" != pagerank ] || b+=(-i 1000 -t 1e-4)
}

# ---- runs ----

# headed: the title of a table before its first row.
headed() {
	[ -z "$title" ] || printf '\n%s\n' "$title"
	title=''
}

# field KEY FILE: a number of our JSON.
field() { sed -n "s/.*\"$1\":\([-+.0-9e]*\).*/\1/p" "$2"; }

# ours COMMAND...: milliseconds of each trial, a word each, in times; what each
# reached; MTEPS of the median, and lambda.
ours() {
	taskset -c "$on" "$@" --stats="$dir/stats" > "$dir/out" ||
		die "failed: $*"
	times=$(awk '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == "ms") c = i; next }
		$1 != "median" { printf "%s ", $c }' "$dir/out")
	reached=$(awk 'NR == 1 && $2 != "reached" { exit }
		NR > 1 && $1 != "median" { printf "%s ", $2 }' "$dir/out")
	mteps=$(awk '$1 == "median" { print $NF }' "$dir/out")
	lambda=$(field lambda "$dir/stats")
	[ -n "$times" ] || die "no times: $*"
}
# theirs COMMAND...: the same of a peer, of which GAPBS does not say how much it
# has reached.
theirs() {
	with_peer taskset -c "$on" "$@" > "$dir/out" || die "failed: $*"
	times=$(awk '/^Trial Time:/ { s = s sprintf("%.6f ", $3 * 1000) }
		/^Begin:/ { s = "" } END { printf "%s", s }' "$dir/out")
	[ -n "$times" ] || die "no times: $*"
	reached_too=$(awk '/^Reached:/ { s = s $2 " " }
		/^Begin:/ { s = "" } END { printf "%s", s }' "$dir/out")
	[ -z "$reached_too" ] || [ "$reached" = "$reached_too" ] ||
		die "not the same result: $* reached $reached_too, ours $reached"
}
median() {
	tr ' ' '\n' <<< "$1" | grep . | sort -g | awk '{ v[NR] = $1 }
		END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}
# quotients A B: word by word.
quotients() {
	awk -v a="$1" -v b="$2" 'BEGIN {
		n = split(a, x, " "); split(b, y, " ")
		for (i = 1; i <= n; i++) printf "%.4f ", x[i] / (y[i] > 0 ? y[i] : 1e-6)
	}'
}
# note_run ROW SIDE REP: the last run, kept.
note_run() {
	local more=''
	[ "$2" != ours ] || more=",\"mteps\":$mteps,\"lambda\":$lambda"
	printf '{"row":"%s","side":"%s","rep":%d,"median_ms":%s%s,"trials_ms":[%s],"grade":"H"}\n' \
		"$1" "$2" "$3" "$(median "$times")" "$more" \
		"$(sed 's/ *$//; s/ /,/g' <<< "$times")" >> "$json"
}

# starting COMMAND...: seconds that a start takes besides reading and searching:
# the program's own layout of the graph, and what any process takes.
starting() {
	taskset -c "$on" "$@" --trials=1 --stats="$dir/stats" > /dev/null ||
		die "failed: $*"
	awk -v s="$(field seconds "$dir/stats")" \
		-v l="$(field load_seconds "$dir/stats")" \
		-v w="$(field work_ms "$dir/stats")" \
		'BEGIN { t = s - l - w / 1000; printf "%.3f", (t > 0 ? t : 0) }'
}
# pays OURS_MS PEER_MS SECONDS: after how many searches.
pays() {
	awk -v a="$1" -v b="$2" -v s="$3" 'BEGIN {
		if (b <= a) { print "never"; exit }
		n = s * 1000 / (b - a)
		print int(n) + (n > int(n))
	}'
}

# pair ROW FILE CALLS: ours (a) and the peer's (b) in turn.
pair() {
	local x='' y='' q='' all='' l='' line i m ours_times start after again once_s
	for ((i = 1; i <= $3; i++)); do
		ours "${a[@]}"
		ours_times=$times
		x+=" $(median "$times")" all+=" $mteps" l+=" $lambda"
		note_run "$1" ours "$i"
		theirs "${b[@]}"
		y+=" $(median "$times")"
		q+=" $(quotients "$times" "$ours_times")"
		note_run "$1" peer "$i"
	done
	start=$(starting "${a[@]}")
	transform "$2"
	once_s=${once["$2 ${order-}"]}
	read -ra line <<< "$(compare 0 "$x" "$y")"
	keep "$1" "${line[@]}"
	paired[$1]=$(median "$q")
	x=$(median "$x") y=$(median "$y") m=$(median "$all")
	after=$(pays "$x" "$y" "$(awk -v a="$once_s" -v b="$start" \
		'BEGIN { print a + b }')")
	again=$(pays "$x" "$y" "$start")
	cost[$1]="$x $once_s $start"
	headed
	printf '%-30s %9.2f %9.2f  %-20s %6.2f %8.1f %7.1f %6.2f %7.2f %7.3f %7s %6s\n' \
		"$1" "$x" "$y" "$(printf '%.2f (%.2f-%.2f)' "${line[@]:2}")" \
		"${paired[$1]}" "$m" \
		"$(awk -v m="$m" -v x="$x" -v y="$y" 'BEGIN { print m * x / y }')" \
		"$(median "$l")" "$once_s" "$start" "$after" "$again"
	printf '{"row":"%s","ratio":%s,"least":%s,"greatest":%s,"by_source":%s,"once_s":%s,"start_s":%s,"pays_after":"%s","pays_again_after":"%s","grade":"H"}\n' \
		"$1" "${line[@]:2}" "${paired[$1]}" "$once_s" "$start" \
		"$after" "$again" >> "$json"
}

# peak_of COMMAND...: "ALL ANONYMOUS", KiB.
peak_of() {
	local line all anonymous
	line=$(with_peer "$runtime" -a -c "$on" -i /dev/null "$@") ||
		die "failed: $*"
	read -r _ _ all anonymous _ <<< "$line"
	echo "$all $anonymous"
}

# memory_row PROGRAM GRAPH: peak memory of one trial against GAPBS's.
memory_row() {
	local row="memory $1 $2" all own peer peer_own
	wanted "$row" || return 0
	prepare "$2" 2
	commands "$1" "$2" gapbs 1
	read -r all own <<< "$(peak_of "${a[@]}")"
	read -r peer peer_own <<< "$(peak_of "${b[@]}")"
	memory["$1 $2"]=$(awk -v a="$all" -v b="$peer" 'BEGIN { printf "%.2f", a / b }')
	headed
	printf '%-30s %9s %9s %9s %9s   %s\n' "$row" "$(mb "$own")" "$(mb "$all")" \
		"$(mb "$peer_own")" "$(mb "$peer")" "${memory["$1 $2"]}"
	printf '{"row":"%s","anonymous_kib":%s,"peak_kib":%s,"peer_anonymous_kib":%s,"peer_peak_kib":%s,"grade":"H"}\n' \
		"$row" "$own" "$all" "$peer_own" "$peer" >> "$json"
}

# update_row PROGRAM GRAPH: 1000 edges at random added to a result, against
# starting over: the median of three, as a first search also pays for its pages.
update_row() {
	local row="update $1 $2" x='' y='' i file line
	wanted "$row" || return 0
	if ! "ocr-$1" --help | grep -q -e --updates; then
		headed
		printf '%-30s not run: ocr-%s has no --updates\n' "$row" "$1"
		return 0
	fi
	prepare "$2" 2
	file=$plain.ocrg
	[ "$1" != sssp ] || file=$weighted.ocrg
	ocr-graph --show "$file" | awk '$1 == "vertices" {
		srand(1)
		for (i = 0; i < 1000; i++)
			print int(rand() * $2), int(rand() * $2),
				1 + int(rand() * 255)
	}' > "$dir/updates"
	for i in $(head -n 8 "$dir/sources"); do
		taskset -c "$on" "ocr-$1" -j "$threads" -s "$i" --json \
			--trials=3 "$file" > "$dir/fresh" || die "failed: $row"
		taskset -c "$on" "ocr-$1" -j "$threads" -s "$i" --json \
			--updates="$dir/updates" "$file" > "$dir/out" ||
			die "failed: $row"
		y+=" $(field median_ms "$dir/fresh")"
		x+=" $(sed 's/.*"updates":\[//; s/].*//' "$dir/out" |
			field ms /dev/stdin)"
	done
	read -ra line <<< "$(compare 0 "$x" "$y")"
	headed
	printf '%-30s %9.2f %9.2f  %.2f (%.2f-%.2f)\n' "$row" "$(median "$x")" \
		"$(median "$y")" "${line[@]:2}"
	printf '{"row":"%s","update_ms":%s,"fresh_ms":%s,"ratio":%s,"grade":"H"}\n' \
		"$row" "$(median "$x")" "$(median "$y")" "${line[2]}" >> "$json"
}

# accuracy_row PROGRAM GRAPH: how far scores are from exact ones, both sides at
# the same tolerance.
accuracy_row() {
	local row="accuracy $1 $2" theirs ours
	wanted "$row" || return 0
	prepare "$2" 2
	headed
	if ! "${CXX:-c++}" -O2 -fopenmp -I "$GAPBS/src" -o "$dir/gapbs_scores" \
		"$here/gapbs_scores.cc" 2> "$dir/gapbs_scores.log"; then
		printf '%-30s not run: see %s\n' "$row" "$dir/gapbs_scores.log"
		return 0
	fi
	"ocr-$1" -j "$threads" --binary "$plain.ocrg" -o "$dir/scores" ||
		die "failed: $row"
	read -r _ theirs ours <<< "$(with_peer "$dir/gapbs_scores" -f "$plain" \
		-i 1000 -t 1e-4 -- "$dir/scores" | grep ^errors)"
	rm -f "$dir/scores"
	[ -n "$ours" ] || die "failed: $row"
	printf '%-30s %9s %9s\n' "$row" "$ours" "$theirs"
	printf '{"row":"%s","error":%s,"peer_error":%s,"grade":"H"}\n' \
		"$row" "$ours" "$theirs" >> "$json"
}

# prepare GRAPH THREADS: sets plain, weighted, threads, on, and the sources.
prepare() {
	threads=$2
	on=$(cpus_for "$2")
	graph "$1"
	"$sources" "$plain" "$trials" > "$dir/sources" || die 'no sources'
}

# row PROGRAM GRAPH THREADS: against each peer.
row() {
	local name peer calls file
	for peer in $(peers_of "$2"); do
		name="$1 $2 t$3 $peer"
		wanted "$name" || continue
		if [ -n "${missing[$peer]-}" ]; then
			headed
			printf '%-30s not run: %s\n' "$name" "${missing[$peer]}"
			continue
		fi
		prepare "$2" "$3"
		check "$1" "$2"
		commands "$1" "$2" "$peer" "$(trials_of "$1" "$peer")"
		calls=$reps
		[ "$peer" = gapbs ] || calls=1
		file=$plain
		[ "$1" != sssp ] || file=$weighted
		pair "$name" "$file" "$calls"
	done
}
# user_row PROGRAM GRAPH: in the user's order, nothing laid out, against GAPBS.
user_row() {
	local name="user $1 $2" order=ids file
	wanted "$name" || return 0
	prepare "$2" 2
	file=$plain
	[ "$1" != sssp ] || file=$weighted
	[ -e "$file.ids.ocrg" ] ||
		ocr-graph --order=ids "$file" -o "$file.ids.ocrg" ||
		die "cannot read $file"
	check "$1" "$2"
	commands "$1" "$2" gapbs "$(trials_of "$1" gapbs)"
	pair "$name" "$file" "$reps"
}

# layout_row PROGRAM GRAPH: what the layout by degree takes longer to make than
# the user's order, and after how many searches that is made good.
layout_row() {
	local name="layout $1 $2" laid user more after
	wanted "$name" || return 0
	laid=${cost["$1 $2 t2 gapbs"]-} user=${cost["user $1 $2"]-}
	if [ -z "$laid" ] || [ -z "$user" ]; then
		headed
		printf '%-30s not run: it wants the rows "%s" and "%s"\n' "$name" \
			"$1 $2 t2 gapbs" "user $1 $2"
		return 0
	fi
	more=$(awk -v a="$laid" -v b="$user" 'BEGIN {
		split(a, l, " "); split(b, u, " ")
		printf "%.3f", l[2] + l[3] - u[2] - u[3] }')
	after=0
	[[ $more == -* ]] ||
		after=$(pays "${laid%% *}" "${user%% *}" "$more")
	headed
	printf '%-30s %9.2f %9.2f %9s %9s\n' "$name" "${laid%% *}" \
		"${user%% *}" "$more" "$after"
	printf '{"row":"%s","ms":%s,"user_ms":%s,"more_s":%s,"pays_after":"%s","grade":"H"}\n' \
		"$name" "${laid%% *}" "${user%% *}" "$more" "$after" >> "$json"
}

# check PROGRAM GRAPH: our results, by the program's own verifier.
check() {
	[ -z "${checked["$1 $2 ${order-}"]-}" ] || return 0
	commands "$1" "$2" gapbs 2
	"${a[@]}" --verify > /dev/null || die "wrong result: ${a[*]}"
	checked["$1 $2 ${order-}"]=yes
}
