# ocr-bfs: levels, parents, paths, times, and what is refused
# shellcheck disable=SC2154 # run sets output and stderr
load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	TMPDIR=$BATS_TEST_TMPDIR
	export TMPDIR
	# 1 - 2 - 3 - 7 and 1 - 8; ids with gaps
	printf '1 2\n2 3\n3 7\n1 8\n' > g
	hint="try 'ocr-bfs --help'"
}

# edges SEED N M: M random edges of N vertices, ids with gaps
edges() {
	awk -v x="$1" -v n="$2" -v m="$3" 'function r() {
		return x = (x * 16807) % 2147483647
	} BEGIN { for (i = 0; i < m; i++) print (r() % n) * 3 + 5, (r() % n) * 3 + 5 }'
}

# reference SOURCE BOTH < edges: vertex TAB level by ascending id
reference() {
	awk -v s="$1" -v both="$2" '
	{ next_to[$1] = next_to[$1] " " $2 }
	both { next_to[$2] = next_to[$2] " " $1 }
	END {
		level[s] = 0
		queue[0] = s
		n = 1
		for (at = 0; at < n; at++) {
			k = split(next_to[queue[at]], to, " ")
			for (i = 1; i <= k; i++)
				if (!(to[i] in level)) {
					level[to[i]] = level[queue[at]] + 1
					queue[n++] = to[i]
				}
		}
		for (v in level) print v "\t" level[v]
	}' | sort -n
}

@test "levels of what is reached" {
	run -0 --separate-stderr ocr-bfs -s 1 g
	assert_output $'1\t0\n2\t1\n3\t2\n7\t3\n8\t1'
	assert_stderr ''
	run -0 ocr-bfs -s 2 g
	assert_output $'2\t0\n3\t1\n7\t2'
	run -0 ocr-bfs -s 8 g
	assert_output $'8\t0'
	run -0 ocr-bfs --source=8 --levels --undirected g
	assert_output $'1\t1\n2\t2\n3\t3\n7\t4\n8\t0'
	run -0 ocr-bfs -s 7 --max-depth=2 --undirected g
	assert_output $'2\t2\n3\t1\n7\t0'
	run -0 ocr-bfs -s 1 - < g
	assert_output $'1\t0\n2\t1\n3\t2\n7\t3\n8\t1'
	run -0 ocr-bfs -s 2 -o out < g
	assert_output ''
	[ "$(cat out)" = $'2\t0\n3\t1\n7\t2' ]
}

@test "as a serial search has it, for any number of threads and any schedule" {
	edges 1 2000 5000 > e
	for s in 5 3005; do
		reference $s '' < e > directed
		reference $s 1 < e > undirected
		for j in 1 2 3 8; do
			ocr-bfs -j $j -s $s e | cmp - directed
			ocr-bfs -j $j -s $s --undirected e | cmp - undirected
		done
		for how in static dynamic:64 hap hws-paper hws; do
			ocr-bfs -j 4 --schedule=$how -s $s e | cmp - directed
		done
	done
}

@test "--parents" {
	run -0 --separate-stderr ocr-bfs -s 1 --parents g
	assert_output $'1\t0\t1\n2\t1\t1\n3\t2\t2\n7\t3\t3\n8\t1\t1'
	edges 3 3000 9000 > e
	for j in 1 2 4; do
		ocr-bfs -j $j -s 5 --parents e > out
		cut -f 1,2 out | cmp - <(reference 5 '' < e)
		are_parents out e 5 ''
		ocr-bfs -j $j -s 5 --parents --undirected e > out
		are_parents out e 5 1
	done
	# the last one counts
	run -0 ocr-bfs -s 8 --parents --levels g
	assert_output $'8\t0'
}

@test "several sources: a block each, the source before it" {
	run -0 --separate-stderr ocr-bfs -s 3,8 -s 2 g
	assert_output $'3\t3\t0\n3\t7\t1\n8\t8\t0\n2\t2\t0\n2\t3\t1\n2\t7\t2'
	run -0 --separate-stderr ocr-bfs -s 3,3 --parents g
	assert_output $'3\t3\t0\t3\n3\t7\t1\t3\n3\t3\t0\t3\n3\t7\t1\t3'
	edges 5 700 1000 > e
	awk '{ print $1 }' e | sort -nu | head -n 150 > sources
	while read -r s; do
		reference "$s" 1 < e | sed "s/^/$s	/"
	done < sources > want
	for j in 1 3; do
		ocr-bfs -j $j --undirected --sources=sources e | cmp - want
		ocr-bfs -j $j --undirected --sources=sources --parents e |
			cut -f 1-3 | cmp - want
	done
	awk '$3 <= 2' want | cmp - <(ocr-bfs --undirected --sources=sources \
		--max-depth=2 e)
}

