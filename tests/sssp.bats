# ocr-sssp: distances, times, and what is refused
# shellcheck disable=SC2154 # run sets output and stderr
load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	TMPDIR=$BATS_TEST_TMPDIR
	export TMPDIR
	printf '1 2 4\n1 3 1\n3 2 2\n2 9 5\n7 1 1\n' > g
	hint="try 'ocr-sssp --help'"
}

# edges SEED N M UNIT: M random edges of N vertices, ids with gaps, weights from
# 0 to 99 times UNIT
edges() {
	awk -v x="$1" -v n="$2" -v m="$3" -v unit="$4" 'function r() {
		return x = (x * 16807) % 2147483647
	} BEGIN {
		OFMT = CONVFMT = "%.17g"
		for (i = 0; i < m; i++)
			print (r() % n) * 3 + 5, (r() % n) * 3 + 5, (r() % 100) * unit
	}'
}

# reference SOURCE BOTH < edges: vertex TAB distance, by Bellman and Ford
reference() {
	awk -v s="$1" -v both="$2" '
	{ from[NR] = $1; to[NR] = $2; weight[NR] = $3 }
	END {
		OFMT = CONVFMT = "%.15g"
		far[s] = 0
		do {
			changed = 0
			for (i = 1; i <= NR; i++) {
				a = from[i]; b = to[i]; w = weight[i]
				if (a in far && (!(b in far) || far[a] + w < far[b])) {
					far[b] = far[a] + w
					changed = 1
				}
				if (both && b in far && (!(a in far) || far[b] + w < far[a])) {
					far[a] = far[b] + w
					changed = 1
				}
			}
		} while (changed)
		for (v in far) printf "%s\t%.15g\n", v, far[v]
	}' | sort -n
}

@test "distances of what is reached" {
	run -0 --separate-stderr ocr-sssp -s 1 g
	assert_output $'1\t0\n2\t3\n3\t1\n9\t8'
	assert_stderr ''
	run -0 ocr-sssp -s 9 g
	assert_output $'9\t0'
	run -0 ocr-sssp -s 9 --undirected g
	assert_output $'1\t8\n2\t5\n3\t7\n7\t9\n9\t0'
	run -0 ocr-sssp -s 1 - -o out < g
	assert_output ''
	[ "$(cat out)" = $'1\t0\n2\t3\n3\t1\n9\t8' ]
	# without weights, and with others than the file's
	cut -d ' ' -f 1,2 g > plain
	run -0 ocr-sssp -s 1 plain
	assert_output $'1\t0\n2\t1\n3\t1\n9\t2'
	run -0 ocr-sssp -s 1 --weights=unit g
	assert_output $'1\t0\n2\t1\n3\t1\n9\t2'
	run -0 ocr-sssp -s 1 --weights=uniform:10:10 g
	assert_output $'1\t0\n2\t10\n3\t10\n9\t20'
	# an .ocrg has them with it
	ocr-graph g -o g.ocrg
	ocr-sssp -s 1 g.ocrg | cmp - out
	run -0 ocr-sssp -s 1 --weights=unit g.ocrg
	assert_output $'1\t0\n2\t1\n3\t1\n9\t2'
}

@test "a mapped graph leaves memory, and is there again" {
	ocr-graph --kron=11 --weights=uniform:1:255 -o k.ocrg
	for j in 1 3; do
		ocr-sssp -j $j --verify -s 1 k.ocrg > mapped
		ocr-sssp -j $j --weights=uniform:1:255 -s 1 --kron=11 |
			cmp - mapped
	done
	ocr-sssp --verify --trials=3 -s 1 k.ocrg > trials
}

@test "as a serial search has it, for any threads, schedule and delta" {
	edges 1 500 2500 1 > e
	for s in 5 755; do
		reference $s '' < e > directed
		reference $s 1 < e > undirected
		for j in 1 2 3 8; do
			ocr-sssp -j $j -s $s e | cmp - directed
			ocr-sssp -j $j -s $s --undirected e | cmp - undirected
		done
		for how in static dynamic:64 hap hws-paper hws; do
			ocr-sssp -j 4 --schedule=$how -s $s e | cmp - directed
		done
		for delta in 1 7 100000; do
			ocr-sssp -j 2 --delta=$delta -s $s --undirected e |
				cmp - undirected
		done
	done
	# large weights: distances of more than 32 bits
	edges 2 300 600 40000000 > e
	reference 5 1 < e > want
	for j in 1 3; do
		ocr-sssp -j $j -s 5 --undirected e | cmp - want
	done
	awk '$2 > 4294967295 { n++ } END { exit n == 0 }' want
}