@test "--sources: blanks, commas, comments, gzip, standard input" {
	printf '# where\n3, 8 # and\r\n\t2' > sources
	ocr-bfs -s 3,8,2 g > want
	ocr-bfs --sources=sources g | cmp - want
	ocr-bfs --sources=- g < sources | cmp - want
	gzip sources
	ocr-bfs --sources=sources.gz g | cmp - want
	run -2 --separate-stderr ocr-bfs --sources=- < g
	assert_stderr 'ocr-bfs: --sources: standard input is the graph'
	printf '# none\n' > none
	run -1 --separate-stderr ocr-bfs --sources=none g
	assert_stderr 'ocr-bfs: none: no ids'
	printf '1\nx2\n' > bad
	run -1 --separate-stderr ocr-bfs --sources=bad g
	assert_stderr "ocr-bfs: bad: 'x2' is not the id of a vertex"
	run -1 --separate-stderr ocr-bfs --sources=missing g
	assert_match 'missing.*No such file or directory' "$stderr"
}

@test "--to: a shortest path" {
	run -0 --separate-stderr ocr-bfs -s 1 --to=7 g
	assert_output $'1\t0\n2\t1\n3\t2\n7\t3'
	assert_stderr ''
	run -0 ocr-bfs -s 1 --to=1 g
	assert_output $'1\t0'
	run -0 ocr-bfs -s 8 --to=3 --undirected g
	assert_output $'8\t0\n1\t1\n2\t2\n3\t3'
	run -1 --separate-stderr ocr-bfs -s 8 --to=3 g
	assert_output ''
	assert_stderr 'ocr-bfs: no path from 8 to 3'
	run -1 --separate-stderr ocr-bfs -s 8 --to=3 --undirected --max-depth=2 g
	assert_stderr 'ocr-bfs: no path from 8 to 3 in 2 steps'
	run -0 ocr-bfs -s 8 --to=3 --undirected --max-depth=3 g
	run -1 --separate-stderr ocr-bfs -s 1 --to=4 g
	assert_stderr 'ocr-bfs: vertex 4 is not in the graph: its ids are from 1 to 8'
	# each step is an edge, and there are as many as the level says
	edges 7 3000 6000 > e
	ocr-bfs -s 5 --undirected e | awk '$2 > 4 { print $1, $2 }' |
		sed -n '1p;50p;$p' > far
	while read -r v level; do
		ocr-bfs -s 5 --to="$v" --undirected e > path
		[ "$(wc -l < path)" = $((level + 1)) ]
		[ "$(tail -n 1 path)" = "$v	$level" ]
		awk 'NR == FNR { edge[$1 " " $2]; edge[$2 " " $1]; next }
		$2 != FNR - 1 || (FNR > 1 && !((before " " $1) in edge)) { exit 1 }
		{ before = $1 }' e path
	done < far
}

@test "--verify" {
	for shape in --kron=11 --uniform=11 --powerlaw=11; do
		run -0 --separate-stderr ocr-bfs -s 7 $shape --verify -j 4
		assert_stderr ''
	done
	edges 9 3000 6000 > e
	ocr-bfs -s 5 --verify e | cmp - <(ocr-bfs -s 5 e)
	for more in --max-depth=3 --to=3; do
		run -2 --separate-stderr ocr-bfs -s 1 --verify $more g
		assert_stderr 'ocr-bfs: --verify is for whole searches: not with --max-depth or --to'
	done
}

@test "--trials: times, and the median" {
	run -0 --separate-stderr ocr-bfs --trials=5 --verify --kron=10
	assert_stderr ''
	[ "${#lines[@]}" = 7 ]
	assert_match '^source +reached +depth +ms +MTEPS$' "${lines[0]}"
	for i in 1 2 3 4 5; do
		assert_match '^[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+\.[0-9]{3} +[0-9]+\.[0-9]$' "${lines[$i]}"
	done
	assert_match '^median +- +- +[0-9]+\.[0-9]{3} +[0-9]+\.[0-9]$' "${lines[6]}"
	# the same seed, the same sources, and all have edges
	ocr-bfs --trials=9 --kron=9 | awk '{ print $1, $2, $3 }' > a
	ocr-bfs --trials=9 --kron=9 -j 3 | awk '{ print $1, $2, $3 }' | cmp - a
	ocr-graph --kron=9 -o kron
	ocr-bfs --trials=9 --seed=2 kron | awk '{ print $1, $2, $3 }' > b
	run ! cmp -s a b
	awk 'NR > 1 && NR < 11 && $2 < 2 { exit 1 }' a
	# given ones in turn
	run -0 ocr-bfs --trials=3 -s 3,8 g
	[ "$(awk '{ print $1, $2, $3 }' <<< "$output")" = \
		$'source reached depth\n3 2 1\n8 1 0\n3 2 1\nmedian - -' ]
	run -0 ocr-bfs --trials=2 -s 3 --json g
	assert_match '^\{"trials":\[\{"source":3,"reached":2,"depth":1,"ms":[0-9.]+,"mteps":[0-9.]+\},\{"source":3,.*\}\],"median_ms":[0-9.]+,"median_mteps":[0-9.]+\}$' "$output"
	printf '1 1\n' > loop
	run -0 ocr-bfs --trials=1 loop
	printf '1 2\n' > one
	run -0 ocr-bfs --trials=2 one
	[ "$(awk '{ print $1 }' <<< "$output")" = $'source\n1\n1\nmedian' ]
}

@test "--json" {
	run -0 --separate-stderr ocr-bfs -s 1,8 --json g -o out
	assert_output ''
	assert_stderr ''
	is_json out
	[ "$(wc -l < out)" = 2 ]
	head -n 1 out > first
	grep -q '^{"source":1,"vertices":5,"edges":4,"arcs":4,"directed":true,"weights":"none","reached":5,"depth":3,"ms":[0-9.]*,"mteps":[0-9.]*,"lambda":[0-9.]*,"steals":[0-9]*,"levels":\[{"direction":"pu[slh]*","frontier":1,"reached":2,"ms":[0-9.]*},' first
	# all that was reached was reached in some level
	ocr-bfs -s 3 --kron=12 --json > out
	tr '{' '\n' < out | tr ',' '\n' | awk -F: '
	/^"reached"/ && !total { total = $2; next }
	/^"reached"/ { sum += $2 }
	END { exit sum + 1 != total }'
}

@test "--ldbc: every vertex" {
	run -0 --separate-stderr ocr-bfs -s 2 --ldbc g
	assert_output $'1 9223372036854775807\n2 0\n3 1\n7 2\n8 9223372036854775807'
	# the directed example of LDBC Graphalytics
	printf '%s\n' '1 3 0.5' '1 5 0.3' '2 4 0.1' '2 5 0.3' '2 10 0.12' \
		'3 1 0.53' '3 5 0.62' '3 8 0.21' '3 10 0.52' '5 3 0.69' \
		'5 4 0.53' '5 8 0.1' '6 3 0.23' '6 4 0.39' '7 4 0.83' \
		'8 1 0.39' '9 4 0.69' > example.e
	run -0 --separate-stderr ocr-bfs -s 1 --ldbc --directed example.e
	far=9223372036854775807
	assert_output "$(printf '%s\n' '1 0' "2 $far" '3 1' '4 2' '5 1' \
		"6 $far" "7 $far" '8 2' "9 $far" '10 2')"
	run -2 --separate-stderr ocr-bfs -s 1,2 --ldbc g
	assert_stderr 'ocr-bfs: --ldbc: of one source'
	run -2 --separate-stderr ocr-bfs -s 1 --ldbc --parents g
	assert_stderr 'ocr-bfs: --ldbc writes levels: not with --parents'
}