@test "real weights" {
	printf '1 3 0.5\n1 5 0.3\n5 4 0.53\n3 4 1e-3\n' > e
	run -0 --separate-stderr ocr-sssp -s 1 e
	assert_output $'1\t0\n3\t0.5\n4\t0.501\n5\t0.3'
	# eighths have no rounding
	edges 3 500 2500 0.125 > e
	reference 5 1 < e > want
	for j in 1 2 4; do
		ocr-sssp -j $j -s 5 --undirected --verify e | cmp - want
	done
	# thousandths do: to 12 digits
	edges 3 500 2500 0.001 > e
	reference 5 1 < e > want
	ocr-sssp -s 5 --undirected --verify e | paste - want |
		awk '$1 != $3 || ($2 - $4) ^ 2 > 1e-24 { exit 1 }'
	# what is printed is read back as it was
	printf '1 2 0.1\n2 3 0.2\n' > e
	run -0 ocr-sssp -s 1 e
	assert_output $'1\t0\n2\t0.1\n3\t0.30000000000000004'
}

@test "several sources: a block each, the source before it" {
	run -0 --separate-stderr ocr-sssp -s 3,9 -s 1 g
	assert_output $'3\t2\t2\n3\t3\t0\n3\t9\t7\n9\t9\t0\n1\t1\t0\n1\t2\t3\n1\t3\t1\n1\t9\t8'
	printf '3 9 # two\n1' > sources
	ocr-sssp --sources=sources g | cmp - <(printf '%s\n' "$output")
}

@test "--verify" {
	for shape in --kron=11 --uniform=11 --powerlaw=11; do
		for w in 0:0 0:3 1:255 1:4294967295; do
			run -0 --separate-stderr ocr-sssp -s 7 $shape \
				--weights=uniform:$w --verify -j 3 -o out
			assert_stderr ''
		done
	done
}

@test "--trials" {
	run -0 --separate-stderr ocr-sssp --trials=3 --verify --kron=10 \
		--weights=uniform:1:255
	assert_stderr ''
	[ "${#lines[@]}" = 5 ]
	assert_match '^source +reached +distance +ms +MTEPS$' "${lines[0]}"
	for i in 1 2 3; do
		assert_match '^[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+\.[0-9]{3} +[0-9]+\.[0-9]$' "${lines[$i]}"
	done
	assert_match '^median +- +- +[0-9]+\.[0-9]{3} +[0-9]+\.[0-9]$' "${lines[4]}"
	run -0 ocr-sssp --trials=2 -s 1 --json g
	assert_match '^\{"trials":\[\{"source":1,"reached":4,"distance":8,"ms":.*\}\],"median_ms":[0-9.]+,"median_mteps":[0-9.]+\}$' "$output"
}

@test "--json" {
	run -0 --separate-stderr ocr-sssp -s 1,9 --json --delta=3 g -o out
	assert_stderr ''
	is_json out
	[ "$(wc -l < out)" = 2 ]
	head -n 1 out > first
	grep -q '^{"source":1,"vertices":5,"edges":5,"arcs":5,"directed":true,"weights":"whole","reached":4,"distance":8,"relaxed":[0-9]*,"delta":3,"ms":[0-9.]*,"mteps":[0-9.]*,"lambda":[0-9.]*,"steals":[0-9]*}$' first
}

@test "--ldbc" {
	# the directed example of LDBC Graphalytics
	printf '%s\n' '1 3 0.5' '1 5 0.3' '2 4 0.1' '2 5 0.3' '2 10 0.12' \
		'3 1 0.53' '3 5 0.62' '3 8 0.21' '3 10 0.52' '5 3 0.69' \
		'5 4 0.53' '5 8 0.1' '6 3 0.23' '6 4 0.39' '7 4 0.83' \
		'8 1 0.39' '9 4 0.69' > example.e
	run -0 --separate-stderr ocr-sssp -s 1 --ldbc --directed example.e
	assert_output '1 0.000000000000000e+00
2 Infinity
3 5.000000000000000e-01
4 8.300000000000001e-01
5 3.000000000000000e-01
6 Infinity
7 Infinity
8 4.000000000000000e-01
9 Infinity
10 1.020000000000000e+00'
	run -0 ocr-sssp -s 1 --ldbc g
	assert_output '1 0.000000000000000e+00
2 3.000000000000000e+00
3 1.000000000000000e+00
7 Infinity
9 8.000000000000000e+00'
	run -2 --separate-stderr ocr-sssp -s 1,2 --ldbc g
	assert_stderr 'ocr-sssp: --ldbc: of one source'
}