@test "--binary: arrays" {
	ocr-bfs -s 2 --binary g > out
	[ "$(od -An -v -tx1 out | tr -d ' \n')" = \
		ffffffff000000000100000002000000ffffffff ]
	ocr-bfs -s 2 --binary --parents g > out
	[ "$(od -An -v -tx1 out | tr -d ' \n')" = \
		ffffffff000000000100000002000000ffffffffffffffff010000000100000002000000ffffffff ]
	ocr-bfs -s 8,7 --binary g > out
	[ "$(wc -c < out)" = 40 ]
	edges 11 20000 60000 > e
	ocr-bfs -s 5 --undirected --binary e | od -An -v -w4 -tu4 |
		awk '$1 != 4294967295 { print $1 }' > levels
	ocr-bfs -s 5 --undirected e | cut -f 2 | cmp - levels
	needs_terminal
	run -2 script -qec 'ocr-bfs -s 1 --binary g' /dev/null
	assert_output $'ocr-bfs: binary output is not written to a terminal; use -o FILE\r'
}

@test "first minute: no file, no source" {
	run -0 --separate-stderr bash -o pipefail -c \
		'ocr-bfs -s 0 --kron 10 | head -n 1'
	assert_output $'0\t0'
	assert_stderr ''
	run -2 --separate-stderr ocr-bfs g
	assert_stderr 'ocr-bfs: no source: say -s ID, as in -s 1, or --trials=N for random ones'
	run -2 --separate-stderr ocr-bfs -s 1 g g
	assert_stderr 'ocr-bfs: one graph at a time; ocr-graph joins files to one'
	run -2 --separate-stderr ocr-bfs -s 1 --kron=9 g
	assert_stderr 'ocr-bfs: a file and --kron, --uniform or --powerlaw: one of them'
	needs_terminal
	run -2 script -qec 'ocr-bfs -s 1' /dev/null
	assert_output $'ocr-bfs: no graph: give a FILE, or --kron=16 to try it out\r'
}

@test "a source that is not in the graph" {
	for s in 0 4 9 18446744073709551615; do
		run -1 --separate-stderr ocr-bfs -s $s g
		assert_stderr "ocr-bfs: source $s is not in the graph: its ids are from 1 to 8"
		assert_output ''
	done
	run -1 --separate-stderr ocr-bfs -s 1,4 -o out g
	[ ! -e out ]
	run -1 --separate-stderr ocr-bfs -s 1024 --kron=10
	assert_stderr 'ocr-bfs: source 1024 is not in the graph: its ids are from 0 to 1023'
}

@test "wrong values" {
	for id in x '' '1,' ',1' -1 1.5 01 0x1 18446744073709551616; do
		wrong=$id
		case $id in '1,' | ',1') wrong= ;; esac
		run -2 --separate-stderr ocr-bfs -s "$id" g
		assert_stderr "ocr-bfs: --source: '$wrong' is not the id of a vertex"$'\n'"$hint"
		assert_output ''
	done
	while IFS='|' read -r option message; do
		run -2 --separate-stderr ocr-bfs "$option" -s 1 g
		assert_stderr "ocr-bfs: $message"$'\n'"$hint"
		assert_output ''
	done <<- EOF
		--max-depth=0|--max-depth: '0' is not a number from 1 to 4294967294
		--to=x|--to: 'x' is not a number from 0
		--trials=0|--trials: '0' is not a number from 1 to 1000000
		--jobs=0|--jobs: '0' is not a number from 1 to 1024
		--seed=-1|--seed: '-1' is not a number from 0
		--schedule=fast|--schedule: 'fast' is not static, dynamic, hap, hws-paper or hws
		--format=xls|--format: 'xls' is not ocrg, snap, el, wel, mtx, dimacs, metis, ligra, ldbc, sg, wsg or graph500
		--kron=33|--kron: '33' is not SCALE or SCALE:EDGES (SCALE from 1 to 32, EDGES from 1 to 65536)
		--kron=|--kron: '' is not SCALE or SCALE:EDGES (SCALE from 1 to 32, EDGES from 1 to 65536)
		--uniform=0:4|--uniform: '0:4' is not SCALE or SCALE:EDGES (SCALE from 1 to 32, EDGES from 1 to 65536)
		--powerlaw=10:|--powerlaw: '10:' is not SCALE or SCALE:EDGES (SCALE from 1 to 32, EDGES from 1 to 65536)
		--weights=3|--weights: '3' is not column, unit or uniform:LOW:HIGH (like uniform:1:255)
		--weights=uniform:5:1|--weights: 'uniform:5:1' is not column, unit or uniform:LOW:HIGH (like uniform:1:255)
		--weights=uniform:1:4294967296|--weights: 'uniform:1:4294967296' is not column, unit or uniform:LOW:HIGH (like uniform:1:255)
		--weights=uniform:1|--weights: 'uniform:1' is not column, unit or uniform:LOW:HIGH (like uniform:1:255)
		--base=x|--base: 'x' is not a number from 0
		--nothing|unknown option '--nothing'
		--parents=1|option '--parents' takes no argument
	EOF
	run -2 --separate-stderr ocr-bfs --kron=9 --uniform=9 -s 1
	assert_stderr $'ocr-bfs: --kron, --uniform, --powerlaw: one of them, once\n'"$hint"
	run -2 --separate-stderr ocr-bfs --directed --undirected -s 1 g
	assert_stderr $'ocr-bfs: --directed and --undirected: one of them\n'"$hint"
	run -2 --separate-stderr ocr-bfs --format=snap --kron=9 -s 1
	assert_stderr 'ocr-bfs: --format is for files, not for --kron, --uniform or --powerlaw'
}

@test "what excludes itself" {
	for more in --binary --ldbc; do
		run -2 --separate-stderr ocr-bfs --trials=2 $more g
		assert_stderr 'ocr-bfs: --trials writes times, not results: not with --binary or --ldbc'
	done
	for more in --binary --ldbc --json --trials=2; do
		run -2 --separate-stderr ocr-bfs -s 1 --to=2 $more g
		assert_stderr 'ocr-bfs: --to writes a path: not with --binary, --json, --ldbc or --trials'
	done
	run -2 --separate-stderr ocr-bfs -s 1,2 --to=2 g
	assert_stderr 'ocr-bfs: --to: of one source'
	run -2 --separate-stderr ocr-bfs -s 1 --json --binary g
	assert_stderr $'ocr-bfs: --binary, --json, --ldbc: one of them\n'"$hint"
}

@test "full disk, closed pipe, closed output" {
	ocr-graph --kron=14 -o kron
	run -1 --separate-stderr sh -c 'ocr-bfs -s 3 kron > /dev/full'
	assert_stderr 'ocr-bfs: cannot write to stdout: No space left on device'
	run -1 --separate-stderr ocr-bfs -s 3 kron -o /dev/full
	assert_stderr 'ocr-bfs: cannot write to /dev/full: No space left on device'
	run -1 --separate-stderr ocr-bfs -s 3 kron -o no/out
	assert_stderr 'ocr-bfs: cannot create no/out: No such file or directory'
	run -1 --separate-stderr sh -c 'ocr-bfs -s 3 kron >&-'
	assert_stderr 'ocr-bfs: cannot write to stdout: Bad file descriptor'
	run -0 --separate-stderr bash -c \
		'{ ocr-bfs --uniform=16 -s 3; echo $? >&2; } | true'
	assert_stderr 141
	[ "$(find . -mindepth 1 ! -name 'separate-stderr-*' -printf '%P\n' | sort)" = $'g\nkron' ]
}

@test "--stats, --trace, -v" {
	run -0 --separate-stderr ocr-bfs -s 3 --kron=10 --stats -o out
	printf '%s\n' "$stderr" > stats
	is_json stats
	grep -q '^{"tool":"ocr-bfs","version":"[^"]*","status":0,"seconds":' stats
	grep -q '"graph":{"vertices":1024,"edges":16384,"arcs":[0-9]*,"directed":false,"weights":"none"},"sources":1,"reached":[0-9]*,"depth":[0-9]*,"mteps":' stats
	grep -q '"sweeps":{"schedule":"hws","sweeps":[0-9]*,' stats
	grep -q '"workers":\[{"worker":"cpu:0",' stats
	run -1 --separate-stderr ocr-bfs -s 9999 --kron=10 --stats=failed
	is_json failed
	grep -q '"status":1,' failed
	run -0 --separate-stderr ocr-bfs -s 3 --kron=12 -j 2 --trace=t -o out
	assert_stderr ''
	is_json t || python3 -c 'import json; json.load(open("t"))'
	grep -q '"cpu:1"' t
	run -1 ocr-bfs -s 9999 --kron=10 --trace=u
	[ ! -e u ]
	run -0 --separate-stderr ocr-bfs -s 1 -v g -o out
	assert_match '^ocr-bfs: 5 vertices, 4 directed edges$' "$stderr"
	assert_match '^ocr-bfs: level 3: pu(sh|ll) from 1, 1 reached, [0-9.]+ ms$' "$stderr"
}