@test "--binary" {
	ocr-sssp -s 1 --binary g > out
	[ "$(od -An -v -w8 -tu8 out | tr -d ' ')" = \
		$'0\n3\n1\n18446744073709551615\n8' ]
	sed 's/$/.5/' g | ocr-sssp -s 1 --binary > out
	[ "$(od -An -v -w8 -tf8 out | tr -d ' ')" = $'0\n4\n1.5\ninf\n9.5' ]
}

@test "weights that cannot be" {
	printf '1 2 3\n2 3 -1\n' > e
	run -1 --separate-stderr ocr-sssp -s 1 e
	assert_stderr "ocr-sssp: e: line 2: weight '-1' is negative"
	assert_output ''
	for w in nan inf 0x10 1e999 x; do
		printf '1 2 3\n2 3 %s\n' $w > e
		run -1 --separate-stderr ocr-sssp -s 1 e
		assert_match '^ocr-sssp: e: line 2: ' "$stderr"
	done
	printf '%s\n' '%%MatrixMarket matrix coordinate real general' '3 3 2' \
		'1 2 1' '2 3 -0.5' > e.mtx
	run -1 --separate-stderr ocr-sssp -s 1 e.mtx
	assert_match '^ocr-sssp: e.mtx: line 4: .*-0.5' "$stderr"
	# they do not matter to those who do not want them
	run -0 --separate-stderr ocr-sssp -s 1 --weights=unit e.mtx
	assert_output $'1\t0\n2\t1\n3\t2'
	run -0 --separate-stderr ocr-bfs -s 1 e.mtx
	assert_output $'1\t0\n2\t1\n3\t2'
	run -0 --separate-stderr ocr-graph --show --weights=unit e.mtx e
}

@test "first minute, and wrong usage" {
	run -0 --separate-stderr bash -o pipefail -c \
		'ocr-sssp -s 0 --kron 10 | head -n 1'
	assert_output $'0\t0'
	assert_stderr ''
	run -2 --separate-stderr ocr-sssp g
	assert_stderr 'ocr-sssp: no source: say -s ID, as in -s 1, or --trials=N for random ones'
	run -1 --separate-stderr ocr-sssp -s 4 g
	assert_stderr 'ocr-sssp: source 4 is not in the graph: its ids are from 1 to 9'
	assert_output ''
	for d in 0 -1 x nan inf '' 1e999 2x; do
		run -2 --separate-stderr ocr-sssp -s 1 --delta="$d" g
		assert_stderr "ocr-sssp: --delta: '$d' is not a number above 0"$'\n'"$hint"
	done
	run -2 --separate-stderr ocr-sssp -s 1 --parents g
	assert_stderr $'ocr-sssp: unknown option \'--parents\'\n'"$hint"
	run -1 --separate-stderr ocr-sssp -s 1 missing
	assert_stderr 'ocr-sssp: cannot open missing: No such file or directory'
}

@test "full disk, closed pipe" {
	run -1 --separate-stderr sh -c 'ocr-sssp -s 3 --kron=12 > /dev/full'
	assert_stderr 'ocr-sssp: cannot write to stdout: No space left on device'
	run -0 --separate-stderr bash -c \
		'{ ocr-sssp --uniform=16 -s 3; echo $? >&2; } | true'
	assert_stderr 141
}

@test "--stats, -v" {
	run -0 --separate-stderr ocr-sssp -s 1 g --stats -o out
	printf '%s\n' "$stderr" > stats
	is_json stats
	grep -q '^{"tool":"ocr-sssp",.*"graph":{"vertices":5,"edges":5,"arcs":5,"directed":true,"weights":"whole"},"sources":1,"delta":[0-9.]*,"reached":4,' stats
	run -0 --separate-stderr ocr-sssp -s 1 -v g -o out
	assert_match '^ocr-sssp: from 1: 4 reached, [0-9]+ arcs looked at, [0-9.]+ ms$' "$stderr"
}
